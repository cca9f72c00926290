"""Conceptual Captions: lines without a header and without quoting, with a translation or without."""

from collections import Counter

import pytest

from clipit.data.sources import conceptual_captions
from clipit.data.sources.reading import BAD_BYTES, EMPTY, REPEATED, WRONG_FIELDS


def read(tmp_path, content):
    (tmp_path / "Train_GCC-training.tsv").write_bytes(content.encode() if isinstance(content, str) else content)
    faults = Counter()
    return list(conceptual_captions(tmp_path).rows(faults)), faults


def test_english_with_addresses(tmp_path):
    (row,), faults = read(tmp_path, "a very typical bus station\thttp://lh6.ggpht.com/-IvRtNLNcG8o/b.jpg\n")
    assert row["caption"] == row["english"] == "a very typical bus station" and row["translation"] is None
    assert row["language"] == "en" and row["url"] == row["key"] == "http://lh6.ggpht.com/-IvRtNLNcG8o/b.jpg"
    assert not faults


def test_a_translation_is_the_caption(tmp_path):
    (row,), _ = read(tmp_path, "two cats\thttps://a.org/b.jpg\tdue gatti\n")
    assert (row["caption"], row["english"], row["translation"], row["language"]) == (
        "due gatti", "two cats", "due gatti", "it",
    )  # fmt: skip


def test_faults_are_repaired_or_counted(tmp_path):
    lines = [
        'the "first\thttp://a.org/1.jpg',  # a quotation mark that is never closed
        "salt &amp; pepper\thttp://a.org/2.jpg",
        "tab\tinside\thttp://a.org/3.jpg",
        "\thttp://a.org/4.jpg",
        "no address",
        "twice\thttp://a.org/5.jpg",
        "twice\thttp://a.org/5.jpg",
        "other words\thttp://a.org/5.jpg\r",
    ]
    rows, faults = read(tmp_path, "\n".join(lines).encode() + b"\ncitt\xe0\thttp://a.org/6.jpg\n")
    assert [row["caption"] for row in rows] == ['the "first', "salt & pepper", "tab inside", "twice", "other words"]
    assert faults == {EMPTY: 1, WRONG_FIELDS: 1, REPEATED: 1, BAD_BYTES: 1}


def test_a_header_is_no_fault(tmp_path):
    rows, faults = read(tmp_path, "caption\turl\ntwo cats\thttp://a.org/1.jpg\n")
    assert len(rows) == 1 and not +faults


def test_no_file(tmp_path):
    with pytest.raises(ValueError, match="holds no Conceptual Captions"):
        conceptual_captions(tmp_path)
