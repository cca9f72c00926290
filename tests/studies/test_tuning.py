"""The grid is tried whole, goes on while its edge is best, and stops at a peak or at the limit."""

import math

import pytest

from clipit.studies.tuning import best_trial, next_trial, trials

GRID = (1.0, 2.0, 4.0)


def tune(score, grid=GRID, highest=math.inf):
    """All values that are tried, in order, when a value's score is ``score(value)``."""
    tried = {}
    while (value := next_trial(tried, grid, highest)) is not None:
        tried[value] = score(value)
        assert len(tried) < 20, "does not end"
    return list(tried)


def peak(top):
    return lambda value: -abs(math.log2(value / top))


@pytest.mark.parametrize(
    "top, beyond",
    [(2.0, []), (4.0, [8.0]), (16.0, [8.0, 16.0, 32.0]), (1.0, [0.5]), (0.25, [0.5, 0.25, 0.125])],
)
def test_goes_on_until_the_best_has_worse_neighbours(top, beyond):
    assert tune(peak(top)) == [*GRID, *beyond]


def test_does_not_pass_the_limit():
    assert tune(peak(100.0), highest=10.0) == [*GRID, 8.0, 10.0]
    assert tune(peak(4.0), highest=4.0) == list(GRID)


def test_ends_where_all_are_equally_good():
    assert tune(lambda value: 0.0) == [*GRID, 0.5]


def test_goes_on_where_an_interrupted_study_stopped():
    assert next_trial({1.0: 0.5, 4.0: 0.1}, GRID) == 2.0
    assert best_trial({4.0: 0.5, 1.0: 0.5, 2.0: 0.1}) == 4.0


def test_trials_are_the_mean_over_the_seeds_of_one_arm():
    rows = [
        {"kind": "tuning", "arm": "tea", "rate": "0.5", "score": "7"},
        {"kind": "tuning", "arm": "tea", "rate": "0.5", "score": "5"},
        {"kind": "tuning", "arm": "milk", "rate": "0.5", "score": "1"},
        {"kind": "result", "arm": "tea", "rate": "2.0", "score": "9"},
        {"kind": "tuning", "arm": "tea", "rate": "1.0", "score": "8"},
    ]
    assert trials(rows, "rate", "score", arm="tea") == {0.5: 6.0, 1.0: 8.0}
