"""A run that is killed at any moment and started again ends as one that never was: kill -9, no warning, no clean-up."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from clipit.training.recipe import RECIPES

# A checkpoint after each step: many kills then fall into the writing of one.
RECIPE = replace(RECIPES["tiny"], name="killed", evaluate_every=20, checkpoint_every=1).with_phase(steps=40)


def start(folder: Path, cache: Path) -> subprocess.Popen:
    environment = os.environ | {"CLIPIT_CACHE": str(cache), "JAX_COMPILATION_CACHE_DIR": str(cache / "compiled")}
    command = [sys.executable, "-m", "clipit", "train", str(folder.parent / "recipe.json"), "--out", str(folder)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(folder: Path, cache: Path) -> str:
    process = start(folder, cache)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said


def kill_at_random(folder: Path, cache: Path, kills: int, seed: int) -> list[int]:
    """Kills the run that often; returns how many steps were on record at each kill."""
    rng, steps = random.Random(seed), []
    for kill in range(kills):
        process = start(folder, cache)
        if kill % 3 == 0:  # while pictures are drawn and everything begins
            shutil.rmtree(cache / "worlds", ignore_errors=True)
            time.sleep(rng.uniform(2, 9))
        else:  # some steps after it has begun to train
            before, until = recorded(folder), time.monotonic() + 60
            while recorded(folder) <= before and process.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(rng.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        steps.append(recorded(folder))
    return steps


def recorded(folder: Path) -> int:
    path = folder / "metrics.jsonl"
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def without_seconds(folder: Path) -> list[dict]:
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [
        {name: value for name, value in line.items() if name not in ("seconds", "waited", "compiling")}
        for line in lines
    ]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no kill -9")
@pytest.mark.slow
@pytest.mark.parametrize("kills", [2, 20])
def test_a_run_that_was_killed_ends_with_the_same_bits(kills, tmp_path):
    (tmp_path / "recipe.json").write_text(RECIPE.to_json())
    cache = tmp_path / "cache"
    finish(tmp_path / "calm", cache)
    kill_at_random(tmp_path / "killed", cache, kills, seed=kills)
    finish(tmp_path / "killed", cache)
    calm, killed = (load_file(tmp_path / name / "model.safetensors") for name in ("calm", "killed"))
    assert calm.keys() == killed.keys()
    assert all((calm[name] == killed[name]).all() for name in calm)
    assert without_seconds(tmp_path / "calm") == without_seconds(tmp_path / "killed")
