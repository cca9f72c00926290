"""Streamed pairs: exact order, exact resumption, equal to decoding beforehand, and what happens to broken pictures."""

import io

import datasets
import numpy as np
import pytest
from PIL import Image

from clipit.data import streaming
from clipit.data.sources.columns import COLUMNS, make_row
from clipit.data.streaming import BrokenData, Stream
from clipit.inputs.pictures import Preprocess
from clipit.inputs.tokenizer import train_tokenizer

PREPARE = Preprocess(16)
CAPTIONS = [[f"gatto {row}", f"un gatto {row // 2}"] for row in range(40)]
TOKENIZER = train_tokenizer([text for several in CAPTIONS for text in several], 80)


def encoded(row):
    file = io.BytesIO()
    Image.fromarray(np.full((20, 24, 3), 5 * row, np.uint8)).save(file, "PNG")
    return file.getvalue()


def stream(broken=(), workers=0):
    rows = [
        make_row(
            caption=several[0], captions=several, source="x", key=f"picture {row}", language="it",
            content=b"no picture" if row in broken else encoded(row),
        )
        for row, several in enumerate(CAPTIONS)
    ]  # fmt: skip
    return Stream(datasets.Dataset.from_list(rows, features=COLUMNS), TOKENIZER, PREPARE, workers)


def take(batches, count):
    return [next(batches) for _ in range(count)]


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_a_batch_holds_each_row_with_its_picture_and_one_of_its_captions():
    batch = next(stream().batches(8, seed=0))
    assert batch["pixels"].shape == (8, 16, 16, 3) and batch["positives"].shape == (8, 8)
    for place, row in enumerate(batch["rows"]):
        assert (batch["pixels"][place] == 5 * row).all()
        known = [TOKENIZER([caption])["input_ids"][0] for caption in CAPTIONS[row]]
        assert any(np.array_equal(batch["input_ids"][place][: len(ids)], ids) for ids in known)


def test_every_row_comes_once_in_an_epoch_and_epochs_differ():
    first, second = (np.concatenate([b["rows"] for b in part]) for part in np.split(
        np.array(take(stream().batches(8, seed=1), 10), object), 2))  # fmt: skip
    assert sorted(first) == sorted(second) == list(range(40)) and not np.array_equal(first, second)


def test_it_goes_on_in_the_middle_of_an_epoch_with_the_exact_next_pair():
    whole, rest = take(stream().batches(8, seed=2), 7), take(stream().batches(8, seed=2, start=3), 4)
    assert all(map(same, whole[3:], rest))


def test_worker_processes_give_the_same():
    assert all(map(same, take(stream().batches(8, seed=3), 3), take(stream(workers=2).batches(8, seed=3), 3)))


def test_equal_captions_are_positives_also_in_groups_and_in_shares():
    whole, grouped = next(stream().batches(40, seed=4)), next(stream().batches(40, seed=4, in_groups=True))
    groups = grouped["groups"]
    assert np.array_equal(whole["positives"], groups[:, None] == groups[None]) and whole["positives"].sum() > 40
    part = next(stream().batches(40, seed=4, share=slice(10, 20)))
    assert part["pixels"].shape[0] == 10 and np.array_equal(part["positives"], whole["positives"][10:20])
    assert np.array_equal(part["input_ids"], whole["input_ids"][10:20])


def test_rows_of_one_picture_are_positives_whatever_they_say():
    rows = stream().rows.map(lambda row: {"key": "one" if row["key"] in ("picture 3", "picture 30") else row["key"]})
    batch = next(Stream(rows, TOKENIZER, PREPARE).batches(40, seed=4))
    first, other = (int(np.flatnonzero(batch["rows"] == row)[0]) for row in (3, 30))
    assert batch["positives"][first, other] and batch["positives"][other, first]
    without = next(stream().batches(40, seed=4))["positives"]
    assert not without[first, other] and batch["positives"].sum() == without.sum() + 2


def test_a_broken_picture_is_named_and_the_next_stands_in(capsys):
    batches = take(stream(broken=(7, 8)).batches(8, seed=5), 5)
    rows = np.concatenate([batch["rows"] for batch in batches])
    assert len(rows) == 40 and not {7, 8} & set(rows) and (rows == 9).sum() == 3
    said = capsys.readouterr().err
    assert "picture 7" in said and "picture 8" in said and "3 so far" in said
    assert all(
        (batch["pixels"][place] == 5 * row).all() for batch in batches for place, row in enumerate(batch["rows"])
    )


def test_too_many_broken_pictures_stop_it(monkeypatch):
    monkeypatch.setattr(streaming, "ENOUGH", 3)
    with pytest.raises(BrokenData, match="check the files"):
        take(stream(broken=range(0, 40, 3)).batches(8, seed=6), 5)


def test_nothing_but_broken_pictures_stops_it():
    with pytest.raises(BrokenData, match="one after the other"):
        next(stream(broken=range(40)).batches(8, seed=6))
