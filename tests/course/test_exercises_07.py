"""Each check of lesson 7: silent about the stub, satisfied by the folded solution, and helpful about usual mistakes."""

import numpy as np
import pytest

from clipit.course.exercises import classifying
from clipit.course.exercises.classifying import NAMES, RIGHT, SENTENCES
from clipit.course.extracting import exercises, function
from clipit.data.labels import audit_labels
from clipit.evaluation import ensemble

LESSON = exercises("07_zero_shot")
CHECKS = {"7.1": classifying.average, "7.3": classifying.ceiling, "7.2": classifying.honest}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number], np=np)


def test_the_answers_are_what_the_library_computes():
    np.testing.assert_allclose(function(LESSON["7.1"]["solution"], np=np)(SENTENCES), ensemble(SENTENCES))
    audit = audit_labels(NAMES, [f"thing {place}" for place in range(len(NAMES))])
    assert function(LESSON["7.3"]["solution"])(NAMES) == pytest.approx(audit.ceiling)


def mean(rows):
    return rows.mean(axis=1)


HALF = RIGHT.shape[1] // 2
WRONG = {
    "not of length one": ("7.1", mean, "shorter than one"),
    "sum": ("7.1", lambda rows: rows.sum(axis=1), "adds the sentences up"),
    "over classes": ("7.1", lambda rows: rows.mean(axis=0), "over the classes"),
    "one length": ("7.1", lambda rows: mean(rows) / np.linalg.norm(mean(rows)), "length of all together"),
    "first": ("7.1", lambda rows: rows[:, 0], "the first sentence"),
    "over numbers": ("7.1", lambda rows: rows.mean(axis=2), "which is axis 2"),
    "one vector": ("7.1", lambda rows: rows.mean(axis=(0, 1)), "the shape"),
    "how many": ("7.3", lambda names: len(set(names)), "divide by"),
    "alone": ("7.3", lambda names: sum(names.count(n) == 1 for n in names) / len(names), "still get one right"),
    "lost": ("7.3", lambda names: 1 - len(set(names)) / len(names), "take it from one"),
    "percent": ("7.3", lambda names: 100 * len(set(names)) / len(names), "factor 100"),
    "repeated": ("7.3", lambda names: len(names) - len(set(names)), "repetitions"),
    "built in": ("7.3", lambda names: len(set(names)) / 9, "built in"),
    "same half": (
        "7.2",
        lambda right: (1, right[1, :HALF].mean() - right[0, :HALF].mean()),
        "on which the prompt was chosen",
    ),
    "all": (
        "7.2",
        lambda right: (right.mean(1).argmax(), right.mean(1).max() - right.mean(1)[0]),
        "looking at all pictures",
    ),
    "accuracy": ("7.2", lambda right: (1, right[1, HALF:].mean()), "not the gain"),
    "turned": ("7.2", lambda right: (1, right[0, HALF:].mean() - right[1, HALF:].mean()), "turn it around"),
    "counts": ("7.2", lambda right: (1, right[1, HALF:].sum() - int(right[0, HALF:].sum())), "counts pictures"),
    "second, first": (
        "7.2",
        lambda right: (2, right[2, :HALF].mean() - right[0, :HALF].mean()),
        "report on the second",
    ),
    "one number": ("7.2", lambda right: 1, "two numbers"),
}


@pytest.mark.parametrize("number, answer, sentence", WRONG.values(), ids=WRONG)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)
