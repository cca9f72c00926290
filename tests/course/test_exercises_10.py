"""Lesson 10: its checks are silent about the stubs, satisfied by the solutions, and helpful about usual mistakes."""

import numpy as np
import pytest

from clipit.course.exercises import using
from clipit.course.extracting import exercises

LESSON = exercises("10_use_clip_italian")
CHECKS = {"10.1": using.rarer, "10.2": using.is_cut, "10.3": using.worst_cosine}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number])


def tokens(captions, tokenizer):
    return [len(tokenizer.tokens(caption)) for caption in captions]


WRONG = {
    "count": ("10.1", lambda cosine, wrong: (wrong > cosine).sum(), "divide by how many there are"),
    "per cent": ("10.1", lambda cosine, wrong: 100 * (wrong > cosine).mean(), "leave out the factor 100"),
    "mean": ("10.1", lambda cosine, wrong: wrong[wrong > cosine].mean(), "count them instead"),
    "lower": ("10.1", lambda cosine, wrong: (wrong < cosine).mean(), "you want those that are higher"),
    "no share": ("10.1", lambda cosine, wrong: wrong > cosine, "take their mean"),
    "built in": ("10.1", lambda cosine, wrong: (wrong > 0.25).mean(), "do you compare with a number of your own"),
    "equal": ("10.1", lambda cosine, wrong: (wrong >= cosine).mean(), "use > and not >="),
    "constant": ("10.1", lambda cosine, wrong: 0.1, "which is .5; yours is 0.1"),
    "just fits": (
        "10.2",
        lambda c, t: [n >= t.max_tokens for n in tokens(c, t)],
        "a caption of exactly the limit is still read whole",
    ),
    "words": ("10.2", lambda c, t: [len(one.split()) > t.max_tokens for one in c], "the marks at both ends count"),
    "letters": ("10.2", lambda c, t: [len(one) > t.max_tokens for one in c], "these are letters"),
    "fits": ("10.2", lambda c, t: [n <= t.max_tokens for n in tokens(c, t)], "turn it around"),
    "lengths": ("10.2", tokens, "compare them with tokenizer.max_tokens"),
    "own limit": ("10.2", lambda c, t: [n > 8 for n in tokens(c, t)], "instead of a number of your own"),
    "this model's limit": ("10.2", lambda c, t: [n > 32 for n in tokens(c, t)], "is a limit of your own built in"),
    "place": ("10.3", lambda a, b: (a * b).sum(1).argmin(), "this is a place in the list"),
    "one answer": ("10.2", lambda c, t: any(n > 8 for n in tokens(c, t)), "one True or False for each caption"),
    "best": ("10.3", lambda a, b: (a * b).sum(1).max(), "this is the best of them"),
    "mean cosine": ("10.3", lambda a, b: (a * b).sum(1).mean(), "a single wrong vector hides in it"),
    "all pairs": ("10.3", lambda a, b: (a @ b.T).min(), "compare row with row"),
    "sum": ("10.3", lambda a, b: (a * b).sum(), "add up along each row"),
    "rows": ("10.3", lambda a, b: (a * b).sum(1), "take the lowest"),
    "difference": ("10.3", lambda a, b: np.abs(a - b).max(), "multiply the rows and add up"),
    "no sign": ("10.3", lambda a, b: np.abs((a * b).sum(1)).min(), "leave the sign"),
}


@pytest.mark.parametrize("number, answer, sentence", WRONG.values(), ids=WRONG)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)
