"""Rows of a study are kept as they are measured, and read back."""

from threading import Thread

import pytest

from clipit.studies import STUDIES, run_study
from clipit.studies.table import Table, read_rows, results_file

COLUMNS = ("arm", "seed", "recall")


def open_table(folder, columns=COLUMNS):
    return Table(folder / "new" / "tea.csv", ["Which tea?", "Made by: clipit study tea"], columns)


def test_rows_are_there_when_the_table_is_opened_again(tmp_path):
    open_table(tmp_path).add(arm="green", seed=0, recall=0.5)
    again = open_table(tmp_path)
    again.add(arm="black", seed=0, recall=0.25)
    assert [row["arm"] for row in again.rows()] == ["green", "black"]
    assert again.find(arm="green", seed=0) == {"arm": "green", "seed": "0", "recall": "0.5"}
    assert again.find(arm="white", seed=0) is None


def test_the_file_says_how_it_was_made(tmp_path):
    lines = open_table(tmp_path).path.read_text().splitlines()
    assert lines[0] == "# Which tea?" and "clipit study tea" in lines[1] and "jax" in lines[2]
    assert lines[3] == "arm,seed,recall"


def test_another_version_of_a_study_does_not_write_into_an_old_table(tmp_path):
    open_table(tmp_path)
    with pytest.raises(ValueError, match="delete it"):
        open_table(tmp_path, ("arm", "recall"))


def test_a_study_without_results_says_how_to_make_them(tmp_path):
    with pytest.raises(ValueError, match="clipit study tea"):
        read_rows(tmp_path / "tea.csv")


def test_an_unknown_study_is_refused_with_the_list():
    with pytest.raises(ValueError, match="choose one of batch_size, captions"):
        run_study("tea")


# Measured once: no model is trained in them. data/results/README.md names them.
NOTHING_DRAWN = {"labels", "proper_nouns", "translation"}
# Captions are shuffled, but where the question is not what captions teach: there nothing is trained.
CONTROLS = {"optimizer": "nothing"} | dict.fromkeys(("composition", "localization", "maps", "zero_shot"), "untrained")


MEASURED = sorted(path.stem for path in results_file("any").parent.glob("*.csv"))


def test_what_is_shipped_belongs_to_a_study():
    assert set(MEASURED) <= set(STUDIES)


@pytest.mark.parametrize("name", MEASURED)
def test_shipped_results_have_five_seeds_a_control_and_their_making(name):
    path = results_file(name)
    made = [line for line in path.read_text("utf-8").splitlines() if line.startswith("#")]
    assert f"clipit study {name}" in " ".join(made) and "cores" in made[-1]
    results = [row for row in read_rows(path) if row["kind"] == "result"]
    assert results
    if name in NOTHING_DRAWN:
        return
    seeds = {arm: {row["seed"] for row in results if row["arm"] == arm} for arm in {row["arm"] for row in results}}
    assert all(len(of_arm) >= 5 for of_arm in seeds.values())
    assert any(CONTROLS.get(name, "shuffled") in arm for arm in seeds)


def test_two_processes_share_the_rows_and_measure_none_twice(tmp_path):
    wanted = [{"arm": "green", "seed": seed} for seed in range(6)]
    noted = []

    def measure(arm, seed):
        noted.append(seed)
        return {"recall": seed / 10}

    threads = [Thread(target=open_table(tmp_path).complete, args=(wanted, measure)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(noted) == list(range(6))
    assert sorted(row["seed"] for row in open_table(tmp_path).rows()) == list("012345")


def test_a_row_that_another_has_claimed_is_left_to_it(tmp_path):
    table = open_table(tmp_path)
    with table.claim(arm="green", seed=0) as first, open_table(tmp_path).claim(arm="green", seed=0) as second:
        assert first and not second
    with open_table(tmp_path).claim(arm="green", seed=0) as later:
        assert later
