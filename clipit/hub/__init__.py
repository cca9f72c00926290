"""Checkpoints in and out."""

from pathlib import Path

from clipit.data.locate import data_folder
from clipit.hub.folder import ModelError, load_model, new_model, save_model
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder

__all__ = ["ModelError", "load", "load_model", "new_model", "save_model"]


def load(name: str | Path) -> tuple[DualEncoder, Tokenizer]:
    """A trained model and its tokenizer.

    Args:
        name: a run's folder, or the name of weights that come with the course, such as "quick".

    Raises:
        ModelError: there is neither; the message lists the names that come with the course.
    """
    shipped = data_folder("weights")
    if not Path(name).is_dir() and (shipped / str(name) / "config.json").is_file():
        return load_model(shipped / str(name))
    if not Path(name).is_dir():
        names = ", ".join(sorted(path.parent.name for path in shipped.glob("*/config.json"))) or "none"
        raise ModelError(f"There is no folder {name}, and no weights of this name (there are: {names}).")
    return load_model(name)
