"""Training, from a recipe to a finished model; interrupted runs go on where they stopped.

>>> from clipit.training.recipe import RECIPES
>>> run = train(RECIPES["tiny"], out="runs/tiny")                                    # doctest: +SKIP
"""

import json
import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
from flax import nnx
from jax.sharding import Mesh
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from clipit.data.batches import Pairs, batches, load_pairs
from clipit.data.emoji.world import make_world
from clipit.hub.folder import load_model, new_model, save_model
from clipit.inputs.tokenizer import Tokenizer, load_tokenizer, train_tokenizer
from clipit.losses import expected_loss
from clipit.models import DualEncoder
from clipit.training.checkpoints import Checkpoints
from clipit.training.mesh import make_mesh, spread
from clipit.training.recipe import Recipe
from clipit.training.runs import RunError, RunFolder
from clipit.training.step import make_optimizer, place, train_step
from clipit.training.watching import Watcher


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
    folder = RunFolder(out or Path("runs") / recipe.name)
    mesh = make_mesh(recipe.devices)
    with folder.locked():
        folder.begin(recipe, resume)
        if (folder.path / "model.safetensors").is_file():
            model, tokenizer = load_model(folder.path)
            return Run(folder.path, recipe, model, tokenizer, folder.read_metrics())
        pairs, tokenizer = load_data(recipe, folder)
        recipe = replace(recipe, model=fitted(recipe, tokenizer))
        with Checkpoints(folder.checkpoints) as checkpoints:
            model, metrics = train_steps(recipe, folder, pairs, tokenizer, checkpoints, mesh, quiet)
        save_model(model, tokenizer, folder.path)
    return Run(folder.path, recipe, model, tokenizer, metrics)


def load_data(recipe: Recipe, folder: RunFolder) -> tuple[Pairs, Tokenizer]:
    """The pictures and captions to train on, and the tokenizer that is learned from the captions."""
    world = make_world("train", recipe.train_size, recipe.seed, language=recipe.language)
    if (folder.path / "tokenizer.json").is_file():
        tokenizer = load_tokenizer(folder.path)
    else:
        captions = [caption for several in world["captions"] for caption in several]
        tokenizer = train_tokenizer(captions, recipe.vocabulary_size, getattr(recipe.model.text, "max_tokens", 32))
        tokenizer.save(folder.path)
    return load_pairs(world, tokenizer, recipe.model.vision.image_size), tokenizer


def fitted(recipe: Recipe, tokenizer: Tokenizer) -> Any:
    """The recipe's model with an embedding for each token that there is."""
    return replace(recipe.model, text=replace(recipe.model.text, vocabulary_size=tokenizer.vocabulary_size))


def loss_floor(pairs: Pairs, recipe: Recipe, looks: int = 4) -> float:
    """The least loss that the captions allow: with p positives to share its probability an anchor cannot pass ln p."""
    floors = []
    for _, batch in zip(range(looks), batches(pairs, recipe.batch_size, recipe.seed), strict=False):
        floors += [np.log(batch["positives"].sum(axis)).mean() for axis in (0, 1)]
    return float(np.mean(floors))


def train_steps(
    recipe: Recipe,
    folder: RunFolder,
    pairs: Pairs,
    tokenizer: Tokenizer,
    checkpoints: Checkpoints,
    mesh: Mesh,
    quiet: bool,
) -> tuple[DualEncoder, list[dict[str, Any]]]:
    """All steps that are not yet done; returns the model and the metrics of every step."""
    model = new_model(recipe.model, recipe.seed)
    optimizer = make_optimizer(model, recipe)
    place(model, optimizer, mesh)
    done, state = checkpoints.restore_newest(nnx.state((model, optimizer)))
    nnx.update((model, optimizer), state)
    metrics = folder.keep_metrics(done)
    watcher = Watcher(recipe, tokenizer)
    bounds = {"expected_start": expected_loss(recipe.batch_size), "floor": loss_floor(pairs, recipe)}
    stream = batches(pairs, recipe.batch_size, recipe.seed, start=done)
    before = metrics[-1]["seconds"] if metrics else 0.0
    started = time.perf_counter()
    with folder.metrics.open("a") as file, progress_bar(quiet, recipe, done, bounds) as show:
        for step in range(done + 1, recipe.steps + 1):
            batch = next(stream)
            rows = batch.pop("rows")
            measured = train_step(model, optimizer, jax.device_put(batch, spread(mesh)), model.preprocess)
            line: dict[str, Any] = {"step": step, **{name: float(value) for name, value in measured.items()}}
            line |= bounds if step == 1 else {}
            if not all(map(math.isfinite, line.values())):
                file.write(json.dumps(line) + "\n")
                raise RunError(not_finite(step, rows, checkpoints.latest_step()))
            if step % recipe.evaluate_every == 0 or step in (1, recipe.steps):
                line |= watcher.look(model)
            line["seconds"] = round(before + time.perf_counter() - started, 3)
            metrics.append(line)
            file.write(json.dumps(line) + "\n")
            file.flush()
            if step % recipe.checkpoint_every == 0 or step == recipe.steps:
                checkpoints.save(step, nnx.state((model, optimizer)))
            show(line)
    return model, metrics


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
