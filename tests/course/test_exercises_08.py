"""Each check of lesson 8: silent about the stub, satisfied by the folded solution, and helpful about usual mistakes."""

import numpy as np
import pytest

from clipit.course.exercises import retrieving
from clipit.course.exercises.retrieving import FIRST, OTHER, PICTURES, RIGHT, SCORES, SIMILARITIES
from clipit.course.extracting import exercises, function
from clipit.evaluation import bootstrap, retrieval
from clipit.studies.retrieval import effects

LESSON = exercises("08_retrieval")
CHECKS = {"8.1": retrieving.mrr, "8.2": retrieving.clustered, "8.3": retrieving.effects}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number], np=np)


def test_the_reciprocal_rank_is_that_of_the_library():
    solution = function(LESSON["8.1"]["solution"], np=np)
    gallery = np.eye(SIMILARITIES.shape[1])  # so that the dot products are the similarities themselves
    theirs = retrieval(SIMILARITIES, gallery, RIGHT)["mrr@10"]
    assert solution(SIMILARITIES, RIGHT) == pytest.approx(theirs)


def test_the_effects_are_those_of_the_study():
    solution = function(LESSON["8.3"]["solution"], np=np)
    arms = {name.replace(", pictures", "_contrastive").replace(", teacher", "_student"): name for name in SCORES}
    rows = [
        {"kind": "result", "arm": arm, "pairs": "9", "seed": "0", "score": str(SCORES[name])}
        for arm, name in arms.items()
    ]
    assert solution(SCORES) == pytest.approx([found[0] for found in effects(rows, "score", 9).values()])


def test_a_mean_of_pictures_is_what_the_bootstrap_over_pictures_starts_from():
    solution = function(LESSON["8.2"]["solution"], np=np)
    by_picture = solution(FIRST, OTHER, PICTURES)
    whole = np.average(by_picture, weights=np.bincount(PICTURES))
    assert whole == pytest.approx(bootstrap(FIRST - OTHER, clusters=PICTURES)["mean"])


def means(values, groups=PICTURES):
    return np.array([values[groups == group].mean() for group in np.unique(groups)])


def published(scores):
    return scores["italian, pictures"] - scores["multilingual, teacher"]


WRONG_ANSWERS = {
    "ties help": ("8.1", lambda s, r: (1 / (1 + (s > s[range(len(r)), r][:, None]).sum(1))).mean(), "ties help"),
    "one by one": ("8.1", lambda s, r: 1 / (s >= s[range(len(r)), r][:, None]).sum(1), "take their mean"),
    "of the mean": ("8.1", lambda s, r: 1 / (s >= s[range(len(r)), r][:, None]).sum(1).mean(), "each rank"),
    "recall": ("8.1", lambda s, r: ((s >= s[range(len(r)), r][:, None]).sum(1) == 1).mean(), "recall@1"),
    "from zero": ("8.1", lambda s, r: (1 / (1 + (s >= s[range(len(r)), r][:, None]).sum(1))).mean(), "begin at 1"),
    "one number": ("8.3", published, "three numbers"),
    "one row": ("8.3", lambda s: (published(s), 0.8 - 0.7, 0.3), "mean of two differences: with pictures"),
    "other order": ("8.3", lambda s: (published(s), 0.3, 0.2), "other order"),
    "turned": ("8.3", lambda s: (-published(s), -0.2, -0.3), "turned around"),
    "by caption": ("8.2", lambda a, b, p: a - b, "one by one"),
    "one mean": ("8.2", lambda a, b, p: (a - b).mean(), "one for each picture"),
    "sum": ("8.2", lambda a, b, p: np.bincount(p, weights=a - b), "take their mean"),
    "turned difference": ("8.2", lambda a, b, p: means(b - a), "turn it around"),
    "one model": ("8.2", lambda a, b, p: means(a), "one model only"),
}


@pytest.mark.parametrize("number, answer, sentence", WRONG_ANSWERS.values(), ids=WRONG_ANSWERS)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)
