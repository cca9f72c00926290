"""A run whose pictures are decoded while it trains: the same to the last bit after a stop, and measured like others."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from clipit.apps.running import evaluate, waiting
from clipit.data.preparing import PrepareSettings, prepare
from clipit.data.sources import open_source
from clipit.data.splits import Shares
from clipit.data.streaming import Stream
from clipit.hub.folder import parameters
from clipit.training import RECIPES, Phase, loading, loop, train
from clipit.training.recipe import PROJECTIONS
from clipit.training.runs import RunError

PHASES = (Phase("warm-up", PROJECTIONS, 2, warmup_steps=1), Phase("everything", steps=4, warmup_steps=1))


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """Sixty pictures of ten colours in a prepared folder, and a tiny recipe that streams them."""
    place, lines, rng = tmp_path_factory.mktemp("own"), [], np.random.default_rng(0)
    for number in range(60):
        Image.fromarray(rng.integers(0, 255, (20, 30, 3)).astype(np.uint8)).save(place / f"{number}.png")
        lines += [f"{number}.png,colore {number % 10}", f"{number}.png,foto {number}"]
    (place / "metadata.csv").write_text("\n".join(["file_name,caption", *lines]), "utf-8")
    out = tmp_path_factory.mktemp("prepared")
    prepare(open_source(str(place)), out, PrepareSettings(shares=Shares(0.2, 0.2)), quiet=True)
    return replace(
        RECIPES["tiny"], name="streamed", data=str(out), workers=1, batch_size=16, train_size=1_000, evaluate_every=3,
        checkpoint_every=3, phases=PHASES,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def in_threads(monkeypatch):
    """Processes take seconds to start; that they give the same batches is tested where streams are."""
    monkeypatch.setattr(loading, "Stream", lambda rows, tokenizer, preprocess, _: Stream(rows, tokenizer, preprocess))


class Interruption(Exception):
    """Stands for whatever ends a run in the middle."""


def test_it_trains_resumes_to_the_last_bit_and_is_measured(recipe, tmp_path, monkeypatch):
    run = train(recipe, tmp_path / "whole", quiet=True)
    assert [line["phase"] for line in run.metrics] == [0, 0, 1, 1, 1, 1] and 0 < waiting(run.metrics) < 1
    real, worked = loop.train_step, []

    def stop_at_five(*arguments, **named):
        if len(worked) == 4:
            raise Interruption
        worked.append(1)
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "train_step", stop_at_five)
        with pytest.raises(Interruption):
            train(recipe, tmp_path / "stopped", quiet=True)
    resumed = train(recipe, tmp_path / "stopped", quiet=True)
    ours, theirs = parameters(resumed.model), parameters(run.model)
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)
    assert [line["loss"] for line in resumed.metrics] == [line["loss"] for line in run.metrics]
    assert 0 <= evaluate(run)["text_to_image.recall@1"] <= 1


def test_what_is_not_prepared_is_one_sentence(recipe, tmp_path):
    with pytest.raises(ValueError, match="prepare it with `clipit data prepare"):
        train(replace(recipe, data=str(tmp_path)), tmp_path / "run", quiet=True)
    with pytest.raises(ValueError, match="fewer than a batch of 64"):
        train(replace(recipe, batch_size=64), tmp_path / "another", quiet=True)
    with pytest.raises(ValueError, match="go without variations"):
        replace(recipe, variations=2)


def test_other_data_in_the_same_folder_are_refused(recipe, tmp_path):
    short = replace(recipe, phases=(replace(PHASES[1], steps=1, warmup_steps=0),))
    train(short, tmp_path / "run", quiet=True)
    (tmp_path / "run" / "model.safetensors").unlink()
    (tmp_path / "run" / "data.txt").write_text("others")
    with pytest.raises(RunError, match="changed since it began"):
        train(short, tmp_path / "run", quiet=True)
