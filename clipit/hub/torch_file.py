"""Reads PyTorch's files (.bin, .pt, .pth) without PyTorch, and nothing but tensors out of them.

Such a file is a pickle, a small program that builds objects and may call any function of Python: loading one from a
stranger is running their code. This reader knows the four names that a dictionary of tensors needs, each of which
means something harmless here, and refuses a file that mentions any other.

There are two formats: since PyTorch 1.6 a zip archive, in which every storage (the numbers of a tensor) is a file of
its own; before, one pickle after the other and then all storages. Format: ``torch/serialization.py`` of PyTorch.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     Path(folder, "model.pt").write_bytes(pickle.dumps(print))
...     read_torch_file(Path(folder, "model.pt"))
Traceback (most recent call last):
clipit.hub.errors.ModelError: ...model.pt is no file of tensors (builtins.print is not allowed): get it as safetensors.
"""

import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import ml_dtypes
import numpy as np

from clipit.hub.errors import ModelError
from clipit.hub.tensors import Tensor

# The kinds of storage, and what their numbers are.
STORAGES = {
    "FloatStorage": np.float32,
    "DoubleStorage": np.float64,
    "HalfStorage": np.float16,
    "BFloat16Storage": ml_dtypes.bfloat16,
    "LongStorage": np.int64,
    "IntStorage": np.int32,
    "ShortStorage": np.int16,
    "CharStorage": np.int8,
    "ByteStorage": np.uint8,
    "BoolStorage": np.bool_,
}
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # how a file of the old format begins


class NotAllowedError(Exception):
    """The file asks for something that is no part of a dictionary of tensors."""


@dataclass(frozen=True)
class Storage:
    """Where numbers lie: their type, the storage's name in the file, and how many there are."""

    dtype: np.dtype
    key: str
    size: int


@dataclass(frozen=True)
class View:
    """A tensor as the pickle describes it: a window on a storage; offset and strides count numbers."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def rebuild_tensor(storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> View:
    """Stands for ``torch._utils._rebuild_tensor_v2``; what follows the strides is about gradients."""
    return View(storage, offset, tuple(shape), tuple(strides))


def rebuild_parameter(view: View, *_: Any) -> View:
    """Stands for ``torch._utils._rebuild_parameter``."""
    return view


ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): rebuild_parameter,
    **{("torch", name): np.dtype(dtype).newbyteorder("<") for name, dtype in STORAGES.items()},
}


class TensorUnpickler(pickle.Unpickler):
    """An unpickler that can name nothing but what is in ``ALLOWED``."""

    def find_class(self, module: str, name: str) -> Any:
        """What a name in the file stands for."""
        if (module, name) not in ALLOWED:
            raise NotAllowedError(f"{module}.{name} is not allowed")
        return ALLOWED[module, name]

    def persistent_load(self, description: Any) -> Storage:
        """A storage, which is described in the pickle and lies elsewhere."""
        _, dtype, key, _, size, *views = description
        if any(view is not None for view in views):
            raise NotAllowedError("a storage that is a part of another one")
        return Storage(np.dtype(dtype), str(key), int(size))


def open_torch_file(path: str | Path) -> dict[str, Tensor]:
    """The tensors of a file by their names, their numbers not yet read.

    Raises:
        ModelError: there is no such file, it is damaged, or it holds anything else than tensors; nothing of it was run.
    """
    path = Path(path)
    try:
        views, read_storage = (read_zip if zipfile.is_zipfile(path) else read_legacy)(path)
        if not isinstance(views, dict):
            raise NotAllowedError("it is no dictionary")
        for name, view in views.items():
            if not (isinstance(name, str) and isinstance(view, View)):
                raise NotAllowedError(f"{name} is no tensor")
        return {name: Tensor(view.shape, reader(path, view, read_storage)) for name, view in views.items()}
    except FileNotFoundError:
        raise ModelError(f"There is no file {path}.") from None
    except NotAllowedError as error:
        raise ModelError(f"{path} is no file of tensors ({error}): get it as safetensors.") from None
    except Exception as error:  # whatever a damaged pickle makes Python say
        raise damaged(path, error) from None


def read_torch_file(path: str | Path) -> dict[str, np.ndarray]:
    """All tensors of a file; raises as ``open_torch_file``."""
    return {name: tensor.read() for name, tensor in open_torch_file(path).items()}


def damaged(path: Path, error: Exception) -> ModelError:
    """One sentence for whatever a damaged file led to."""
    return ModelError(f"{path} is damaged or cut off ({type(error).__name__}): delete it and get it again.")


ReadStorage = Callable[[Storage], bytes]


def reader(path: Path, view: View, read_storage: ReadStorage) -> Callable[[], np.ndarray]:
    """The function that reads one tensor."""

    def read() -> np.ndarray:
        storage, item = view.storage, view.storage.dtype.itemsize
        try:  # NumPy checks that the window lies inside the storage, but not inside one of no bytes
            strides = [stride * item for stride in view.strides]
            numbers = read_storage(storage)
            if len(numbers) != storage.size * item:
                raise ValueError(f"the storage {storage.key} has {len(numbers)} bytes")
            return np.ndarray(view.shape, storage.dtype, numbers, view.offset * item, strides)
        except Exception as error:
            raise damaged(path, error) from None

    return read


def read_zip(path: Path) -> tuple[Any, ReadStorage]:
    """The format since PyTorch 1.6: NAME/data.pkl beside NAME/data/KEY, one for each storage."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        root = next(name for name in names if name.endswith("/data.pkl")).removesuffix("data.pkl")
        if f"{root}byteorder" in names and archive.read(f"{root}byteorder") != b"little":
            raise NotAllowedError("its numbers are big-endian")
        with archive.open(f"{root}data.pkl") as file:
            views = TensorUnpickler(file).load()

    def read_storage(storage: Storage) -> bytes:
        with zipfile.ZipFile(path) as archive:
            return archive.read(f"{root}data/{storage.key}")

    return views, read_storage


def read_legacy(path: Path) -> tuple[Any, ReadStorage]:
    """The format before: magic number, version, system, tensors, the storages' keys, the storages."""
    with path.open("rb") as file:
        magic, protocol, system, views, keys = (TensorUnpickler(file).load() for _ in range(5))
        if (magic, protocol) != (MAGIC, PROTOCOL) or not system["little_endian"]:
            raise NotAllowedError("it does not begin as PyTorch's files do")
        sizes = {view.storage.key: view.storage for view in views.values() if isinstance(view, View)}
        places = {key: skip_storage(file, sizes[key]) for key in keys}

    def read_storage(storage: Storage) -> bytes:
        with path.open("rb") as file:
            file.seek(places[storage.key])
            return file.read(storage.size * storage.dtype.itemsize)

    return views, read_storage


def skip_storage(file: IO[bytes], storage: Storage) -> int:
    """Where a storage's numbers begin; the file is then behind them."""
    (size,) = struct.unpack("<q", file.read(8))
    if size != storage.size:
        raise ValueError(f"the storage {storage.key} has {size} numbers instead of {storage.size}")
    place = file.tell()
    file.seek(size * storage.dtype.itemsize, 1)
    return place
