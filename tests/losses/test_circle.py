"""The circle's lowest loss: against the loss itself, against descents that look for something lower, and its limits."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from clipit.losses import circle_loss, expected_loss, info_nce


def on_the_circle(angles):
    return jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=-1)  # [..., 2]


loss_at = jax.jit(lambda images, texts, logit_scale: info_nce(on_the_circle(images), on_the_circle(texts), logit_scale))


@jax.jit
def descend(angles, logit_scale):
    """The loss after gradient descent on the angles of pictures and captions, [2, pairs]."""

    def step(angles, _):
        gradient = jax.grad(lambda angles: loss_at(*angles, logit_scale))(angles)
        return angles - 2 / logit_scale * gradient, None  # a sharp scale has long gradients

    angles, _ = jax.lax.scan(step, angles, length=1500)
    return loss_at(*angles, logit_scale)


@pytest.mark.parametrize("pairs, logit_scale", [(1, 3.0), (2, 1.0), (5, 4.0), (24, 10.0), (24, 0.0)])
def test_it_is_the_loss_of_pairs_evenly_around(pairs, logit_scale):
    angles = 2 * np.pi * np.arange(pairs, dtype=np.float32) / pairs
    assert float(loss_at(angles, angles, logit_scale)) == pytest.approx(circle_loss(pairs, logit_scale), abs=1e-5)


def test_three_pairs_by_hand():
    # both others stand at 120 degrees, where the cosine is -1/2
    assert circle_loss(3, 2.0) == pytest.approx(math.log(1 + 2 * math.exp(-3)))


@pytest.mark.parametrize("pairs, logit_scale", [(3, 2.0), (5, 4.0), (8, 1.0), (8, 10.0)])
def test_descents_from_many_seeds_reach_it_and_never_pass_it(pairs, logit_scale):
    starts = jnp.asarray(np.random.default_rng(0).uniform(0, 2 * np.pi, (12, 2, pairs)), jnp.float32)
    lowest = np.asarray(jax.vmap(descend, in_axes=(0, None))(starts, logit_scale))  # [starts]
    assert lowest.min() >= circle_loss(pairs, logit_scale) - 1e-5
    assert (lowest < circle_loss(pairs, logit_scale) + 1e-3).mean() > 0.5


@pytest.mark.parametrize("logit_scale", [4.0, 20.0])
def test_uneven_or_apart_is_worse(logit_scale):
    even, lowest = 2 * np.pi * np.arange(12) / 12, circle_loss(12, logit_scale)
    for seed in range(5):
        images, texts = np.float32(even + 0.2 * np.random.default_rng(seed).normal(size=(2, 12)))
        assert float(loss_at(images, images, logit_scale)) > lowest
        assert float(loss_at(images, texts, logit_scale)) > lowest


@pytest.mark.parametrize("pairs", [2, 3])
def test_up_to_three_pairs_a_circle_is_wide_enough(pairs):
    assert circle_loss(pairs, 5.0) == pytest.approx(expected_loss(pairs, 5.0))


@pytest.mark.parametrize("pairs", [4, 24, 300])
@pytest.mark.parametrize("logit_scale", [0.5, 5.0, 20.0])
def test_more_pairs_want_more_width(pairs, logit_scale):
    assert expected_loss(pairs, logit_scale) < circle_loss(pairs, logit_scale) < math.log(pairs)


def test_a_very_sharp_scale_does_not_overflow():
    assert circle_loss(24, 1e6) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("pairs, logit_scale", [(0, 1.0), (3, -1.0), (3, math.nan), (3, math.inf)])
def test_values_out_of_range_give_one_sentence(pairs, logit_scale):
    with pytest.raises(ValueError, match="must be at least"):
        circle_loss(pairs, logit_scale)
