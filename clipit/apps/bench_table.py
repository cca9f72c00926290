"""``clipit bench``: what this library computes against another way to compute the same, all in one table.

Each benchmark runs in a Python of its own, since memory and devices are settled when one starts. A ratio above 1 means
that this library is the quicker one.

>>> lines_of("search", [{"way": "near", "vectors": 9, "ratio": 3.0}])
[{'bench': 'search', 'what': '9 vectors, near', 'against': 'looking at all', 'ratio': 3.0}]
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """How a row of a benchmark reads in the table.

    Attributes:
        what: was measured, with names of the row's values in braces.
        against: what it is compared with.
        ratio: the name of the value that says how many times as quick it is.
        itself: the way that the others are compared with; its own row would only say 1.
    """

    what: str
    against: str
    ratio: str
    itself: str = ""


COMPARISONS = {
    "train-step": Comparison(
        "training step, {model}", "PyTorch, the better of eager and compiled", "jax_against_the_better"
    ),
    "embed": Comparison("embedding, {model}", "PyTorch, eager", "jax_times_as_quick"),
    "warmup": Comparison("frozen epoch, {recipe}", "running the encoders in each step", "times_as_quick"),
    "loss": Comparison("loss of {pairs} pairs in tiles", "{way}", "times_the_seconds_of_tiled", "tiled"),
    "loading": Comparison("training, recipe quick", "never waiting for a batch", "times_as_quick"),
    "search": Comparison("{vectors} vectors, {way}", "looking at all", "ratio", "exact"),
}


def table() -> list[Row]:
    """A line for each comparison of each benchmark; one that could not run says why in place of a ratio.

    It takes half an hour, so each line is told on stderr as soon as it is known.
    """
    lines = []
    for name in COMPARISONS:
        for line in measured(name):
            print("{what}, against {against}: {ratio}".format(**line), file=sys.stderr, flush=True)
            lines.append(line)
    return lines


def measured(name: str) -> list[Row]:
    """The lines of one benchmark."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", "clipit", "bench", name, "--json"],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
        return [{"bench": name, "what": "not measured", "against": "", "ratio": said[-1]}]
    return lines_of(name, json.loads(done.stdout))


def lines_of(name: str, rows: list[Row]) -> list[Row]:
    """What the rows of one benchmark say in the table; rows that compare nothing are left out."""
    how = COMPARISONS[name]
    return [
        {"bench": name, "what": how.what.format(**row), "against": how.against.format(**row), "ratio": row[how.ratio]}
        for row in rows
        if isinstance(row.get(how.ratio), float) and row.get("way") != how.itself
    ]
