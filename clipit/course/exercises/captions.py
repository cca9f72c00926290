"""The checks of lesson 4: the proper-noun filter, percent agreement, and Gwet's AC1 by hand.

>>> percent_agreement(lambda ratings: np.mean([len(set(row)) == 1 for row in ratings]))
Exercise 4.2: not yet: this asks whether all raters agree on a caption: ask each pair of raters, and take the mean ...
>>> percent_agreement(lambda ratings: np.mean([[a == b for a, b in combinations(row, 2)] for row in ratings]))
Exercise 4.2: correct.
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

Tagged = list[tuple[str, bool]]
GRADES = (1, 2, 3, 4)
RATINGS = np.array([[4, 4, 4], [4, 4, 3], [4, 4, 4], [2, 1, 2], [4, 4, 4]])
FEWER = np.array([[4, 4, 3], [4, 4, 4], [3, 3, 3], [4, 3, 3]])  # grades 1 and 2 were never given
FOUR_RATERS = np.array([[4, 4, 4, 3], [2, 2, 4, 4]])
FOUR_OF_FIVE: Tagged = [("Anna", True), ("Maria", True), ("Mozzoni", True), ("a", False), ("Rescaldina", True)]
NAMES: Tagged = [("Dora", True), ("Riparia", True)]
CAPITALS: Tagged = [("Veduta", False), ("Riparia", True)]
NO_NAMES: Tagged = [("due", False), ("gatti", False), ("neri", False)]
ONE_NAME: Tagged = [("un", False), ("gatto", False), ("a", False), ("Roma", True)]


@exercise("4.1")
def drops(answer: Callable[..., Any]) -> str | None:
    """Whether the proper-noun filter drops a caption."""
    value = answer(NAMES, 0.8)
    if not isinstance(value, (bool, np.bool_)):
        return f"the answer is True (drop it) or False (keep it), yours is {value!r}: compare the share with threshold"
    if not value and answer(NO_NAMES, 0.8):
        return "it is the other way around: True means that the caption is dropped, which holds for Dora Riparia"
    if not value:
        return "Dora Riparia has names only: it is dropped at a threshold of 0.8"
    if answer(NO_NAMES, 0.8) or answer(ONE_NAME, 0.8):
        return "this drops captions with few names or none: divide how many words are names by how many words there are"
    if not answer(FOUR_OF_FIVE, 0.8) and answer(FOUR_OF_FIVE, 0.79):
        return "four names of five words are a share of 0.8, which is dropped: at least 0.8, so >= and not >"
    if not answer(FOUR_OF_FIVE, 0.8):
        return "four names of five words are a share of 0.8, which is dropped: compare the share with threshold"
    if answer(CAPITALS, 0.8):
        return "in Veduta Riparia only the second word is a name: count what the tagger says, not the capital letters"
    if answer(FOUR_OF_FIVE, 0.9):
        return "right at 0.8, but at 0.9 four names of five are kept: use threshold where you wrote 0.8"
    if not answer(ONE_NAME, 0.25):
        return "at a threshold of 0.25 a caption with one name of four words is dropped: divide by the number of words"
    try:
        empty = answer([], 0.8)
    except ZeroDivisionError:
        return "right, but a caption without words stops it: divide by max(len(tagged), 1), or compare without dividing"
    return "a caption without words has no names: keep it, for another rule to judge" if empty else None


@exercise("4.2")
def percent_agreement(answer: Callable[..., Any]) -> str | None:
    """The share of pairs of raters who gave a caption the same grade."""
    value = np.asarray(answer(RATINGS), float)
    if value.shape != ():
        return f"it is one number for all captions, yours has the shape {value.shape}: take the mean over the captions"
    right = agreeing(RATINGS)
    found = recognised(value, _wrong_shares(RATINGS))
    if found or not close(value, right):
        return found or f"for the example it is {right:.3f}, yours is {float(value):.3f}"
    if not close(answer(FEWER), agreeing(FEWER)):
        return f"right for the example, but for {FEWER.tolist()} it is {agreeing(FEWER):.3f}"
    if not close(answer(FOUR_RATERS), agreeing(FOUR_RATERS)):
        return "right for three raters; four of them make six pairs for each caption: divide by the number of pairs"
    return None


@exercise("4.3")
def ac1(answer: Callable[..., Any]) -> str | None:
    """Gwet's AC1 of a table without gaps."""
    with np.errstate(all="ignore"):
        value = np.asarray(answer(RATINGS, GRADES), float)
    if value.shape != ():
        return f"AC1 is one number, yours has the shape {value.shape}: add up over the grades"
    right = by_hand(RATINGS)
    found = recognised(value, _wrong_coefficients(RATINGS))
    if found or not close(value, right):
        return found or f"for the example it is {right:.3f}, yours is {float(value):.3f}"
    other, right = float(answer(FEWER, GRADES)), by_hand(FEWER)
    if close(other, by_hand(FEWER, [3, 4])):
        return (
            "right for the example, but wrong where nobody gave a 1 or a 2: these are grades all the same, so count "
            "`categories` and not what was given"
        )
    if not close(other, right):
        return f"right for the example, but for {FEWER.tolist()} it is {right:.3f}"
    five = (*GRADES, 5)
    if not close(answer(RATINGS, five), by_hand(RATINGS, five)):
        return "right for four grades; with five that could be given q is 5: take it from `categories`"
    return None


