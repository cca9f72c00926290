"""Means and intervals are those of scipy, and differences are taken seed by seed."""

import numpy as np
import pytest
from scipy import stats

from clipit.studies.summaries import difference, told, values

FIRST = {"0": 0.31, "1": 0.35, "2": 0.28, "3": 0.36, "4": 0.33}
SECOND = {"4": 0.21, "3": 0.29, "2": 0.22, "1": 0.25, "0": 0.27}  # another order, as after an interruption


def rows_of(arm, recalls, kind="result"):
    return [{"kind": kind, "arm": arm, "seed": seed, "recall": str(recall)} for seed, recall in recalls.items()]


def interval(numbers):
    low, high = stats.t.interval(0.95, len(numbers) - 1, np.mean(numbers), stats.sem(numbers))
    return f"{np.mean(numbers):.2f} ({low:.2f} to {high:.2f})"


def test_values_are_those_of_the_wanted_results_by_seed():
    rows = [*rows_of("tea", {"9": 1.0}, "tuning"), *rows_of("tea", FIRST), *rows_of("milk", SECOND)]
    assert values(rows, "recall", arm="tea") == FIRST
    assert values(rows, "recall", arm="water") == {}


def test_an_interval_is_that_of_students_t():
    assert told(FIRST.values()) == interval(list(FIRST.values()))


def test_a_difference_is_paired_by_seed():
    apart = difference(FIRST, SECOND)
    assert apart == pytest.approx([0.04, 0.10, 0.06, 0.07, 0.12])
    test = stats.ttest_rel(list(FIRST.values()), [SECOND[seed] for seed in FIRST])
    low, high = test.confidence_interval(0.95)
    assert told(apart) == f"{np.mean(apart):.2f} ({low:.2f} to {high:.2f})"


def test_a_missing_seed_is_said():
    with pytest.raises(ValueError, match="same seeds"):
        difference(FIRST, {"0": 0.2})
