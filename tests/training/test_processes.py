"""Two processes train as one does; when one is killed it is said in a sentence, and the run goes on.

What starts processes is slow: on two cores that do something else, too, a minute for each run.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from clipit.apps import entry
from clipit.apps.launching import launch
from clipit.cli import main
from clipit.data.batches import batches, load_pairs
from clipit.data.emoji.world import make_world
from clipit.hub import load
from clipit.hub.folder import load_model, parameters
from clipit.training import RECIPES, train
from clipit.training.processes import COORDINATOR, PROCESS, PROCESSES, join_processes, share_of
from clipit.training.recipe import PROJECTIONS, Phase


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    """A warm-up on kept features and then everything, in eight steps."""
    phases = (Phase("warm-up", PROJECTIONS, steps=3, warmup_steps=1), Phase(steps=5, warmup_steps=1))
    tiny = replace(RECIPES["tiny"], name="two", phases=phases, evaluate_every=4, checkpoint_every=4, devices=2)
    file = tmp_path_factory.mktemp("recipe") / "two.json"
    file.write_text(tiny.to_json())
    return tiny, str(file)


def lines(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def together(recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "together"
    launch(recipe[0], folder, processes=2)
    return folder


@pytest.mark.slow
def test_two_processes_train_as_one_does(recipe, together, tmp_path):
    alone = train(recipe[0], tmp_path / "alone", quiet=True)
    found = lines(together)
    assert [line["step"] for line in found] == list(range(1, 9))
    for name in ("loss", "floor", "gradient_norm", "validation.loss"):
        expected = [line[name] for line in alone.metrics if name in line]
        assert [line[name] for line in found if name in line] == pytest.approx(expected, rel=2e-4), name
    model, _ = load_model(together)
    one, two = parameters(alone.model), parameters(model)
    apart = sum(np.square(one[name] - two[name]).sum() for name in one) / sum(np.square(v).sum() for v in one.values())
    assert apart < 1e-6


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds the processes in Linux's /proc")
def test_one_that_is_killed_is_named_and_the_run_goes_on(recipe, together, tmp_path):
    folder = tmp_path / "killed"
    launcher = [sys.executable, "-m", "clipit", "train", recipe[1], "--out", str(folder), "--processes", "2"]
    running = subprocess.Popen(launcher, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 300
    while not (folder / "checkpoints" / "4").is_dir():
        assert time.monotonic() < deadline and running.poll() is None, "no checkpoint came"
        time.sleep(0.02)
    killed = [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and is_child(int(pid), running.pid)]
    os.kill(max(killed), signal.SIGKILL)
    said = running.communicate(timeout=60)[1].splitlines()[-1]
    assert running.returncode == 2
    assert said == "clipit: " + (
        "Process 2 of 2 was killed (SIGKILL), and the others were stopped: the same command goes on from the last "
        "checkpoint."
    )
    main(["train", recipe[1], "--out", str(folder), "--processes", "2"])
    assert [line["loss"] for line in lines(folder)] == [line["loss"] for line in lines(together)]


def is_child(pid, parent):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rsplit(")", 1)[1].split()[1]) == parent
    except OSError:
        return False


def test_shares_put_together_are_the_batch():
    _, tokenizer = load("quick")
    pairs = load_pairs(make_world("train", 64), tokenizer, 64)
    whole = next(batches(pairs, 16, seed=3))
    parts = [next(batches(pairs, 16, seed=3, share=share_of(16, process, 4))) for process in range(4)]
    for name, values in whole.items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), values)


def test_what_the_environment_lacks_is_said(monkeypatch):
    assert entry.PROCESSES == PROCESSES, "written twice, so that the command starts without JAX"
    monkeypatch.setenv(PROCESSES, "2")
    monkeypatch.setattr("jax.config.update", lambda *_: None)
    with pytest.raises(ValueError, match=f"set {PROCESS} and {COORDINATOR}"):
        join_processes(2)
    monkeypatch.setenv(PROCESS, "0")
    monkeypatch.setenv(COORDINATOR, "127.0.0.1:1")
    with pytest.raises(ValueError, match="3 devices cannot be divided among 2"):
        join_processes(3)
    with pytest.raises(ValueError, match="2 devices cannot be divided among 3"):
        launch(RECIPES["tiny"], "runs/three", processes=3)
