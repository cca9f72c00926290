"""Agreement between raters: by hand, against irrCAC and the package krippendorff, and as properties."""

import json
from pathlib import Path

import krippendorff
import numpy as np
import pytest

from clipit.evaluation import agreement, percent_agreement
from clipit.evaluation.agreement import WEIGHTS, weight_matrix

# What irrCAC 0.4.4 says; make_irrcac.py beside this file made it.
BY_IRRCAC = json.loads(Path(__file__).with_name("irrcac.json").read_text())
GRADES = [1, 2, 3, 4]


def values(ratings, categories=GRADES, weights="ordinal"):
    return {name: found["value"] for name, found in agreement(ratings, categories, weights).items()}


def table(case):
    return np.array([[np.nan if grade is None else grade for grade in row] for row in case["ratings"]])


def made_up(items=40, raters=3, seed=0, missing=0.0):
    rng = np.random.default_rng(seed)
    true = rng.choice(GRADES, size=(items, 1), p=[0.1, 0.2, 0.3, 0.4])
    ratings = np.clip(true + rng.integers(-1, 2, size=(items, raters)), 1, 4).astype(float)
    ratings[rng.random(ratings.shape) < missing] = np.nan
    return ratings


def test_ac1_by_hand():
    # Ten captions, two raters, grades 1 and 2: eight times both say 2, once both say 1, once they differ.
    ratings = [[2, 2]] * 8 + [[1, 1]] + [[1, 2]]
    seen = 9 / 10
    ones = (1 + 0.5) / 10  # the share of grade 1: one caption by both raters, one by half of them
    chance = 2 * ones * (1 - ones)  # Gwet's, for two categories: the sum of p(1 - p), divided by 2 - 1
    assert values(ratings, [1, 2], "identity")["gwet"] == pytest.approx((seen - chance) / (1 - chance))
    by_frequency = ones**2 + (1 - ones) ** 2
    assert values(ratings, [1, 2], "identity")["fleiss"] == pytest.approx((seen - by_frequency) / (1 - by_frequency))
    assert percent_agreement(ratings) == pytest.approx(seen)


@pytest.mark.parametrize("case", BY_IRRCAC, ids=lambda case: f"{len(case['ratings'])}x{len(case['ratings'][0])}")
@pytest.mark.parametrize("weights", WEIGHTS)
def test_all_coefficients_are_those_of_irrcac(case, weights):
    found = values(table(case), list(range(1, case["categories"] + 1)), weights)
    assert found == pytest.approx(case["values"][weights], abs=1e-7)


@pytest.mark.parametrize("missing", [0.0, 0.3])
@pytest.mark.parametrize(("weights", "level"), [("identity", "nominal"), ("quadratic", "interval")])
def test_alpha_is_that_of_the_package_krippendorff(missing, weights, level):
    ratings = made_up(missing=missing)
    by_package = krippendorff.alpha(reliability_data=ratings.T, level_of_measurement=level, value_domain=GRADES)
    assert values(ratings, weights=weights)["krippendorff"] == pytest.approx(by_package)


def test_ordinal_alpha_of_the_package_krippendorff_is_another_measure():
    ratings = made_up()
    by_package = krippendorff.alpha(reliability_data=ratings.T, level_of_measurement="ordinal", value_domain=GRADES)
    assert abs(values(ratings, weights="ordinal")["krippendorff"] - by_package) > 0.01


def test_weights_are_the_published_ones():
    assert weight_matrix(GRADES, "ordinal")[0] == pytest.approx([1, 5 / 6, 1 / 2, 0])
    assert weight_matrix(GRADES, "linear")[0] == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert weight_matrix(GRADES, "quadratic")[0] == pytest.approx([1, 8 / 9, 5 / 9, 0])
    assert weight_matrix([1, 2, 4], "linear")[0] == pytest.approx([1, 2 / 3, 0])  # by distance, not by place
    for weights in WEIGHTS:
        matrix = weight_matrix(GRADES, weights)
        assert (matrix == matrix.T).all() and (np.diag(matrix) == 1).all()


