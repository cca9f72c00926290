"""The same model in PyTorch: an independent oracle for the encoders, the loss, and every gradient of both."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from flax import nnx

from clipit.apps import torch_twin
from clipit.apps.bench import BENCHES, run_bench
from clipit.apps.bench_table import COMPARISONS
from clipit.apps.bench_train import random_batch
from clipit.apps.timing import in_turn
from clipit.hub.folder import new_model, parameters
from clipit.models import (
    BagOfWordsConfig,
    BertConfig,
    BlockConfig,
    CausalTextConfig,
    ConvNetConfig,
    DualConfig,
    EfficientNetConfig,
    ViTConfig,
)
from clipit.training import RECIPES
from clipit.training.step import batch_loss

BLOCK = BlockConfig(width=16, heads=2)
MODELS = {
    "ConvNet, norms before": DualConfig(ConvNetConfig(32, (8, 16), features=12), BertConfig(1000, 32, 1, BLOCK), 12),
    "ViT, norms after": DualConfig(
        ViTConfig(32, 8, 2, replace(BLOCK, activation="quick_gelu")),
        BertConfig(1000, 32, 2, replace(BLOCK, norm="after", activation="gelu"), pooling="first"),
        12,
    ),
    "causal text": DualConfig(
        ConvNetConfig(32, (8, 16), features=12), CausalTextConfig(1000, 32, 2, BLOCK, end_of_text_id=7), 12
    ),
    "as CLIP-Italian": DualConfig(
        ViTConfig(32, 8, 1, BLOCK, norm_first=True, patch_bias=False, norm_epsilon=1e-2),
        BertConfig(1000, 32, 1, replace(BLOCK, norm="after", norm_epsilon=1e-3), pooling="pooler", token_types=2),
        *(12, 20.0, True),
    ),
    "CLIP's first text encoder": DualConfig(
        ConvNetConfig(32, (8, 16), features=12), CausalTextConfig(1000, 32, 1, BLOCK, end_of_text_id=None), 12
    ),
    "bag of words": DualConfig(ConvNetConfig(32, (8, 16), features=12), BagOfWordsConfig(1000, 16), 12),
}


@pytest.mark.parity
@pytest.mark.parametrize("name", MODELS)
def test_loss_and_every_gradient_are_pytorch_s(name):
    import torch

    from clipit.apps.torch_twin import loss, to_torch

    recipe = replace(RECIPES["tiny"], batch_size=6, devices=1, train_size=6, model=MODELS[name])
    model, batch = new_model(recipe.model, seed=1), random_batch(recipe)
    batch["attention_mask"][:, 9:] = 0
    batch["positives"][0, 3] = True
    value_and_gradients = nnx.value_and_grad(lambda model, batch: batch_loss(model, batch, model.preprocess))
    value, gradients = nnx.jit(value_and_gradients)(model, jax.tree.map(jax.numpy.asarray, batch))
    tensors = to_torch(parameters(model))
    given = {key: torch.tensor(array) for key, array in batch.items()}
    texts = (given["input_ids"].long(), given["attention_mask"], given["positives"])
    theirs = loss(tensors, recipe.model, (given["pixels"].float() - 127.5) / 127.5, *texts)
    theirs.backward()
    assert float(value) == pytest.approx(theirs.item(), rel=1e-5)
    ours = {".".join(map(str, path)): np.asarray(leaf[...]) for path, leaf in nnx.to_flat_state(gradients)}
    whole = np.sqrt(sum(np.sum(gradient**2) for gradient in ours.values()))
    for key, tensor in tensors.items():
        difference = np.linalg.norm(ours[key] - tensor.grad.numpy())
        # Some gradients are zero on paper (a key's bias, a bias before a norm): there only rounding is left.
        assert difference < 1e-3 * max(np.linalg.norm(ours[key]), 1e-2 * whole), key


def test_an_encoder_without_a_twin_is_refused():
    with pytest.raises(ValueError, match="no twin in PyTorch of an encoder like EfficientNet"):
        torch_twin.embed({}, DualConfig(EfficientNetConfig()), None, None, None)


def test_what_is_timed_in_turn_runs_equally_often():
    runs = []
    times = in_turn({"one": lambda: runs.append(1), "two": lambda: runs.append(2)}, rounds=3)
    assert runs == [1, 2] * 5 and set(times) == {"one", "two"} and min(times.values()) >= 0


def test_an_unknown_benchmark_is_refused_with_the_list():
    with pytest.raises(ValueError, match="choose one of all, train-step"):
        run_bench("tea")
    assert set(COMPARISONS) < set(BENCHES)
