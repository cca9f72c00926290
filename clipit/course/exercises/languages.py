"""The checks of lesson 12: a phrase out of a pattern, what was lost picture by picture, and what two languages share.

>>> phrase(lambda pattern, words: " ".join(pattern.format(**words).split()))
Exercise 12.1: correct.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

GERMAN, ITALIAN = "{number} {color} {thing}", "{number} {thing} {color}"
WORDS = {"number": "zwei", "color": "schwarze", "thing": "Katzen"}
NO_COLOR = {"number": "zwei", "color": "", "thing": "Katzen"}
RANKS, ITALIAN_RANKS = np.array([1, 2, 4, 20, 1, 12]), np.array([1, 1, 2, 11, 2, 5])
MINE = {"gatte": "cat", "casa": "house", "tre": "3", "niro": "black", "rose": "shoe"}
OTHERS = {"gatti": "cat", "casa": "house", "tre": "3", "nero": "black", "rose": "door", "due": "2", "blu": "blue"}


@exercise("12.1")
def phrase(answer: Callable[..., Any]) -> str | None:
    """A pattern with its holes filled, and single spaces."""
    value = answer(GERMAN, dict(WORDS))
    if not isinstance(value, str):
        return f"give a text, yours is {value!r}"
    if "{" in value or "}" in value:
        return f"there are holes left in {value!r}: put a word into each"
    if value != "zwei schwarze Katzen":
        return f"for {GERMAN!r} it is 'zwei schwarze Katzen', yours is {value!r}"
    italian = answer(ITALIAN, {"number": "due", "color": "neri", "thing": "gatti"})
    if italian == "due neri gatti":
        return "this is always in the German order: the pattern says where each word goes"
    if italian != "due gatti neri":
        return f"for {ITALIAN!r} it is 'due gatti neri', yours is {italian!r}"
    for pattern in (GERMAN, ITALIAN):
        bare = answer(pattern, dict(NO_COLOR))
        if bare == "":
            return "where no colour is said, the other two words stay"
        if bare != bare.strip():
            return f"without a colour a space is left at the end: {bare!r}"
        if "  " in bare:
            return f"without a colour two spaces stand side by side: {bare!r}"
        if bare != "zwei Katzen":
            return f"without a colour it is 'zwei Katzen', yours is {bare!r}"
    return None


def reciprocal(ranks: np.ndarray) -> np.ndarray:
    """One over the rank, 0 beyond ten."""
    return np.where(ranks <= 10, 1 / ranks, 0.0)


@exercise("12.2")
def lost(answer: Callable[..., Any]) -> str | None:
    """The mean over pictures of the difference of reciprocal ranks, cut at ten."""
    value = answer(RANKS, ITALIAN_RANKS)
    each = reciprocal(RANKS) - reciprocal(ITALIAN_RANKS)
    uncut = 1 / RANKS - 1 / ITALIAN_RANKS
    mistakes: dict[str, list[Any]] = {
        "these are the differences of the pictures one by one: take their mean": [each],
        "this is what Italian has more: the language comes first": [-each.mean()],
        "a rank beyond 10 counts as 0: yours still counts as one over the rank": [uncut.mean(), -uncut.mean()],
        "this is the difference of the mean ranks: one lost picture at place 400 would hide all the others; take one "
        "over the rank": [(RANKS - ITALIAN_RANKS).mean(), (ITALIAN_RANKS - RANKS).mean()],
        "this is the difference in recall at one: places two to ten count too": [
            (RANKS == 1).mean() - (ITALIAN_RANKS == 1).mean()
        ],
        "this adds up: take the mean": [each.sum()],
        "this is the language alone: subtract what Italian has": [reciprocal(RANKS).mean()],
    }
    found = recognised(value, mistakes)
    if found or not close(value, each.mean()):
        return found or f"for the example it is {each.mean():.3f}, yours is {value!r}"
    return None


@exercise("12.3")
def shared(answer: Callable[..., Any]) -> str | None:
    """The share of one language's words that another one has too, with the same meaning."""
    value = answer(dict(MINE), dict(OTHERS))
    common = set(MINE) & set(OTHERS)
    same = [word for word in common if MINE[word] == OTHERS[word]]
    mistakes: dict[str, list[Any]] = {
        "this counts words: divide by how many your language has": [len(same), len(common)],
        "a word that is spelled alike but means something else helps nobody: compare the meanings too": [
            len(common) / len(MINE)
        ],
        "this divides by the words of the other language": [len(same) / len(OTHERS), len(common) / len(OTHERS)],
        "this divides by the words of both together: how much of *your* language is known is asked": [
            len(same) / len({*MINE, *OTHERS})
        ],
        "this compares the meanings only: every language has a word for cat; is it the same word?": [
            len(set(MINE.values()) & set(OTHERS.values())) / len(MINE)
        ],
    }
    found = recognised(value, mistakes)
    right = len(same) / len(MINE)
    if found or not close(value, right):
        return found or f"for the example it is {right:.2f}, yours is {value!r}"
    return None
