"""The loss at the scale that suits a model: as the library's loss says it, and the same whatever the model's scale."""

import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from clipit.losses import info_nce
from clipit.training.common_scale import contrastive, loss_at_fitted_scale
from clipit.training.watching import Watcher


def unit(values):
    return values / np.linalg.norm(values, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(0)
    images = rng.normal(size=(40, 6)).astype(np.float32)
    texts = images + rng.normal(size=(40, 6)).astype(np.float32)
    positives = np.eye(40, dtype=bool)
    positives[3, 5] = positives[20, 31] = True
    return unit(images), unit(texts), positives


def test_it_is_the_loss_of_the_library(pairs):
    images, texts, positives = pairs
    for scale in (1.0, 10.0):
        ours = contrastive(images @ texts.T, positives, scale)
        theirs = info_nce(jnp.asarray(images), jnp.asarray(texts), jnp.asarray(scale), jnp.asarray(positives))
        assert ours == pytest.approx(float(theirs), rel=1e-5)


def test_no_scale_on_a_grid_fits_the_first_half_better(pairs):
    images, texts, positives = pairs
    first, second = slice(20), slice(20, None)
    on_grid = {
        s: contrastive(images[first] @ texts[first].T, positives[first, first], s) for s in np.geomspace(1, 100, 400)
    }
    best = min(on_grid, key=on_grid.get)
    by_hand = contrastive(images[second] @ texts[second].T, positives[second, second], best)
    assert 1 < best < 100
    assert loss_at_fitted_scale(*pairs) == pytest.approx(by_hand, abs=0.01)


def test_vectors_that_know_nothing_lose_ln_of_the_half():
    rng = np.random.default_rng(1)
    images, texts = (unit(rng.normal(size=(400, 32))) for _ in range(2))
    assert loss_at_fitted_scale(images, texts, np.eye(400, dtype=bool)) == pytest.approx(np.log(200), abs=0.05)


def test_a_look_at_a_model_does_not_depend_on_its_own_scale(tiny_run):
    """So the best parameters of a phase are chosen by what they know, and not by how sharp they say it."""
    watcher = Watcher(tiny_run.recipe, tiny_run.tokenizer)
    sharper = nnx.clone(tiny_run.model)
    sharper.log_logit_scale.set_value(sharper.log_logit_scale[...] + 1)
    assert watcher.look(sharper) == watcher.look(tiny_run.model)
