"""Each check of lesson 9: silent about the stub, satisfied by the folded solution, and helpful about usual mistakes."""

import jax.numpy as jnp
import numpy as np
import pytest

from clipit.course.exercises import counting
from clipit.course.exercises.counting import ANSWERS, COUNTS, PICTURED, RIGHT, SCALE, WRONG
from clipit.course.extracting import exercises, function
from clipit.losses import counting as counting_loss

LESSON = exercises("09_counting_cats")
CHECKS = {"9.1": counting.bias, "9.2": counting.broken, "9.3": counting.loss}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number], np=np)


def test_the_loss_is_that_of_the_library():
    solution = function(LESSON["9.3"]["solution"], np=np)
    angles = np.linspace(0, 3, 3)
    pictures = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    right, wrong = pictures[::-1].copy(), pictures[[1, 2, 0]]
    ours = solution((pictures * right).sum(1), (pictures * wrong).sum(1), SCALE)
    theirs = counting_loss(*map(jnp.asarray, (pictures, right, wrong)), SCALE)
    assert ours == pytest.approx(float(theirs), rel=1e-5)


def test_the_caption_set_writes_two_to_four_equally_often_and_never_five_and_six():
    read = counting.caption_set(PICTURED) * PICTURED
    assert read[1:4] == pytest.approx([read[3]] * 3) and counting.caption_set(PICTURED)[3] == 1
    assert (read[4:] == 0).all()


def by_count(values, group=COUNTS):
    return np.array([values[group == number].mean() for number in range(1, 7)])


WRONG_ANSWERS = {
    "turned": ("9.1", lambda counts, answers: by_count(counts - answers), "turn it around"),
    "one number": ("9.1", lambda counts, answers: (answers - counts).mean(), "one for each count"),
    "no sign": ("9.1", lambda counts, answers: by_count(np.abs(answers - counts)), "loses the sign"),
    "accuracy": ("9.1", lambda counts, answers: by_count(answers == counts), "accuracy"),
    "by answer": ("9.1", lambda counts, answers: by_count(answers - counts, answers), "group by what"),
    "shape": ("9.1", lambda counts, answers: np.zeros(5), "six numbers"),
    "not by pictured": ("9.2", lambda pictured: np.array([1, 1, 1, 1, 0, 0]), "divide by how often"),
    "all numbers": ("9.2", lambda pictured: pictured[5] / pictured, "still written"),
    "seldom": ("9.2", lambda pictured: counting.caption_set(pictured) / 2, "more often"),
    "too often": ("9.2", lambda pictured: np.array([1, 1.5, 1, 1, 0, 0]), "between 0 and 1"),
    "built in": ("9.2", lambda pictured: counting.caption_set(PICTURED), "that are given"),
    "one by one": ("9.3", lambda right, wrong, scale: np.log1p(np.exp(-scale * (right - wrong))), "their mean"),
    "no scale": ("9.3", lambda right, wrong, scale: np.log1p(np.exp(wrong - right)).mean(), "scale is missing"),
    "wrong first": ("9.3", lambda right, wrong, scale: np.log1p(np.exp(scale * (right - wrong))).mean(), "comes first"),
    "negative": ("9.3", lambda right, wrong, scale: -np.log1p(np.exp(-scale * (right - wrong))).mean(), "positive"),
}


@pytest.mark.parametrize("number, answer, sentence", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)


def test_the_examples_tell_mistakes_apart():
    assert len(COUNTS) == len(ANSWERS) and set(COUNTS) == set(ANSWERS) == set(range(1, 7))
    assert RIGHT.shape == WRONG.shape
