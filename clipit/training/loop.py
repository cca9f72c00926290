"""Training, from a recipe to a finished model; interrupted runs go on where they stopped.

>>> from clipit.training.recipe import RECIPES
>>> run = train(RECIPES["tiny"], out="runs/tiny")                                    # doctest: +SKIP
"""

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx
from jax.sharding import Mesh
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clipit.data.batches import Pairs, batches
from clipit.data.streaming import Stream
from clipit.hub.folder import load_model, read_parameters, save_model, write_parameters
from clipit.inputs.tokenizer import Tokenizer
from clipit.losses import expected_loss
from clipit.models import DualEncoder
from clipit.training.checkpoints import Checkpoints
from clipit.training.compiling import keep_programs, seconds_compiling
from clipit.training.frozen import with_frozen_features
from clipit.training.loading import load_all
from clipit.training.mesh import make_mesh
from clipit.training.phases import lowest_so_far, over
from clipit.training.processes import first_goes_first, is_first, join_processes, on_devices, share_of
from clipit.training.recipe import Phase, Recipe
from clipit.training.runs import RunError, RunFolder
from clipit.training.starting import start_model
from clipit.training.step import computing, make_optimizer, place, train_step
from clipit.training.too_large import said_if_too_large


@dataclass
class Run:
    """A finished run.

    Attributes:
        folder: where everything about it is written.
        recipe: what was asked for.
        model: the trained model.
        tokenizer: the tokenizer that belongs to it.
        metrics: one dictionary for each step.
    """

    folder: Path
    recipe: Recipe
    model: DualEncoder
    tokenizer: Tokenizer
    metrics: list[dict[str, Any]]


def train(recipe: Recipe, out: str | Path | None = None, resume: bool = True, quiet: bool = False) -> Run:
    """Trains a model; a run that was interrupted goes on from its last checkpoint.

    Args:
        recipe: what to do.
        out: the run's folder; ``runs/`` and the recipe's name if it is not given.
        resume: whether a run that is found in the folder may be continued.
        quiet: without the progress bar.

    Returns:
        The finished run; the folder then holds the model, ready for ``clipit.load``.

    Raises:
        RunError: the folder holds another run, another run is at work in it, or the loss is no longer a number.
        ValueError: JAX has fewer devices than the recipe asks for.
    """
    join_processes(recipe.devices)
    folder = RunFolder(out or Path("runs") / recipe.name)
    mesh = make_mesh(recipe.devices, recipe.shards)
    keep_programs()
    with folder.locked():
        with first_goes_first():
            folder.begin(recipe, resume)
            if (folder.path / "model.safetensors").is_file():
                model, tokenizer = load_model(folder.path)
                return Run(folder.path, recipe, model, tokenizer, folder.read_metrics())
            recipe, pairs, tokenizer, watcher = load_all(recipe, folder)
        training = Training(recipe, folder, pairs, tokenizer, mesh, watcher)
        with Checkpoints(folder.checkpoints) as checkpoints:
            training.run(checkpoints, quiet or not is_first())
        save_model(training.model, tokenizer, folder.path)
    return Run(folder.path, recipe, training.model, tokenizer, training.metrics)


def loss_floor(pairs: Pairs | Stream, recipe: Recipe, looks: int = 4) -> float:
    """The least loss that the captions allow: with p positives to share its probability an anchor cannot pass ln p."""
    floors = []
    for _, batch in zip(range(looks), drawn(pairs, recipe), strict=False):
        if recipe.tile:
            floors.append(np.log(np.bincount(batch["groups"])[batch["groups"]]).mean())
        else:
            floors += [np.log(batch["positives"].sum(axis)).mean() for axis in (0, 1)]
    return float(np.mean(floors))


def drawn(
    pairs: Pairs | Stream, recipe: Recipe, start: int = 0, share: slice = slice(None)
) -> Iterator[dict[str, np.ndarray]]:
    """The recipe's batches, from this one on."""
    how: dict[str, Any] = {"in_groups": recipe.tile > 0, "share": share}
    if isinstance(pairs, Stream):
        return pairs.batches(recipe.batch_size, recipe.seed, start, **how)
    return batches(pairs, recipe.batch_size, recipe.seed, start, **how)


