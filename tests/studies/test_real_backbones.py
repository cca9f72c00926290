"""The study of real encoders, with tiny ones in their place."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from clipit.data.batches import batches
from clipit.data.collection import Collection, Thing
from clipit.hub.folder import parameters
from clipit.inputs.tokenizer import train_tokenizer
from clipit.studies import real_backbones as study
from clipit.training.loading import fitted
from clipit.training.mesh import make_mesh, spread
from clipit.training.recipe import RECIPES
from clipit.training.step import make_optimizer, place, train_step


@pytest.fixture
def small(monkeypatch):
    """Eighty things with two views each, and the encoders of the recipe "tiny"."""
    pixels = np.random.default_rng(0).integers(0, 255, (160, 64, 64, 3), np.uint8)
    things = tuple(Thing(f"{n}", f"{n}", (2 * n, 2 * n + 1), (f"cosa {n}",)) for n in range(80))
    collection = Collection(pixels, things)
    tokenizer = train_tokenizer(collection.captions)
    recipe = replace(RECIPES["tiny"], batch_size=16, variations=1)
    loaded = replace(recipe, model=fitted(recipe, tokenizer))
    monkeypatch.setattr(study, "RECIPE", recipe)
    monkeypatch.setattr(study, "collected", lambda: (loaded, collection, tokenizer))
    monkeypatch.setattr(study, "WARM_UP", replace(study.WARM_UP, steps=3, warmup_steps=1))
    monkeypatch.setattr(study, "STEPS", 8)
    monkeypatch.setattr(study, "BATCH", 16)
    for name in ("divided", "loaded_model", "warmed"):
        getattr(study, name).cache_clear()
    yield
    for name in ("divided", "loaded_model", "warmed"):
        getattr(study, name).cache_clear()


def test_frozen_encoders_stay_and_others_move(small):
    frozen = study.measured("tuning", "frozen", 1e-3, 100)
    everything = study.measured("tuning", "everything", 1e-3, 100)
    assert frozen["vision_moved"] == frozen["text_moved"] == 0
    assert everything["vision_moved"] > 0 and everything["text_moved"] > 0
    assert frozen["mrr_before"] == everything["mrr_before"], "the warm-up is the same"
    assert set(frozen) == set(study.COLUMNS) - set(study.KEY)


def test_going_part_of_the_way_is_training_at_that_rate(small):
    pairs, phase = study.divided(0, "one")["train"], study.last_phase(study.ARMS["everything"])
    ours, theirs = study.fresh_model(0), study.fresh_model(0)
    study.train(ours, pairs, phase, 16, 5, (2e-4, 2e-4))
    mesh, slower = make_mesh(2), replace(phase, learning_rate=2e-4)
    optimizer = make_optimizer(theirs, slower)
    place(theirs, optimizer, mesh)
    for _, batch in zip(range(phase.steps), batches(pairs, 16, 5), strict=False):
        batch.pop("rows")
        train_step(theirs, optimizer, jax.device_put(batch, spread(mesh)), theirs.preprocess)
    start, expected = parameters(study.fresh_model(0)), parameters(theirs)
    for name, value in parameters(ours).items():
        if name.endswith("kernel"):  # a bias before a norm has no gradient but rounding errors, and Adam enlarges them
            np.testing.assert_allclose(value, expected[name], atol=2e-5, err_msg=name)
            assert np.abs(expected[name] - start[name]).max() > 1e-4 or "blocks" in name, name


def test_encoders_are_the_same_for_all_seeds_and_projections_are_not(small):
    one, other = (parameters(study.fresh_model(seed)) for seed in (1, 2))
    for name in one:
        assert (one[name] == other[name]).all() == (not name.endswith("projection.kernel")), name


def test_pictures_of_the_arms(small):
    one, two, varied = (study.divided(3, pictures)["train"].views for pictures in ("one", "two", "varied"))
    assert (one.shape[1], two.shape[1], varied.shape[1]) == (1, 2, 4)
    assert (one[:, 0] == two[:, 0]).all()
    train, test = (study.divided(3, "two")[split] for split in ("train", "test"))
    assert not set(train.views.reshape(-1)) & set(test.views.reshape(-1))


def test_every_arm_has_as_many_trials(monkeypatch, tmp_path):
    asked = []

    def fake(kind, arm, rate, seed):
        asked.append((kind, arm, rate, seed))
        best = (study.FROZEN_RATES if study.ARMS[arm].frozen else study.RATES)[1]
        score = 0.5 - abs(np.log(rate / best)) / 100 + seed / 10_000
        return {name: score for name in study.COLUMNS if name not in study.KEY}

    monkeypatch.setattr(study, "results_file", lambda _: tmp_path / "real_backbones.csv")
    monkeypatch.setattr(study, "measured", fake)
    rows = study.run()
    for arm in study.ARMS:
        tuning = [one for one in asked if one[:2] == ("tuning", arm)]
        assert len(tuning) == (0 if arm == study.CONTROL else 6)
        assert {one[3] for one in asked if one[:2] == ("result", arm)} == set(study.SEEDS)
    assert study.best_rate(rows, "shuffled") == study.best_rate(rows, "frozen") == 3e-4
    assert study.summary(rows)[len(study.ARMS)].startswith(
        "Main comparison, text_to_image.mrr@10, everything minus frozen"
    )
    before = len(asked)
    assert study.run() == rows and len(asked) == before
