"""``clipit data clean``, ``translate`` and ``audit`` on a small folder, from one end to the other, and bad input."""

import csv
import json

import pytest
from PIL import Image

from clipit.cli import main
from clipit.data.sources.prepared import load_prepared

CAPTIONS = ["two black cats", "a dog", "<b>a bird</b>", "tree", "Anna Mozzoni", "a cat on the roof"]


@pytest.fixture
def mine(tmp_path):
    """A folder of pictures with English captions, and their translations."""
    folder = tmp_path / "mine"
    folder.mkdir()
    lines = ["file_name,caption"]
    for number, caption in enumerate(CAPTIONS):
        Image.new("RGB", (32, 32), (40 * number, 0, 0)).save(folder / f"{number}.png")
        lines.append(f"{number}.png,{caption}")
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")
    italian = ["due gatti neri", "un cane", "<b>un uccello</b>", "albero", "Anna Mozzoni", "un gatto sul tetto"]
    with (tmp_path / "it.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["source", "translation"], *zip(CAPTIONS, italian, strict=True)])
    return folder


def run(arguments, capsys):
    main([str(argument) for argument in arguments])
    return capsys.readouterr().out


def captions_of(folder):
    return sorted(load_prepared(folder, "train")["caption"])


def test_from_english_captions_to_clean_italian_ones_and_an_audit(mine, tmp_path, capsys):
    translated, clean, sheets = tmp_path / "translated", tmp_path / "clean", tmp_path / "sheets"
    translate = ["data", "translate", mine, translated, "--by", f"file:{tmp_path / 'it.csv'}"]
    assert "6 captions translated now, 6 are in" in run(translate, capsys)
    assert "due gatti neri" in captions_of(translated)
    assert "0 captions translated now, 6 are in" in run(translate, capsys), "what is done is not done again"

    out = run(["data", "clean", f"prepared:{translated}", clean, "--json"], capsys)
    found = json.loads(out)
    assert found["dropped"] == {"length": 1, "markup": 1, "proper nouns": 1}
    assert found["captions"] == 6 and found["left"] == found["pictures_left"] == 3
    assert captions_of(clean) == ["due gatti neri", "un cane", "un gatto sul tetto"]
    assert (clean / "funnel.png").stat().st_size > 1_000
    assert json.loads((clean / "funnel.json").read_text())["examples"]["proper nouns"] == ["Anna Mozzoni"]
    again = run(["data", "clean", f"prepared:{translated}", clean], capsys)
    assert "proper nouns  " in again and "left                   3" in again

    written = run(["data", "audit", "sample", f"prepared:{clean}", sheets, "--size", 3, "--raters", 2], capsys)
    assert "rater_1.csv" in written and "rater_2.csv" in written
    for path, grade in zip(sorted(sheets.iterdir()), ("4", "3"), strict=True):
        path.write_text(path.read_text("utf-8-sig").replace(",,", f",{grade},"), "utf-8")
    scored = json.loads(run(["data", "audit", "score", *sorted(sheets.iterdir()), "--json"], capsys))
    assert scored["mean"] == 3.5 and scored["same"] == 0 and scored["raters"] == ["rater_1", "rater_2"]
    assert scored["ordinal"]["gwet"]["value"] > scored["identity"]["gwet"]["value"]
    assert "disputed (4, 3)" in run(["data", "audit", "score", *sorted(sheets.iterdir())], capsys)


@pytest.fixture
def some_rest(tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("do not touch")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["clean", "nowhere", "out"], "There is no folder nowhere"),
        (["clean", "mine", "full"], "full is not empty"),
        (["clean", "mine", "out", "--rules", "spelling"], "There is no rule called 'spelling'"),
        (["clean", "mine", "out", "--proper-nouns", "80"], "a share above 0 and at most 1, not 80"),
        (["clean", "mine", "out", "--language", "pt"], "know nothing of 'pt'"),
        (["translate", "mine", "out", "--by", "oracle"], "There is no translator 'oracle'"),
        (["translate", "mine", "out", "--by", "file:nowhere.csv"], "There is no file nowhere.csv"),
        (["translate", "mine", "out", "--by", "marian:nowhere"], "There is no folder nowhere"),
        (["translate", "mine", "out", "--batch-size", "0", "--by", "file:it.csv"], "batch_size must be at least 1"),
        (["audit", "sample", "mine", "out"], "has no originals beside its captions"),
        (["audit", "score", "nowhere.csv"], "There is no sheet nowhere.csv"),
        (["audit", "score"], "Give at least one sheet"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, said, mine, some_rest, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["data", *arguments])
    err = capsys.readouterr().err
    assert ended.value.code == 2 and said in err and err.count("\n") == 1 and "Traceback" not in err
    assert (tmp_path / "full" / "thesis.txt").read_text() == "do not touch"
