"""Each check of lesson 6: silent about the stub, satisfied by the folded solution, and helpful about usual mistakes."""

from itertools import combinations

import numpy as np
import pytest

from clipit.course.exercises import unfreezing
from clipit.course.exercises.unfreezing import FIRST, KITCHEN, PUBLISHED, SECOND, every_pair, fair_pairs
from clipit.course.extracting import exercises, function
from clipit.evaluation import seed_interval
from clipit.studies.summaries import difference

LESSON = exercises("06_full_training")
CHECKS = {"6.1": unfreezing.differs, "6.2": unfreezing.comparable, "6.3": unfreezing.paired}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    done_by(CHECKS[number], number, LESSON[number], np=np)


def test_no_two_lines_of_the_published_plot_differ_in_one_thing_only():
    assert not any(fair_pairs(PUBLISHED, setting) for setting in PUBLISHED["blue"])
    assert fair_pairs(KITCHEN, "minutes") == {frozenset("ab"), frozenset("ce")}
    assert len(every_pair(PUBLISHED)) == 6


def test_the_answer_to_the_third_is_what_the_studies_use():
    solution = function(LESSON["6.3"]["solution"], np=np)
    mean, half = solution(FIRST, SECOND)
    interval = seed_interval(difference(FIRST, SECOND))
    assert mean == pytest.approx(interval["mean"])
    assert half == pytest.approx(interval["high"] - interval["mean"], abs=1e-4)


def pairs(runs, right):
    return [pair for pair in combinations(runs, 2) if right(runs[pair[0]], runs[pair[1]])]


def gaps(first, second):
    return np.array([first[seed] - second[seed] for seed in first])


def apart(first, second):
    return {name for name in first if first[name] != second[name]}


WRONG = {
    "the same": ("6.1", lambda a, b: {name for name in a if a[name] == b[name]}, "the same"),
    "how many": ("6.1", lambda a, b: len(apart(a, b)), "a set of names"),
    "all": ("6.1", lambda a, b: set(a), "purple and yellow differ in"),
    "always": ("6.1", lambda a, b: apart(PUBLISHED["purple"], PUBLISHED["yellow"]), "from itself"),
    "also more": ("6.2", lambda runs, name: pairs(runs, lambda a, b: a[name] != b[name]), "but some of them in more"),
    "any one thing": ("6.2", lambda runs, name: pairs(runs, lambda a, b: len(apart(a, b)) == 1), "in the one that"),
    "with itself": ("6.2", lambda runs, name: [(one, one) for one in runs], "with itself"),
    "twice": (
        "6.2",
        lambda runs, name: [
            (one, other) for one in runs for other in runs if apart(runs[one], runs[other]) == {name}
        ],
        "wanted once",
    ),
    "neighbours": ("6.2", lambda runs, name: [("a", "b")], "c and e"),
    "a number": ("6.2", lambda runs, name: 2, "a list of pairs"),
    "order": (
        "6.3",
        lambda a, b: (np.subtract([*a.values()], [*b.values()]).mean(),
                      unfreezing.half_width(np.subtract([*a.values()], [*b.values()]))),
        "different orders",
    ),
    "turned": ("6.3", lambda a, b: (-gaps(a, b).mean(), unfreezing.half_width(gaps(a, b))), "second minus first"),
    "spread": ("6.3", lambda a, b: (gaps(a, b).mean(), 2.776 * gaps(a, b).std(ddof=1)), "by the root"),
    "ddof": ("6.3", lambda a, b: (gaps(a, b).mean(), 2.776 * gaps(a, b).std() / 5**0.5), "ddof=1"),
    "many seeds": ("6.3", lambda a, b: (gaps(a, b).mean(), 1.96 * gaps(a, b).std(ddof=1) / 5**0.5), "1.96"),
    "no factor": ("6.3", lambda a, b: (gaps(a, b).mean(), gaps(a, b).std(ddof=1) / 5**0.5), "2.776"),
    "unrelated": (
        "6.3",
        lambda a, b: (gaps(a, b).mean(), 2.776 * ((np.var([*a.values()], ddof=1) + np.var([*b.values()], ddof=1)) / 5)
                      ** 0.5),
        "differences first",
    ),
    "one number": ("6.3", lambda a, b: gaps(a, b).mean(), "two numbers"),
}  # fmt: skip


@pytest.mark.parametrize("number, answer, sentence", WRONG.values(), ids=WRONG)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)
