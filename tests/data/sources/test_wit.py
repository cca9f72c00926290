"""WIT as it is published: tab-separated, quoted like CSV, gzip, with its faults."""

import csv
import gzip
import sys
import tracemalloc
from collections import Counter

import datasets
import pytest

from clipit.data.sources import reading, wit
from clipit.data.sources.wit import UNCLOSED, read_records

# The header of the published files, in their order (github.com/google-research-datasets/wit, DATA.md).
HEADER = [
    "language",
    "page_url",
    "image_url",
    "page_title",
    "section_title",
    "hierarchical_section_title",
    "caption_reference_description",
    "caption_attribution_description",
    "caption_alt_text_description",
    "mime_type",
    "original_height",
    "original_width",
    "is_main_image",
    "attribution_passes_lang_id",
    "page_changed_recently",
    "context_page_description",
    "context_section_description",
]


def line(reference="", *, language="it", image="http://a.org/1.jpg", alt="", attribution="", passes="true", more=""):
    values = dict.fromkeys(HEADER, "")
    values |= {"language": language, "image_url": image, "page_title": "Torino", "context_page_description": more}
    values |= {"caption_reference_description": reference, "caption_alt_text_description": alt}
    values |= {"caption_attribution_description": attribution, "attribution_passes_lang_id": passes}
    return [values[name] for name in HEADER]


def write(path, lines, header=HEADER):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows([header, *lines])
    return path


def captions(place, **more):
    faults = Counter()
    return [row["caption"] for row in wit(place, **more).rows(faults)], faults


def test_italian_rows_of_all_shards_in_order(tmp_path):
    for shard in range(3):
        lines = [line(f"torre {shard}", image=f"http://a.org/{shard}.jpg"), line("tower", language="en")]
        write(tmp_path / f"wit_v1.train.all-0000{shard}-of-00010.tsv.gz", lines)
    assert captions(tmp_path)[0] == ["torre 0", "torre 1", "torre 2"]
    assert captions(tmp_path, language="en")[0] == ["tower"]  # thrice the same picture and caption


def test_the_reference_is_preferred_and_the_other_fields_are_kept(tmp_path):
    lines = [
        line("la torre", alt="torre di mattoni", attribution="Italiano: torre a Pisa"),
        line("", image="2", alt="solo alt"),
        line("ponte", image="3", attribution="English: a bridge", passes="false"),
    ]
    first, second, third = wit(write(tmp_path / "wit.tsv", lines)).rows()
    assert first["captions"] == ["la torre", "torre di mattoni", "Italiano: torre a Pisa"]
    assert (first["caption"], first["alt_text"], first["page_title"]) == ("la torre", "torre di mattoni", "Torino")
    assert second["caption"] == "solo alt" and second["reference"] is None
    assert third["captions"] == ["ponte"] and third["attribution"] == "English: a bridge"


def test_only_the_reference_as_clip_italian_did(tmp_path):
    lines = [line("la torre", alt="torre"), line("", image="2", alt="solo alt")]
    file = write(tmp_path / "wit.tsv", lines)
    (row,) = wit(file, fields=("reference",)).rows()
    assert row["captions"] == ["la torre"] and row["alt_text"] == "torre"


def test_tabs_line_ends_quotation_marks_and_entities(tmp_path):
    text = 'La "torre"\tdi\nPisa &amp; il\r\nduomo&nbsp;bianco'
    found, faults = captions(write(tmp_path / "wit.tsv", [line(text), line("dopo", image="2")]))
    assert found == ['La "torre" di Pisa & il duomo bianco', "dopo"] and not faults


def test_repeated_rows_come_once_but_other_pages_of_a_picture_stay(tmp_path):
    found, faults = captions(write(tmp_path / "wit.tsv", [line("torre"), line("torre"), line("la torre di notte")]))
    assert found == ["torre", "la torre di notte"] and faults[reading.REPEATED] == 1


def test_empty_captions_and_missing_addresses_are_counted(tmp_path):
    found, faults = captions(write(tmp_path / "wit.tsv", [line(" \n "), line("torre", image=""), line("ponte")]))
    assert found == ["ponte"]
    assert faults == {reading.EMPTY: 1, "no address of the picture": 1}


def test_bad_utf8_costs_only_its_caption(tmp_path):
    file = write(tmp_path / "wit.tsv", [line("città", alt="torre"), line("dopo", image="2")])
    file.write_bytes(file.read_bytes().replace("città".encode(), "città".encode("latin-1")))
    (first, second), faults = list(wit(file).rows()), Counter()
    assert first["caption"] == "torre" and second["caption"] == "dopo"
    list(wit(file).rows(faults))
    assert faults == {reading.BAD_BYTES: 1}


def test_lines_of_a_wrong_length_are_counted(tmp_path):
    found, faults = captions(write(tmp_path / "wit.tsv", [["it", "x"], line("torre")]))
    assert found == ["torre"] and faults[reading.WRONG_FIELDS] == 1


def test_an_unclosed_quotation_mark_does_not_swallow_the_rest(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["clipit.data.sources.wit"], "LONGEST_FIELD", 2_000)
    file = write(tmp_path / "wit.tsv", [line("prima")])
    with file.open("a") as text:
        text.write('it\thttp://b.org\thttp://b.org/2.jpg\t"' + "\t" * 13 + "\n")
        for number in range(100):
            text.write("\t".join(line(f"dopo {number}", image=f"http://a.org/{number + 9}.jpg")) + "\n")
    found, faults = captions(file)
    assert found[0] == "prima" and found[-1] == "dopo 99" and len(found) > 50
    assert faults[UNCLOSED] == 1


@pytest.mark.parametrize("cut", [0.5, 0.98])
def test_a_file_that_is_cut_off_is_named(tmp_path, cut):
    lines = [line(f"torre {number}", image=str(number), more=str(number) * 99) for number in range(500)]
    file = write(tmp_path / "wit.tsv.gz", lines)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * cut)])
    with pytest.raises(ValueError, match="wit.tsv.gz is cut off"):
        list(wit(file).rows())


@pytest.mark.parametrize(
    ("place", "fields", "said"),
    [
        ("nowhere", ("reference",), "There is no file or folder"),
        (".", ("reference",), "holds no WIT"),
        (".", ("title",), "WIT has the caption fields reference, alt_text, attribution, not title"),
        (".", (), "not none"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, monkeypatch, place, fields, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=said):
        wit(place, fields=fields)


def test_another_file_is_noticed(tmp_path):
    file = write(tmp_path / "wit.tsv", [["a", "b"]], header=["x", "y"])
    with pytest.raises(ValueError, match="does not begin with the names of WIT's columns"):
        list(wit(file).rows())


def test_rows_are_read_lazily_in_bounded_memory(tmp_path):
    lines = (line("torre", language="en", image=str(number), more="x" * 5_000) for number in range(2_000))
    file = write(tmp_path / "wit.tsv.gz", lines)  # ten megabytes of text
    tracemalloc.start()
    assert sum(1 for _ in read_records(file, "en", Counter())) == 2_000
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2_000_000


def test_the_stream_has_the_declared_columns(tmp_path):
    source = wit(write(tmp_path / "wit.tsv", [line("la torre")]))
    (row,), whole = list(source.stream()), source.load()
    assert list(row) == list(source.features) and whole.features == source.features
    assert isinstance(source.stream(), datasets.IterableDataset)
    assert row["image"] is None and row["url"] == row["key"] == "http://a.org/1.jpg" and row["language"] == "it"
