"""The loss on paper against the loss measured: random vectors, simplices, optimisation, counted duplicates."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from clipit.losses import expected_loss, info_nce

PROPERTY = settings(max_examples=50, deadline=None, derandomize=True, database=None)
BATCHES, SCALES, CLASSES = st.integers(1, 300), st.floats(0, 200), st.integers(1, 1000)


def unit(rows):
    return rows / jnp.linalg.norm(rows, axis=-1, keepdims=True)


def simplex(corners):
    """Unit vectors as far from each other as so many can be; they fill corners - 1 dimensions."""
    return unit(jnp.eye(corners) - 1 / corners)


def descend(loss, towers, steps=600, rate=0.5):
    """The lowest loss that plain gradient descent finds, over vectors of length 1."""
    step = jax.jit(lambda towers: jax.tree.map(lambda x, g: unit(x - rate * g), towers, jax.grad(loss)(towers)))
    for _ in range(steps):
        towers = step(towers)
    return float(loss(towers))


def random_towers(seed, count, width):
    return unit(jax.random.normal(jax.random.key(seed), (2, count, width)))


@pytest.mark.parametrize("batch", [1, 2, 128, 32_768])
def test_before_training_it_is_the_logarithm_of_the_batch(batch):
    assert expected_loss(batch) == pytest.approx(math.log(batch))


def test_random_vectors_measure_what_an_untrained_model_should():
    images, texts = random_towers(0, 256, 512)
    assert float(info_nce(images, texts, 1.0)) == pytest.approx(expected_loss(256), abs=0.01)


@pytest.mark.parametrize("batch, scale", [(2, 3.0), (8, 1.0), (8, 5.0), (64, 4.0)])
def test_a_simplex_reaches_the_bound_of_the_temperature(batch, scale):
    corners = simplex(batch)
    assert float(info_nce(corners, corners, scale)) == pytest.approx(expected_loss(batch, scale), rel=1e-4)


def test_optimisation_reaches_the_bound_where_the_width_suffices_and_only_there():
    bound = expected_loss(6, logit_scale=4.0)
    wide = descend(lambda towers: info_nce(*towers, 4.0), random_towers(1, 6, 5))
    narrow = descend(lambda towers: info_nce(*towers, 4.0), random_towers(1, 6, 2))
    assert wide == pytest.approx(bound, rel=1e-3)
    assert wide >= bound * (1 - 1e-5)
    assert narrow > 1.5 * bound


def test_values_worked_out_independently():
    """A scale stuck at e in batches of 128; 16 captions in batches of 64; 37 breeds of pets in batches of 256."""
    assert expected_loss(128, logit_scale=math.e) == pytest.approx(2.2195, abs=1e-4)
    assert expected_loss(64, classes=16) == pytest.approx(1.511, abs=1e-3)
    assert expected_loss(256, classes=37) == pytest.approx(2.007, abs=1e-3)


@pytest.mark.parametrize("batch, classes", [(2, 2), (128, 150), (4096, 1000), (20_000, 3)])
def test_floor_of_duplicates_is_the_binomial_expectation(batch, classes):
    others = np.arange(batch)
    by_scipy = binom.pmf(others, batch - 1, 1 / classes) @ np.log1p(others)
    assert expected_loss(batch, classes=classes) == pytest.approx(by_scipy, rel=1e-8)


@pytest.mark.parametrize("scale", [None, 2.0])
def test_duplicates_measured_over_random_batches(scale):
    """A perfect model of 10 kinds of pair, on 600 batches of 16 drawn at random."""
    kinds = jax.random.randint(jax.random.key(2), (600, 16), 0, 10)
    batches = simplex(10)[kinds]  # [600, 16, 10]
    measured = jax.vmap(lambda rows: info_nce(rows, rows, 100.0 if scale is None else scale))(batches)
    margin = 4 * float(measured.std()) / math.sqrt(600)
    assert float(measured.mean()) == pytest.approx(expected_loss(16, scale, classes=10), abs=margin)
    assert margin < 0.05


def test_optimisation_over_all_batches_reaches_the_bound_of_both():
    """Three kinds in batches of four: all 81 batches at once, one table of embeddings for each tower."""
    batches = jnp.array(list(itertools.product(range(3), repeat=4)))  # [81, 4]

    def mean_loss(towers):
        return jax.vmap(lambda kinds: info_nce(towers[0][kinds], towers[1][kinds], 3.0))(batches).mean()

    bound = expected_loss(4, logit_scale=3.0, classes=3)
    found = descend(mean_loss, random_towers(3, 3, 4))
    assert found == pytest.approx(bound, rel=1e-3)
    assert found >= bound * (1 - 1e-5)


@PROPERTY
@given(BATCHES, SCALES, CLASSES)
def test_both_together_bound_more_than_either_and_less_than_knowing_nothing(batch, scale, classes):
    both, slack = expected_loss(batch, scale, classes), 1e-9
    assert max(expected_loss(batch, scale), expected_loss(batch, classes=classes)) - slack <= both
    assert both <= expected_loss(batch) + slack


@PROPERTY
@given(st.integers(2, 300), st.floats(0, 50), CLASSES)
def test_a_larger_scale_more_kinds_or_a_smaller_batch_lower_the_bound(batch, scale, classes):
    slack = 1e-9
    assert expected_loss(batch, scale + 1) <= expected_loss(batch, scale) + slack
    assert expected_loss(batch, scale + 1, classes) <= expected_loss(batch, scale, classes) + slack
    assert expected_loss(batch, classes=classes + 1) <= expected_loss(batch, classes=classes) + slack
    assert expected_loss(batch - 1, classes=classes) <= expected_loss(batch, classes=classes) + slack


def test_nothing_to_tell_apart():
    assert expected_loss(1, logit_scale=10.0) == 0
    assert expected_loss(32, logit_scale=10.0, classes=1) == pytest.approx(math.log(32))
    assert expected_loss(32, logit_scale=0.0) == pytest.approx(math.log(32))
    assert expected_loss(32, logit_scale=0.0, classes=5) == pytest.approx(math.log(32))


def test_a_model_s_own_scale_is_accepted_and_the_answer_is_a_python_float():
    assert type(expected_loss(8, jnp.float32(2.0))) is float
    assert expected_loss(8, jnp.float32(2.0)) == pytest.approx(expected_loss(8, 2))


@pytest.mark.parametrize(
    "arguments, named",
    [
        ({"batch": 0}, "batch"),
        ({"batch": 8, "logit_scale": -1.0}, "logit_scale"),
        ({"batch": 8, "logit_scale": math.nan}, "logit_scale"),
        ({"batch": 8, "classes": 0}, "classes"),
    ],
)
def test_values_out_of_range_are_named(arguments, named):
    with pytest.raises(ValueError, match=named):
        expected_loss(**arguments)
