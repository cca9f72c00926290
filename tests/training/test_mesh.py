"""Devices, and how many cores a container allows."""

import numpy as np
import pytest

from clipit.training.mesh import cpu_limit, everywhere, make_mesh, spread


@pytest.mark.parametrize(
    ("text", "cores"),
    [
        ("200000 100000\n", 2),
        ("150000 100000\n", 2),
        ("50000 100000\n", 1),
        ("1600000 100000\n", 16),
        ("max 100000\n", None),
        ("", None),
        ("nonsense", None),
        ("a b", None),
    ],
)
def test_the_limit_of_a_container_is_read(text, cores, tmp_path):
    (tmp_path / "cpu.max").write_text(text)
    assert cpu_limit(tmp_path / "cpu.max") == cores


def test_where_nothing_is_written_there_is_no_limit(tmp_path):
    assert cpu_limit(tmp_path / "cpu.max") is None


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
