"""The command line: good input gives a result, bad input one sentence and exit code 2, and never a traceback."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from PIL import Image

from clipit.cli import main
from clipit.hub import load_model
from clipit.training import RECIPES
from clipit.training.finding import find_recipe


@pytest.fixture
def run(tiny_run):
    return str(tiny_run.folder)


@pytest.fixture
def cat(tmp_path):
    Image.new("RGB", (40, 30), "orange").save(tmp_path / "cat.png")
    return str(tmp_path / "cat.png")


def refused(arguments, capsys):
    """What a command says when it refuses its input."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert ended.value.code == 2, err
    assert "Traceback" not in out + err
    return err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "quik"], "There is no recipe called 'quik'; choose one of quick, tiny"),
        (["run", "quik"], "There is no recipe called 'quik'"),
        (["train", "missing.json"], "There is no recipe called 'missing.json'"),
        (["train", "tiny", "--steps", "0"], "steps must be at least 1, not 0"),
        (["train", "tiny", "--steps", "3"], "warmup_steps must be between"),
        (["evaluate", "nowhere"], "nowhere is no run"),
        (["search", "nowhere", "gatto"], "There is no folder nowhere"),
        (["classify", "nowhere", "cat.png", "--labels", "gatto,cane"], "There is no folder nowhere"),
        (["export", "nowhere", "there"], "There is no folder nowhere"),
        (["search", "RUN", ""], "The query is empty"),
        (["search", "RUN", "gatto", "--gallery", "nowhere"], "There is no folder nowhere"),
        (["search", "RUN", "gatto", "--gallery", "."], "holds no pictures"),
        (["search", "RUN", "gatto", "--top", "0"], "at least one picture, not 0"),
        (["classify", "RUN", "nowhere.png", "--labels", "gatto,cane"], "There is no picture at nowhere.png"),
        (["classify", "RUN", "nowhere.png", "--labels", "gatto"], "at least two labels"),
        (["lesson", "99"], "99"),
        (["lesson", "first"], "first"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, said, run, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    err = refused([run if argument == "RUN" else argument for argument in arguments], capsys)
    assert err.startswith("clipit: ") and said in err and err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [["train"], ["fly"], ["search", "quick"], ["classify", "a", "b"], ["train", "tiny", "--steps", "many"]],
    ids=" ".join,
)
def test_what_the_parser_refuses_has_the_same_exit_code(arguments, capsys):
    assert refused(arguments, capsys)


def test_damaged_files_are_one_sentence(run, cat, capsys, tmp_path):
    (tmp_path / "damaged.json").write_text("{")
    assert "damaged.json" in refused(["train", str(tmp_path / "damaged.json")], capsys)
    (tmp_path / "broken.png").write_bytes(b"")
    said = refused(["classify", run, str(tmp_path / "broken.png"), "--labels", "gatto,cane"], capsys)
    assert "broken.png is empty" in said
    (tmp_path / "config.json").write_text("{}")
    assert "holds no finished model" in refused(["search", str(tmp_path), "gatto"], capsys)


def test_debug_shows_the_traceback(capsys):
    with pytest.raises(ValueError, match="There is no recipe called 'quik'"):
        main(["train", "quik", "--debug"])


def test_a_process_ends_as_the_function_does():
    ran = subprocess.run([sys.executable, "-m", "clipit", "train", "quik"], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)


def test_a_search_prints_what_it_found(run, capsys):
    main(["search", run, "due gatti neri", "--top", "3"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and all("gallery/" in line for line in lines)


def test_results_are_json_where_it_is_asked_for(run, cat, capsys):
    main(["search", run, "due gatti neri", "--top", "2", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [set(one) for one in found] == [{"place", "caption", "similarity"}] * 2
    main(["classify", run, cat, "--labels", "gatto, cane,", "--json"])
    shares = json.loads(capsys.readouterr().out)
    assert list(shares) == ["gatto", "cane"] and sum(shares.values()) == pytest.approx(1)


def test_the_best_label_comes_first(run, cat, capsys):
    main(["classify", run, cat, "--labels", "gatto,cane,mela"])
    shares = [float(line.split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert shares == sorted(shares, reverse=True) and len(shares) == 3


def test_an_export_is_a_model_without_the_rest_of_the_run(run, capsys, tmp_path):
    main(["export", run, str(tmp_path / "mine")])
    assert {path.name for path in (tmp_path / "mine").iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert load_model(tmp_path / "mine")[0].config == load_model(run)[0].config
    assert "Written to" in capsys.readouterr().out


def test_evaluate_writes_and_prints_the_results(run, tiny_run, capsys):
    main(["evaluate", run, "--json"])
    results = json.loads(capsys.readouterr().out)
    assert results == json.loads((tiny_run.folder / "results.json").read_text())
    assert {"text_to_image.recall@1", "unseen_art.image_to_text.mrr@10", "zero_shot.top1"} <= results.keys()
    assert {"counting.accuracy.1", "seconds.train", "seconds.evaluate", "seed", "versions"} <= results.keys()
    assert (tiny_run.folder / "report.html").read_text().startswith("<!doctype html>")


def test_training_a_finished_run_again_says_where_it_is(tiny_run, capsys):
    main(["train", "tiny", "--out", str(tiny_run.folder)])
    assert str(tiny_run.folder) in capsys.readouterr().out


def test_a_recipe_can_be_changed_or_read_from_a_file(tmp_path):
    changed = find_recipe("tiny", steps=7, seed=3)
    assert (changed.steps, changed.seed, changed.batch_size) == (7, 3, RECIPES["tiny"].batch_size)
    (tmp_path / "mine.json").write_text(changed.to_json())
    assert find_recipe(str(tmp_path / "mine.json")) == changed
    assert find_recipe("quick") == RECIPES["quick"]


def test_a_recipe_is_trained_on_a_readers_own_pictures(monkeypatch, capsys):
    asked = []

    def train(recipe, out):
        asked.append(recipe)
        return SimpleNamespace(folder=out, metrics=[{"seconds": 4.0, "waited": 1.0}])

    monkeypatch.setattr("clipit.training.loop.train", train)
    own = ["--data", "my/folder", "--language", "fi", "--batch-size", "32"]
    main(["train", "italian-clip", *own, "--out", "runs/mine"])
    (recipe,) = asked
    assert (recipe.data, recipe.language, recipe.batch_size) == ("my/folder", "fi", 32)
    assert recipe.train_size > 1_000_000, "all of it"
    assert (recipe.vision_from, recipe.text_from) == ("english-clip", "italian-bert")
    assert "clipit evaluate runs/mine" in capsys.readouterr().out


def test_help_lists_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert all(
        name in shown for name in ("run", "train", "evaluate", "search", "classify", "export", "doctor", "check")
    )