class Training:
    """A run at work: the model, what was measured so far, and the files where both are kept."""

    def __init__(
        self,
        recipe: Recipe,
        folder: RunFolder,
        pairs: Pairs | Stream,
        tokenizer: Tokenizer,
        mesh: Mesh,
        watcher: Any,
    ):
        self.recipe, self.folder, self.pairs, self.mesh, self.watcher = recipe, folder, pairs, mesh, watcher
        self.model = start_model(recipe, tokenizer)
        self.bounds = {"expected_start": expected_loss(recipe.batch_size), "floor": loss_floor(pairs, recipe)}
        self.metrics: list[dict[str, Any]] = []

    def run(self, checkpoints: Checkpoints, quiet: bool) -> None:
        """All steps that are not yet done."""
        phase_of = {line["step"]: line["phase"] for line in self.folder.read_metrics() if "phase" in line}

        def state_after(step: int) -> Any:
            return nnx.state((self.model, self.begin(self.recipe.phases[phase_of.get(step, 0)])))

        done, state = checkpoints.restore_newest(state_after)
        self.metrics = self.folder.keep_metrics(done)
        if len(self.metrics) != done:
            raise RunError(
                f"{self.folder.metrics} does not hold the {done} steps before the checkpoint: put it back, or choose "
                "another --out."
            )
        self.started = time.perf_counter() - (self.metrics[-1]["seconds"] if self.metrics else 0.0)
        current = phase_of[done] if done else 0
        with progress_bar(quiet, self.recipe, done, self.bounds) as show:
            for number, phase in list(enumerate(self.recipe.phases))[current:]:
                optimizer = self.begin(phase)
                if number == current:
                    nnx.update((self.model, optimizer), state)
                self.run_phase(number, phase, optimizer, checkpoints, show)

    def begin(self, phase: Phase) -> nnx.Optimizer:
        """An optimizer that remembers nothing yet."""
        optimizer = make_optimizer(self.model, phase)
        place(self.model, optimizer, self.mesh)
        return optimizer

    def run_phase(
        self, number: int, phase: Phase, optimizer: nnx.Optimizer, checkpoints: Checkpoints, show: Callable[..., None]
    ) -> None:
        """The rest of a phase; one with patience ends with the parameters of its lowest validation loss."""
        lines = [line for line in self.metrics if line["phase"] == number]
        compiled = seconds_compiling()
        pairs = with_frozen_features(self.model, self.pairs, phase)
        self.watcher.begin(self.model, phase)
        stream = drawn(pairs, self.recipe, len(self.metrics), share_of(self.recipe.batch_size))
        best = self.folder.path / f"best-of-phase-{number}.safetensors"
        while not over(phase, lines):
            step = len(self.metrics) + 1
            begun = time.perf_counter()
            batch = next(stream)
            waited = time.perf_counter() - begun
            with said_if_too_large(self.model.config, self.recipe, phase, checkpoints.latest_step()):
                measured = self.step(step, optimizer, batch, checkpoints.latest_step())
            line: dict[str, Any] = {"step": step, "phase": number, **measured, "waited": round(waited, 4)}
            if step % self.recipe.evaluate_every == 0 or step == 1 or len(lines) + 1 == phase.steps:
                line |= self.watcher.look(self.model)
            line["compiling"] = round(seconds_compiling() - compiled, 3)
            compiled = seconds_compiling()
            line["seconds"] = round(time.perf_counter() - self.started, 3)
            self.write(line)
            self.metrics.append(line)
            lines.append(line)
            if phase.patience and lowest_so_far(lines):
                write_parameters(self.model, best)
            if over(phase, lines) and best.is_file():
                read_parameters(self.model, best)
                place(self.model, optimizer, self.mesh)
            if over(phase, lines) and number + 1 < len(self.recipe.phases):
                write_parameters(self.model, self.folder.path / f"end-of-phase-{number}.safetensors")
            if step % self.recipe.checkpoint_every == 0 or over(phase, lines):
                checkpoints.save(step, nnx.state((self.model, optimizer)))
            show(line)

    def step(
        self, step: int, optimizer: nnx.Optimizer, batch: dict[str, Any], checkpoint: int | None
    ) -> dict[str, float]:
        """Moves the parameters once, and makes sure that all is still a number."""
        rows = batch.pop("rows")
        placed = on_devices(batch, self.mesh)
        how = computing(self.recipe, self.mesh)
        measured = train_step(self.model, optimizer, placed, self.model.preprocess, how)
        values = {name: float(value) for name, value in measured.items()} | (self.bounds if step == 1 else {})
        if not all(map(math.isfinite, values.values())):
            self.write({"step": step, **values})
            raise RunError(not_finite(step, rows, checkpoint))
        return values

    def write(self, line: dict[str, Any]) -> None:
        """Adds a line to the run's metrics."""
        if not is_first():
            return
        with self.folder.metrics.open("a") as file:
            file.write(json.dumps(line) + "\n")


def not_finite(step: int, rows: np.ndarray, checkpoint: int | None) -> str:
    """What is said when the loss is no longer a number."""
    kept = f"the checkpoint after step {checkpoint} is kept" if checkpoint else "there is no checkpoint yet"
    return (
        f"The loss of step {step} is not a number, or what it made of the parameters is not; its pairs are "
        f"{', '.join(map(str, rows[:8]))}, …; {kept}. Lower the learning_rate, or look at these pairs."
    )


def progress_bar(quiet: bool, recipe: Recipe, done: int, bounds: dict[str, float]) -> Any:
    """A context manager; what it gives is called with each step's metrics."""
    return ShownProgress(quiet, recipe, done, bounds)


class ShownProgress:
    """Steps, time left, pairs per second, and the loss between what it starts from and what it cannot pass."""

    def __init__(self, quiet: bool, recipe: Recipe, done: int, bounds: dict[str, float]):
        columns = (BarColumn(30), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        self.progress = Progress(*columns, disable=quiet, refresh_per_second=2)
        self.task = self.progress.add_task("compiling …", total=recipe.steps, completed=done)
        self.recipe, self.done, self.bounds, self.recall = recipe, done, bounds, 0.0
        self.started = time.perf_counter()

    def __enter__(self) -> Any:
        self.progress.start()
        return self.show

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def show(self, line: dict[str, Any]) -> None:
        """One step further."""
        self.recall = line.get("validation.recall@1", self.recall)
        pairs = (line["step"] - self.done) * self.recipe.batch_size / (time.perf_counter() - self.started)
        self.progress.update(
            self.task,
            completed=line["step"],
            description=(
                f"loss {line['loss']:.2f} (start {self.bounds['expected_start']:.2f}, "
                f"floor {self.bounds['floor']:.2f}) · recall@1 {self.recall:.2f} · {pairs:.0f} pairs/s"
            ),
        )
