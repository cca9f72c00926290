"""A large model is loaded tensor by tensor: its weights are never in memory twice."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import save_file

from clipit.hub.configs import write_config
from clipit.hub.names import parameters_of, shape_there, tensors_of
from clipit.models import BlockConfig, ViTConfig
from clipit.models.outline import outline
from clipit.models.vision import ViT

VIT_B_32 = ViTConfig(
    224, 32, 12, BlockConfig(768, 12, 4.0, "quick_gelu"), norm_first=True, patch_bias=False, norm_epsilon=1e-5
)
# Not getrusage: a process that was started by a large one counts the large one's memory as its own.
LOAD = """
import sys
from clipit.hub import load_vision
import jax.numpy as jnp

def kilobytes(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name))

jnp.ones((8, 8)).block_until_ready()
before = kilobytes("VmRSS")
encoder = load_vision(sys.argv[1])
print("more bytes:", 1024 * (kilobytes("VmHWM") - before))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how much memory is used")
def test_loading_takes_at_most_a_third_more_memory_than_the_weights(tmp_path):
    model = outline(ViT, VIT_B_32)
    parameters, generator = parameters_of(model), np.random.default_rng(0)
    tensors = {
        tensor.theirs: generator.random(shape_there(parameters[tensor.ours].shape, tensor.layout), np.float32)
        for tensor in tensors_of(model)
    }
    weights = sum(tensor.nbytes for tensor in tensors.values())
    save_file(tensors, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(write_config(VIT_B_32)))
    ran = subprocess.run([sys.executable, "-c", LOAD, str(tmp_path)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    more = int(re.search(r"more bytes: (\d+)", ran.stdout)[1])
    assert 340e6 < weights < 360e6 and weights < more < 1.3 * weights
