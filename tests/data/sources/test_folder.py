"""Your own pictures: metadata in both forms, one caption or several, and what people get wrong."""

import json
from collections import Counter

import datasets
import pytest
from PIL import Image

from clipit.data.sources import folder, hub, open_picture, open_source
from clipit.data.sources.folder import BAD_LINE, NO_FILE, OUTSIDE
from clipit.data.sources.reading import BAD_BYTES, EMPTY, MISSING
from clipit.inputs.pictures import PictureError


@pytest.fixture
def place(tmp_path):
    place = tmp_path / "mine"
    (place / "gatti").mkdir(parents=True)
    for name in ("gatti/1.png", "gatti/2.png", "3.png"):
        Image.new("RGB", (20, 10), "orange").save(place / name)
    Image.new("RGB", (20, 10)).save(tmp_path / "outside.png")
    return place


def captions(place, **more):
    faults = Counter()
    return {row["key"]: row["captions"] for row in folder(place, **more).rows(faults)}, faults


def test_csv(place):
    text = 'file_name,caption\ngatti/1.png,"due gatti, neri"\n3.png,"un\ncane"\n'
    (place / "metadata.csv").write_text(text)
    assert captions(place)[0] == {"gatti/1.png": ["due gatti, neri"], "3.png": ["un cane"]}


def test_the_pictures_are_opened_when_they_are_looked_at(place):
    (place / "metadata.csv").write_text("file_name,caption\ngatti/1.png,due gatti\n3.png,un cane\n")
    assert [row["image"].size for row in folder(place).stream()] == [(20, 10), (20, 10)]
    assert folder(place).load(1)["image"][0].size == (20, 10)


def test_several_captions_as_lines_columns_or_a_list(place):
    (place / "metadata.csv").write_text("file_name,caption_1,caption_2\n3.png,a,b\n3.png,c,\ngatti/1.png,d,d\n")
    assert captions(place)[0] == {"3.png": ["a", "b", "c"], "gatti/1.png": ["d"]}
    (place / "metadata.csv").unlink()
    lines = [{"file_name": "3.png", "captions": ["a", "b"]}, {"file_name": "gatti/1.png", "captions": ["c"]}]
    (place / "metadata.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert captions(place)[0] == {"3.png": ["a", "b"], "gatti/1.png": ["c"]}


def test_metadata_in_subfolders(place):
    (place / "gatti/metadata.jsonl").write_text('{"file_name": "1.png", "text": "due gatti"}\n')
    assert captions(place)[0] == {"gatti/1.png": ["due gatti"]}


def test_columns_by_name_and_any_language(place):
    (place / "metadata.csv").write_text("file_name,caption,sardu\n3.png,un gatto,unu gatu\n", "utf-8")
    (row,) = folder(place, language="sc", columns=("sardu",)).rows()
    assert row["caption"] == "unu gatu" and row["language"] == "sc"


def test_what_excel_writes(place):
    (place / "metadata.csv").write_bytes("\ufefffile_name,caption\r\n3.png,perché no\r\n".encode())
    assert captions(place)[0] == {"3.png": ["perché no"]}


def test_faults_are_counted_and_the_rest_is_read(place, tmp_path):
    lines = [
        '{"file_name": "gatti/1.png", "caption": "due &lt;gatti&gt;"}',
        '{"file_name": "missing.png", "caption": "nessuno"}',
        '{"file_name": "../outside.png", "caption": "fuori"}',
        '{"file_name": "/etc/hostname", "caption": "fuori"}',
        '{"caption": "senza nome"}',
        '{"file_name": "3.png", "caption": "  "}',
        "{broken",
    ]
    content = "\n".join(lines).encode() + b'\n{"file_name": "gatti/2.png", "caption": "citt\xe0"}\n'
    (place / "metadata.jsonl").write_bytes(content)
    found, faults = captions(place)
    assert found == {"gatti/1.png": ["due <gatti>"]}
    assert faults == {MISSING: 1, OUTSIDE: 2, NO_FILE: 1, EMPTY: 1, BAD_LINE: 1, BAD_BYTES: 1}


def test_a_link_that_leads_out_of_the_folder_is_not_followed(place, tmp_path):
    (place / "link.png").symlink_to(tmp_path / "outside.png")
    (place / "metadata.csv").write_text("file_name,caption\nlink.png,fuori\n")
    found, faults = captions(place)
    assert not found and faults == {OUTSIDE: 1}


@pytest.mark.parametrize(
    ("metadata", "columns", "said"),
    [
        (None, (), "holds no metadata.csv or metadata.jsonl: write one with the columns file_name and caption"),
        ("name,caption\n3.png,x\n", (), "has no column 'file_name'; it has 'name', 'caption'"),
        ("file_name,titolo\n3.png,x\n", (), "has no column called caption; say which of 'file_name', 'titolo'"),
        ("file_name,caption\n3.png,x\n", ("testo",), "has no column 'testo'"),
    ],
)
def test_bad_input_is_one_sentence(place, metadata, columns, said):
    if metadata:
        (place / "metadata.csv").write_text(metadata)
    with pytest.raises(ValueError, match=said):
        list(folder(place, columns=columns).rows())


def test_a_picture_from_bytes_is_opened_or_refused_by_name():
    with pytest.raises(PictureError, match="a.png is not a picture"):
        open_picture({"path": "a.png", "bytes": b"nothing"})


# A data set in the hub's form, on this disk


@pytest.fixture
def published(tmp_path):
    picture = Image.new("RGB", (7, 5), "blue")
    rows = [
        {"foto": picture, "didascalia": ["due gatti", "gatti &amp; cani"], "licenza": "CC0"},
        {"foto": picture, "didascalia": ["", "un cane"], "licenza": "CC0"},
        {"foto": None, "didascalia": ["niente"], "licenza": "CC0"},
    ]
    features = {"foto": datasets.Image(), "didascalia": datasets.List(datasets.Value("string"))}
    made = datasets.Features({**features, "licenza": datasets.Value("string")})
    (tmp_path / "set").mkdir()
    datasets.Dataset.from_list(rows, features=made).to_parquet(tmp_path / "set" / "train.parquet")
    return str(tmp_path / "set")


def test_a_data_set_of_the_hub_with_the_names_of_its_columns(published):
    faults = Counter()
    first, second = hub(published, image_column="foto").rows(faults)
    assert first["captions"] == ["due gatti", "gatti & cani"] and second["captions"] == ["un cane"]
    assert open_picture(first["image"]).shape == (5, 7, 3) and first["key"] != second["key"]
    assert faults == {EMPTY: 1, MISSING: 1}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "has no column 'image'; it has 'foto', 'didascalia', 'licenza'"),
        ({"image_column": "foto", "columns": ("caption",)}, "has no column 'caption'"),
        ({"image_column": "foto", "split": "dev"}, "cannot be read"),
    ],
)
def test_wrong_columns_are_named(published, more, said):
    with pytest.raises(ValueError, match=said):
        list(hub(published, **more).rows())


def test_a_data_set_that_is_not_there():
    with pytest.raises(ValueError, match="'nobody/nothing'.*cannot be read"):
        list(hub("nobody/nothing").rows())


def test_sources_by_name(place, published):
    (place / "metadata.csv").write_text("file_name,caption\n3.png,un cane\n")
    assert open_source(str(place)).name == open_source(f"folder:{place}").name == "folder"
    with pytest.raises(ValueError, match="no source of this name; the names are wit, mscoco_it"):
        open_source("nowhere")
    with pytest.raises(ValueError, match="Say where it is: wit:PLACE"):
        open_source("wit")
