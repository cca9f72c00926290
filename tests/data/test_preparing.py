"""A source into Parquet: split, in bounded memory, resumed after a kill without loss or repetition."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace

import datasets
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from clipit.data import preparing
from clipit.data.preparing import BROKEN, PrepareSettings, prepare
from clipit.data.sources import Source, folder, load_prepared, make_row, open_source, prepared, wit
from clipit.data.splits import SPLITS, Shares, split_of

HALF = Shares(0.2, 0.2)
SMALL = PrepareSettings(part=7, shares=HALF)


def texts(count, faults=3):
    """A source of rows with addresses; three rows, or so, were left out."""

    def read(counter):
        for number in range(count):
            url = f"http://a.org/{number}.jpg"
            yield make_row(caption=f"didascalia {number}", source="x", key=url, url=url, language="it")
        counter["empty caption"] += faults

    return Source("x", read)


def read_all(place):
    return {split: [row["caption"] for row in prepared(place, split).rows()] for split in SPLITS}


def test_every_row_is_in_its_split_once_and_in_order(tmp_path):
    record = prepare(texts(50), tmp_path, SMALL, quiet=True)
    found = read_all(tmp_path)
    wanted = {split: [] for split in SPLITS}
    for row in texts(50).rows():
        wanted[split_of(row["key"], HALF)].append(row["caption"])
    assert found == wanted and all(wanted.values())
    assert record["rows"] == {split: len(rows) for split, rows in wanted.items()}
    assert record["parts"] == 8 and record["left_out"] == {"empty caption": 3}


def test_what_was_prepared_loads_as_a_dataset_and_as_a_stream(tmp_path):
    prepare(texts(30), tmp_path, SMALL, quiet=True)
    whole, stream = load_prepared(tmp_path, "train"), load_prepared(tmp_path, "train", streaming=True)
    assert isinstance(whole, datasets.Dataset) and isinstance(stream, datasets.IterableDataset)
    assert [row["caption"] for row in stream] == whole["caption"][:] == read_all(tmp_path)["train"]
    assert whole.features == texts(1).features and open_source(str(tmp_path)).name == "prepared"


class Stopped(Exception):
    pass


@pytest.mark.parametrize("after", range(0, 14))
def test_stopped_at_any_write_it_goes_on_without_loss_or_repetition(tmp_path, monkeypatch, after):
    """Each file appears at one stroke, so a kill is a stop before or after one of them."""
    calm = prepare(texts(30), tmp_path / "calm", SMALL, quiet=True)
    honest, writes = os.replace, itertools.count()

    def replace_file(*names):
        if next(writes) == after:
            raise Stopped
        return honest(*names)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace_file)
        with pytest.raises(Stopped):
            prepare(texts(30), tmp_path / "run", SMALL, quiet=True)
    before = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "run").glob("train-*")}
    assert prepare(texts(30), tmp_path / "run", SMALL, quiet=True) == calm
    assert read_all(tmp_path / "run") == read_all(tmp_path / "calm")
    after_it = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "run").glob("train-*")}
    assert before.items() <= after_it.items()  # finished parts were not written again


def test_a_finished_run_does_nothing_more(tmp_path):
    first = prepare(texts(10), tmp_path, SMALL, quiet=True)

    def read(faults):
        raise AssertionError("read again")

    assert prepare(replace(texts(10), read=read), tmp_path, SMALL, quiet=True) == first


@pytest.mark.parametrize(
    ("source", "settings", "said"),
    [
        (texts(10), replace(SMALL, seed=1), "was begun with other settings"),
        (replace(texts(10), name="y"), SMALL, "was begun with other source"),
        (replace(texts(10), choices="en"), SMALL, "was begun with other choices"),
    ],
)
def test_another_run_does_not_mix_with_this_one(tmp_path, source, settings, said):
    prepare(texts(10), tmp_path, SMALL, quiet=True)
    with pytest.raises(ValueError, match=said):
        prepare(source, tmp_path, settings, quiet=True)


def test_a_file_that_changed_meanwhile_is_noticed(tmp_path):
    file = tmp_path / "wit.tsv"
    file.write_text("language\timage_url\tcaption_reference_description\nit\t1\tla torre\n")
    prepare(wit(file), tmp_path / "out", SMALL, quiet=True)
    file.write_text(file.read_text() + "it\t2\til ponte\n")
    with pytest.raises(ValueError, match="was begun with other files"):
        prepare(wit(file), tmp_path / "out", SMALL, quiet=True)


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="is not empty and was not prepared by clipit"):
        prepare(texts(3), tmp_path, quiet=True)
    with pytest.raises(ValueError, match=r"holds no prepared.json: prepare it with"):
        load_prepared(tmp_path)


def test_an_unfinished_folder_says_so(tmp_path):
    prepare(texts(3), tmp_path, quiet=True)
    record = json.loads((tmp_path / "prepared.json").read_text())
    (tmp_path / "prepared.json").write_text(json.dumps({**record, "finished": False}))
    with pytest.raises(ValueError, match="is not finished: run the same"):
        load_prepared(tmp_path)


def test_a_split_without_a_picture_says_so(tmp_path):
    prepare(texts(20), tmp_path, replace(SMALL, shares=Shares(0.0, 0.2)), quiet=True)
    for load in (load_prepared, prepared):
        with pytest.raises(ValueError, match="holds no pictures for 'validation': hold more out"):
            load(tmp_path, "validation")


def test_a_limit(tmp_path):
    record = prepare(texts(50), tmp_path, replace(SMALL, limit=10), quiet=True)
    assert sum(record["rows"].values()) == 10


@pytest.fixture
def pictures(tmp_path):
    """A folder of forty pictures, two of them broken; picture 5 lies there again, compressed, as 40."""
    place = tmp_path / "pictures"
    place.mkdir()
    rng = np.random.default_rng(0)
    for number in range(40):
        Image.fromarray(rng.integers(0, 255, (6, 6, 3), np.uint8)).resize((60, 60)).save(place / f"{number}.png")
    with Image.open(place / "5.png") as five:
        five.save(place / "40.jpg", quality=60)
    (place / "7.png").write_bytes(b"")
    (place / "8.png").write_bytes((place / "8.png").read_bytes()[:80])
    names = [*(f"{number}.png" for number in range(40)), "40.jpg"]
    (place / "metadata.csv").write_text("file_name,caption\n" + "".join(f"{name},foto di {name}\n" for name in names))
    return place


def test_pictures_are_kept_broken_ones_counted_and_leaks_not_used(tmp_path, pictures):
    seed = 0
    while (split_of("5.png", HALF, seed), split_of("40.jpg", HALF, seed)) != ("test", "train"):
        seed += 1
    record = prepare(folder(pictures), tmp_path / "out", replace(SMALL, seed=seed), quiet=True)
    assert record["left_out"] == {BROKEN: 2} and sum(record["rows"].values()) == 39
    assert record["leaked"] == {"train": ["40.jpg"], "validation": []}
    assert record["leaked_share"]["train"] == pytest.approx(1 / record["rows"]["train"])
    train = load_prepared(tmp_path / "out", "train")
    assert len(train) == record["rows"]["train"] - 1 and "40.jpg" not in train["key"][:]
    assert train[0]["image"].size == (60, 60)
    assert [row["key"] for row in prepared(tmp_path / "out").rows()] == train["key"][:]


def test_large_pictures_do_not_wait_in_memory(tmp_path, monkeypatch, pictures):
    """Whatever is written at once, the rows are the same; each write is small."""
    prepare(folder(pictures), tmp_path / "calm", quiet=True)
    monkeypatch.setattr(preparing, "MOST_WAITING", 10_000)
    prepare(folder(pictures), tmp_path / "small", quiet=True)
    rows = [list(prepared(tmp_path / name).rows()) for name in ("calm", "small")]
    assert rows[0] == rows[1]
    groups = [pq.read_metadata(tmp_path / name / "train-00000.parquet").num_row_groups for name in ("calm", "small")]
    assert groups[0] == 1 and groups[1] > 5


SLOW = """
import sys, time
from clipit.data.preparing import PrepareSettings, prepare
from clipit.data.sources import Source, wit
from dataclasses import replace
source = wit(sys.argv[1])
def read(faults):
    for row in source.rows(faults):
        time.sleep(0.001)
        yield row
prepare(replace(source, read=read), sys.argv[2], PrepareSettings(part=50), quiet=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_run_goes_on(tmp_path):
    lines = "".join(f"it\thttp://a.org/{number}.jpg\ttorre {number}\n" for number in range(2_000))
    (tmp_path / "wit.tsv").write_text("language\timage_url\tcaption_reference_description\n" + lines)
    command = [sys.executable, "-c", SLOW, str(tmp_path / "wit.tsv"), str(tmp_path / "out")]
    with subprocess.Popen(command) as running:
        while not (tmp_path / "out/train-00002.parquet").exists() and running.poll() is None:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    finished = {file.name: file.read_bytes() for file in (tmp_path / "out").glob("train-*")}
    assert 3 <= len(finished) < 40
    prepare(wit(tmp_path / "wit.tsv"), tmp_path / "out", PrepareSettings(part=50), quiet=True)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in finished} == finished
    captions = Counter(caption for split in read_all(tmp_path / "out").values() for caption in split)
    assert captions == Counter(f"torre {number}" for number in range(2_000))
