"""Training on eight devices, as on the TPU of the article: a process of its own, for others began with fewer."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

PROGRAM = """
import json
from dataclasses import replace
import jax, numpy as np
from clipit.hub import new_model
from clipit.models import BertConfig, BlockConfig, ConvNetConfig, DualConfig
from clipit.training import RECIPES
from clipit.training.mesh import make_mesh, spread
from clipit.training.step import make_optimizer, place, train_step

found = {}
small = DualConfig(ConvNetConfig(16, (8, 16)), BertConfig(50, 8, 1, BlockConfig(width=32, heads=8)), 16)
rng = np.random.default_rng(0)
batch = {
    "pixels": rng.integers(0, 255, (16, 16, 16, 3), np.uint8),
    "input_ids": rng.integers(5, 50, (16, 8), np.int32),
    "attention_mask": np.ones((16, 8), np.int32),
    "positives": np.eye(16, dtype=bool),
}
for devices, shards in ((1, 1), (8, 1), (8, 2), (8, 8)):
    mesh, model = make_mesh(devices, shards), new_model(small, seed=0)
    optimizer = make_optimizer(model, replace(RECIPES["tiny"].phases[0], steps=3, warmup_steps=1, optimizer="adamw"))
    place(model, optimizer, mesh)
    placed = jax.device_put(batch, spread(mesh))
    steps = [train_step(model, optimizer, placed, model.preprocess) for _ in range(3)]
    found[f"{devices} devices, {shards} shards"] = [float(step["loss"]) for step in steps]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def losses():
    given = os.environ | {"JAX_NUM_CPU_DEVICES": "8", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=given)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("shards", [1, 2, 8])
def test_the_losses_are_those_of_one_device(losses, shards):
    np.testing.assert_allclose(losses[f"8 devices, {shards} shards"], losses["1 devices, 1 shards"], rtol=1e-5)
