"""Phases: what is frozen stays to the last bit, cached features change nothing, and a run resumes across phases."""

import json
from dataclasses import replace

import numpy as np
import pytest
from flax import nnx

from clipit.data.batches import batches
from clipit.hub.folder import parameters
from clipit.training import RECIPES, Phase, loop, train, watching
from clipit.training.averaging import end_of_phase
from clipit.training.frozen import kept, with_frozen_features
from clipit.training.loading import load_data
from clipit.training.mesh import make_mesh
from clipit.training.phase import OPTIMIZERS
from clipit.training.runs import RunFolder
from clipit.training.starting import start_model
from clipit.training.step import make_optimizer, place, train_step

PROJECTIONS = ("visual_projection.", "text_projection.", "log_logit_scale")
WARM_UP = Phase("warm-up", PROJECTIONS, steps=6, warmup_steps=1, weight_decay=0.5)
EVERYTHING = Phase("everything", steps=5, warmup_steps=1, slower=(("vision.", 0.0),))
TWO = replace(
    RECIPES["tiny"],
    name="two",
    train_size=128,
    batch_size=32,
    test_size=40,
    devices=1,
    evaluate_every=3,
    checkpoint_every=2,
    phases=(WARM_UP, EVERYTHING),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return load_data(TWO, RunFolder(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return train(TWO, tmp_path_factory.mktemp("runs") / "two", quiet=True)


def after_steps(recipe, pairs, phase, steps=3):
    """A model after some steps of a phase, and the optimizer."""
    model = start_model(recipe)
    optimizer = make_optimizer(model, phase)
    place(model, optimizer, make_mesh(1))
    for _, batch in zip(range(steps), batches(pairs, recipe.batch_size, seed=0), strict=False):
        batch.pop("rows")
        train_step(model, optimizer, batch, model.preprocess)
    return model, optimizer


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_is_frozen_is_bit_identical_and_what_trains_moved(optimizer, data):
    """With strong weight decay, which would shrink what it reaches, and not a number of optimizer state is kept."""
    recipe, pairs, _ = data
    phase = replace(WARM_UP, optimizer=optimizer)
    before = parameters(start_model(recipe))
    model, kept_by = after_steps(recipe, with_frozen_features(start_model(recipe), pairs, phase), phase)
    after = parameters(model)
    moved = {name for name in before if before[name].tobytes() != after[name].tobytes()}
    assert moved == {name for name in before if name.startswith(PROJECTIONS)}
    remembered = {".".join(map(str, path)) for path, _ in nnx.to_flat_state(nnx.state(kept_by))}
    assert not any("vision" in name or "text.blocks" in name or "word_embedding" in name for name in remembered)


def test_one_encoder_alone_can_be_frozen(data):
    recipe, pairs, _ = data
    phase = Phase(trains=("text.", *PROJECTIONS), steps=3, warmup_steps=0)
    given = with_frozen_features(start_model(recipe), pairs, phase)
    assert given.image_features is not None and given.text_features is None
    before, after = parameters(start_model(recipe)), parameters(after_steps(recipe, given, phase)[0])
    frozen = {name for name in before if before[name].tobytes() == after[name].tobytes()}
    assert frozen == {name for name in before if name.startswith("vision.")}


def test_cached_features_give_the_parameters_that_running_the_encoders_gives(data):
    recipe, pairs, _ = data
    cached, _ = after_steps(recipe, with_frozen_features(start_model(recipe), pairs, WARM_UP), WARM_UP)
    running, _ = after_steps(recipe, pairs, WARM_UP)
    for name, value in parameters(running).items():
        np.testing.assert_allclose(parameters(cached)[name], value, atol=2e-5, err_msg=name)


def test_a_changed_parameter_or_picture_makes_new_features(data):
    recipe, pairs, _ = data
    model = start_model(recipe)
    first = with_frozen_features(model, pairs, WARM_UP)
    other = with_frozen_features(model, replace(pairs, pixels=255 - pairs.pixels), WARM_UP)
    assert (first.image_features != other.image_features).any()
    assert (first.text_features == other.text_features).all()
    bias = model.vision.head.bias
    bias.set_value(bias[...] + 1)
    moved = with_frozen_features(model, pairs, WARM_UP)
    np.testing.assert_allclose(moved.image_features, first.image_features + 1, atol=1e-5)


def test_damaged_features_are_made_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CLIPIT_CACHE", str(tmp_path))
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "x.npy").write_bytes(b"no array")
    assert (kept("x", lambda: np.arange(6.0)) == np.arange(6.0)).all()
    assert (kept("x", lambda: np.zeros(6)) == np.arange(6.0)).all()
    assert "is damaged" in capsys.readouterr().err


def test_a_run_goes_through_its_phases(two):
    assert [line["phase"] for line in two.metrics] == [0] * 6 + [1] * 5
    looked = [line["step"] for line in two.metrics if "validation.loss" in line]
    assert looked == [1, 3, 6, 9, 11]


def test_the_end_of_the_warm_up_is_kept(two, data):
    """In it only the projections have moved, and the run went on from there."""
    start, warm, end = map(parameters, (start_model(data[0]), end_of_phase(two.folder, 0), two.model))
    moved = {name for name in start if (start[name] != warm[name]).any()}
    assert moved == {name for name in start if name.startswith(PROJECTIONS)}
    assert any((warm[name] != end[name]).any() for name in moved)
    assert not (two.folder / "end-of-phase-1.safetensors").exists()  # that is the model


def test_a_factor_of_zero_is_as_good_as_frozen(two, data):
    start = parameters(start_model(data[0]))
    end = parameters(two.model)
    same = {name for name in start if (start[name] == end[name]).all()}
    assert same == {name for name in start if name.startswith("vision.")}


@pytest.mark.parametrize("step", [4, 7, 10])
def test_it_resumes_inside_a_phase_and_across_phases_to_the_last_bit(step, two, tmp_path, monkeypatch):
    real, worked = loop.train_step, []

    def interrupted(*arguments):
        worked.append(1)
        if len(worked) == step:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "train_step", interrupted)
        train(TWO, tmp_path, quiet=True)
    resumed = train(TWO, tmp_path, quiet=True)
    for name, value in parameters(two.model).items():
        np.testing.assert_array_equal(parameters(resumed.model)[name], value, err_msg=name)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["loss"] for line in lines] == [line["loss"] for line in two.metrics]


