"""The study of languages: its table is complete, and what it says follows from its rows."""

import numpy as np
import pytest

from clipit.data.languages import sheet_names
from clipit.studies import languages as study
from clipit.studies.italian import SEEDS
from clipit.studies.summaries import difference, values
from clipit.studies.table import read_header, read_rows, results_file

ROWS = read_rows(results_file(study.NAME))


def test_every_arm_has_every_seed_and_no_row_comes_twice():
    assert read_header(results_file(study.NAME)) == list(study.COLUMNS)
    wanted = {
        (arm, str(seed), language) for arm in study.ARMS for seed in SEEDS for language in study.languages_of(arm)
    }
    found = [(row["arm"], row["seed"], row["language"]) for row in ROWS]
    assert set(found) == wanted and len(found) == len(wanted)


def test_all_languages_that_come_with_the_course_are_in_it():
    assert set(sheet_names()) == {study.ITALIAN, *study.OTHERS}


def test_the_control_finds_next_to_nothing_and_the_languages_far_more():
    control = values(ROWS, "recall@10", arm="shuffled", language=study.CONTROL)
    assert max(control.values()) < 0.06 < min(study.mean_of_others(ROWS, "own", "recall@1").values())


def test_what_the_lesson_says_of_it():
    own = {name: values(ROWS, study.MAIN, arm="own", language=name) for name in sheet_names()}
    for name in study.OTHERS:
        low, high = study.finely(difference(own[name], own["italian"])).split("(")[1].rstrip(")").split(" to ")
        assert float(low) <= 0 <= float(high), f"lesson 12 says that nothing is lost, {name} differs"
    shared = difference(study.mean_of_others(ROWS, "merged"), study.mean_of_others(ROWS, "own"))
    assert -0.02 < np.mean(shared) < 0 and max(shared) < 0
    assert any(line.startswith("Main comparison") for line in study.summary(ROWS))


@pytest.mark.parametrize("arm, languages", [("own", 6), ("merged", 5), ("italian_clip", 1), ("shuffled", 1)])
def test_an_arm_is_measured_in_its_languages(arm, languages):
    assert len(study.languages_of(arm)) == languages
