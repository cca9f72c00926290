"""The study of batch sizes: equal examples, arms that differ in what they say, a sigmoid loss that trains its bias."""

import math

import pytest

from clipit.hub.folder import parameters
from clipit.studies import batch_size as study
from clipit.training.starting import start_model

LOSSES = {"nce": "info_nce", "sigmoid": "sigmoid"}


@pytest.fixture
def small(monkeypatch):
    """Few pictures, few steps."""
    for name, value in {"PAIRS": 256, "GALLERY": 60}.items():
        monkeypatch.setattr(study, name, value)
    monkeypatch.setitem(study.ARMS, "nce", study.Arm(32, examples=2048))
    monkeypatch.setitem(study.ARMS, "sigmoid", study.Arm(32, loss="sigmoid", examples=2048))
    yield
    study.gallery.cache_clear()
    study.features_of.cache_clear()


def test_arms_see_equally_many_examples_or_make_equally_many_steps():
    for name, arm in study.ARMS.items():
        assert arm.steps * arm.batch == arm.examples, name
        if name.startswith("steps"):
            assert arm.steps == study.ARMS["nce_1024"].steps, name
        else:
            assert arm.examples == study.EXAMPLES, name


def test_what_a_picture_is_told_from_is_all_that_differs_between_local_and_global():
    local, whole = (study.recipe_for(arm, 1e-2, 0, words=50) for arm in ("local_16", "nce_1024"))
    assert local.group_size == 16 and whole.group_size == 0
    assert {name for name in vars(local) if vars(local)[name] != vars(whole)[name]} == {"group_size"}


def test_the_image_encoder_is_locked_and_the_rest_trains():
    recipe = study.recipe_for("sigmoid_16", 1e-2, 0, words=50)
    names = parameters(start_model(recipe))
    locked = {name for name in names if not recipe.phases[0].moves(name)}
    assert locked == {name for name in names if name.startswith("vision.")}
    assert float(names["logit_bias"]) == pytest.approx(-math.log(15))


@pytest.mark.parametrize("arm", LOSSES)
def test_both_losses_teach(small, arm):
    found = study.measured("result", arm, 1e-2, 0)
    assert set(found) | {"kind", "arm", "rate", "seed"} == set(study.COLUMNS)
    assert found["steps"] == 64 and found[study.MAIN] > 0.15  # chance is about .05
