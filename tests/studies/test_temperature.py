"""The study of the logit scale: each run once, the best scale chosen on the tuning seed, arithmetic as scipy's."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from clipit.losses import expected_loss
from clipit.studies import temperature
from clipit.studies.table import read_rows, results_file
from clipit.training.recipe import RECIPES

RECALL = "text_to_image.recall@1"
BEST = {"learned": 14.3, "fixed": 60.0}  # 60 lies between the grid's 30 and 100: found only by going on


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """The study with a table of its own, and runs that cost nothing and are noted."""
    noted = []

    def fake(arm, scale, seed, split):
        noted.append((arm, scale, seed, split))
        recall = 0.5 - 0.1 * abs(np.log(scale / BEST.get(arm, 1.0))) + 0.01 * seed * (arm == "learned")
        return {"steps": 1, "final_scale": scale, "training_loss": 1.0, "lowest_loss": 0.5, RECALL: round(recall, 4),
                "text_to_image.mrr@10": 0.5}  # fmt: skip

    monkeypatch.setattr(temperature, "one_run", fake)
    monkeypatch.setattr(temperature, "results_file", lambda name: tmp_path / f"{name}.csv")
    return noted


def test_scales_are_chosen_on_the_validation_split_of_another_seed(asked):
    rows = temperature.run()
    tuned = [run for run in asked if run[2] == temperature.TUNING_SEED]
    assert {run[3] for run in tuned} == {"validation"} and {run[3] for run in asked if run not in tuned} == {"test"}
    trials = {arm: [scale for name, scale, *_ in tuned if name == arm] for arm in temperature.ARMS}
    assert trials["learned"] == trials["fixed"] == list(temperature.SCALES)
    seeds = {(row["arm"], row["scale"]): 0 for row in rows if row["kind"] == "result"}
    for row in rows:
        if row["kind"] == "result":
            seeds[row["arm"], row["scale"]] += 1
    assert set(seeds.values()) == {5} and ("learned_shuffled", "14.3") in seeds


def test_the_grid_goes_on_below_its_softest_scale(asked, monkeypatch):
    monkeypatch.setitem(BEST, "fixed", 0.4)
    rows = temperature.run()
    assert [run[1] for run in asked if run[0] == "fixed" and run[3] == "validation"][-2:] == [0.5, 0.25]
    assert temperature.best_scale(rows, "fixed") == 0.5


def test_an_interrupted_study_runs_only_what_is_left(asked, tmp_path):
    rows = temperature.run()
    lines = (tmp_path / "temperature.csv").read_text().splitlines(keepends=True)
    (tmp_path / "temperature.csv").write_text("".join(lines[:-3]))
    asked.clear()
    assert temperature.run() == rows and len(asked) == 3
    asked.clear()
    assert temperature.run() == rows and asked == []


def test_the_main_comparison_is_paired_by_seed_at_each_arms_best_scale(asked):
    rows = temperature.run()
    results = [row for row in rows if row["kind"] == "result"]
    recalls = {arm: [float(row[RECALL]) for row in results
                     if (row["arm"], float(row["scale"])) == (arm, temperature.best_scale(rows, arm))]
               for arm in temperature.ARMS}  # fmt: skip
    test = stats.ttest_rel(recalls["learned"], recalls["fixed"])
    low, high = test.confidence_interval(0.95)
    mean = np.mean(recalls["learned"]) - np.mean(recalls["fixed"])
    assert temperature.summary(rows)[-1].endswith(f"{RECALL}: {mean:.2f} ({low:.2f} to {high:.2f})")


@pytest.mark.parametrize("arm, final", [("fixed", 5.0), ("learned", None)])
def test_a_run_says_its_scale_and_the_least_loss_that_this_allows(monkeypatch, arm, final):
    tiny = replace(RECIPES["tiny"], train_size=64, test_size=16, batch_size=32, devices=1)
    tiny = tiny.with_phase(steps=3, warmup_steps=1)
    monkeypatch.setattr(temperature, "QUICK", tiny)
    found = temperature.one_run(arm, 5.0, 0, "test")
    assert set(temperature.COLUMNS) == {"kind", "arm", "scale", "seed", *found}
    assert found["final_scale"] == final or final is None and found["final_scale"] != 5.0
    assert found["lowest_loss"] == pytest.approx(expected_loss(32, logit_scale=found["final_scale"]), abs=2e-3)
    assert found["training_loss"] > found["lowest_loss"]


def test_no_run_of_the_shipped_table_lies_below_its_lower_bound():
    rows = read_rows(results_file("temperature"))
    assert all(float(row["training_loss"]) > float(row["lowest_loss"]) for row in rows)
    fixed = [row for row in rows if row["arm"] == "fixed"]
    assert fixed and all(float(row["final_scale"]) == float(row["scale"]) for row in fixed)
