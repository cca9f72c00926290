"""The tensors of a checkpoint, whichever of the usual files holds them; the first of ``FILES`` that is there.

>>> from safetensors.numpy import save_file
>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     save_file({"bert.pooler.dense.bias": np.zeros(3, np.float32)}, f"{folder}/model.safetensors")
...     print(open_weights(Source(folder))["bert.pooler.dense.bias"].shape)
(3,)
"""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from flax import traverse_util
from flax.serialization import msgpack_restore
from safetensors import safe_open

from clipit.hub.errors import ModelError
from clipit.hub.source import Source
from clipit.hub.spelling import flax_as_torch, from_flax, spell
from clipit.hub.tensors import Tensor
from clipit.hub.torch_file import open_torch_file

Tensors = dict[str, Tensor]


def open_safetensors(path: Path) -> Tensors:
    """The tensors of a .safetensors file, which is mapped into memory only while one of them is read."""

    def reader(name: str) -> Callable[[], np.ndarray]:
        def read() -> np.ndarray:
            with safe_open(path, "numpy") as file:
                return file.get_tensor(name)

        return read

    try:
        with safe_open(path, "numpy") as file:
            names = list(file.keys())
            return {name: Tensor(tuple(file.get_slice(name).get_shape()), reader(name)) for name in names}
    except Exception as error:  # the library's own errors, and those of the system
        raise ModelError(f"{path} is damaged or cut off ({error}): delete it and get it again.") from None


def open_msgpack(path: Path) -> Tensors:
    """The tensors of Flax's own format, under PyTorch's names. The format can hold nothing but numbers and texts."""
    try:
        nested = msgpack_restore(path.read_bytes())
        arrays = {name: np.asarray(value) for name, value in traverse_util.flatten_dict(nested, sep=".").items()}
    except Exception as error:  # whatever a damaged file leads to
        raise ModelError(
            f"{path} is damaged or cut off ({type(error).__name__}): delete it and get it again."
        ) from None
    tensors = {}
    for name, array in arrays.items():
        theirs, layout = from_flax(name)
        turned = flax_as_torch(array, layout)
        tensors[theirs] = Tensor(turned.shape, lambda turned=turned: turned)  # type: ignore[misc]
    return tensors


READERS: dict[str, Callable[[Path], Tensors]] = {
    "model.safetensors": open_safetensors,
    "pytorch_model.bin": open_torch_file,
    "flax_model.msgpack": open_msgpack,
}
FILES = (
    "model.safetensors",
    "model.safetensors.index.json",  # the tensors are spread over several files, and this one says over which
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "flax_model.msgpack",
)


def open_weights(source: Source) -> Tensors:
    """A checkpoint's tensors by the names of ``transformers``, their numbers not yet read.

    Raises:
        ModelError: there are no weights, or a file is missing or damaged.
    """
    for name in FILES:
        path = source.file(name)
        if path is not None:
            tensors = open_shards(source, path) if name.endswith("index.json") else READERS[name](path)
            return {spell(name): tensor for name, tensor in tensors.items()}
    files = f"{source} holds no weights ({', '.join(FILES)})"
    where = "in the hub's cache, and the hub cannot be reached: get a network" if source.unasked else "at all"
    raise ModelError(f"{files} {where}.")


def open_shards(source: Source, index: Path) -> Tensors:
    """Tensors that are spread over several files."""
    try:
        places = dict(json.loads(index.read_text("utf-8"))["weight_map"])
        names = sorted(set(places.values()))
        if any((index.parent / name).parent != index.parent for name in names):
            raise ValueError("it leads out of its folder")
    except (RecursionError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{index} is damaged ({error!r}): delete it and get it again.") from None
    read = READERS[index.name.removesuffix(".index.json")]
    tensors: Tensors = {}
    for name in names:
        path = source.file(name)
        if path is None:
            raise ModelError(f"{source} is not complete ({name} is missing): download it again.")
        shard = read(path)
        lost = [tensor for tensor, place in places.items() if place == name and tensor not in shard]
        if lost:
            raise ModelError(f"{path} lacks {', '.join(lost[:5])}: delete it and get it again.")
        tensors |= shard
    return tensors
