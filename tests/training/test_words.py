"""Pretraining by hidden words: it learns, resumes to the last bit, and its encoder becomes one of CLIP's two."""

import gzip
import json
from dataclasses import replace

import numpy as np
import pytest

from clipit.hub import ModelError, load
from clipit.hub.folder import parameters
from clipit.hub.words import load_words
from clipit.models import BertConfig, BlockConfig
from clipit.training import RECIPES, words
from clipit.training.loading import load_data
from clipit.training.recipe import Phase
from clipit.training.runs import RunError, RunFolder
from clipit.training.starting import start_model
from clipit.training.words import train_words, without_held_out
from clipit.training.words_recipe import WordsRecipe


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    book = tmp_path_factory.mktemp("book") / "book.txt.gz"
    lines = [f"Il sistema numero {word} è molto utile per tutti." for word in ("uno", "due", "tre", "quattro")]
    book.write_bytes(gzip.compress("\n\n".join(lines).encode()))
    text = BertConfig(max_tokens=16, layers=1, block=BlockConfig(width=16, heads=2), quiet_start=True)
    phase = Phase(steps=8, warmup_steps=1, learning_rate=0.02, kernel_learning_rate=0.02)
    return WordsRecipe(
        "words", scenes=60, prose=str(book), vocabulary_size=300, batch_size=32, devices=1, evaluate_every=4,
        checkpoint_every=3, text=text, phase=phase,
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(recipe, tmp_path_factory):
    return train_words(recipe, tmp_path_factory.mktemp("runs") / "words", quiet=True)


def test_the_loss_falls_from_ln_of_the_vocabulary(run):
    losses = [line["loss"] for line in run.metrics]
    assert losses[0] == pytest.approx(np.log(run.tokenizer.vocabulary_size), rel=0.25)
    assert losses[-1] < losses[0] - 0.3
    assert [line["step"] for line in run.metrics if "found.captions" in line] == [1, 4, 8]


def test_an_interrupted_run_ends_as_one_that_was_not(recipe, run, tmp_path, monkeypatch):
    real, worked = words.words_step, []

    def interrupted(*arguments):
        worked.append(1)
        if len(worked) == 5:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(words, "words_step", interrupted)
        train_words(recipe, tmp_path, quiet=True)
    resumed = train_words(recipe, tmp_path, quiet=True)
    assert [line["loss"] for line in resumed.metrics] == [line["loss"] for line in run.metrics]
    for name, value in parameters(run.model).items():
        np.testing.assert_array_equal(parameters(resumed.model)[name], value, err_msg=name)


def test_the_folder_of_another_recipe_is_refused(recipe, run):
    with pytest.raises(RunError, match="another recipe"):
        train_words(replace(recipe, seed=9), run.folder, quiet=True)


def test_its_encoder_and_tokenizer_start_a_clip(run, tmp_path):
    recipe, _, tokenizer = load_data(replace(RECIPES["tiny"], text_from=str(run.folder)), RunFolder(tmp_path))
    assert tokenizer.vocabulary_size == run.tokenizer.vocabulary_size
    started = parameters(start_model(recipe).text)
    for name, value in parameters(run.model.text).items():
        np.testing.assert_array_equal(started[name], value, err_msg=name)


def test_what_is_held_out_is_in_no_line_that_is_learned():
    lines = [f"riga {number % 30}" for number in range(90)]
    assert not set(without_held_out(lines)) & set(lines[::20])


def test_a_folder_without_such_a_model_is_a_sentence(tiny_run, run, tmp_path):
    with pytest.raises(ModelError, match="no BERT that fills in hidden words"):
        load_words(tiny_run.folder)
    with pytest.raises(ModelError, match="a text encoder alone"):
        load(run.folder)
    for file in run.folder.glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.safetensors").write_bytes(b"cut off")
    with pytest.raises(ModelError, match="is damaged"):
        load_words(tmp_path)
    assert json.loads((run.folder / "config.json").read_text())["kind"] == "masked_words"
