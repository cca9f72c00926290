"""A run's folder: what is in it, and who may write there.

    recipe.json          what was asked for
    tokenizer.json …     learned from the captions
    data.txt             what tells the pictures and captions from others, if they are not the small world's
    metrics.jsonl        one line for each step
    checkpoints/         to go on after an interruption
    config.json, model.safetensors   the finished model
    results.json, report.html        how good it is

>>> RunFolder("runs/quick").metrics.name
'metrics.jsonl'
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
from filelock import FileLock, Timeout

from clipit.data.atomic import replacing
from clipit.training.recipe import Recipe
from clipit.training.words_recipe import WordsRecipe

HOW = ("devices", "shards", "chunk", "remat")  # none of them changes a step, but for its last digits


class RunError(RuntimeError):
    """A run that cannot start or go on; the message says why and what to do."""


def wanted(recipe: Recipe | WordsRecipe) -> dict[str, Any]:
    """What makes a run: all of a recipe, as plain values, but on what and in what parts it is computed."""
    return {name: value for name, value in json.loads(recipe.to_json()).items() if name not in HOW}


def differing(begun: str, recipe: Recipe | WordsRecipe) -> list[str]:
    """In which values a recipe differs from one that was written down, perhaps before recipes had all their values."""
    try:
        theirs, ours = wanted(type(recipe).from_json(begun)), wanted(recipe)
    except (ValueError, KeyError, TypeError):  # it is of another kind, or no recipe
        return ["kind"]
    return [name for name in ours if theirs[name] != ours[name]]


class RunFolder:
    """The files of one run."""

    def __init__(self, folder: str | Path):
        self.path = Path(folder)
        self.recipe = self.path / "recipe.json"
        self.metrics = self.path / "metrics.jsonl"
        self.checkpoints = self.path / "checkpoints"
        self.results = self.path / "results.json"
        self.report = self.path / "report.html"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other runs out of the folder; of several processes of one run the first does it for all.

        Raises:
            RunError: another run is at work here.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        if jax.process_index() > 0:
            yield
            return
        lock = FileLock(self.path / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise RunError(f"Another run is writing to {self.path}: wait for it, or choose another --out.") from None
        try:
            yield
        finally:
            lock.release()

    def begin(self, recipe: Recipe | WordsRecipe, resume: bool) -> None:
        """Writes down the recipe, or makes sure that the folder's is the same.

        Raises:
            RunError: the folder holds a run of another recipe, or a run that was not to be resumed.
        """
        if not self.recipe.is_file():
            with replacing(self.recipe) as file:
                file.write_text(recipe.to_json())
        elif not resume:
            raise RunError(f"{self.path} already holds a run: choose another --out, or delete the folder.")
        elif other := differing(self.recipe.read_text(), recipe):
            raise RunError(
                f"{self.path} holds a run of another recipe (other {', '.join(other)}): "
                "choose another --out, or delete the folder."
            )

    def same_data(self, digest: str) -> None:
        """Writes down what tells the run's pictures and captions from others, or makes sure that they are the same.

        Raises:
            RunError: they changed since the run began.
        """
        file = self.path / "data.txt"
        if not file.is_file():
            with replacing(file) as unfinished:
                unfinished.write_text(digest)
        elif file.read_text() != digest:
            raise RunError(f"The pictures or captions of {self.path} changed since it began: choose another --out.")

    def read_metrics(self) -> list[dict[str, Any]]:
        """The lines written so far; a last line that was cut off is left out."""
        if not self.metrics.is_file():
            return []
        lines = self.metrics.read_text().splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def keep_metrics(self, steps: int) -> list[dict[str, Any]]:
        """Forgets what was written after the checkpoint from which the run goes on."""
        kept = [line for line in self.read_metrics() if line["step"] <= steps]
        with replacing(self.metrics) as file:
            file.write_text("".join(json.dumps(line) + "\n" for line in kept))
        return kept
