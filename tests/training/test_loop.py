"""Whole runs: repeatable and resumable to the last bit, on any number of devices, and careful with their folder."""

import json
import math
from dataclasses import replace

import jax
import numpy as np
import pytest

import clipit
from clipit.hub.folder import parameters
from clipit.training import RECIPES, loop, train
from clipit.training.checkpoints import Checkpoints
from clipit.training.runs import RunError, RunFolder, differing

TINY = RECIPES["tiny"]


class Interruption(Exception):
    """Stands for whatever ends a run in the middle."""


def without_seconds(metrics):
    return [
        {name: value for name, value in line.items() if name not in ("seconds", "waited", "compiling")}
        for line in metrics
    ]


def assert_same_run(first, second):
    assert without_seconds(first.metrics) == without_seconds(second.metrics)
    one, other = parameters(first.model), parameters(second.model)
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def interrupted_at(step, monkeypatch, recipe, folder):
    """A run that ends while it works on a step."""
    real, worked = loop.train_step, []

    def train_step(*arguments):
        worked.append(1)
        if len(worked) == step:
            raise Interruption
        return real(*arguments)

    with monkeypatch.context() as patch, pytest.raises(Interruption):
        patch.setattr(loop, "train_step", train_step)
        train(recipe, folder, quiet=True)


def test_two_runs_agree_to_the_last_bit(tiny_run, tmp_path):
    assert_same_run(train(TINY, tmp_path, quiet=True), tiny_run)


@pytest.mark.parametrize("step", [4, 9])
def test_a_resumed_run_equals_one_that_was_not_interrupted(step, tiny_run, tmp_path, monkeypatch):
    """Before the first checkpoint, and two steps after it: what was done since is done again."""
    interrupted_at(step, monkeypatch, TINY, tmp_path)
    folder = RunFolder(tmp_path)
    assert len(folder.read_metrics()) == step - 1 and not (tmp_path / "model.safetensors").exists()
    resumed = train(TINY, tmp_path, quiet=True)
    assert_same_run(resumed, tiny_run)
    assert without_seconds(folder.read_metrics()) == without_seconds(tiny_run.metrics)
    seconds = [line["seconds"] for line in resumed.metrics]
    assert seconds == sorted(seconds)


def test_metrics_are_written_as_they_are_returned(tiny_run):
    lines = [json.loads(line) for line in (tiny_run.folder / "metrics.jsonl").read_text().splitlines()]
    assert lines == tiny_run.metrics
    assert [line["step"] for line in lines] == list(range(1, TINY.steps + 1))
    assert [line["step"] for line in lines if "validation.recall@1" in line] == [1, 6, 12]


def test_the_first_line_says_between_what_the_loss_will_be(tiny_run):
    first = tiny_run.metrics[0]
    assert first["expected_start"] == pytest.approx(math.log(TINY.batch_size))
    assert 0 <= first["floor"] < 1 and not any("floor" in line for line in tiny_run.metrics[1:])


def test_the_loss_falls(tiny_run):
    losses = [line["loss"] for line in tiny_run.metrics]
    assert np.mean(losses[-3:]) < np.mean(losses[:3]) - 0.3


def test_the_folder_holds_the_model_that_was_returned(tiny_run):
    model, tokenizer = clipit.load(tiny_run.folder)
    for name, value in parameters(tiny_run.model).items():
        np.testing.assert_array_equal(parameters(model)[name], value, err_msg=name)
    assert tokenizer.vocabulary_size == tiny_run.tokenizer.vocabulary_size == model.config.text.vocabulary_size


def test_a_finished_run_is_read_and_not_trained_again(tiny_run, monkeypatch):
    monkeypatch.setattr(loop, "Training", None)
    assert_same_run(train(TINY, tiny_run.folder, quiet=True), tiny_run)


def test_two_runs_in_one_folder_are_refused(tmp_path):
    with RunFolder(tmp_path).locked(), pytest.raises(RunError, match="Another run is writing to"):
        train(TINY, tmp_path, quiet=True)


