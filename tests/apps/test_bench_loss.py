"""The table of the losses: what fits is measured, what does not is said, and all ways compute the same."""

import jax.numpy as jnp
import numpy as np
import pytest

from clipit.apps import bench_loss
from clipit.losses import tiled_info_nce
from clipit.training.mesh import keep_memory


@pytest.fixture(scope="module")
def without_torch():
    """The same on every machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench_loss.importlib.util, "find_spec", lambda name: None)
        yield


def test_a_row_for_each_size_and_way_also_for_what_does_not_fit(without_torch, monkeypatch):
    needed = [bench_loss.way_here(tiled_info_nce, 128).memory]
    monkeypatch.setattr(bench_loss, "memory_left", lambda: needed[0] * 1.2)
    monkeypatch.setattr(bench_loss, "rounds_of", lambda pairs: 1)
    rows = {row["way"]: row for row in bench_loss.loss((1500,))}
    assert set(rows) == {"tiled", "dense", "pytorch"}
    assert rows["tiled"]["seconds"] == rows["dense"]["seconds"] == "does not fit"
    assert rows["tiled"]["memory_is"] == "compiled" and rows["pytorch"]["memory_is"] == ""
    assert rows["dense"]["times_the_memory_of_tiled"] > 1.5
    assert rows["pytorch"]["memory_mb"] == "unknown"


def test_what_fits_is_compared_with_the_tiles(without_torch, monkeypatch):
    monkeypatch.setattr(bench_loss, "rounds_of", lambda pairs: 1)
    rows = {row["way"]: row for row in bench_loss.loss((64,))}
    assert rows["tiled"]["times_the_seconds_of_tiled"] == 1
    assert rows["tiled"]["memory_is"] == "compiled" and rows["pytorch"]["memory_is"] == ""
    assert rows["dense"]["times_the_seconds_of_tiled"] > 0


def test_half_as_much_memory_as_a_size_needs_is_not_tried(monkeypatch):
    monkeypatch.setattr(bench_loss, "memory_left", lambda: 100)
    monkeypatch.setattr(bench_loss, "torch_loss", lambda pairs: pytest.fail("it would not fit"))
    monkeypatch.setattr(bench_loss.importlib.util, "find_spec", lambda name: "found")
    assert bench_loss.way_in_torch(128, memory_of_half=26) == bench_loss.Way(104, "extrapolated", None)


def test_the_peak_of_memory_is_noticed_whatever_the_process_keeps():
    keep_memory()
    np.ones(60_000_000)  # freed at once, and kept
    rose = bench_loss.peak_of(lambda: np.ones(50_000_000).sum())  # 400 MB
    if rose is None:
        pytest.skip("this system does not tell the peak")
    assert rose == pytest.approx(4e8, rel=0.1)


@pytest.mark.parity
def test_pytorch_computes_the_same():
    value = bench_loss.torch_loss(64)()
    images, texts = bench_loss.embeddings(64)
    assert value == pytest.approx(float(tiled_info_nce(*map(jnp.asarray, (images, texts)), bench_loss.SCALE)), rel=1e-5)
