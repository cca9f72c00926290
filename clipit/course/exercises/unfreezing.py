"""The checks of lesson 6: what two runs differ in, which of them may be compared, and how sure a difference is.

>>> differs(lambda first, second: {name for name in first if first[name] != second[name]})
Exercise 6.1: correct.
>>> differs(lambda first, second: {name for name in first if first[name] == second[name]})
Exercise 6.1: not yet: these are the settings that are the same: it asks for the others.
"""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
from scipy.special import stdtrit

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

Settings = Mapping[str, Any]
# The four lines of the plot that CLIP-Italian published, as far as the history of its repository tells their settings.
PUBLISHED: dict[str, Settings] = {
    "purple": {"optimizer": "AdamW", "decay": 0.1, "schedule": "linear", "scale": "learned", "data": "v2",
               "first": "everything"},
    "yellow": {"optimizer": "AdaBelief", "decay": 0.0, "schedule": "cosine", "scale": "learned", "data": "v3",
               "first": "everything"},
    "blue": {"optimizer": "AdaBelief", "decay": 0.0, "schedule": "cosine", "scale": "fixed at 20", "data": "v4",
             "first": "everything"},
    "light blue": {"optimizer": "AdaBelief", "decay": 0.0, "schedule": "cosine", "scale": "fixed at 20",
                   "data": "v4, then v5", "first": "projections"},
}  # fmt: skip
# Made up: here some lines may be compared.
KITCHEN: dict[str, Settings] = {
    "a": {"tea": "green", "minutes": 3, "cup": "blue"},
    "b": {"tea": "green", "minutes": 5, "cup": "blue"},
    "c": {"tea": "black", "minutes": 5, "cup": "blue"},
    "d": {"tea": "black", "minutes": 3, "cup": "white"},
    "e": {"tea": "black", "minutes": 3, "cup": "blue"},
}
# A measure of two arms, seed by seed: seeds differ more than arms do.
FIRST = {"0": 2.10, "3": 2.50, "4": 1.90, "5": 2.30, "6": 2.20}
SECOND = {"6": 2.12, "5": 2.25, "4": 1.80, "3": 2.41, "0": 2.02}


@exercise("6.1")
def differs(answer: Callable[..., Any]) -> str | None:
    """The names of the settings that two runs do not share."""
    first, second = PUBLISHED["purple"], PUBLISHED["yellow"]
    value = answer(first, second)
    right = different(first, second)
    if isinstance(value, Mapping):
        value = set(value)
    if not isinstance(value, (set, frozenset, list, tuple)):
        return f"it should be a set of names, yours is {value!r}"
    if set(value) == set(first) - right:
        return "these are the settings that are the same: it asks for the others"
    if set(value) != right:
        return f"purple and yellow differ in {', '.join(sorted(right))}; yours are {', '.join(sorted(map(str, value)))}"
    if answer(first, first):
        return "a run does not differ from itself: the set should be empty"
    return None


@exercise("6.2")
def comparable(answer: Callable[..., Any]) -> str | None:
    """The pairs of runs that differ in one setting and in nothing else."""
    value = answer(KITCHEN, "minutes")
    if not isinstance(value, (list, tuple, set)) or not all(len(pair) == 2 for pair in value):
        return f"it should be a list of pairs of names, yours is {value!r}"
    found = {frozenset(pair) for pair in value}
    right = fair_pairs(KITCHEN, "minutes")
    if any(len(pair) == 1 for pair in found):
        return "a run is not compared with itself"
    if found == {pair for pair in every_pair(KITCHEN) if "minutes" in differ(KITCHEN, pair)}:
        return "these differ in the minutes, but some of them in more: then nobody knows what made the difference"
    if found == {pair for pair in every_pair(KITCHEN) if len(differ(KITCHEN, pair)) == 1}:
        return "each of these differs in one thing only, but not always in the one that was asked for"
    if found != right:
        return f"for minutes it is {said(right)}; yours: {said(found)}"
    if len(value) != len(found):
        return "each pair is wanted once, a and b, not b and a again"
    if list(answer(KITCHEN, "cup")) == []:
        return "d and e differ in their cup alone: is every pair looked at?"
    return None


@exercise("6.3")
def paired(answer: Callable[..., Any]) -> str | None:
    """Mean and half the width of the 95 % interval of a difference, seed by seed."""
    value = np.asarray(answer(FIRST, SECOND), float)
    gaps = np.array([FIRST[seed] - SECOND[seed] for seed in FIRST])
    mean, half = gaps.mean(), half_width(gaps)
    out_of_order = np.array(list(FIRST.values())) - np.array(list(SECOND.values()))
    wide = 2.776 * np.sqrt((np.var(list(FIRST.values()), ddof=1) + np.var(list(SECOND.values()), ddof=1)) / 5)
    mistakes = {
        "take each seed's own difference: the dictionaries hold their seeds in different orders": [
            (out_of_order.mean(), half_width(out_of_order))
        ],
        "this is second minus first": [(-mean, half)],
        "this is the spread of the differences: that of their mean is smaller, by the root of how many there are": [
            (mean, 2.776 * gaps.std(ddof=1)),
            (mean, gaps.std(ddof=1)),
        ],
        "use the spread with `ddof=1`: five seeds are a sample, and their own mean was taken from them": [
            (mean, 2.776 * gaps.std() / np.sqrt(5))
        ],
        "multiply with 2.776: with five seeds 95 % lie within so many standard errors": [
            (mean, gaps.std(ddof=1) / np.sqrt(5))
        ],
        "1.96 is for many seeds: with five it is 2.776": [(mean, 1.96 * gaps.std(ddof=1) / np.sqrt(5))],
        "this takes the two arms for unrelated: take the differences first, then their spread": [(mean, wide)],
    }
    if value.shape != (2,):
        return "return two numbers: the mean difference, and half the width of its interval"
    right = (mean, half)
    found = recognised(value, mistakes)
    if found or not close(np.round(value, 3), np.round(right, 3)):
        return (
            found or f"the mean is {mean:.3f} and half the width {half:.3f}; yours are {value[0]:.3f}, {value[1]:.3f}"
        )
    return None


def different(first: Settings, second: Settings) -> set[str]:
    """The right answer to 6.1."""
    return {name for name in first if first[name] != second[name]}


def every_pair(runs: Mapping[str, Settings]) -> set[frozenset[str]]:
    """All pairs of names."""
    return {frozenset(pair) for pair in combinations(runs, 2)}


def differ(runs: Mapping[str, Settings], pair: frozenset[str]) -> set[str]:
    """What the two runs of a pair differ in."""
    first, second = pair
    return different(runs[first], runs[second])


def fair_pairs(runs: Mapping[str, Settings], setting: str) -> set[frozenset[str]]:
    """The right answer to 6.2."""
    return {pair for pair in every_pair(runs) if differ(runs, pair) == {setting}}


def half_width(gaps: np.ndarray) -> float:
    """Half the 95 % interval of the mean."""
    return float(stdtrit(len(gaps) - 1, 0.975) * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def said(pairs: set[frozenset[str]]) -> str:
    """The pairs in words."""
    return "; ".join(sorted(" and ".join(sorted(pair)) for pair in pairs)) or "none"
