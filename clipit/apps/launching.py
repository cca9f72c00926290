"""Several processes of one training on this machine: starts them, watches them, and says so when one ends too early.

>>> ended(number=1, processes=2, code=-9)[:34]
'Process 2 of 2 was killed (SIGKILL'
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from clipit.training.processes import COORDINATOR, PROCESS, PROCESSES
from clipit.training.recipe import Recipe

PATIENCE = 10.0  # seconds that a process has to end by itself


def launch(recipe: Recipe, out: str | Path, processes: int) -> None:
    """Trains a recipe in several processes; a run that was interrupted goes on.

    Args:
        recipe: what to do; its devices are those of all processes together.
        out: the run's folder.
        processes: how many.

    Raises:
        ValueError: the devices cannot be divided among them.
        RuntimeError: one of them failed or was killed; the others were stopped.
    """
    if recipe.devices % processes:
        raise ValueError(f"{recipe.devices} devices cannot be divided among {processes} processes: set --devices.")
    shared = {**os.environ, PROCESSES: str(processes), COORDINATOR: f"127.0.0.1:{free_port()}"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "recipe.json"
        file.write_text(recipe.to_json())
        command = [sys.executable, "-m", "clipit", "train", str(file), "--out", str(out)]
        started = [subprocess.Popen(command, env=shared | {PROCESS: str(number)}) for number in range(processes)]
        try:
            watch(started)
        finally:
            stop(started)


def watch(processes: Sequence[subprocess.Popen]) -> None:
    """Waits until all have ended well; raises RuntimeError as soon as one did not."""
    while (codes := [process.poll() for process in processes]) != [0] * len(processes):
        for number, code in enumerate(codes):
            if code:
                raise RuntimeError(ended(number, len(processes), code))
        time.sleep(0.2)


def ended(number: int, processes: int, code: int) -> str:
    """What is said of a process that ended too early."""
    how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"failed (exit code {code})"
    return (
        f"Process {number + 1} of {processes} {how}, and the others were stopped: the same command goes on from the "
        "last checkpoint."
    )


def stop(processes: Sequence[subprocess.Popen]) -> None:
    """Ends what still runs: politely, then at once."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return opened.getsockname()[1]
