"""The model that a run starts from: random, or with encoders that were trained before.

An encoder may come with the course ("english-clip", "italian-bert"), out of a run's folder, from a pip package
("efficientnet-lite0", "multilingual-e5-small"), or from a folder or name on the Hugging Face hub.

>>> from clipit.training.recipe import RECIPES
>>> start_model(RECIPES["tiny"]).config.projection_dim
32
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flax import nnx

from clipit.data.locate import data_folder
from clipit.hub import ModelError, load, load_text, load_vision
from clipit.hub.folder import new_model
from clipit.hub.words import holds_words, load_words
from clipit.inputs.pictures import Preprocess
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.models.outline import outline
from clipit.training.recipe import Recipe

E5 = "multilingual-e5-small"


def written_here(name: str) -> bool:
    """Whether a name means a model in this library's own format: of the course, or a run's folder."""
    for folder in (Path(name), data_folder("weights") / name):
        if (folder / "config.json").is_file():
            return "model_type" not in json.loads((folder / "config.json").read_text())
    return False


def trained_image_encoder(recipe: Recipe) -> tuple[Any, Preprocess]:
    """The image encoder that a recipe starts from, and how it wants its pictures.

    Raises:
        ModelError: there is none of this name, or it reads pictures of one size only and another is asked for.
    """
    if not written_here(recipe.vision_from):
        encoder = load_vision(recipe.vision_from, recipe.image_size or None)
        return encoder, encoder.preprocess
    whole = load(recipe.vision_from)[0]
    if recipe.image_size not in (0, whole.preprocess.image_size):
        raise ModelError(
            f"{recipe.vision_from} reads pictures of {whole.preprocess.image_size} pixels: leave image_size at 0."
        )
    return whole.vision, whole.preprocess


def trained_text_encoder(name: str, captions: Sequence[str] | None = None) -> tuple[Any, Tokenizer]:
    """A text encoder and its tokenizer; of E5's vocabulary only what ``captions`` need, if they are given."""
    if holds_words(name) or holds_words(data_folder("weights") / name):
        model, tokenizer = load_words(name)
        return model.text, tokenizer
    if name == E5:
        from clipit.hub.e5 import load_e5

        return load_e5(captions)
    if not written_here(name):
        return load_text(name)
    whole, tokenizer = load(name)
    return whole.text, tokenizer


def preprocess_of(recipe: Recipe) -> Preprocess:
    """How the recipe's image encoder wants its pictures."""
    return trained_image_encoder(recipe)[1] if recipe.vision_from else Preprocess(recipe.model.vision.image_size)


def with_loaded_encoders(recipe: Recipe, captions: Sequence[str] | None = None) -> tuple[Recipe, Tokenizer | None]:
    """The recipe with the sizes of the encoders that it starts from, and the tokenizer of its text encoder."""
    model, tokenizer = recipe.model, None
    if recipe.vision_from:
        model = replace(model, vision=trained_image_encoder(recipe)[0].config)
    if recipe.text_from:
        text, tokenizer = trained_text_encoder(recipe.text_from, captions)
        model = replace(model, text=text.config)
    return replace(recipe, model=model), tokenizer


def trained_here(recipe: Recipe) -> bool:
    """Whether one of the recipe's encoders is in this library's own format, which are small."""
    text = recipe.text_from
    words = holds_words(text) or holds_words(data_folder("weights") / text)
    return words or written_here(text) or written_here(recipe.vision_from)


def joined_model(recipe: Recipe) -> DualEncoder:
    """Random projections between encoders that have no numbers yet: to draw some for large ones takes half a minute."""
    config, rngs = recipe.model, nnx.Rngs(recipe.seed)
    model = outline(DualEncoder, config)
    model.visual_projection = nnx.Linear(config.vision.features, config.projection_dim, use_bias=False, rngs=rngs)
    model.text_projection = nnx.Linear(config.text.features, config.projection_dim, use_bias=False, rngs=rngs)
    model.start_logits()
    return model


def start_model(recipe: Recipe, tokenizer: Tokenizer | None = None) -> DualEncoder:
    """A model whose projections are random, and its encoders too where the recipe names no weights for them.

    Args:
        recipe: with the sizes of the encoders, as ``with_loaded_encoders`` gives it.
        tokenizer: the one that came with them, where only some of its words are kept.

    Raises:
        ModelError: an encoder or, with ``copy_projection``, a projection of pictures is not there or does not fit.
    """
    elsewhere = recipe.vision_from and recipe.text_from and not trained_here(recipe)
    model = joined_model(recipe) if elsewhere else new_model(recipe.model, recipe.seed)
    if recipe.vision_from:
        encoder, model.preprocess = trained_image_encoder(recipe)
        nnx.update(model.vision, nnx.state(encoder, nnx.Param))
    if recipe.text_from == E5 and tokenizer is not None:
        from clipit.hub.e5 import load_e5_for

        nnx.update(model.text, nnx.state(load_e5_for(tokenizer), nnx.Param))
    elif recipe.text_from:
        nnx.update(model.text, nnx.state(trained_text_encoder(recipe.text_from)[0], nnx.Param))
    if recipe.copy_projection:
        copied = load(recipe.vision_from)[0].visual_projection
        if copied.kernel.shape != model.visual_projection.kernel.shape:
            raise ModelError(f"The projection of {recipe.vision_from} cannot be copied: it is {copied.kernel.shape}.")
        nnx.update(model.visual_projection, nnx.state(copied))
    return model