def agreeing(ratings: np.ndarray) -> float:
    """The share of pairs of raters with the same grade."""
    return float(np.mean([[row[a] == row[b] for a, b in combinations(range(len(row)), 2)] for row in ratings]))


def shares(ratings: np.ndarray, categories: Sequence[int] = GRADES) -> np.ndarray:
    """How often each grade was given."""
    return np.array([(ratings == grade).mean() for grade in categories])


def by_hand(ratings: np.ndarray, categories: Sequence[int] = GRADES) -> float:
    """AC1: what was seen beyond what Gwet calls chance."""
    given, size = shares(ratings, categories), len(categories)
    chance = (given * (1 - given)).sum() / (size - 1)
    return float((agreeing(ratings) - chance) / (1 - chance))


def _wrong_shares(ratings: np.ndarray) -> dict[str, list[Any]]:
    """What usual mistakes in the percent agreement come out as."""
    raters, right = ratings.shape[1], agreeing(ratings)
    itself = (ratings[:, :, None] == ratings[:, None, :]).mean()
    most = np.mean([np.bincount(row).max() / raters for row in ratings])
    pairs = raters * (raters - 1) / 2
    return {
        "this asks whether all raters agree on a caption: ask each pair of raters, and take the mean over the pairs": [
            np.mean([len(set(row)) == 1 for row in ratings])
        ],
        "this also compares each rater with himself, who always agrees: leave these pairs out": [itself],
        "this is the share of raters in the largest group: ask each pair of raters": [most],
        "this compares two of the raters only: take all pairs of raters": [
            (ratings[:, a] == ratings[:, b]).mean() for a, b in combinations(range(raters), 2)
        ],
        "this goes over the raters: for each caption compare the grades that it got": [agreeing(ratings.T)],
        "this counts the pairs that agree: divide by the number of pairs, for each caption": [
            pairs * right, pairs * right * len(ratings),
        ],
        "this is in per cent: leave it as a share between 0 and 1": [100 * right],
        "this is the share of pairs that differ": [1 - right],
        "this counts grades that are near as the same: only the same grade agrees here": [
            np.mean([[abs(row[a] - row[b]) <= 1 for a, b in combinations(range(raters), 2)] for row in ratings])
        ],
    }  # fmt: skip


def _wrong_coefficients(ratings: np.ndarray) -> dict[str, list[Any]]:
    """What usual mistakes in AC1 come out as."""
    seen, given, size = agreeing(ratings), shares(ratings), len(GRADES)
    spread = (given * (1 - given)).sum()
    chance, by_frequency = spread / (size - 1), (given**2).sum()
    return {
        "this is Fleiss' kappa: its chance is the sum of squared shares, AC1's is the sum of p(1 - p), divided by "
        "the number of grades minus one": [beyond(seen, by_frequency)],
        "the sum of p(1 - p) is not divided by the number of grades minus one": [beyond(seen, spread)],
        "this divides the sum of p(1 - p) by the number of grades: divide by one less": [beyond(seen, spread / size)],
        "this takes the same chance for every grade: AC1's depends on how often each was given": [
            beyond(seen, 1 / size)
        ],
        "this is agreement minus chance: divide it by what chance leaves room for, 1 - chance": [seen - chance],
        "this is the chance alone: AC1 is what was seen beyond it, (seen - chance) / (1 - chance)": [chance],
        "this is percent agreement: take off what chance would give": [seen],
        "this divides by the chance: divide by 1 - chance": [(seen - chance) / chance],
        "this divides by 1 - seen: what chance leaves room for is 1 - chance": [(seen - chance) / (1 - seen)],
        "this asks whether all raters agree on a caption: take the pairs of raters, as in exercise 4.2": [
            beyond(float(np.mean([len(set(row)) == 1 for row in ratings])), chance)
        ],
    }


def beyond(seen: float, chance: float) -> float:
    """How much of what chance leaves open was agreed on."""
    return (seen - chance) / (1 - chance)
