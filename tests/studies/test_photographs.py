"""The study of photographs: one row from small collections, with a model of random encoders."""

from dataclasses import replace

import numpy as np
import pytest

from clipit.data.collection import Collection, Thing
from clipit.hub.folder import new_model
from clipit.inputs.tokenizer import train_tokenizer
from clipit.studies import photographs as study
from clipit.training.recipe import RECIPES

NAMES = [f"{what} {color}" for what in ("gatto", "cane", "mela", "casa", "treno") for color in ("nero", "rosso", "blu")]


@pytest.fixture
def small(monkeypatch):
    """Fifteen emoji and as many stamps of noise, and a tiny model."""
    tokenizer = train_tokenizer(NAMES, 80)
    model = RECIPES["tiny"].model
    model = replace(model, text=replace(model.text, vocabulary_size=tokenizer.vocabulary_size))
    pixels = np.random.default_rng(0).integers(
        0, 255, (15, model.vision.image_size, model.vision.image_size, 3), np.uint8
    )
    things = tuple(Thing(f"stamps/{name}", name, (row,), (name,)) for row, name in enumerate(NAMES))
    collection = Collection(pixels, things)
    monkeypatch.setattr(study, "collected", lambda: (collection, collection, new_model(model, 0), tokenizer))
    monkeypatch.setattr(study, "WARM_UP", replace(study.WARM_UP, steps=3, warmup_steps=1))
    monkeypatch.setattr(study, "RECIPE", replace(study.RECIPE, batch_size=4, variations=0, train_size=15))


def test_a_row_holds_every_measure_over_all_stamps(small):
    found = study.measured("result", "emoji", 0)
    assert {"kind", "arm", "seed", *found} == set(study.COLUMNS)
    assert found["gallery"] == 15 and found["chance@10"] == pytest.approx(10 / 15, abs=1e-4)
    assert 0 <= found["text_to_image.recall@1"] <= found["text_to_image.recall@10"] <= 1


def test_the_control_trains_on_other_names(small):
    assert study.measured("result", "emoji", 0) != study.measured("result", "shuffled", 0)


def test_letters_and_signs_are_left_out(small):
    _, stamps, *_ = study.collected()
    letter = Thing("stamps/symbols/a", "a", (0,), ("la lettera A",))
    assert study.pictured(replace(stamps, things=(letter, *stamps.things))) == list(stamps.things)
