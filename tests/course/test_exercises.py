"""Each exercise's check: silent about the stub, satisfied by the folded solution, and helpful about usual mistakes.

Stubs and solutions are taken from the notebooks' sources, so that what is tested is what a reader sees.
"""

import numpy as np
import pytest

from clipit.course import notebooks
from clipit.course.exercises import start
from clipit.course.extracting import exercises

SOURCES = sorted(notebooks.NOTEBOOKS.glob("source/*.py"))


START = exercises("00_start_here")
CHECKS = {"0.1": start.cosine, "0.2": start.nearest, "0.3": start.shares}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_exercise_has_a_stub_and_a_solution(path):
    for number, parts in exercises(path.stem).items():
        assert number.startswith(f"{int(path.stem[:2])}.")
        assert set(parts) == {"stub", "solution"}


def test_every_exercise_of_the_start_has_its_check():
    assert set(START) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, START[number])


def length(vector):
    return np.linalg.norm(vector)


def softmax(logits):
    weights = np.exp(logits)
    return weights / weights.sum()


WRONG = {
    "dot product": ("0.1", lambda a, b: a @ b, "divide it by the lengths"),
    "one length": ("0.1", lambda a, b: a @ b / length(a), "divides by one of the two lengths"),
    "other length": ("0.1", lambda a, b: a @ b / length(b), "divides by one of the two lengths"),
    "squares": ("0.1", lambda a, b: a @ b / (a @ a) / (b @ b), "squared lengths"),
    "sum of lengths": ("0.1", lambda a, b: a @ b / (length(a) + length(b)), "divide by their product"),
    "distance": (
        "0.1",
        lambda a, b: length(a - b),
        "does yours change when one vector is made twice as long? It must not",
    ),
    "cosine distance": ("0.1", lambda a, b: 1 - a @ b / length(a) / length(b), "one minus the similarity"),
    "not summed": ("0.1", lambda a, b: a * b / length(a) / length(b), "add the products up"),
    "no sign": ("0.1", lambda a, b: abs(a @ b) / length(a) / length(b), "leave the sign"),
    "constant": ("0.1", lambda a, b: 1.0, "it is 0.179, yours is 1.000"),
    "worst first": ("0.2", lambda q, g, count: np.argsort(g @ q)[:count], "least similar come first"),
    "best last": ("0.2", lambda q, g, count: np.argsort(g @ q)[-count:], "the best comes last"),
    "similarities": (
        "0.2",
        lambda q, g, count: np.sort(g @ q)[::-1][:count],
        "these look like similarities: return their places, with np.argsort",
    ),
    "unsorted similarities": ("0.2", lambda q, g, count: (g @ q)[:count], "these look like similarities"),
    "all": ("0.2", lambda q, g, count: np.argsort(-(g @ q)), "keep the first `count`"),
    "ranks": ("0.2", lambda q, g, count: np.argsort(np.argsort(-(g @ q)))[:count], "sort once, not twice"),
    "always three": ("0.2", lambda q, g, count: np.argsort(-(g @ q))[:3], "use `count`"),
    "first rows": ("0.2", lambda q, g, count: np.arange(count), "are the rows [2, 3, 1], yours are [0, 1, 2]"),
    "no scale": ("0.3", lambda s, scale: softmax(s), "the scale is not used"),
    "divided by scale": ("0.3", lambda s, scale: softmax(s / scale), "divides by the scale"),
    "no sum": ("0.3", lambda s, scale: np.exp(scale * s), "divide by their sum"),
    "no exponential": ("0.3", lambda s, scale: s / s.sum(), "take np.exp of them first"),
    "no exponential of products": ("0.3", lambda s, scale: scale * s / (scale * s).sum(), "take np.exp of them first"),
    "scale outside": ("0.3", lambda s, scale: scale * softmax(s), "belongs inside np.exp"),
    "overflow": ("0.3", lambda s, scale: softmax(scale * s), "subtract the largest logit"),
    "equal": ("0.3", lambda s, scale: np.full(len(s), 1 / len(s)), "yours is [0.333 0.333 0.333]"),
}


@pytest.mark.parametrize("number, answer, sentence", WRONG.values(), ids=WRONG)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)


@pytest.mark.parametrize("number", CHECKS)
def test_every_exercise_has_three_usual_mistakes_or_more(number):
    assert sum(of == number for of, _, _ in WRONG.values()) >= 3
