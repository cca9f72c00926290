"""``clipit language``: from an empty sheet to a search, and one clear sentence where that cannot be."""

import csv
import io
import json
from pathlib import Path

import pytest

import clipit
from clipit.apps.languages import LanguageFolder, file_name, look_at
from clipit.cli import main
from clipit.data.languages import sheet_named
from clipit.data.locate import data_folder

QUICK = ["--scenes", "200", "--steps", "40"]


def said(arguments, capsys):
    main(["language", *arguments])
    return capsys.readouterr().out


def refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert ended.value.code == 2 and "Traceback" not in out + err, err
    return err


@pytest.fixture(scope="module")
def greek(tmp_path_factory):
    folder = tmp_path_factory.mktemp("languages") / "greek"
    main(["language", "train", "greek", "--out", str(folder), *QUICK])
    return str(folder)


def test_a_new_sheet_is_written_once(tmp_path, capsys):
    assert "clipit language check" in said(["new", "Nnapulitano", str(tmp_path), "--genders", "m", "f"], capsys)
    path = tmp_path / "nnapulitano.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfrow,explanation,italian,english,gender,one,several")
    rows = [(row["row"], row["gender"]) for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))]
    assert rows.count(("red", "m")) == rows.count(("red", "f")) == 1
    assert "is there already" in refused(["language", "new", "nnapulitano", str(tmp_path)], capsys)
    assert "is empty" in refused(["language", "check", str(path)], capsys)


@pytest.mark.parametrize("name", ["", "../evil", "a/b", "x" * 50, "what?"])
def test_a_name_that_is_no_file_s_is_refused(name, tmp_path, capsys):
    assert "by a word of letters" in refused(["language", "new", name, str(tmp_path)], capsys)
    assert list(tmp_path.iterdir()) == []


def test_names_of_any_script():
    assert file_name("Ελληνικά") == "ελληνικά.csv" and file_name("old norse") == "old_norse.csv"


def test_checking_shows_captions_with_their_meaning(capsys):
    out = said(["check", "german", "russian"], capsys)
    assert "german: " in out and "russian: " in out and "Nothing is missing" in out
    for text, meaning in look_at(sheet_named("german")).items():
        assert f"german: {text}  ({meaning})" in out


def test_what_was_trained_is_read_by_everything(greek, capsys):
    model, tokenizer = clipit.load(greek)
    assert model.encode_text(tokenizer(["δύο γάτες"])).shape == (1, 256)
    main(["search", greek, "δύο μαύρες γάτες", "--top", "2"])
    assert len(capsys.readouterr().out.splitlines()) == 2
    main(["evaluate", greek, "--json"])
    results = json.loads(capsys.readouterr().out)
    assert results == json.loads((Path(greek) / "results.json").read_text("utf-8"))
    assert {name.split(".")[0] for name in results} == {"greek", "italian-clip", "italian, the same way"}
    assert all(0 <= value <= 1 for value in results.values())


def test_a_search_says_what_its_words_mean(greek, capsys):
    lines = said(["search", greek, "δύο μαύρες γάτες", "--top", "3"], capsys).splitlines()
    assert lines[0] == "δύο μαύρες γάτες: two black cats" and len(lines) == 4
    found = json.loads(said(["search", greek, "ένας δράκος και μία γάτα", "--json"], capsys))
    assert found["unknown"] == ["δράκος"] and found["language"] == "greek" and len(found["found"]) == 5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["check"], "at least one sheet"),
        (["check", "klingon"], "There is no sheet klingon; the course has german, greek"),
        (["check", "missing.csv"], "There is no sheet missing.csv"),
        (["train", "greek", "greek", "--out", "there"], "Two sheets are called greek"),
        (["train", "greek", "--out", "FULL"], "holds something else"),
        (["train", "greek", "--out", "there", "--steps", "0"], "at least 1"),
        (["search", "nowhere", "γάτα"], "holds no language"),
        (["search", "GREEK", "gatto"], "no word of the sheet greek: use words such as γάτα"),
        (["search", "GREEK", ""], "no word of the sheet greek"),
        (["search", "GREEK", "γάτα", "--top", "0"], "at least one picture"),
    ],
)
def test_bad_input_is_one_sentence(arguments, told, greek, tmp_path, capsys):
    (tmp_path / "letter.txt").write_text("Caro Babbo Natale")
    arguments = [{"GREEK": greek, "FULL": str(tmp_path)}.get(argument, argument) for argument in arguments]
    assert told in refused(["language", *arguments], capsys)


def test_a_damaged_folder_says_so(greek, tmp_path, capsys):
    (tmp_path / "language.json").write_text("{")
    assert "is damaged" in refused(["evaluate", str(tmp_path)], capsys)
    (tmp_path / "language.json").write_text('{"sheets": ["greek.csv"], "colour": 1}')
    assert "is damaged" in refused(["evaluate", str(tmp_path)], capsys)


def test_a_class_brings_its_sheets(tmp_path, capsys):
    own = tmp_path / "mine.csv"
    own.write_bytes(data_folder("languages", "spanish.csv").read_bytes())
    out = said(["train", str(own), "german", "--out", str(tmp_path / "room"), *QUICK], capsys)
    assert "mine " in out and "german " in out and "italian-clip " in out
    taught, sheets, settings = LanguageFolder(tmp_path / "room").read()
    assert [sheet.name for sheet in sheets] == ["mine", "german"] and settings.steps == 40
