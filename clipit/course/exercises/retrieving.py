"""The checks of lesson 8: reciprocal ranks with ties, a difference for each picture, and a two-by-two.

>>> effects(lambda scores: (scores["italian, pictures"] - scores["multilingual, teacher"], 0.0, 0.0))
Exercise 8.3: not yet: ...
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from clipit.course.check import exercise
from clipit.course.exercises.start import close, recognised

# Similarities of four queries to six pictures, and where the right picture stands.
SIMILARITIES = np.array([
    [0.9, 0.5, 0.1, 0.2, 0.3, 0.4],
    [0.7, 0.7, 0.2, 0.1, 0.7, 0.0],
    [0.3, 0.8, 0.6, 0.6, 0.1, 0.2],
    [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
])  # fmt: skip
RIGHT = np.array([0, 1, 3, 2])
SCORES = {
    "italian, pictures": 0.8,
    "italian, teacher": 0.6,
    "multilingual, pictures": 0.7,
    "multilingual, teacher": 0.3,
}
FIRST = np.array([1.0, 0.5, 1.0, 0.2, 1.0, 0.5, 0.25, 1.0])  # reciprocal ranks of captions, by one model
OTHER = np.array([0.5, 0.5, 1.0, 0.1, 0.5, 0.5, 0.25, 1.0])  # and by another
PICTURES = np.array([0, 0, 0, 1, 2, 2, 2, 2])  # whose captions they are


@exercise("8.1")
def mrr(answer: Callable[..., Any]) -> str | None:
    """The mean reciprocal rank, ties against the model."""
    value = np.asarray(answer(SIMILARITIES, RIGHT), float)
    own = SIMILARITIES[np.arange(len(RIGHT)), RIGHT][:, None]
    worst = (own <= SIMILARITIES).sum(axis=1)  # 1, 3, 3, 6
    best = (own < SIMILARITIES).sum(axis=1) + 1  # 1, 1, 2, 1
    right = (1 / worst).mean()
    mistakes: dict[str, list[Any]] = {
        "here ties help the model: a picture that is as similar as the right one has to stand before it": [
            (1 / best).mean()
        ],
        "here a tie counts half: all pictures that are as similar have to stand before the right one": [
            (1 / ((best + worst) / 2)).mean(), ((1 / best + 1 / worst) / 2).mean(),
        ],
        "these are the reciprocal ranks one by one: take their mean": [1 / worst],
        "this is one over the mean rank: take the mean of one over each rank": [1 / worst.mean()],
        "this is the mean rank: take one over each rank first": [worst.mean()],
        "this is recall@1: a right picture at the second place counts a half, at the third a third": [
            (worst == 1).mean()
        ],
        "ranks begin at 1, not at 0": [(1 / (worst + 1)).mean()],
    }  # fmt: skip
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for the example it is {right:.3f}, yours is {value!r}"
    return None


@exercise("8.2")
def clustered(answer: Callable[..., Any]) -> str | None:
    """One difference for each picture: what a bootstrap over pictures draws from."""
    value = np.asarray(answer(FIRST, OTHER, PICTURES), float)
    gap = FIRST - OTHER
    right = np.array([gap[picture == PICTURES].mean() for picture in np.unique(PICTURES)])
    mistakes: dict[str, list[Any]] = {
        "these are the differences of the captions one by one: take the mean over the captions of each picture": [gap],
        "this is one number: give one for each picture": [gap.mean(), right.mean()],
        "this adds the captions of a picture up: take their mean": [
            np.array([gap[picture == PICTURES].sum() for picture in np.unique(PICTURES)])
        ],
        "this is the other minus the first: turn it around": [-right],
        "this is one model only: take the other's away": [
            np.array([FIRST[picture == PICTURES].mean() for picture in np.unique(PICTURES)])
        ],
    }
    found = recognised(value, mistakes)
    if found:
        return found
    if value.shape != right.shape:
        return f"there are three pictures, so it is an array of three numbers; yours has the shape {value.shape}"
    return (
        None if close(value, right) else f"for the example it is {right.round(3).tolist()}, yours is {value.tolist()}"
    )


@exercise("8.3")
def effects(answer: Callable[..., Any]) -> str | None:
    """What a published comparison says, and what of it is language and what teaching."""
    value = np.asarray(answer(SCORES), float)
    right = two_by_two(SCORES)
    published, language, teaching = right
    if value.shape != (3,):
        return "return three numbers: the published comparison, the effect of the language, the effect of the teaching"
    mistakes: dict[str, list[Any]] = {
        "the effect of the language is the mean of two differences: with pictures, and with a teacher": [
            (published, SCORES["italian, pictures"] - SCORES["multilingual, pictures"], teaching),
            (published, SCORES["italian, teacher"] - SCORES["multilingual, teacher"], teaching),
        ],
        "the effect of the teaching is the mean of two differences: in Italian, and multilingual": [
            (published, language, SCORES["italian, pictures"] - SCORES["italian, teacher"]),
            (published, language, SCORES["multilingual, pictures"] - SCORES["multilingual, teacher"]),
        ],
        "the two effects stand in the other order": [(published, teaching, language)],
        "the signs are turned around: Italian minus multilingual, pictures minus teacher": [
            tuple(-np.array(right)), (published, -language, -teaching),
        ],
        "these are sums of two differences: take their means": [(published, 2 * language, 2 * teaching)],
    }  # fmt: skip
    found = recognised(value, mistakes)
    if found or not close(value, right):
        return found or f"for the example they are {np.round(right, 2).tolist()}, yours are {value.tolist()}"
    return None


def two_by_two(scores: dict[str, float]) -> tuple[float, float, float]:
    """The right answer to 8.3."""
    published = scores["italian, pictures"] - scores["multilingual, teacher"]
    language = sum(scores[f"italian, {by}"] - scores[f"multilingual, {by}"] for by in ("pictures", "teacher")) / 2
    teaching = sum(scores[f"{tongue}, pictures"] - scores[f"{tongue}, teacher"]
                   for tongue in ("italian", "multilingual")) / 2  # fmt: skip
    return published, language, teaching
