"""``clipit bench loss``: value and gradient of InfoNCE in tiles, against the whole matrix here and in PyTorch.

For each size the ways that fit run in turn, round after round in one run. Memory of the two ways here is what the
compiled program takes, inputs and gradients included; it is known without running it, so also where it does not fit.
PyTorch has no such number on a CPU: there it is how far the process's memory rose, which Linux tells, plus the inputs;
and where it would not fit, four times what half as many pairs took. On other devices PyTorch is left out.

>>> rounds_of(1024), rounds_of(65_536)
(7, 1)
"""

import importlib.util
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from clipit.training.mesh import give_back_memory

SIZES = (1024, 2048, 4096, 8192, 16_384, 32_768, 65_536)
WIDTH = 512
SCALE = 20.0
SHARE_OF_MEMORY = 0.8  # of what the machine has to give: the rest is for everything else


@dataclass(frozen=True)
class Way:
    """One way to compute the loss of a batch and its gradient.

    Attributes:
        memory: bytes that it takes at its peak; None where nobody can tell.
        known: how the memory is known, "compiled", "measured" or "extrapolated".
        run: computes both once, and waits for them; None where the memory is not there.
    """

    memory: int | None
    known: str
    run: Callable[[], Any] | None


def loss(sizes: tuple[int, ...] = SIZES) -> list[dict[str, Any]]:
    """A row for each size and way."""
    from clipit.apps.timing import in_turn

    rows, torch_memory = [], 0
    for pairs in sizes:
        ways = {**ways_here(pairs), "pytorch": way_in_torch(pairs, torch_memory)}
        torch_memory = ways["pytorch"].memory or 0
        runs = {name: way.run for name, way in ways.items() if way.run}
        uncounted = 1 if rounds_of(pairs) > 1 else 0
        seconds = in_turn(runs, rounds_of(pairs), uncounted)
        rows += [row_of(pairs, name, ways, seconds) for name in ways]
        print(f"{pairs} pairs measured", file=sys.stderr)
    return rows


def rounds_of(pairs: int) -> int:
    """How often a size is measured: four times the time for twice the pairs."""
    return max(1, min(7, 50_000 // pairs))


def row_of(pairs: int, name: str, ways: dict[str, Way], seconds: dict[str, float]) -> dict[str, Any]:
    """What one way took, and how many times that of the tiles it is."""
    memory, tiled = ways[name].memory, ways["tiled"].memory
    took = seconds.get(name)
    return {
        "pairs": pairs,
        "way": name,
        "memory_mb": round(memory / 1e6) if memory else "unknown",
        "memory_is": ways[name].known if memory else "",
        "seconds": round(took, 3) if took else "does not fit",
        "times_the_memory_of_tiled": round(memory / tiled, 1) if memory and tiled else "",
        "times_the_seconds_of_tiled": round(took / seconds["tiled"], 2) if took and "tiled" in seconds else "",
    }


def embeddings(pairs: int) -> list[np.ndarray]:
    """Random unit vectors of pictures and texts, each [pairs, width]."""
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(pairs, WIDTH)).astype(np.float32) for _ in range(2)]
    return [each / np.linalg.norm(each, axis=-1, keepdims=True) for each in rows]


def ways_here(pairs: int) -> dict[str, Way]:
    """In tiles, and with the whole matrix."""
    from clipit.losses import info_nce, tiled_info_nce

    return {name: way_here(function, pairs) for name, function in (("tiled", tiled_info_nce), ("dense", info_nce))}


def way_here(function: Callable[..., Any], pairs: int) -> Way:
    """One of the losses of this library."""
    import jax
    import jax.numpy as jnp

    from clipit.losses.large_batch import memory_of_loss

    memory = memory_of_loss(function, pairs, WIDTH)
    if memory > memory_left():
        return Way(memory, "compiled", None)
    inputs = [jnp.asarray(rows) for rows in (*embeddings(pairs), np.float32(SCALE))]
    program = jax.jit(jax.value_and_grad(function, argnums=(0, 1, 2))).lower(*inputs).compile()
    return Way(memory, "compiled", lambda: jax.block_until_ready(program(*inputs)))


def way_in_torch(pairs: int, memory_of_half: int) -> Way:
    """PyTorch, with the whole matrix as in open_clip; ``memory_of_half`` is what half as many pairs took."""
    import jax

    if importlib.util.find_spec("torch") is None or jax.default_backend() != "cpu":
        return Way(None, "", None)
    if 4 * memory_of_half > memory_left():
        return Way(4 * memory_of_half, "extrapolated", None)  # nearly all of it is N x N
    run = torch_loss(pairs)
    rose = peak_of(run)
    return Way(rose + 2 * 4 * pairs * WIDTH if rose else None, "measured", run)


def torch_loss(pairs: int) -> Callable[[], Any]:
    """Value and gradient in PyTorch."""
    import torch
    from torch.nn.functional import cross_entropy

    leaves = [torch.tensor(rows, requires_grad=True) for rows in (*embeddings(pairs), np.float32(SCALE))]
    own = torch.arange(pairs)

    def run() -> float:
        images, texts, scale = leaves
        logits = scale * images @ texts.T  # [pairs, pairs]
        value = (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2
        for leaf in leaves:
            leaf.grad = None
        value.backward()
        return value.item()

    return run


def memory_left() -> float:
    """Bytes that may be taken: a share of the device's, or of what Linux says is available; elsewhere no limit."""
    import jax

    device = jax.devices()[0].memory_stats() or {}  # a CPU has none
    if "bytes_limit" in device:
        return SHARE_OF_MEMORY * device["bytes_limit"]
    found = re.search(r"MemAvailable:\s*(\d+) kB", _read("/proc/meminfo"))
    return SHARE_OF_MEMORY * 1024 * int(found[1]) if found else float("inf")


def peak_of(action: Callable[[], Any]) -> int | None:
    """By how many bytes the memory of this process rose at its highest while something ran; None where unknown."""
    give_back_memory()  # what is kept would be used first, and the process would not grow
    try:
        Path("/proc/self/clear_refs").write_text("5")  # from here on the kernel notes the peak anew
    except OSError:
        return None
    before = _of_this_process("VmRSS")
    action()
    return _of_this_process("VmHWM") - before


def _of_this_process(what: str) -> int:
    """A number of bytes from what the kernel says about this process."""
    found = re.search(rf"{what}:\s*(\d+) kB", _read("/proc/self/status"))
    return 1024 * int(found[1]) if found else 0


def _read(path: str) -> str:
    """The text of a file; nothing where there is none."""
    file = Path(path)
    return file.read_text() if file.is_file() else ""