def test_a_phase_with_patience_ends_with_its_best_parameters(tmp_path, monkeypatch):
    """The looks say 3, 2, 4, 5: after two looks without a lower loss it ends as it was at the second."""
    looks = iter((3.0, 2.0, 4.0, 5.0))
    seen = []

    def look(watcher, model):
        seen.append(parameters(model))
        return {"validation.loss": next(looks)}

    monkeypatch.setattr(watching.Watcher, "look", look)
    patient = replace(TWO, evaluate_every=2, phases=(replace(WARM_UP, steps=20, patience=2),))
    run = train(patient, tmp_path, quiet=True)
    assert len(run.metrics) == 6
    for name, value in parameters(run.model).items():
        np.testing.assert_array_equal(value, seen[1][name], err_msg=name)
    assert any((seen[1][name] != seen[3][name]).any() for name in seen[1])


def test_encoders_trained_before_are_the_start(tiny_run):
    recipe = replace(TWO, vision_from=str(tiny_run.folder), text_from=str(tiny_run.folder))
    given, _, tokenizer = load_data(recipe, RunFolder(tiny_run.folder))
    assert tokenizer.vocabulary_size == tiny_run.tokenizer.vocabulary_size
    start, trained = parameters(start_model(given)), parameters(tiny_run.model)
    same = {name for name in start if (start[name] == trained[name]).all()}
    assert same == {name for name in start if name.startswith(("vision.", "text."))}
