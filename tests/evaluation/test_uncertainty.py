"""Intervals against scipy's, and whether they hold the truth as often as they say."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from clipit.evaluation import bootstrap, seed_interval

PROPERTY = settings(max_examples=20, deadline=None, derandomize=True, database=None)


def clustered(generator, clusters=40, size=5):
    """Values around a true mean of 0, of which most of the spread is shared by a cluster."""
    shared = generator.normal(size=clusters)
    return np.repeat(shared, size) + 0.3 * generator.normal(size=clusters * size), np.repeat(np.arange(clusters), size)


def holds(interval, truth):
    return interval["low"] <= truth <= interval["high"]


def width(interval):
    return interval["high"] - interval["low"]


def test_agrees_with_scipy():
    values = np.random.default_rng(0).exponential(size=150)
    ours = bootstrap(values)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert ours["mean"] == pytest.approx(values.mean())
    assert ours["low"] == pytest.approx(theirs.low, abs=0.02)  # the interval is .33 wide
    assert ours["high"] == pytest.approx(theirs.high, abs=0.02)


def test_clusters_of_equal_size_agree_with_scipy_on_their_means():
    values, clusters = clustered(np.random.default_rng(2))
    theirs = stats.bootstrap(
        (values.reshape(40, 5).mean(axis=1),),
        np.mean,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(3),
    ).confidence_interval
    ours = bootstrap(values, clusters)
    assert ours["low"] == pytest.approx(theirs.low, abs=0.03)  # the interval is .6 wide
    assert ours["high"] == pytest.approx(theirs.high, abs=0.03)


def test_nineteen_of_twenty_intervals_hold_the_truth_only_if_clusters_are_named():
    generator = np.random.default_rng(4)
    with_clusters = without = 0
    for trial in range(80):
        values, clusters = clustered(generator)
        with_clusters += holds(bootstrap(values, clusters, seed=trial), 0)
        without += holds(bootstrap(values, seed=trial), 0)
    assert 0.89 <= with_clusters / 80 <= 0.99
    assert without / 80 < 0.75


def test_larger_clusters_weigh_more():
    """Five clusters of 1 to 9 items have 3,125 resamples, all equally likely: the percentiles by listing them."""
    generator = np.random.default_rng(9)
    members = [rate + 0.1 * generator.normal(size=size) for rate, size in zip(range(5), (9, 1, 3, 2, 6), strict=True)]
    all_means = [np.concatenate(drawn).mean() for drawn in itertools.product(members, repeat=5)]
    interval = bootstrap(np.concatenate(members), clusters=np.repeat(list("abcde"), [9, 1, 3, 2, 6]))
    assert interval["mean"] == pytest.approx(np.concatenate(members).mean())
    assert interval["low"] == pytest.approx(np.percentile(all_means, 2.5), abs=0.1)  # the interval is 3.4 wide
    assert interval["high"] == pytest.approx(np.percentile(all_means, 97.5), abs=0.1)


def test_no_clusters_are_clusters_of_one():
    values = np.random.default_rng(5).normal(size=30)
    assert bootstrap(values) == bootstrap(values, clusters=np.arange(30))


def test_the_seed_decides():
    values = np.random.default_rng(6).normal(size=30)
    assert bootstrap(values, seed=1) == bootstrap(values, seed=1)
    assert bootstrap(values, seed=1) != bootstrap(values, seed=2)


@PROPERTY
@given(st.integers(0, 2**16), st.floats(-5, 5), st.floats(0.1, 10))
def test_the_interval_moves_and_stretches_with_the_values(seed, shift, stretch):
    values, clusters = clustered(np.random.default_rng(seed), clusters=8)
    plain, moved = bootstrap(values, clusters), bootstrap(shift + stretch * values, clusters)
    for name in ("mean", "low", "high"):
        assert moved[name] == pytest.approx(shift + stretch * plain[name], abs=1e-9)
    assert plain["low"] <= plain["mean"] <= plain["high"]


def test_four_times_the_items_halve_the_interval():
    generator = np.random.default_rng(7)
    few, many = bootstrap(generator.random(250) < 0.3), bootstrap(generator.random(1000) < 0.3)
    assert width(many) / width(few) == pytest.approx(0.5, abs=0.07)


def test_seeds_agree_with_scipy_s_t_interval():
    values = [0.71, 0.74, 0.69, 0.75, 0.72]
    low, high = stats.t.interval(0.95, df=4, loc=np.mean(values), scale=stats.sem(values))
    assert seed_interval(values) == pytest.approx({"mean": np.mean(values), "low": low, "high": high})


def test_five_seeds_hold_the_truth_nineteen_times_in_twenty():
    generator = np.random.default_rng(8)
    held = [holds(seed_interval(generator.normal(size=5)), 0) for _ in range(1000)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    "values, clusters, message",
    [
        ([1.0, np.nan], None, "finite numbers"),
        ([1.0, 2.0], [0], "2 values, but clusters have the shape"),
        ([1.0, 2.0], [0, 0], "at least two clusters"),
        ([1.0], None, "at least two clusters"),
        ([[1.0, 2.0]], None, "along one axis"),
    ],
)
def test_bad_input_is_named(values, clusters, message):
    with pytest.raises(ValueError, match=message):
        bootstrap(values, clusters)


def test_one_seed_gives_no_interval():
    with pytest.raises(ValueError, match="at least two"):
        seed_interval([0.7])
