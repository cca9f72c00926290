"""PyTorch's files are read without PyTorch and to the last bit, and code in them is never run."""

import io
import os
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from clipit.hub import ModelError
from clipit.hub.torch_file import MAGIC, PROTOCOL, TensorUnpickler, open_torch_file, read_torch_file


def sentence_of(path):
    with pytest.raises(ModelError) as raised:
        read_torch_file(path)
    said = str(raised.value)
    assert str(path) in said and said.endswith(".") and "\n" not in said
    return said


# With PyTorch, which writes them


def every_kind_of_tensor():
    import torch

    grid = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    kinds = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
    tensors = {name: torch.tensor([[1, 0, 3]]).to(getattr(torch, name)) for name in kinds}
    views = {"grid": grid, "transposed": grid.T, "part of the grid": grid[1:, 1:3]}
    return OrderedDict(
        tensors | views | {"scalar": torch.tensor(2.5), "parameter": torch.nn.Parameter(grid[0] * 2), "none": grid[:0]}
    )


@pytest.mark.parity
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_every_tensor_comes_back_to_the_last_bit(zipped, tmp_path):
    import torch

    tensors = every_kind_of_tensor()
    torch.save(tensors, tmp_path / "model.pt", _use_new_zipfile_serialization=zipped)
    found = read_torch_file(tmp_path / "model.pt")
    assert list(found) == list(tensors)
    for name, tensor in tensors.items():
        ours, theirs = found[name], tensor.detach()
        assert str(ours.dtype) == str(theirs.dtype).removeprefix("torch.") and ours.shape == tuple(theirs.shape)
        np.testing.assert_array_equal(ours.astype(np.float64), theirs.double().numpy(), err_msg=name)


@pytest.mark.parity
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_a_file_that_is_cut_off_is_one_sentence(zipped, tmp_path):
    import torch

    path = tmp_path / "model.pt"
    torch.save(every_kind_of_tensor(), path, _use_new_zipfile_serialization=zipped)
    whole = path.read_bytes()
    for length in (0, 2, 100, *range(len(whole) // 2, len(whole))):  # also where a storage ends
        path.write_bytes(whole[:length])
        assert "get it again" in sentence_of(path)


@pytest.mark.parity
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize(("extra", "said"), [(3, "epoch is no tensor"), (np.float32, "numpy.float32 is not allowed")])
def test_what_is_no_tensor_is_refused(extra, said, zipped, tmp_path):
    import torch

    held = {"weight": torch.zeros(2), "epoch": extra}
    torch.save(held, tmp_path / "model.pt", _use_new_zipfile_serialization=zipped)
    assert said in sentence_of(tmp_path / "model.pt")


# Without PyTorch: what PyTorch would not write


def zipped(pickled, **files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {"data.pkl": pickled, **files}.items():
            archive.writestr(f"archive/{name}", content)
    return buffer.getvalue()


def legacy(pickled):
    system = {"little_endian": True, "protocol_version": PROTOCOL}
    return b"".join(map(pickle.dumps, (MAGIC, PROTOCOL, system))) + pickled + pickle.dumps([])


class Calls:
    """Unpickling this calls a function."""

    def __init__(self, function, *arguments):
        self.called = function, arguments

    def __reduce__(self):
        return self.called


@pytest.mark.parametrize("wrap", [zipped, legacy, bytes], ids=["zip", "legacy", "bare"])
def test_code_is_refused_by_its_name_and_not_run(wrap, tmp_path):
    sprung, path = tmp_path / "sprung", tmp_path / "pytorch_model.bin"
    traps = {"open": Calls(open, str(sprung), "w"), "system": Calls(os.system, f"touch {sprung}")}
    traps |= {"eval": Calls(eval, f"open({str(sprung)!r}, 'w')"), "getattr": Calls(getattr, dict, "fromkeys")}
    for name, trap in traps.items():
        for protocol in (0, 2, 5):
            path.write_bytes(wrap(pickle.dumps({"weight": trap}, protocol)))
            assert f".{name} is not allowed" in sentence_of(path)
            assert not sprung.exists()


@pytest.mark.parametrize("module", ["torch", "torch._utils", "collections", "builtins", "torch.serialization"])
@pytest.mark.parametrize(
    "name", ["load", "eval", "OrderedDict.fromkeys", "defaultdict", "__import__", "UntypedStorage"]
)
def test_only_what_is_on_the_list_has_a_meaning(module, name):
    pickled = b"\x80\x04" + pickle.SHORT_BINUNICODE + bytes([len(module)]) + module.encode()
    pickled += pickle.SHORT_BINUNICODE + bytes([len(name)]) + name.encode() + pickle.STACK_GLOBAL + b"."
    with pytest.raises(Exception, match="is not allowed"):
        TensorUnpickler(io.BytesIO(pickled)).load()


class Window:
    """Pickles as a tensor of PyTorch would: a window on the storage "0" of four numbers."""

    def __init__(self, offset, shape, strides):
        self.window = offset, shape, strides


class WindowPickler(pickle._Pickler):
    """The pickler in Python, because it can be told to write a name that is not there."""

    def persistent_id(self, value):
        return ("storage", Named("torch FloatStorage"), "0", "cpu", 4) if value == "the storage" else None

    def save(self, value, save_persistent_id=True):
        if isinstance(value, Named):
            self.write(pickle.GLOBAL + value.replace(" ", "\n").encode() + b"\n")
        elif isinstance(value, Window):
            offset, shape, strides = value.window
            arguments = "the storage", offset, shape, strides, False, OrderedDict()
            self.save_reduce(Named("torch._utils _rebuild_tensor_v2"), arguments)
        else:
            super().save(value, save_persistent_id)

    def save_reduce(self, function, arguments, *rest, **named):
        self.save(function)
        self.save(arguments)
        self.write(pickle.REDUCE)


class Named(str):
    """A name in the pickle: module and name, with a space between."""


def file_with(window, path):
    buffer = io.BytesIO()
    WindowPickler(buffer, 2).dump({"weight": window})
    path.write_bytes(zipped(buffer.getvalue(), **{"data/0": np.arange(4, dtype="<f4").tobytes()}))
    return path


def test_a_window_inside_its_storage_is_read_and_only_when_asked_for(tmp_path):
    path = file_with(Window(1, (3,), (1,)), tmp_path / "model.pt")
    tensor = open_torch_file(path)["weight"]
    assert tensor.shape == (3,)
    np.testing.assert_array_equal(tensor.read(), [1, 2, 3])


@pytest.mark.parametrize(
    "window", [(2, (3,), (1,)), (0, (2, 3), (2, 1)), (-1, (2,), (1,)), (0, (3,), (-1,)), (0, (10**9,), (1,))]
)
def test_a_window_outside_its_storage_is_refused(window, tmp_path):
    assert "get it again" in sentence_of(file_with(Window(*window), tmp_path / "model.pt"))


def test_no_file_is_one_sentence(tmp_path):
    assert "There is no file" in sentence_of(tmp_path / "nothing.bin")
