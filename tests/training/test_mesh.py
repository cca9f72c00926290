"""Devices, and the memory that a process keeps."""

import platform
import subprocess
import sys

import numpy as np
import pytest

from clipit.training.mesh import everywhere, make_mesh, spread


@pytest.mark.parametrize("devices", [1, 2, 4])
def test_a_batch_is_cut_and_a_parameter_is_not(devices):
    import jax

    mesh = make_mesh(devices)
    rows = np.arange(8)
    cut, whole = jax.device_put(rows, spread(mesh)), jax.device_put(rows, everywhere(mesh))
    assert [len(part.data) for part in cut.addressable_shards] == [8 // devices] * devices
    assert [len(part.data) for part in whole.addressable_shards] == [8] * devices


def test_too_many_devices_are_a_sentence():
    with pytest.raises(ValueError, match="asks for 9 devices and JAX has 4"):
        make_mesh(9)


FAULTS = """
import ctypes, resource, sys, threading
from clipit.training.mesh import keep_memory

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
SIZE = 40_000_000

def use():
    for _ in range(10):
        place = libc.malloc(SIZE)
        libc.memset(place, 1, SIZE)
        libc.free(place)

if sys.argv[1:] == ["keep"]:
    keep_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
thread = threading.Thread(target=use)
thread.start()
thread.join()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives freed memory back in this way")
def test_memory_that_a_thread_frees_is_there_for_the_next_array():
    ran = [
        subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
        for how in ("keep", "as it is")
    ]
    kept, given_back = (int(process.stdout) for process in ran)  # pages that the system had to clear
    assert kept < 0.3 * given_back  # ten times the same memory
