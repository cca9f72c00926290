"""Each check of lesson 12: silent about the stub, satisfied by the folded solution, helpful about usual mistakes."""

import numpy as np
import pytest

from clipit.course.exercises import languages as check
from clipit.course.exercises.languages import ITALIAN_RANKS, RANKS, reciprocal
from clipit.course.extracting import exercises, function
from clipit.course.languages import vocabulary
from clipit.data.languages import sheet_named
from clipit.evaluation import retrieval

LESSON = exercises("12_your_language")
CHECKS = {"12.1": check.phrase, "12.2": check.lost, "12.3": check.shared}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number], np=np)


def test_the_expected_outputs_of_the_lesson_are_right():
    phrase, lost, shared = (function(LESSON[number]["solution"], np=np) for number in CHECKS)
    assert phrase("{number} {color} {thing}", {"number": "zwei", "color": "", "thing": "Katzen"}) == "zwei Katzen"
    assert lost(np.array([1, 2, 20]), np.array([1, 1, 5])) == pytest.approx(-0.7 / 3)
    assert shared({"casa": "house", "gatte": "cat"}, {"casa": "house", "gatti": "cat"}) == 0.5


def test_what_was_lost_is_the_difference_of_the_library_s_measure():
    found = [retrieval(np.eye(4)[[0, 1]], np.eye(4)[[0, 2, 1, 3]], [0, relevant])["mrr@10"] for relevant in (2, 1)]
    assert found[0] == 1.0 and found[1] < 1.0
    assert reciprocal(np.array([1, 10, 11])) == pytest.approx([1, 0.1, 0])


def test_related_languages_share_words():
    words = {name: set(vocabulary(sheet_named(name)).items()) for name in ("italian", "neapolitan", "german")}
    assert len(words["italian"] & words["neapolitan"]) > len(words["italian"] & words["german"])


WRONG_ANSWERS = {
    "one order": ("12.1", lambda p, w: " ".join([w["number"], w["color"], w["thing"]]), "German order"),
    "two spaces": ("12.1", lambda p, w: p.format(**w), "two spaces"),
    "space at the end": ("12.1", lambda p, w: p.format(**w).replace("  ", " "), "space is left at the end"),
    "holes": ("12.1", lambda p, w: p.replace("{number}", w["number"]), "holes left"),
    "nothing": ("12.1", lambda p, w: " ".join(p.format(**w).split()) if w["color"] else "", "other two words"),
    "a list": ("12.1", lambda p, w: [w["number"]], "give a text"),
    "one by one": ("12.2", lambda a, b: reciprocal(a) - reciprocal(b), "their mean"),
    "turned": ("12.2", lambda a, b: (reciprocal(b) - reciprocal(a)).mean(), "language comes first"),
    "no cut": ("12.2", lambda a, b: (1 / a - 1 / b).mean(), "counts as 0"),
    "mean places": ("12.2", lambda a, b: (a - b).mean(), "mean ranks"),
    "recall": ("12.2", lambda a, b: (a == 1).mean() - (b == 1).mean(), "recall at one"),
    "sum": ("12.2", lambda a, b: (reciprocal(a) - reciprocal(b)).sum(), "adds up"),
    "spelling": ("12.3", lambda a, b: len(set(a) & set(b)) / len(a), "meanings too"),
    "count": ("12.3", lambda a, b: sum(b.get(word) == meaning for word, meaning in a.items()), "counts words"),
    "other": ("12.3", lambda a, b: len(set(a.items()) & set(b.items())) / len(b), "words of the other"),
    "both": ("12.3", lambda a, b: len(set(a.items()) & set(b.items())) / len({*a, *b}), "both together"),
    "meanings": ("12.3", lambda a, b: len(set(a.values()) & set(b.values())) / len(a), "the meanings only"),
}


@pytest.mark.parametrize("number, answer, sentence", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)


def test_the_example_tells_mistakes_apart():
    assert len(RANKS) == len(ITALIAN_RANKS) and max(RANKS) > 10 < max(ITALIAN_RANKS)
