"""``clipit data``: is what was found what is there, and is bad input one sentence?"""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image

from clipit.apps.inspecting import duplicate_floor, inspect, languages
from clipit.cli import main
from clipit.data.sources import SourceSettings
from clipit.losses import expected_loss


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder of sixty pictures: every caption twice, one picture broken, one caption in English."""
    place = tmp_path_factory.mktemp("mine")
    names = [f"{number}.png" for number in range(60)]
    rng = np.random.default_rng(0)
    for number, name in enumerate(names):
        Image.fromarray(rng.integers(0, 255, (20 + number % 3, 30, 3), np.uint8)).save(place / name)
    (place / "7.png").write_bytes(b"not a picture")
    captions = [f"una gallina marrone vicino alla casa numero {number // 2}" for number in range(60)]
    captions[-1] = "a very typical bus station in the old town with many people"
    lines = [f'{name},"{caption}"\n' for name, caption in zip(names, captions, strict=True)]
    (place / "metadata.csv").write_text("file_name,caption\n" + "".join(lines) + "gone.png,x\n")
    return place


def test_what_is_found_is_what_is_there(place):
    found, lines = inspect(str(place), batch_size=16)
    assert (found.pictures, found.pairs, found.captions_per_picture) == (59, 59, (1, 1))
    assert found.distinct_captions == 31 and found.side == 21
    assert found.broken_count == 1 and "7.png" in found.broken[0]
    assert found.faults == {"picture is missing": 1}
    assert found.chance_loss == round(np.log(16), 3) and 0.1 < found.floor_loss < 0.3
    assert max(found.languages, key=found.languages.get) == "it" and found.languages["en"] == pytest.approx(
        1 / 59, abs=1e-3
    )
    assert list(found.most_repeated.values()) == [2] * 5 and found.trainable
    text = "\n".join(lines)
    assert (
        "It can be trained on." in text
        and "1 of the pictures cannot be opened" in text
        and "picture is missing" in text
    )
    json.dumps(dataclasses.asdict(found))


def test_too_few_pictures_and_the_wrong_language_are_said(place):
    found, _ = inspect(str(place), SourceSettings(language="de"), batch_size=64)
    assert not found.trainable and "Fewer pictures than two batches of 64: collect more." in found.verdicts
    assert any("look like the language 'de'" in sentence for sentence in found.verdicts)


def test_long_captions_are_counted_against_the_limit(tmp_path):
    for name in ("1.png", "2.png"):
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    long = " ".join(["gatto"] * 60)
    (tmp_path / "metadata.csv").write_text(f"file_name,caption\n1.png,un gatto\n2.png,{long}\n")
    found, _ = inspect(str(tmp_path), batch_size=1)
    assert found.over_limit == 0.5 and found.tokens["most"] == 62 and found.token_limit == 32


def simulated_floor(repeats, batch, draws=4000):
    """The best loss of random batches: each caption shares its probability with its equals."""
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.arange(len(repeats)), repeats)
    losses = []
    for _ in range(draws):
        drawn = rng.choice(kinds, batch, replace=False)
        losses.append(np.log((drawn[:, None] == drawn[None]).sum(1)).mean())
    return np.mean(losses)


@pytest.mark.parametrize(
    ("repeats", "batch"), [([1] * 50, 16), ([2] * 40, 16), ([1] * 60 + [20], 16), ([30, 30], 8), ([5, 1, 1, 9, 30], 12)]
)
def test_the_floor_is_that_of_batches_drawn_at_random(repeats, batch):
    assert duplicate_floor(repeats, batch) == pytest.approx(simulated_floor(repeats, batch), abs=0.02)


def test_the_floor_of_many_pairs_is_what_the_lesson_computes():
    assert duplicate_floor([1000] * 16, 64) == pytest.approx(expected_loss(64, classes=16), rel=2e-3)


def test_unique_captions_force_nothing():
    assert duplicate_floor([1] * 10, 256) == 0


@pytest.mark.parametrize(
    ("caption", "language"),
    [
        ("un gatto nero dorme sul divano", "it"),
        ("a black cat sleeps on the sofa", "en"),
        ("eine schwarze Katze schläft auf dem Sofa", "de"),
        ("xqzt wvrk pflgn", "none of them for sure"),
    ],
)
def test_languages(caption, language):
    assert languages([caption], "it") == {language: 1.0}


# The command line


def test_inspect_prints_json(place, capsys):
    main(["data", "inspect", str(place), "--json", "--batch-size", "16"])
    told = json.loads(capsys.readouterr().out)
    assert told["pairs"] == 59 and told["trainable"] is True


def test_prepare_then_inspect_what_it_wrote(place, tmp_path, capsys):
    shares = ["--validation", "0.2", "--test", "0.2"]
    main(["data", "prepare", str(place), str(tmp_path / "out"), "--json", *shares])
    record = json.loads(capsys.readouterr().out)
    assert sum(record["rows"].values()) == 59
    main(["data", "inspect", str(tmp_path / "out"), "--split", "test", "--json"])
    assert json.loads(capsys.readouterr().out)["pictures"] == record["rows"]["test"]


def test_download_does_not_knock_at_home(tmp_path, capsys):
    (tmp_path / "list.tsv").write_text("a router\thttp://192.168.0.1/a.jpg\nmyself\thttp://127.0.0.1/a.jpg\n")
    main(["data", "download", f"conceptual_captions:{tmp_path}/list.tsv", str(tmp_path / "out"), "--json"])
    assert json.loads(capsys.readouterr().out) == {
        "addresses": 2, "retrieved": 0, "failed": {"not a public address": 2},
    }  # fmt: skip
    main(["data", "inspect", f"conceptual_captions:{tmp_path}/list.tsv", "--language", "en"])
    assert "Pictures are only addresses so far: get them with `clipit data download`." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["inspect", "nowhere"], "There is no folder nowhere, and no source of this name; the names are wit"),
        (["inspect", "wit:nowhere"], "There is no file or folder nowhere"),
        (["inspect", "BARE"], "BARE holds no metadata.csv"),
        (["inspect", "world:flickr"], "no source 'flickr'"),
        (["prepare", "stamps:nowhere", "out"], "There are no stamps at nowhere"),
        (["prepare", "world", "out", "--test", "1.5"], "are shares between 0 and 1"),
        (["download", "mscoco_it:nowhere", "out"], "There is no file or folder nowhere"),
        (["inspect", "EMPTY"], "has no captioned picture that can be used: picture is missing (1)"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "BARE").mkdir()
    (tmp_path / "EMPTY/metadata.csv").write_text("file_name,caption\ngone.png,un gatto\n")
    with pytest.raises(SystemExit) as ended:
        main(["data", *arguments])
    err = capsys.readouterr().err
    assert ended.value.code == 2 and err.startswith("clipit: ") and said in err and err.count("\n") == 1
