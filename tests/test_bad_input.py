"""Everything that goes wrong for people, in one table: one sentence that names it, exit code 2, nothing lost."""

import json
import shutil
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from clipit.apps.sentences import sentence
from clipit.cli import main
from clipit.training import RECIPES, loop
from clipit.training.runs import RunError

ORANGE = Image.new("RGB", (40, 30), "orange")


def damaged(path, keep):
    """A picture of which only a share of the bytes is left."""
    ORANGE.resize((400, 300)).save(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])


def huge(path):
    """A PNG whose header claims 20,000 x 10,000 pixels."""
    ORANGE.save(path)
    content = bytearray(path.read_bytes())
    content[16:24] = (20_000).to_bytes(4, "big") + (10_000).to_bytes(4, "big")
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    path.write_bytes(content)


BAD_PICTURES = {
    "missing.png": (lambda path: None, "There is no picture at"),
    "empty.png": (lambda path: path.write_bytes(b""), "is empty"),
    "truncated.jpg": (lambda path: damaged(path, 0.5), "is damaged or cut off"),
    "letter.png": (lambda path: path.write_text("Caro Babbo Natale"), "is not a picture that can be read"),
    "huge.png": (huge, "make it smaller first"),
    "folder.png": (lambda path: path.mkdir(), "is a folder, not a picture"),
}


def animated(path):
    ORANGE.save(path, save_all=True, append_images=[Image.new("RGB", (40, 30), "blue")])


def palette(path):
    ORANGE.convert("P").save(path, transparency=0)


def rotated(path):
    exif = Image.Exif()
    exif[0x0112] = 6
    ORANGE.save(path, exif=exif)


UNUSUAL_PICTURES = {
    "animated.gif": animated,
    "cmyk.jpg": lambda path: ORANGE.convert("CMYK").save(path),
    "sixteen_bit.png": lambda path: Image.fromarray(np.full((30, 40), 40_000, np.uint16)).save(path),
    "palette.png": palette,
    "rotated.jpg": rotated,
    "one_pixel.png": lambda path: ORANGE.resize((1, 1)).save(path),
}
BAD_QUERIES = {
    "empty": ("", "The query is empty"),
    "spaces": ("   ", "The query is empty"),
    "10,000 characters": ("gatto " * 1_667, "has 10001 characters"),
    "only emoji": ("🐈🐈", "knows no word of"),
    "only unknown words": ("Ξένη γλώσσα", "knows no word of"),
}


def refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr().err
    assert ended.value.code == 2, said
    assert said.startswith("clipit: ") and said.count("\n") == 1 and "Traceback" not in said
    return said


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_picture_that_cannot_be_used_is_named(name, tiny_run, tmp_path, capsys):
    make, told = BAD_PICTURES[name]
    make(tmp_path / name)
    said = refused(["classify", str(tiny_run.folder), str(tmp_path / name), "--labels", "gatto,cane"], capsys)
    assert name in said and told in said


@pytest.mark.parametrize("name", UNUSUAL_PICTURES)
def test_an_unusual_picture_is_used_like_any_other(name, tiny_run, tmp_path, capsys):
    UNUSUAL_PICTURES[name](tmp_path / name)
    main(["classify", str(tiny_run.folder), str(tmp_path / name), "--labels", "gatto,cane", "--json"])
    assert sum(json.loads(capsys.readouterr().out).values()) == pytest.approx(1)


@pytest.mark.parametrize("name", BAD_QUERIES)
def test_a_query_that_says_nothing_is_refused(name, tiny_run, capsys):
    query, told = BAD_QUERIES[name]
    assert told in refused(["search", str(tiny_run.folder), query], capsys)


def test_a_run_without_a_model_says_to_train_it_to_the_end(tiny_run, tmp_path, capsys):
    shutil.copytree(tiny_run.folder, tmp_path / "run")
    (tmp_path / "run" / "model.safetensors").unlink()
    assert "train it to the end" in refused(["search", str(tmp_path / "run"), "gatto"], capsys)


