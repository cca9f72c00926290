"""What `make test` does: lint, types, unit tests with doctests, and every notebook compared with its outputs.

It works in a checkout, where the tests are; each step goes on after a failure of the one before, and a table closes.
"""

import importlib.util
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PARALLEL = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")
SLOWEST = "--durations=15"  # where the time goes
# The processes work side by side, and threads of NumPy's that wait for each other get in the others' way: beside a
# second process a linear probe took 43 seconds instead of 9.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
NBVAL = ("--nbval", "--nbval-current-env", "--nbval-cell-timeout=300")


@dataclass(frozen=True)
class Step:
    """A module of Python to run, with its arguments."""

    name: str
    command: tuple[str, ...]


def check() -> int:
    """Run every step; returns the exit code, 0 when all passed."""
    if not (CHECKOUT / "tests").is_dir():
        print("clipit check tests a checkout of the repository: clone it, then run this there.", file=sys.stderr)
        return 2
    results = [(step.name, *_run(step)) for step in steps()]
    print(summary(results))
    return int(any(code for _, code, _ in results))


def steps() -> list[Step]:
    """What is checked, from the quickest to the slowest."""
    notebooks = sorted(str(path.relative_to(CHECKOUT)) for path in CHECKOUT.glob("notebooks/*.ipynb"))
    found = [
        Step("lint", ("ruff", "check", "--quiet", ".")),
        Step("format", ("ruff", "format", "--quiet", "--check", ".")),
        Step("types", ("mypy",)),
        # A process for each core, and each takes whole files: what the tests of a file share is made once.
        Step("unit tests", ("pytest", "-m", "not slow", "--tb=short", "--no-fold-skipped", SLOWEST, *PARALLEL)),
    ]
    # pytest calls it a failure when there is nothing to collect.
    return [*found, Step("notebooks", ("pytest", *NBVAL, *PARALLEL, *notebooks))] if notebooks else found


def summary(results: list[tuple[str, int, float]]) -> str:
    """A line for each step: its verdict and its seconds."""
    lines = [f"{name:<12}{'failed' if code else 'passed':<8}{seconds:6.1f} s" for name, code, seconds in results]
    if importlib.util.find_spec("torch") is None:
        lines.append("The parity tests named above were skipped: PyTorch is not installed (the extra `parity`).")
    return "\n".join(["", *lines])


def _run(step: Step) -> tuple[int, float]:
    print(f"\n{step.name} ...", flush=True)
    began = time.perf_counter()
    code = subprocess.run([sys.executable, "-m", *step.command], cwd=CHECKOUT, env=os.environ | ONE_THREAD).returncode
    seconds = time.perf_counter() - began
    print(f"{step.name}: {'failed' if code else 'passed'} in {seconds:.1f} s", flush=True)
    return code, seconds
