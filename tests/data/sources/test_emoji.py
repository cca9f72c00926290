"""Emoji as a source: several artists' pictures of one thing under one key, free art only."""

import importlib
from collections import Counter

import numpy as np
import pytest

from clipit.data.emoji import portraits
from clipit.data.emoji.portraits import NOTO, SIDE, portrait
from clipit.data.sources import emoji, open_picture, open_source
from clipit.data.splits import split_dataset

MODULE = importlib.import_module("clipit.data.sources.emoji")
FEW = {"1F408": ("gatto", "cat"), "1F436": ("muso di cane", "dog face"), "10FFFD": ("niente", "nothing")}


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(MODULE, "names", lambda language: FEW)


def test_each_thing_is_drawn_by_each_artist(few):
    faults = Counter()
    rows = list(emoji(language="it").rows(faults))
    assert [(row["key"], row["art"], row["caption"], row["english"]) for row in rows] == [
        ("emoji/1F408", "openmoji", "gatto", "cat"),
        ("emoji/1F408", "twemoji", "gatto", "cat"),
        ("emoji/1F436", "openmoji", "muso di cane", "dog face"),
        ("emoji/1F436", "twemoji", "muso di cane", "dog face"),
    ]
    assert faults == {"not drawn by openmoji": 1}
    pictures = [open_picture(row["image"]) for row in rows]
    assert len({picture.tobytes() for picture in pictures}) == 4


def test_no_thing_stands_in_two_splits(few):
    for seed in range(5):
        splits = split_dataset(open_source("emoji:twemoji+openmoji").load(), seed=seed)
        keys = [set(split["key"]) for split in splits.values()]
        assert sum(map(len, keys)) == len(set.union(*keys)) == 2


def test_a_portrait_is_whole_and_in_the_middle_of_white():
    picture = np.asarray(portrait("1F408", "twemoji"))
    drawn = np.argwhere((picture < 250).any(-1))
    (top, left), (bottom, right) = drawn.min(0), drawn.max(0)
    assert picture.shape == (SIDE, SIDE, 3)
    assert max(bottom - top, right - left) == pytest.approx(SIDE * 7 / 8, abs=3)
    assert (top + bottom) / 2 == pytest.approx(SIDE / 2, abs=2) == (left + right) / 2


def test_names_are_unicodes_own():
    pytest.importorskip("emoji")
    italian = MODULE.names("it")
    assert italian["1F408"] == ("gatto", "cat") and MODULE.names("fr")["1F408"] == ("chat", "cat")
    assert len(italian) > 1300 and not {int(code, 16) for code in italian} & set(MODULE.FLAGS)
    with pytest.raises(ValueError, match="has no names in 'la'; it has en, "):
        MODULE.names("la")


@pytest.mark.parametrize(
    ("place", "said"), [("emoji:apple", "no art called 'apple'; choose of openmoji, twemoji, noto")]
)
def test_other_art_is_refused(place, said):
    with pytest.raises(ValueError, match=said):
        open_source(place)


def test_a_missing_font_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setenv("CLIPIT_CACHE", str(tmp_path))
    monkeypatch.setattr(portraits, "NOTO", tmp_path / "none")
    portraits.noto.cache_clear()
    with pytest.raises(ValueError, match="needs Debian's package fonts-noto-color-emoji"):
        emoji("noto")


@pytest.mark.skipif(not NOTO.is_file(), reason="Debian's package fonts-noto-color-emoji is not installed")
def test_noto_draws_in_colour():
    portraits.noto.cache_clear()
    picture = np.asarray(portrait("1F408", "noto"), int)
    assert (np.ptp(picture, axis=-1) > 30).mean() > 0.1
    assert not portraits.draws("10FFFD", "noto")
