"""A BERT that fills in hidden words, in a folder: config.json, model.safetensors and the tokenizer's files.

>>> import tempfile
>>> from clipit.inputs.tokenizer import train_tokenizer
>>> from flax import nnx
>>> model = MaskedWords(BertConfig(vocabulary_size=40, layers=1), rngs=nnx.Rngs(0))
>>> with tempfile.TemporaryDirectory() as folder:
...     save_words(model, train_tokenizer(["due gatti"], 40), folder)
...     read, _ = load_words(folder)
>>> read.config == model.config
True
"""

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from clipit.data.atomic import replacing
from clipit.data.locate import data_folder
from clipit.hub.errors import ModelError
from clipit.hub.folder import parameters, set_parameters
from clipit.inputs.tokenizer import Tokenizer, load_tokenizer
from clipit.models.config import BertConfig, encoder_from_dict, encoder_to_dict
from clipit.models.masked import MaskedWords
from clipit.models.outline import outline

KIND = "masked_words"


def save_words(model: MaskedWords, tokenizer: Tokenizer, folder: str | Path, half: bool = False) -> None:
    """Writes a model; with ``half`` in 16 bits. The weights come last: where they are, the model is complete."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder)
    dtype = np.float16 if half else np.float32
    with replacing(folder / "config.json") as file:
        file.write_text(json.dumps({"kind": KIND, "text": encoder_to_dict(model.config)}, indent=2) + "\n")
    with replacing(folder / "model.safetensors") as file:
        file.write_bytes(save({name: value.astype(dtype) for name, value in parameters(model).items()}))


def holds_words(folder: str | Path) -> bool:
    """Whether a folder holds such a model, rather than one with two encoders."""
    try:
        return json.loads((Path(folder) / "config.json").read_text()).get("kind") == KIND
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def load_words(name: str | Path) -> tuple[MaskedWords, Tokenizer]:
    """Reads a model and its tokenizer.

    Args:
        name: a folder, or the name of weights that come with the course, such as "italian-bert".

    Raises:
        ModelError: there is no such model there, or a file in it is damaged.
    """
    shipped = data_folder("weights") / str(name)
    folder = shipped if not Path(name).is_dir() and shipped.is_dir() else Path(name)
    if not holds_words(folder):
        raise ModelError(
            f"{name} holds no BERT that fills in hidden words: train one with `clipit train italian-bert`."
        )
    try:
        config: BertConfig = encoder_from_dict(json.loads((folder / "config.json").read_text())["text"])
        tensors = load_file(folder / "model.safetensors")
        tokenizer = load_tokenizer(folder)
    except (SafetensorError, KeyError, OSError, TypeError, ValueError) as error:
        raise ModelError(f"The model in {folder} is damaged ({error}): copy or train it again.") from None
    model = outline(MaskedWords, config)
    set_parameters(model, tensors, str(folder))
    return model, tokenizer
