"""Recipes survive JSON, and what cannot be trained is refused with a sentence."""

import json
from dataclasses import replace

import pytest

from clipit.models import BagOfWordsConfig, BlockConfig, DualConfig, ViTConfig
from clipit.training import RECIPES, Phase, Recipe, read_recipe

TINY = RECIPES["tiny"]


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_survives_json(name):
    assert Recipe.from_json(RECIPES[name].to_json()) == RECIPES[name]


def test_a_recipe_with_other_encoders_survives_a_file(tmp_path):
    model = DualConfig(ViTConfig(32, 8, 1, BlockConfig(24, 3)), BagOfWordsConfig(50, 12), 20, 5.0)
    first = Phase("first", ("text.", "visual_projection."), 3, "adamw", slower=(("text.", 0.1),), warmup_steps=0)
    recipe = replace(TINY, name="mine", seed=3, model=model, vision_from="quick", phases=(first, Phase()))
    (tmp_path / "recipe.json").write_text(recipe.to_json())
    assert read_recipe(tmp_path / "recipe.json") == recipe


@pytest.mark.parametrize(
    ("change", "named"),
    [
        *[({name: 0}, name) for name in ("train_size", "test_size", "batch_size", "devices")],
        ({"evaluate_every": 0}, "evaluate_every"),
        ({"checkpoint_every": -1}, "checkpoint_every"),
        ({"batch_size": 10, "devices": 4}, "cannot be spread over 4 devices"),
        ({"batch_size": 1024}, "needs as many pictures"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"group_size": 48}, "cannot be cut into groups of 48"),
        ({"group_size": -8}, "cannot be cut into groups of -8"),
        ({"chunk": -1}, "chunk must be 0 or more"),
        ({"tile": 256}, "tile is not for the small world"),
        ({"tile": 256, "data": "emoji", "shards": 2}, "goes neither with shards nor with groups"),
        ({"shards": 3, "devices": 4}, "cannot be cut into 3 shards on 4 devices"),
        ({"dtype": "float16"}, "float32 or bfloat16, not 'float16'"),
        ({"copy_projection": True}, "copy_projection needs vision_from"),
        ({"phases": ()}, "at least one phase"),
    ],
)
def test_an_impossible_value_is_one_sentence(change, named):
    with pytest.raises(ValueError, match=named) as raised:
        replace(TINY, **change)
    assert str(raised.value).endswith(".") and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"steps": 0}, "steps"),
        ({"warmup_steps": 12}, "warmup_steps"),
        ({"warmup_steps": -1}, "warmup_steps"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"gradient_norm": -1.0}, "gradient_norm"),
        ({"optimizer": "adam"}, "one of muon, adamw, adabelief"),
        ({"trains": ()}, "trains nothing"),
        ({"patience": -1}, "patience"),
    ],
)
def test_an_impossible_value_of_a_phase_is_one_sentence(change, named):
    with pytest.raises(ValueError, match=named) as raised:
        TINY.with_phase(**change)
    assert str(raised.value).endswith(".") and "\n" not in str(raised.value)


def test_a_value_that_no_recipe_has_is_named():
    with pytest.raises(ValueError, match="A recipe has no bath_size"):
        Recipe.from_json(json.dumps({**json.loads(TINY.to_json()), "bath_size": 3}))
    with pytest.raises(ValueError):
        Recipe.from_json("{")


def test_a_value_that_no_phase_has_is_named():
    values = json.loads(TINY.to_json())
    values["phases"][0]["setps"] = 3
    with pytest.raises(ValueError, match="A phase has no setps"):
        Recipe.from_json(json.dumps(values))


def test_a_name_is_slowed_by_the_first_beginning_that_fits():
    phase = Phase(slower=(("text.blocks.0", 0.0), ("text.", 0.1)))
    names = ["text.blocks.0.mlp.hidden.kernel", "text.norm.scale", "vision.norm.scale"]
    assert [phase.pace(name) for name in names] == [0.0, 0.1, 1.0]


def test_names_are_keys():
    assert all(recipe.name == name for name, recipe in RECIPES.items())


def test_clip_italian_2021_is_what_its_script_says():
    """The table of both stages, and 8 devices of 128 pairs; the rest is in the comment above the recipe."""
    recipe = RECIPES["clip-italian-2021"]
    assert (recipe.vision_from, recipe.text_from) == (
        "openai/clip-vit-base-patch32",
        "dbmdz/bert-base-italian-xxl-uncased",
    )
    assert (recipe.devices, recipe.batch_size, recipe.group_size) == (8, 8 * 128, 128)
    assert (recipe.max_tokens, recipe.model.vision.image_size, recipe.model.projection_dim) == (96, 224, 512)
    assert (recipe.model.initial_logit_scale, recipe.model.constant_logit_scale) == (20.0, True)
    assert recipe.copy_projection and recipe.dtype == "float32"
    epoch = recipe.train_size // recipe.batch_size
    warm, everything = recipe.phases
    assert (warm.steps, everything.steps) == (50 * epoch, 15 * epoch)
    assert (warm.learning_rate, everything.learning_rate) == (5e-5, 1e-5)
    assert warm.moves("text_projection.kernel") and not warm.moves("text.pooler.kernel")
    for phase in recipe.phases:
        assert phase.warmup_steps == phase.steps // 10
        assert (phase.optimizer, phase.weight_decay, phase.gradient_norm) == ("adabelief", 0.0, 0.0)


def test_clip_italian_is_what_one_would_do_today():
    recipe = RECIPES["clip-italian"]
    assert recipe.group_size == 0 and recipe.dtype == "bfloat16" and not recipe.model.constant_logit_scale
