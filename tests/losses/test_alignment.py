"""Alignment and uniformity against the paper's own PyTorch lines, brute force, and spaces worked out on paper."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from scipy.special import i0e

from clipit.losses import alignment, uniformity


def unit_rows(seed, *shape):
    rows = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return jnp.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True))


@pytest.mark.parametrize("power", [1, 2, 3.0])
def test_alignment_equals_brute_force(power):
    images, texts = unit_rows(0, 2, 7, 4)
    distances = [math.dist(image, text) for image, text in zip(images.tolist(), texts.tolist(), strict=True)]
    assert float(alignment(images, texts, power)) == pytest.approx(np.mean(np.power(distances, power)), rel=1e-5)


@pytest.mark.parametrize("t", [0.5, 2, 5.0])
def test_uniformity_equals_brute_force(t):
    rows = unit_rows(1, 9, 3)
    near = [math.exp(-t * math.dist(a, b) ** 2) for a, b in itertools.combinations(rows.tolist(), 2)]
    assert float(uniformity(rows, t)) == pytest.approx(math.log(sum(near) / len(near)), rel=1e-5)


@pytest.mark.parity
def test_values_and_gradients_equal_the_lines_of_the_paper():
    """Figure 5 of arXiv 2005.10242."""
    import torch

    images, texts = unit_rows(2, 2, 16, 6)
    x, y = (torch.tensor(np.array(rows), requires_grad=True) for rows in (images, texts))
    aligned = (x - y).norm(p=2, dim=1).pow(2).mean()
    spread = torch.pdist(x, p=2).pow(2).mul(-2).exp().mean().log()
    for ours, theirs in (
        (lambda rows: alignment(rows, texts), aligned),
        (uniformity, spread),
    ):
        value, gradient = jax.value_and_grad(ours)(images)
        (expected,) = torch.autograd.grad(theirs, x)
        assert float(value) == pytest.approx(theirs.item(), rel=1e-5)
        np.testing.assert_allclose(gradient, expected.numpy(), rtol=1e-4, atol=1e-6)


def test_gradients_equal_finite_differences():
    images, texts = unit_rows(3, 2, 4, 3)
    tolerance = {"order": 1, "modes": ("rev",), "eps": 1e-2, "atol": 5e-3, "rtol": 5e-3}
    check_grads(lambda *inputs: alignment(*map(jnp.asarray, inputs), 1), (images, texts), **tolerance)
    check_grads(lambda rows: uniformity(jnp.asarray(rows)), (images,), **tolerance)


def test_alignment_of_unit_vectors_is_two_minus_two_cosines():
    images, texts = unit_rows(4, 2, 32, 5)
    cosines = (images * texts).sum(axis=1)
    assert float(alignment(images, texts)) == pytest.approx(float((2 - 2 * cosines).mean()), rel=1e-5)
    assert float(alignment(images, -images)) == pytest.approx(4, rel=1e-5)


@pytest.mark.parametrize("power", [1, 2])
def test_pairs_that_coincide_are_at_rest(power):
    images = unit_rows(5, 4, 3)
    value, gradient = jax.value_and_grad(alignment)(images, images, power)
    assert float(value) == pytest.approx(0, abs=1e-9)
    np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize("t", [1.0, 2.0])
def test_many_points_around_a_circle_reach_its_lowest_value(t):
    """The mean of exp(-t (2 - 2 cos angle)) over all angles is exp(-2t) I0(2t)."""
    angles = jnp.arange(1_000) * (2 * jnp.pi / 1_000)
    circle = jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=1)
    assert float(uniformity(circle, t)) == pytest.approx(math.log(i0e(2 * t)), abs=0.01)


def test_a_simplex_is_as_even_as_rows_can_be():
    corners = jnp.eye(6) - 1 / 6
    corners = corners / jnp.linalg.norm(corners, axis=1, keepdims=True)
    assert float(uniformity(corners)) == pytest.approx(-4 * 6 / 5, rel=1e-5)
    assert float(uniformity(unit_rows(6, 6, 6))) > float(uniformity(corners))


def test_one_clump_is_as_uneven_as_can_be():
    assert float(uniformity(jnp.ones((5, 4)) / 2)) == pytest.approx(0, abs=1e-6)


def test_bad_input_is_refused():
    images, texts = unit_rows(7, 2, 4, 3)
    aligned, spread = (getattr(measure, "__wrapped__", measure) for measure in (alignment, uniformity))
    with pytest.raises(ValueError, match="same shape"):
        aligned(images, texts[:3])
    with pytest.raises(ValueError, match="at least one pair"):
        aligned(images[:0], texts[:0])
    with pytest.raises(ValueError, match="power must be positive"):
        aligned(images, texts, 0)
    with pytest.raises(ValueError, match="two rows or more"):
        spread(images[:1])
    with pytest.raises(ValueError, match="t must be positive"):
        spread(images, -2)


def test_nan_embeddings_are_not_passed_over_in_silence():
    images, texts = unit_rows(8, 2, 4, 3)
    broken = images.at[1, 2].set(jnp.nan)
    assert np.isnan(alignment(broken, texts)) and np.isnan(uniformity(broken))