@pytest.mark.parametrize(
    ("change", "resume", "sentence"),
    [({"seed": 1}, True, r"holds a run of another recipe \(other seed\)"), ({}, False, "already holds a run")],
)
def test_the_folder_of_another_run_is_refused(change, resume, sentence, tiny_run):
    with pytest.raises(RunError, match=sentence) as raised:
        train(replace(TINY, **change), tiny_run.folder, resume, quiet=True)
    assert str(tiny_run.folder) in str(raised.value) and "choose another --out" in str(raised.value)


def test_a_run_from_before_recipes_had_all_their_values_goes_on(tiny_run):
    written = json.loads((tiny_run.folder / "recipe.json").read_text())
    del written["loss"], written["workers"], written["model"]["initial_logit_bias"]
    assert differing(json.dumps(written), TINY) == []
    assert differing(json.dumps({**written, "loss": "sigmoid"}), TINY) == ["kind"]  # no such recipe
    assert differing(json.dumps({**written, "evaluate_every": 7}), TINY) == ["evaluate_every"]


def test_a_loss_that_is_no_number_stops_the_run(tmp_path):
    """A learning rate that blows up: the first step has none, so the second does it."""
    recipe = replace(TINY, checkpoint_every=1).with_phase(learning_rate=1e30)
    with pytest.raises(
        RunError, match="The loss of step 2 is not a number, or what it made of the parameters"
    ) as raised:
        train(recipe, tmp_path, quiet=True)
    said = str(raised.value)
    assert "the checkpoint after step 1 is kept" in said and "Lower the learning_rate" in said
    rows = [int(number) for number in said.split("its pairs are ")[1].split(", …")[0].split(", ")]
    assert len(rows) == 8 and all(0 <= row < TINY.train_size for row in rows)
    assert not (tmp_path / "model.safetensors").exists()
    with Checkpoints(RunFolder(tmp_path).checkpoints) as checkpoints:
        assert checkpoints.latest_step() == 1
    with pytest.raises(RunError, match="The loss of step 2 is not a number"):
        train(recipe, tmp_path, quiet=True)  # from the checkpoint, and no further


def test_a_run_whose_metrics_are_gone_says_so(tiny_run, tmp_path, monkeypatch):
    interrupted_at(9, monkeypatch, TINY, tmp_path)
    (tmp_path / "metrics.jsonl").unlink()
    with pytest.raises(RunError, match="does not hold the 6 steps before the checkpoint"):
        train(TINY, tmp_path, quiet=True)


@pytest.mark.parametrize("devices", [1, pytest.param(4, marks=pytest.mark.slow)])
def test_the_number_of_devices_does_not_matter(devices, tiny_run, tmp_path, monkeypatch):
    assert TINY.devices == 2
    interrupted_at(5, monkeypatch, replace(TINY, devices=devices), tmp_path)
    losses = [line["loss"] for line in RunFolder(tmp_path).read_metrics()]
    np.testing.assert_allclose(losses, [line["loss"] for line in tiny_run.metrics[:4]], rtol=1e-4)


def test_more_devices_than_there_are_is_a_sentence(tmp_path):
    with pytest.raises(ValueError, match="asks for 8 devices and JAX has 4.*JAX_NUM_CPU_DEVICES=8"):
        train(replace(TINY, devices=8), tmp_path, quiet=True)


def test_parameters_are_on_every_device_and_the_batch_is_spread(tiny_run):
    assert len(tiny_run.model.log_logit_scale[...].sharding.device_set) in (1, 2)
    assert len(jax.devices()) == 4


@pytest.mark.slow
def test_thirty_two_pairs_can_be_learned_by_heart(tmp_path):
    """A model that cannot is not connected to its loss somewhere."""
    recipe = replace(TINY, train_size=32, batch_size=32, evaluate_every=120, devices=1)
    recipe = recipe.with_phase(steps=120, warmup_steps=10)
    metrics = train(recipe, tmp_path, quiet=True).metrics
    assert np.mean([line["loss"] for line in metrics[-10:]]) < metrics[0]["floor"] + 0.3
    assert metrics[0]["loss"] > 2
