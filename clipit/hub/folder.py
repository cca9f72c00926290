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
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.experimental import multihost_utils
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from clipit.data.atomic import replacing
from clipit.hub.errors import ModelError
from clipit.hub.preparing import fitting_tokenizer
from clipit.inputs.pictures import MiddlePreprocess, Preprocess, ShorterSidePreprocess
from clipit.inputs.tokenizer import LENGTHS, Tokenizer, load_tokenizer
from clipit.models import DualConfig, DualEncoder
from clipit.models.config import TextConfig, from_dict, to_dict
from clipit.models.outline import CountedKeys, outline

# What config.json calls the ways of preparing pictures. It says nothing where it is the first one, as it stands.
PREPARATIONS = {"fit": Preprocess, "shorter side": ShorterSidePreprocess, "middle": MiddlePreprocess}
# What a damaged config.json or file of weights can lead to.
DAMAGED = (SafetensorError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def new_model(config: DualConfig, seed: int) -> DualEncoder:
    """A model with random parameters that knows how to prepare its pictures."""
    return _drawn()(config, jax.random.key(seed))


@cache
def _drawn() -> Any:
    """One program, for all seeds: parameter by parameter takes longer.

    It runs once, so that on a CPU the compiler need not try hard: it takes a third of the time, for the same numbers.
    """
    hardly = {"xla_backend_optimization_level": 1} if jax.default_backend() == "cpu" else None
    return jax.jit(_model, static_argnames="config", compiler_options=hardly)


def _model(config: DualConfig, key: jax.Array) -> DualEncoder:
    return DualEncoder(config, CountedKeys(key), Preprocess(config.vision.image_size))


def parameters(model: nnx.Module) -> dict[str, np.ndarray]:
    """Every parameter by its path, such as "vision.convolutions.0.kernel"."""
    flat = nnx.to_flat_state(nnx.state(model, nnx.Param))
    return {".".join(map(str, path)): whole(value[...]) for path, value in flat}


def whole(array: jax.Array) -> np.ndarray:
    """An array in memory, also where its parts lie on devices of several processes, which then all ask for it."""
    if array.is_fully_addressable or array.is_fully_replicated:
        return np.asarray(array)
    return np.asarray(multihost_utils.process_allgather(array, tiled=True))


def set_parameters(model: nnx.Module, tensors: dict[str, np.ndarray], where: str) -> None:
    """Puts tensors into a model, as float32; of the parameters that it has only the shapes are looked at.

    Raises:
        ModelError: a tensor is missing, unknown, or of another shape or kind; the message names it.
    """
    state = nnx.state(model, nnx.Param)
    wanted = {".".join(map(str, path)): value.get_value() for path, value in nnx.to_flat_state(state)}
    problems = [f"{name} is missing" for name in sorted(wanted.keys() - tensors.keys())]
    problems += [f"{name} is unknown" for name in sorted(tensors.keys() - wanted.keys())]
    problems += [
        f"{name} is {tensors[name].dtype} and no floating-point number"
        for name in sorted(wanted.keys() & tensors.keys())
        if not jnp.issubdtype(tensors[name].dtype, jnp.floating)
    ]
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


def write_parameters(model: DualEncoder, file: str | Path) -> None:
    """Writes every parameter, in 32 bits, into one safetensors file, at one stroke."""
    with replacing(file) as unfinished:
        unfinished.write_bytes(save(parameters(model)))


def read_parameters(model: DualEncoder, file: str | Path) -> None:
    """Puts the parameters of ``write_parameters`` back; raises ModelError where they are another model's."""
    set_parameters(model, load_file(file), str(file))


def save_model(model: DualEncoder, tokenizer: Tokenizer, folder: str | Path, half: bool = False) -> None:
    """Writes a model; with ``half`` in 16 bits, half the size and enough for using it.

    The weights come last and at one stroke: where they are, the model is complete.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    dtype = np.float16 if half else np.float32
    tokenizer.save(folder)
    with replacing(folder / "config.json") as file:
        file.write_text(json.dumps(to_dict(model.config) | preparation(model), indent=2) + "\n")
    with replacing(folder / "model.safetensors") as file:
        file.write_bytes(save({name: value.astype(dtype) for name, value in parameters(model).items()}))


def preparation(model: DualEncoder) -> dict[str, Any]:
    """What config.json says about the preparation of pictures."""
    if model.preprocess == Preprocess(model.config.vision.image_size):
        return {}
    for kind, known in PREPARATIONS.items():
        if type(model.preprocess) is known:
            return {"preprocess": {"kind": kind, **asdict(model.preprocess)}}
    raise ModelError(f"A {type(model.preprocess).__name__} cannot be saved: list it in clipit.hub.folder.PREPARATIONS.")


def read_preparation(values: dict[str, Any], config: DualConfig) -> Preprocess:
    """The preparation of pictures that ``preparation`` wrote; ValueError where it is made for another encoder."""
    side = config.vision.image_size
    prepare = Preprocess(side)
    if "preprocess" in values:
        settings = {name: tuple(v) if isinstance(v, list) else v for name, v in values["preprocess"].items()}
        kind: Any = PREPARATIONS[str(settings.pop("kind"))]
        prepare = kind(**settings)
    if prepare([np.zeros((2, 2, 3), np.uint8)]).shape != (1, side, side, 3):
        raise ValueError(f"its pictures are not prepared as {side} x {side} pixels")
    return prepare


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
        values = json.loads((folder / "config.json").read_text())
        config = from_dict(values)
        prepare = read_preparation(values, config)
        tensors = load_file(folder / "model.safetensors")
        model = outline(DualEncoder, config)
    except DAMAGED as error:
        reason = f"{error} is missing or unknown" if isinstance(error, KeyError) else error
        raise ModelError(f"The model in {folder} is damaged ({reason}): copy or train it again.") from None
    set_parameters(model, tensors, str(folder))
    model.preprocess = prepare
    return model, tokenizer_for(config.text, folder)


def tokenizer_for(text: TextConfig, folder: Path) -> Tokenizer:
    """The folder's tokenizer, cut to what the text encoder reads; raises ModelError where the two do not fit."""
    try:
        found = load_tokenizer(folder).transformers_tokenizer
    except ValueError as error:
        raise ModelError(str(error)) from None
    return fitting_tokenizer(found, getattr(text, "max_tokens", LENGTHS[-1]), text.vocabulary_size, str(folder))
