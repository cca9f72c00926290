"""A model in a folder: config.json, model.safetensors and the tokenizer's files. Nothing is ever unpickled.

>>> import tempfile
>>> from clipit.inputs.tokenizer import train_tokenizer
>>> from clipit.models import BagOfWordsConfig, ConvNetConfig, DualConfig
>>> config = DualConfig(ConvNetConfig(16, (8,)), BagOfWordsConfig(40))
>>> with tempfile.TemporaryDirectory() as folder:
...     save_model(new_model(config, seed=0), train_tokenizer(["due gatti"], 40), folder)
...     model, tokenizer = load_model(folder)
>>> model.config == config
True
"""

import json
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from flax import nnx
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from clipit.data.atomic import replacing
from clipit.inputs.pictures import Preprocess
from clipit.inputs.tokenizer import Tokenizer, load_tokenizer
from clipit.models import DualConfig, DualEncoder
from clipit.models.config import from_dict, to_dict


class ModelError(ValueError):
    """A model that cannot be loaded; the message names the folder and says what to do."""


def new_model(config: DualConfig, seed: int) -> DualEncoder:
    """A model with random parameters that knows how to prepare its pictures."""
    return nnx.jit(lambda: _model(config, seed))()  # one program: parameter by parameter takes twice as long


def _model(config: DualConfig, seed: int) -> DualEncoder:
    return DualEncoder(config, nnx.Rngs(seed), Preprocess(config.vision.image_size))


def parameters(model: DualEncoder) -> dict[str, np.ndarray]:
    """Every parameter by its path, such as "vision.convolutions.0.kernel"."""
    flat = nnx.to_flat_state(nnx.state(model, nnx.Param))
    return {".".join(map(str, path)): np.asarray(value[...]) for path, value in flat}


def set_parameters(model: DualEncoder, tensors: dict[str, np.ndarray], where: str) -> None:
    """Puts tensors into a model, as float32; of the parameters that it has only the shapes are looked at.

    Raises:
        ModelError: a tensor is missing, unknown, or of another shape; the message names it.
    """
    state = nnx.state(model, nnx.Param)
    wanted = {".".join(map(str, path)): value.get_value() for path, value in nnx.to_flat_state(state)}
    problems = [f"{name} is missing" for name in sorted(wanted.keys() - tensors.keys())]
    problems += [f"{name} is unknown" for name in sorted(tensors.keys() - wanted.keys())]
    problems += [
        f"{name} has the shape {tensors[name].shape} instead of {wanted[name].shape}"
        for name in sorted(wanted.keys() & tensors.keys())
        if tensors[name].shape != wanted[name].shape
    ]
    if problems:
        raise ModelError(f"{where} does not fit its config.json: {'; '.join(problems[:5])}.")
    for path, value in nnx.to_flat_state(state):
        value.set_value(jnp.asarray(tensors[".".join(map(str, path))], jnp.float32))
    nnx.update(model, state)


def save_model(model: DualEncoder, tokenizer: Tokenizer, folder: str | Path, half: bool = False) -> None:
    """Writes a model; with ``half`` in 16 bits, half the size and enough for using it.

    The weights come last and at one stroke: where they are, the model is complete.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    dtype = np.float16 if half else np.float32
    tokenizer.save(folder)
    with replacing(folder / "config.json") as file:
        file.write_text(json.dumps(to_dict(model.config), indent=2) + "\n")
    with replacing(folder / "model.safetensors") as file:
        file.write_bytes(save({name: value.astype(dtype) for name, value in parameters(model).items()}))


def load_model(folder: str | Path) -> tuple[DualEncoder, Tokenizer]:
    """Reads a model and its tokenizer.

    Raises:
        ModelError: there is no such folder, it holds no finished model, or a file in it is damaged.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ModelError(f"There is no folder {folder}.")
    missing = [name for name in ("config.json", "model.safetensors", "tokenizer.json") if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"{folder} holds no finished model ({', '.join(missing)} is missing): train it to the end.")
    try:
        config = from_dict(json.loads((folder / "config.json").read_text()))
        tensors = load_file(folder / "model.safetensors")
        tokenizer = load_tokenizer(folder)
    except (SafetensorError, json.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The model in {folder} is damaged ({error}): copy or train it again.") from None
    model = nnx.eval_shape(lambda: _model(config, seed=0))  # shapes only: to draw random parameters would take seconds
    set_parameters(model, tensors, str(folder))
    return model, tokenizer
