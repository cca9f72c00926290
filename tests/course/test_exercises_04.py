"""Each check of lesson 4: silent about the stub, satisfied by the folded solution, and helpful about usual mistakes."""

from itertools import combinations

import numpy as np
import pytest

from clipit.course import notebooks
from clipit.course.exercises import captions
from clipit.course.extracting import exercises
from clipit.evaluation import agreement, percent_agreement

LESSON = exercises("04_italian_captions")
CHECKS = {"4.1": captions.drops, "4.2": captions.percent_agreement, "4.3": captions.ac1}


def test_every_exercise_has_its_check():
    assert set(LESSON) == set(CHECKS)


@pytest.mark.parametrize("number", CHECKS)
def test_the_stub_is_not_done_and_the_solution_is_correct(number, done_by):
    known = {"combinations": combinations, "percent_agreement": percent_agreement}
    done_by(CHECKS[number], number, LESSON[number], **known)


@pytest.mark.parametrize("ratings", [captions.RATINGS, captions.FEWER])
def test_what_the_checks_take_for_right_is_what_the_library_says(ratings):
    assert captions.agreeing(ratings) == pytest.approx(percent_agreement(ratings))
    found = agreement(ratings, captions.GRADES, "identity")["gwet"]["value"]
    assert captions.by_hand(ratings) == pytest.approx(found)


def share(tagged):
    return sum(proper for _, proper in tagged) / max(len(tagged), 1)


def pairs(ratings, same=lambda a, b: a == b):
    return [[same(a, b) for a, b in combinations(row, 2)] for row in ratings]


def chance(ratings, categories, q=None):
    given = np.array([(ratings == grade).mean() for grade in categories])
    return (given * (1 - given)).sum() / ((q or len(categories)) - 1)


def beyond(ratings, by_chance):
    return (percent_agreement(ratings) - by_chance) / (1 - by_chance)


WRONG = {
    "the share": ("4.1", lambda tagged, threshold: share(tagged), "the answer is True"),
    "kept": ("4.1", lambda tagged, threshold: share(tagged) < threshold, "the other way around"),
    "nothing is dropped": ("4.1", lambda tagged, threshold: False, "has names only"),
    "everything is dropped": ("4.1", lambda tagged, threshold: True, "with few names or none"),
    "more than": ("4.1", lambda tagged, threshold: share(tagged) > threshold, ">= and not >"),
    "0.8 by hand": ("4.1", lambda tagged, threshold: share(tagged) >= 0.8, "use threshold where you wrote 0.8"),
    "count": ("4.1", lambda tagged, threshold: sum(p for _, p in tagged) >= threshold, "with few names or none"),
    "division by zero": (
        "4.1",
        lambda tagged, threshold: sum(p for _, p in tagged) / len(tagged) >= threshold,
        "a caption without words stops it",
    ),
    "no words": (
        "4.1",
        lambda tagged, threshold: not tagged or share(tagged) >= threshold,
        "a caption without words has no names",
    ),
    "capital letters": ("4.1", lambda t, s: sum(w[0].isupper() for w, _ in t) / max(len(t), 1) >= s, "the tagger says"),
    "all words": ("4.1", lambda tagged, threshold: bool(tagged) and all(p for _, p in tagged), "compare the share"),
    "three pairs": ("4.2", lambda r: np.sum(pairs(r)) / (3 * len(r)), "divide by the number of pairs"),
    "over the raters": ("4.2", lambda r: np.mean(pairs(np.asarray(r).T)), "goes over the raters"),
    "1 - seen": (
        "4.3",
        lambda r, c: (percent_agreement(r) - chance(r, c)) / (1 - percent_agreement(r)),
        "divides by 1 - seen",
    ),
    "four grades": ("4.3", lambda r, c: beyond(r, chance(r, (1, 2, 3, 4))), "q is 5"),
    "all agree": ("4.2", lambda r: np.mean([len(set(row)) == 1 for row in r]), "whether all raters agree"),
    "oneself": ("4.2", lambda r: np.mean(r[:, :, None] == r[:, None, :]), "with himself"),
    "first two": ("4.2", lambda r: np.mean(r[:, 0] == r[:, 1]), "two of the raters only"),
    "counted": ("4.2", lambda r: np.sum(pairs(r)), "divide by the number of pairs"),
    "largest group": ("4.2", lambda r: np.mean([max(list(row).count(g) for g in row) / 3 for row in r]), "each pair"),
    "per cent": ("4.2", lambda r: 100 * np.mean(pairs(r)), "between 0 and 1"),
    "differ": ("4.2", lambda r: 1 - np.mean(pairs(r)), "pairs that differ"),
    "near": ("4.2", lambda r: np.mean(pairs(r, lambda a, b: abs(a - b) <= 1)), "only the same grade"),
    "for each caption": ("4.2", lambda r: np.mean(pairs(r), axis=1), "take the mean over the captions"),
    "constant": ("4.2", lambda r: 11 / 15, "right for the example, but"),
    "kappa": (
        "4.3",
        lambda r, c: beyond(r, sum((r == g).mean() ** 2 for g in c)),
        "this is Fleiss' kappa",
    ),
    "not divided": ("4.3", lambda r, c: beyond(r, chance(r, c, q=2)), "is not divided by"),
    "divided by q": ("4.3", lambda r, c: beyond(r, chance(r, c, q=len(c) + 1)), "divide by one less"),
    "grades given": ("4.3", lambda r, c: beyond(r, chance(r, sorted(set(r.ravel())))), "count `categories`"),
    "uniform": ("4.3", lambda r, c: beyond(r, 1 / len(c)), "the same chance for every grade"),
    "difference": ("4.3", lambda r, c: percent_agreement(r) - chance(r, c), "agreement minus chance"),
    "chance alone": ("4.3", lambda r, c: chance(r, c), "the chance alone"),
    "seen": ("4.3", lambda r, c: percent_agreement(r), "take off what chance would give"),
    "divided by chance": (
        "4.3",
        lambda r, c: (percent_agreement(r) - chance(r, c)) / chance(r, c),
        "divide by 1 - chance",
    ),
    "for each grade": ("4.3", lambda r, c: np.array([(r == g).mean() for g in c]), "add up over the grades"),
    "another number": ("4.3", lambda r, c: 0.5, "yours is 0.500"),
}


@pytest.mark.parametrize("number, answer, sentence", WRONG.values(), ids=WRONG)
def test_a_usual_mistake_is_named(number, answer, sentence, told_by):
    told_by(CHECKS[number], number, answer, sentence)


@pytest.mark.parametrize("number", CHECKS)
def test_every_exercise_has_three_usual_mistakes_or_more(number):
    assert sum(of == number for of, _, _ in WRONG.values()) >= 3


def test_the_expected_output_in_the_text_is_what_the_checks_expect():
    text = (notebooks.NOTEBOOKS / "source" / "04_italian_captions.py").read_text("utf-8")
    assert f"For `{captions.RATINGS.tolist()}`: {captions.agreeing(captions.RATINGS):.3f}" in text
    assert f"the grades 1 to 4: {captions.by_hand(captions.RATINGS):.3f}." in text
    assert f"so chance is {chance(captions.RATINGS, captions.GRADES):.3f}." in text
