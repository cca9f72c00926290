"""The model that a run starts from: random, or with encoders that were trained before.

>>> from clipit.training.recipe import RECIPES
>>> start_model(RECIPES["tiny"]).config.projection_dim
32
"""

from dataclasses import replace
from typing import Any

from flax import nnx

from clipit.data.locate import data_folder
from clipit.hub import load
from clipit.hub.folder import new_model
from clipit.hub.words import holds_words, load_words
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.recipe import Recipe


def trained_text_encoder(name: str) -> tuple[Any, Tokenizer]:
    """A text encoder that was pretrained by hidden words, or the one of a whole model; with its tokenizer."""
    if holds_words(name) or holds_words(data_folder("weights") / name):
        model, tokenizer = load_words(name)
        return model.text, tokenizer
    whole, tokenizer = load(name)
    return whole.text, tokenizer


def with_loaded_encoders(recipe: Recipe) -> tuple[Recipe, Tokenizer | None]:
    """The recipe with the sizes of the encoders that it starts from, and the tokenizer of its text encoder."""
    model, tokenizer = recipe.model, None
    if recipe.vision_from:
        model = replace(model, vision=load(recipe.vision_from)[0].config.vision)
    if recipe.text_from:
        text, tokenizer = trained_text_encoder(recipe.text_from)
        model = replace(model, text=text.config)
    return replace(recipe, model=model), tokenizer


def start_model(recipe: Recipe) -> DualEncoder:
    """A model whose projections are random, and its encoders too where the recipe names no weights for them."""
    model = new_model(recipe.model, recipe.seed)
    if recipe.vision_from:
        nnx.update(model.vision, nnx.state(load(recipe.vision_from)[0].vision))
    if recipe.text_from:
        nnx.update(model.text, nnx.state(trained_text_encoder(recipe.text_from)[0]))
    return model