@pytest.mark.parametrize("weights", WEIGHTS)
def test_raters_who_always_agree_have_one_and_raters_who_guess_have_none(weights):
    same = np.repeat(np.random.default_rng(1).choice(GRADES, size=(30, 1)), 3, axis=1)
    assert values(same, weights=weights) == pytest.approx(dict.fromkeys(("gwet", "fleiss", "krippendorff"), 1))
    guessed = np.random.default_rng(2).choice(GRADES, size=(800, 3))
    assert values(guessed, weights=weights) == pytest.approx(
        dict.fromkeys(("gwet", "fleiss", "krippendorff"), 0), abs=0.06
    )


def test_the_order_of_raters_and_items_does_not_matter():
    ratings = made_up(missing=0.2)
    shuffled = np.random.default_rng(0).permutation(ratings)[:, ::-1]
    assert values(shuffled) == pytest.approx(values(ratings))


def test_when_nearly_all_grades_are_alike_kappa_falls_and_ac1_does_not():
    ratings = np.full((100, 3), 4.0)
    ratings[np.arange(9), np.arange(9) % 3] = 3  # nine captions on which one rater of three differs
    found = values(ratings, weights="identity")
    assert percent_agreement(ratings) > 0.9 and found["gwet"] > 0.9 and found["fleiss"] < 0.05


def test_where_there_is_one_grade_only_kappa_and_alpha_do_not_exist():
    found = agreement(np.full((20, 3), 4.0), GRADES, "ordinal")
    assert found["gwet"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert all(np.isnan(number) for name in ("fleiss", "krippendorff") for number in found[name].values())


def test_the_interval_holds_the_value_and_narrows_with_more_items():
    small, large = agreement(made_up(30), GRADES), agreement(made_up(480), GRADES)
    for name in small:
        assert small[name]["low"] < small[name]["value"] < small[name]["high"]
        width = {key: result[name]["high"] - result[name]["low"] for key, result in (("s", small), ("l", large))}
        assert 2 < width["s"] / width["l"] < 8  # a quarter, as the square root of sixteen times as many items says
    assert agreement(made_up(30), GRADES) == small, "the same seed gives the same interval"


def test_the_interval_covers_what_many_more_items_show():
    found = [agreement(made_up(60, seed=seed), GRADES)["gwet"] for seed in range(40)]
    truth = np.mean([one["value"] for one in found])
    assert 33 <= sum(one["low"] <= truth <= one["high"] for one in found) <= 40  # 95 % of 40 is 38


def test_items_that_nobody_or_one_rater_rated_say_nothing_about_pairs():
    ratings = made_up()
    more = np.concatenate([ratings, np.full((5, 3), np.nan)])
    assert values(more) == values(ratings)
    lonely = np.concatenate([ratings, [[4, np.nan, np.nan]]])
    assert values(lonely)["krippendorff"] == values(ratings)["krippendorff"]
    assert percent_agreement(lonely) == percent_agreement(ratings)


@pytest.mark.parametrize(
    ("ratings", "categories", "weights", "said"),
    [
        ([[1, 5]], GRADES, "ordinal", "5 is no category: raters could give 1, 2, 3, 4"),
        ([[1, 2]], GRADES, "cubic", "no weights called 'cubic'"),
        ([[1, 2]], [1], "ordinal", "two or more different numbers"),
        ([[1, 2]], [1, 1], "ordinal", "two or more different numbers"),
        ([[1], [2]], GRADES, "ordinal", "no item was rated by two raters"),
        ([[1, np.nan]], GRADES, "ordinal", "no item was rated by two raters"),
        ([1, 2], GRADES, "ordinal", r"must be a table \[items, raters\]"),
    ],
)
def test_what_makes_no_sense_is_refused(ratings, categories, weights, said):
    with pytest.raises(ValueError, match=said):
        agreement(ratings, categories, weights)