def test_a_damaged_model_says_to_get_it_again(tiny_run, tmp_path, capsys):
    shutil.copytree(tiny_run.folder, tmp_path / "run")
    model = tmp_path / "run" / "model.safetensors"
    model.write_bytes(model.read_bytes()[:1000])
    assert "is damaged" in refused(["search", str(tmp_path / "run"), "gatto"], capsys)


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"phases": [{"steps": 0}]}, "steps must be at least 1"),
        ({"phases": [{"learning_rate": -1.0}]}, "learning_rate must be positive"),
        ({"phases": [{"optimizer": "sgd"}]}, "optimizer is one of muon, adamw, adabelief"),
        ({"phases": []}, "at least one phase"),
        ({"batch_size": 100_000}, "needs as many pictures"),
        ({"batch_size": 63, "devices": 2}, "cannot be spread over 2 devices"),
        ({"stepz": 3}, "A recipe has no stepz"),
        ({"devices": 64, "batch_size": 64}, "asks for 64 devices"),
    ],
    ids=str,
)
def test_a_recipe_with_impossible_values_is_refused(changes, told, tmp_path, capsys):
    values = json.loads(RECIPES["tiny"].to_json()) | changes
    (tmp_path / "recipe.json").write_text(json.dumps(values))
    assert told in refused(["train", str(tmp_path / "recipe.json"), "--out", str(tmp_path / "run")], capsys)


def test_a_place_that_cannot_be_written_to_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert "file" in refused(["train", "tiny", "--out", str(tmp_path / "file" / "run")], capsys)


FULL_DISK = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from clipit.cli import main
main(["export", sys.argv[1], sys.argv[2]])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_full_disk_is_said_and_leaves_what_was_there(tiny_run, tmp_path):
    (tmp_path / "model.safetensors").write_text("the model of before")
    command = [sys.executable, "-c", FULL_DISK, str(tiny_run.folder), str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 2 and "no room left" in ran.stderr, ran.stderr
    assert (tmp_path / "model.safetensors").read_text() == "the model of before"


RECIPE = replace(RECIPES["tiny"], checkpoint_every=3, devices=1)


def interrupted(folder: Path, monkeypatch, after: int) -> None:
    """A run that stops after so many steps."""
    honest, done = loop.train_step, []

    def train_step(*arguments):
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(1)
        return honest(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "train_step", train_step)
        with pytest.raises(KeyboardInterrupt):
            loop.train(RECIPE, folder, quiet=True)


def test_a_damaged_checkpoint_is_put_aside_for_the_one_before(tmp_path, monkeypatch, capsys):
    calm = loop.train(RECIPE, tmp_path / "calm", quiet=True)
    interrupted(tmp_path / "run", monkeypatch, after=10)
    newest = tmp_path / "run" / "checkpoints" / "9"
    for file in newest.rglob("*"):
        if file.is_file() and file.stat().st_size > 100:
            file.write_bytes(file.read_bytes()[:50])
    finished = loop.train(RECIPE, tmp_path / "run", quiet=True)
    assert "after step 9 cannot be read" in capsys.readouterr().err
    assert (tmp_path / "run" / "unreadable-checkpoint-9").is_dir()
    assert [line["loss"] for line in finished.metrics] == [line["loss"] for line in calm.metrics]


def test_a_disk_that_fills_up_stops_a_run_and_leaves_its_last_checkpoint(tmp_path, monkeypatch, capfd):
    free = iter([10**9, 10**3])
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=next(free)))
        with pytest.raises(OSError) as raised:
            loop.train(RECIPE, tmp_path / "run", quiet=True)
    assert "no room left on the disk" in sentence(raised.value) and "Traceback" not in capfd.readouterr().err
    assert [path.name for path in (tmp_path / "run" / "checkpoints").iterdir()] == ["3"]
    assert len(loop.train(RECIPE, tmp_path / "run", quiet=True).metrics) == RECIPE.steps


def test_when_every_checkpoint_is_damaged_the_run_begins_anew(tmp_path, monkeypatch, capsys):
    interrupted(tmp_path / "run", monkeypatch, after=4)
    for file in (tmp_path / "run" / "checkpoints" / "3").rglob("*"):
        if file.is_file():
            file.write_bytes(b"")
    finished = loop.train(RECIPE, tmp_path / "run", quiet=True)
    assert "cannot be read" in capsys.readouterr().err
    assert (tmp_path / "run" / "unreadable-checkpoint-3").is_dir()
    assert len(finished.metrics) == RECIPE.steps


def test_a_loss_that_is_no_number_names_step_pairs_and_checkpoint(tmp_path):
    broken = replace(RECIPE, checkpoint_every=1).with_phase(learning_rate=1e38, gradient_norm=1e38, warmup_steps=0)
    with pytest.raises(RunError, match=r"loss of step \d+ is not a number.*its pairs are \d+.*checkpoint"):
        loop.train(broken, tmp_path / "run", quiet=True)
