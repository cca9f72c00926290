"""SigLIP's loss against PyTorch, a double loop, finite differences and numbers worked out by hand."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from clipit.losses import sigmoid
from clipit.losses.sigmoid import INITIAL_BIAS, INITIAL_SCALE


def pairs(seed, batch=8, dim=5):
    rows = np.random.default_rng(seed).normal(size=(2, batch, dim)).astype(np.float32)
    return tuple(jnp.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True)))


def knowing_nothing(batch):
    """Every picture at a right angle to every caption."""
    return jnp.zeros((batch, 2)).at[:, 0].set(1), jnp.zeros((batch, 2)).at[:, 1].set(1)


def by_double_loop(images, texts, scale, bias):
    total = 0.0
    for i, image in enumerate(np.asarray(images, np.float64)):
        for j, text in enumerate(np.asarray(texts, np.float64)):
            logit = scale * float(image @ text) + bias
            answer_yes = 1 / (1 + math.exp(-logit))
            total -= math.log(answer_yes if i == j else 1 - answer_yes)
    return total / len(images)


def test_two_pairs_worked_out_by_hand():
    images, texts = jnp.eye(2), jnp.array([[1.0, 0.0], [0.6, 0.8]])
    # logits at scale 2 and bias -1: [[1, .2], [-1, .6]]
    by_hand = sum(math.log(1 + math.exp(x)) for x in (-1.0, 0.2, -1.0, -0.6)) / 2
    assert float(sigmoid(images, texts, 2.0, -1.0)) == pytest.approx(by_hand, rel=1e-6)


def test_captions_that_fit_another_picture_too_are_a_yes():
    images, texts = pairs(3, batch=6)
    positives = np.eye(6, dtype=bool)
    positives[1, 4] = positives[4, 1] = True
    logits = 5.0 * np.asarray(images, np.float64) @ np.asarray(texts, np.float64).T - 2.0
    by_hand = np.where(positives, np.log1p(np.exp(-logits)), np.log1p(np.exp(logits))).sum() / 6
    assert float(sigmoid(images, texts, 5.0, -2.0, jnp.asarray(positives))) == pytest.approx(by_hand, rel=1e-5)
    assert float(sigmoid(images, texts, 5.0, -2.0, jnp.eye(6, dtype=bool))) == float(sigmoid(images, texts, 5.0, -2.0))


@pytest.mark.parametrize("scale, bias", [(1, 0), (10.0, -10.0), (15.0, -3.5)])
def test_equals_the_double_loop(scale, bias):
    images, texts = pairs(0)
    assert float(sigmoid(images, texts, scale, bias)) == pytest.approx(
        by_double_loop(images, texts, scale, bias), rel=1e-5
    )


def test_gradients_equal_finite_differences():
    images, texts = pairs(1, batch=4, dim=3)
    check_grads(
        lambda *inputs: sigmoid(*map(jnp.asarray, inputs)),  # the check itself hands over numpy
        (images, texts, jnp.float32(2.0), jnp.float32(-1.0)),
        order=1,
        modes=("rev",),
        eps=1e-2,
        atol=5e-3,
        rtol=5e-3,
    )


@pytest.mark.parity
def test_value_and_gradients_equal_pytorch():
    import torch

    images, texts = pairs(2, batch=16, dim=6)
    inputs = images, texts, jnp.float32(10.0), jnp.float32(-4.0)
    value, gradients = jax.value_and_grad(sigmoid, argnums=(0, 1, 2, 3))(*inputs)
    leaves = [torch.tensor(np.array(x), requires_grad=True) for x in inputs]
    logits = leaves[2] * leaves[0] @ leaves[1].T + leaves[3]
    each = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.eye(16), reduction="sum")
    (each / 16).backward()
    assert float(value) == pytest.approx(each.item() / 16, rel=1e-5)
    for ours, leaf in zip(gradients, leaves, strict=True):
        np.testing.assert_allclose(ours, leaf.grad.numpy(), rtol=1e-4, atol=1e-5)


def test_without_a_bias_the_pairs_that_do_not_belong_together_are_nearly_all_of_the_first_loss():
    images, texts = knowing_nothing(128)
    without = float(sigmoid(images, texts, INITIAL_SCALE, 0.0))
    assert without == pytest.approx(128 * math.log(2), rel=1e-5)  # 88.7, and 127 of 128 parts of it from negatives
    with_it = float(sigmoid(images, texts, INITIAL_SCALE, INITIAL_BIAS))
    positives = math.log1p(math.exp(10))
    assert with_it == pytest.approx(positives + 127 * math.log1p(math.exp(-10)), rel=1e-5)
    assert positives / with_it > 0.999


@pytest.mark.parametrize("batch, bias", [(8, -math.log(7)), (128, -math.log(127))])
def test_push_and_pull_are_equal_at_minus_the_logarithm_of_the_negatives(batch, bias):
    slope = jax.grad(sigmoid, argnums=3)
    images, texts = knowing_nothing(batch)
    assert float(slope(images, texts, 10.0, bias)) == pytest.approx(0, abs=1e-6)
    assert float(slope(images, texts, 10.0, 0.0)) == pytest.approx((batch - 2) / 2, rel=1e-5)  # downhill is "no"
    assert float(slope(images, texts, 10.0, INITIAL_BIAS)) == pytest.approx(-1, abs=0.01)  # downhill is "yes"


def test_the_initial_bias_suits_some_22_000_pairs():
    assert math.exp(-INITIAL_BIAS) == pytest.approx(22_000, rel=0.01)


def test_large_logits_neither_overflow_nor_lose_their_gradient():
    images, texts = jnp.eye(4), jnp.eye(4)[::-1]
    value, gradient = jax.value_and_grad(sigmoid)(images, texts, 1_000.0, 0.0)
    assert float(value) == pytest.approx(1_000 + 3 * math.log(2), rel=1e-5)
    assert np.isfinite(gradient).all() and float(jnp.abs(gradient).max()) > 100


def test_jit_gives_the_same_value_and_half_precision_inputs_a_float32():
    images, texts = pairs(3)
    eager = sigmoid(images, texts, 10.0, -10.0)
    assert float(jax.jit(sigmoid)(images, texts, 10.0, -10.0)) == pytest.approx(float(eager), rel=1e-6)
    assert sigmoid(images.astype(jnp.bfloat16), texts.astype(jnp.bfloat16), 10.0, -10.0).dtype == jnp.float32


def test_shapes_that_do_not_fit_are_refused():
    images, texts = pairs(4)
    unchecked = getattr(sigmoid, "__wrapped__", sigmoid)  # the test run's own shape check would come first
    with pytest.raises(ValueError, match=r"same shape \[batch, dim\].*\(8, 5\) and \(7, 5\)"):
        unchecked(images, texts[:7], 1.0, 0.0)
    with pytest.raises(ValueError, match="at least one pair"):
        unchecked(images[:0], texts[:0], 1.0, 0.0)
