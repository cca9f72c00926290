"""Checkpoints in and out."""

from pathlib import Path

from clipit.data.locate import data_folder
from clipit.hub.errors import ModelError
from clipit.hub.export import Exported, export, origin_of
from clipit.hub.folder import load_model, new_model, save_model
from clipit.hub.load import load_clip, load_dual, load_text, load_vision, load_whole
from clipit.hub.source import Source
from clipit.hub.words import holds_words, load_words, save_words
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder

__all__ = [
    "Exported",
    "ModelError",
    "export",
    "load",
    "load_clip",
    "load_dual",
    "load_model",
    "load_text",
    "load_vision",
    "load_words",
    "new_model",
    "origin_of",
    "save_model",
    "save_words",
]

OF_TRANSFORMERS = {"model_type", "architectures", "vision_config", "text_config"}  # one of these is in its config.json


def load(name: str | Path) -> tuple[DualEncoder, Tokenizer]:
    """A trained model and its tokenizer.

    Args:
        name: a run's folder, the name of weights that come with the course, such as "quick", a folder that
            transformers wrote, or a name on the Hugging Face hub, such as "clip-italian/clip-italian".

    Raises:
        ModelError: there is none of these; the message lists the names that come with the course.
    """
    shipped = data_folder("weights")
    if holds_words(name) or holds_words(shipped / str(name)):
        raise ModelError(f"{name} is a text encoder alone, with no pictures: clipit.hub.load_words reads it.")
    if Path(name).is_dir():
        source = Source(name)
        of_transformers = OF_TRANSFORMERS & (source.json("config.json") or {}).keys()
        return load_whole(source) if of_transformers else load_model(name)
    if (shipped / str(name) / "config.json").is_file():
        return load_model(shipped / str(name))
    if on_the_hub(name):
        return load_whole(Source(name))
    names = ", ".join(sorted(path.parent.name for path in shipped.glob("*/config.json"))) or "none"
    raise ModelError(f"There is no folder {name}, and no weights of this name (there are: {names}).")


def on_the_hub(name: str | Path) -> bool:
    """Whether a name can only mean the hub: OWNER/NAME, and not a mistyped path into a folder that is here."""
    parts = str(name).split("/")
    return len(parts) == 2 and all(parts) and not Path(parts[0]).exists()
