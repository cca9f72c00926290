"""The study of counting: what its arms read and see, and that a row is what it says."""

import re

import numpy as np
import pytest

from clipit.data.emoji.sampling import WorldSettings, is_unseen_combination
from clipit.data.emoji.scene import Group
from clipit.data.emoji.world import make_world
from clipit.studies import counting as study

NUMBERS = ("due", "tre", "quattro", "cinque", "sei")


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(study, "TEST", 120)
    monkeypatch.setattr(study, "PICTURES", 200)
    monkeypatch.setattr(
        study, "ARMS", {"natural": study.Arm(pictures=200), "reversed": study.Arm("reversed", "even", 200)}
    )
    study.pairs_of.cache_clear()
    yield
    study.pairs_of.cache_clear()


def test_arms_write_numbers_as_they_say():
    natural = WorldSettings(pictured=study.EVEN).written_probabilities()
    written = {name: study.settings_of(arm).written_probabilities() for name, arm in study.ARMS.items()}
    assert written["both_even"] == written["written_always"] == (1.0,) * 6
    assert written["pictured_even"] == natural and list(natural[1:]) == sorted(natural[1:], reverse=True)
    assert written["reversed"] == (natural[0], *natural[:0:-1])
    assert study.settings_of(study.ARMS["natural"]) == WorldSettings()


def test_written_numbers_are_counted_as_a_reader_would(small):
    pairs, tokenizer = study.pairs_of("reversed", 0)
    found = study.written(pairs, tokenizer)
    world = make_world("train", 200, 0, settings=study.settings_of(study.ARMS["reversed"]))
    captions = [caption for several in world["captions"] for caption in several]
    for number, word in zip(study.COUNTS[1:], NUMBERS, strict=True):
        assert found[number] == sum(bool(re.search(rf"\b{word}\b", caption)) for caption in captions)
    assert found[6] > found[2]


def test_what_was_never_counted_was_never_counted(small):
    world = study.alone("unseen_combinations", 0)
    groups = [Group(kinds[0], counts[0]) for kinds, counts in zip(world["objects"], world["counts"], strict=True)]
    assert groups and all(is_unseen_combination(group) for group in groups)
    assert all(len(kinds) == 1 for kinds in study.alone("test", 0)["objects"])
    shown = np.bincount([counts[0] for counts in study.alone("test", 0)["counts"]], minlength=7)[1:]
    assert shown.min() > 5


def test_a_row_holds_every_measure(small, monkeypatch):
    monkeypatch.setattr(study, "STEPS", 30)
    found = study.measured("result", "natural", 0)
    assert set(found) | {"kind", "arm", "seed"} <= set(study.COLUMNS)
    assert found["probe.1"] > 0.5 and found["steps"] == 30 and found["written.2"] > found["written.5"] > 0


def test_large_counts_are_averaged_by_seed():
    rows = [{"kind": "result", "arm": "natural", "seed": "0", **{f"seen.{n}": str(n / 10) for n in study.COUNTS}}]
    assert study.large(rows, "natural") == {"0": pytest.approx(0.45)}
