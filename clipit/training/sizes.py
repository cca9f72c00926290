"""How large what a recipe starts from and trains on is, without reading weights or pictures or fetching anything.

>>> sizes_of("openai/clip-vit-base-patch32", "vision").patch_size
32
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from huggingface_hub import try_to_load_from_cache

from clipit.data.locate import data_folder
from clipit.data.sources.folder import METADATA
from clipit.data.sources.prepared import RECORD, read_record
from clipit.hub import ModelError, on_the_hub
from clipit.hub.configs import read_text_config, read_vision_config
from clipit.hub.load import tower_values
from clipit.hub.source import Source
from clipit.models import DualConfig
from clipit.models.config import encoder_from_dict
from clipit.models.published import PUBLISHED
from clipit.training.recipe import Recipe


def full_sizes(recipe: Recipe) -> DualConfig:
    """The model of a recipe, with the sizes of the encoders that it starts from.

    A text encoder that is new has a word for each token of a tokenizer that is not yet learned: at most so many.

    Raises:
        ModelError: an encoder's sizes are not known on this machine.
    """
    model = recipe.model
    if recipe.vision_from:
        model = replace(model, vision=sizes_of(recipe.vision_from, "vision"))
    if recipe.image_size:
        model = replace(model, vision=replace(model.vision, image_size=recipe.image_size))
    text = sizes_of(recipe.text_from, "text") if recipe.text_from else model.text
    return replace(model, text=text if recipe.text_from else replace(text, vocabulary_size=recipe.vocabulary_size))


def sizes_of(name: str, tower: str) -> Any:
    """The config of one encoder, "vision" or "text", of a folder, of weights of the course, or of a name on the hub."""
    if name in PUBLISHED:
        return PUBLISHED[name]
    folder = place_of(name)
    if folder is None:
        raise ModelError(
            f"The sizes of {name} are not known here: it is no folder, and the hub's cache does not hold it; load it "
            "once with a network, or choose one of " + ", ".join(PUBLISHED) + "."
        )
    source = Source(folder)
    values = source.config()
    if "model_type" not in values:  # written by clipit
        return config_in(values, tower, name)
    part = tower_values(source, values, tower)
    return read_vision_config(part, name) if tower == "vision" else read_text_config(part, name, "pooler")


def count_pictures(recipe: Recipe) -> int:
    """How many pictures a run would train on, at most: what a folder says of itself, else what the recipe says."""
    place = Path(recipe.data.partition(":")[2] or recipe.data).expanduser()
    if not recipe.data or not place.is_dir():
        return recipe.train_size
    if (place / RECORD).is_file():
        return min(recipe.train_size, read_record(place)["rows"]["train"])
    lines = sum(len(file.read_bytes().splitlines()) for file in place.rglob("metadata.*") if file.name in METADATA)
    return min(recipe.train_size, lines or recipe.train_size)


def place_of(name: str) -> Path | None:
    """The folder on this machine that holds a model: a given one, the course's, or the hub's cache."""
    for folder in (Path(name), data_folder("weights") / name):
        if (folder / "config.json").is_file():
            return folder
    found = try_to_load_from_cache(name, "config.json") if on_the_hub(name) else None
    return Path(found).parent if isinstance(found, str) else None


def config_in(values: dict[str, Any], tower: str, name: str) -> Any:
    """One encoder's part of a config.json of this library."""
    if tower not in values:
        raise ModelError(f"{name} holds no {tower} encoder.")
    try:
        return encoder_from_dict(values[tower])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The config.json of {name} is damaged ({error}): copy or train it again.") from None
