"""The table of all benchmarks: a line for each comparison, and a reason for one that failed."""

import json
import subprocess

from clipit.apps import bench_table
from clipit.apps.bench_table import lines_of, table


def test_each_rival_has_a_line_and_the_yardstick_none():
    rows = [
        {"pairs": 64, "way": way, "times_the_seconds_of_tiled": ratio}
        for way, ratio in {"tiled": 1.0, "dense": 1.5, "pytorch": ""}.items()
    ]
    (line,) = lines_of("loss", rows)
    assert line == {"bench": "loss", "what": "loss of 64 pairs in tiles", "against": "dense", "ratio": 1.5}


def test_a_training_step_is_compared_with_the_better_rival_only():
    rows = [
        {"model": "vit", "library": "jax", "jax_times_as_quick": "", "jax_against_the_better": 0.9},
        {"model": "vit", "library": "pytorch", "jax_times_as_quick": 1.2, "jax_against_the_better": ""},
    ]
    assert [line["ratio"] for line in lines_of("train-step", rows)] == [0.9]


def test_one_that_fails_says_why_and_the_others_go_on(monkeypatch, capsys):
    def answer(command, **_):
        if "embed" in command:
            return subprocess.CompletedProcess(command, 2, "", "a warning\nPyTorch is not installed.\n")
        rows = [{"way": "near", "vectors": 9, "ratio": 3.0}] if "search" in command else []
        return subprocess.CompletedProcess(command, 0, json.dumps(rows), "")

    monkeypatch.setattr(bench_table.subprocess, "run", answer)
    lines = {line["bench"]: line["ratio"] for line in table()}
    assert lines == {"embed": "PyTorch is not installed.", "search": 3.0}
    assert "9 vectors, near, against looking at all: 3.0\n" in capsys.readouterr().err
