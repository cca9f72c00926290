"""Devices: one mesh with the axes "data" and "model". The batch is spread over both, a parameter is cut over "model".

With one device along "model" every device has all parameters (data parallel). With all devices along it each keeps its
part of every parameter and of what the optimizer remembers about it, and the parts are brought together where they are
needed (fully sharded, Rajbhandari et al. 2020, "ZeRO"). Between the two, some devices share a copy.

On a CPU, JAX can pretend to have several devices; each then works on its share of the batch, which keeps two cores
busier than one device does.

>>> dict(make_mesh(1).shape)
{'data': 1, 'model': 1}
"""

import contextlib
import ctypes
import platform
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from clipit.training.cores import respect_cpu_limit

AXES = ("data", "model")
# Names of glibc's mallopt(3), which Python does not have.
TRIM_THRESHOLD, MMAP_MAX, ARENA_MAX = -1, -4, -8


def keep_memory() -> None:
    """Lets a process keep what it frees: each step needs the same large arrays again.

    glibc gives large ones back to the system at once, which clears every page before it hands it out anew: in the small
    recipes that took an eighth of a step, on some machines a quarter. Elsewhere than on Linux nothing is changed.
    """
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        for setting, value in ((ARENA_MAX, 1), (MMAP_MAX, 0), (TRIM_THRESHOLD, 2**31 - 1)):
            mallopt(setting, value)


def give_back_memory() -> None:
    """Gives the system what a process keeps though it has freed it, so that its size says again what it uses."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)


def start_devices(devices: int) -> None:
    """Asks JAX for this many CPU devices or more, if it has not started yet."""
    respect_cpu_limit()
    keep_memory()
    if jax.config.values["jax_num_cpu_devices"] < devices:
        with contextlib.suppress(RuntimeError):  # JAX has started: make_mesh says so if it has too few
            jax.config.update("jax_num_cpu_devices", devices)


def make_mesh(devices: int, shards: int = 1) -> Mesh:
    """A mesh of ``devices`` devices, of which ``shards`` share one copy of the parameters.

    Raises:
        ValueError: JAX has fewer devices.
    """
    if not jax.distributed.is_initialized():  # else each process has its share of them already
        start_devices(devices)
    found = jax.devices()
    if len(found) < devices:
        raise ValueError(
            f"The recipe asks for {devices} devices and JAX has {len(found)}. On a CPU, set the environment variable "
            f"JAX_NUM_CPU_DEVICES={devices} before Python starts; elsewhere choose a recipe with devices={len(found)}."
        )
    several = jax.process_count()  # each gives as many devices as the others, though it may have more
    of_each = [[device for device in found if device.process_index == process] for process in range(several)]
    chosen = [device for own in of_each for device in own[: devices // several]]
    grid = np.array(chosen).reshape(-1, shards)  # [data, model]
    return Mesh(grid, AXES, axis_types=(AxisType.Auto, AxisType.Auto))


def spread(mesh: Mesh) -> NamedSharding:
    """The first axis of an array cut into one part for each device."""
    return NamedSharding(mesh, PartitionSpec(AXES))


def everywhere(mesh: Mesh) -> NamedSharding:
    """An array as a whole on each device."""
    return NamedSharding(mesh, PartitionSpec())


def cut_axis(shape: tuple[int, ...], shards: int) -> int | None:
    """Along which axis a parameter is cut: the longest of those that can be; None where it stays whole."""
    axes = [axis for axis, length in enumerate(shape) if shards > 1 and length % shards == 0]
    return max(axes, key=lambda axis: shape[axis], default=None)


def cut(mesh: Mesh, array: Any) -> NamedSharding:
    """A parameter cut over "model", or as a whole on each device."""
    axis = cut_axis(array.shape, mesh.shape["model"])
    return everywhere(mesh) if axis is None else NamedSharding(mesh, PartitionSpec(*[None] * axis, "model"))
