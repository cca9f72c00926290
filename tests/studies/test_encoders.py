"""The study of the encoders: an arm that comes later adds its own rows only, and is timed beside convnet."""

import pytest
from scipy import stats

from clipit.models.config import BagOfWordsConfig
from clipit.studies import encoders
from clipit.studies.table import Table, read_rows, results_file

RECALL = "text_to_image.recall@1"


@pytest.fixture
def table(tmp_path):
    return Table(tmp_path / "encoders.csv", encoders.ABOUT, encoders.COLUMNS)


@pytest.fixture
def seconds(monkeypatch):
    """Seconds of a step of each arm, on a machine that may be quicker or slower than another day."""
    taken = {"convnet": 0.5, "convnet_fine": 1.0, "vit": 2.0, "bag_of_words": 0.4}
    arms = {model: arm for arm, model in encoders.ARMS.items()}
    monkeypatch.setattr(encoders, "training_pairs", lambda recipe: (None, None))
    monkeypatch.setattr(encoders, "seconds_per_step", lambda recipe, *data: taken[arms[recipe.model]])
    return taken


def speeds(table):
    return {row["arm"]: int(row["pictures_per_second"]) for row in table.rows() if row["kind"] == "speed"}


def test_both_text_encoders_give_vectors_of_the_same_length():
    words, sentence = encoders.ARMS["bag_of_words"], encoders.ARMS["convnet"]
    assert isinstance(words.text, BagOfWordsConfig) and words.text.features == sentence.text.features
    assert words.vision == sentence.vision


def test_a_new_table_has_the_measured_speeds(table, seconds):
    encoders.measure_speeds(table)
    assert speeds(table) == {"convnet": 512, "convnet_fine": 256, "vit": 128, "bag_of_words": 640}


def test_a_later_arm_is_measured_against_convnet_on_a_slower_day(table, seconds):
    table.add(kind="speed", arm="convnet", pictures_per_second=512)
    seconds["convnet"], seconds["bag_of_words"] = 1.0, 0.8
    encoders.measure_speeds(table)
    assert speeds(table)["convnet"] == 512 and speeds(table)["bag_of_words"] == 640
    assert len(table.rows()) == 4
    assert encoders.steps_for(table, "bag_of_words") == int(encoders.SECONDS * 640 / 256)


def test_only_what_is_missing_is_run(monkeypatch, tmp_path):
    shipped = results_file("encoders").read_text().splitlines(keepends=True)
    old = [line for line in shipped if "bag_of_words" not in line or line.startswith("#")]
    (tmp_path / "encoders.csv").write_text("".join(old))
    noted = []

    def fake(table, arm, seed, split, rate):
        noted.append((arm, seed, split))
        return {"kernel_learning_rate": rate, "steps": 1, RECALL: 0.5 - abs(rate - 0.01)}

    monkeypatch.setattr(encoders, "one_run", fake)
    monkeypatch.setattr(encoders, "measure_speeds", lambda table: None)
    monkeypatch.setattr(encoders, "results_file", lambda name: tmp_path / f"{name}.csv")
    encoders.run()
    assert noted == [("bag_of_words", 100, "validation")] * 3 + [("bag_of_words", seed, "test") for seed in range(5)]


def test_the_summary_of_the_shipped_table_is_scipys_arithmetic():
    rows = read_rows(results_file("encoders"))
    recalls = {arm: [float(row[RECALL]) for row in rows if row["kind"] == "result" and row["arm"] == arm]
               for arm in encoders.ARMS}  # fmt: skip
    lines = encoders.summary(rows)
    vit = recalls["vit"]
    low, high = stats.t.interval(0.95, len(vit) - 1, sum(vit) / len(vit), stats.sem(vit))
    assert f"{RECALL} {sum(vit) / len(vit):.2f} ({low:.2f} to {high:.2f})" in next(
        line for line in lines if line.startswith("vit:")
    )
    for line, name, other in ((lines[-2], "Main", "vit"), (lines[-1], "Second", "bag_of_words")):
        low, high = stats.ttest_rel(recalls["convnet"], recalls[other]).confidence_interval(0.95)
        assert line.startswith(f"{name} comparison, convnet minus {other}")
        assert line.endswith(f"({low:.2f} to {high:.2f})")
