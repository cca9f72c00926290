"""``clipit doctor``: what stands in the way, of the machine, or of a run that does not learn.

A run is examined as a ladder, from the cheapest question to the dearest; each rung has one likely cause, so that the
first LOOK from the top is where to begin. docs/my_run_does_not_learn.md explains the rungs.

>>> start_of_loss([{"step": 1, "loss": 5.6, "expected_start": 5.55}], projection_dim=256)
(True, 'The loss began at 5.60; a model that knows nothing has ln(batch) = 5.55.')
>>> start_of_loss([{"step": 1, "loss": 12.0, "expected_start": 5.55}], projection_dim=256)[0]
False
"""

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from clipit.data.cache import cache_folder
from clipit.data.emoji.art import ARTS, art_folder
from clipit.training.cores import cores
from clipit.training.recipe import Recipe, read_recipe
from clipit.training.runs import RunFolder

Finding = tuple[bool, str]
FREE_SPACE = 2_000_000_000  # bytes: the drawn pictures, two checkpoints and the model need far less
SMALL_BATCH = 32  # pairs that every healthy model can learn by heart
BY_HEART_STEPS = 60
USUAL_SCALE = 1 / 0.07  # where CLIP's logit scale begins
Metrics = list[dict[str, Any]]


def examine(run: str | Path | None = None) -> Iterator[Finding]:
    """Findings about the machine, or about a run: whether it is in order, and a sentence.

    Raises:
        ValueError: the folder holds no run.
    """
    yield from examine_machine() if run is None else examine_run(run)


def examine_machine() -> Iterator[Finding]:
    """Versions, art, cache folder and cores."""
    about = importlib.metadata.metadata("clipit-course")
    yield in_range("Python", platform.python_version(), SpecifierSet(about["Requires-Python"]))
    for line in importlib.metadata.requires("clipit-course") or ():
        wanted = Requirement(line)
        if wanted.marker is None:
            yield in_range(wanted.name, importlib.metadata.version(wanted.name), wanted.specifier)
    for art in ARTS:
        yield art_folder(art).is_dir(), f"The pictures of {art} are in {art_folder(art)}."
    yield from writable(cache_folder("worlds"))
    yield cores_told(cores(), os.cpu_count() or 1)


def cores_told(usable: int, there: int) -> Finding:
    """How many cores the machine has, and how many of them this process may keep busy."""
    limited = f", of which {usable} may be used here" if usable < there else ""
    return True, f"{there} cores{limited}; the quick recipe was made for two."


def in_range(name: str, version: str, tested: SpecifierSet) -> Finding:
    """Whether a package has a version that was tested."""
    good = tested.contains(version, prereleases=True)
    return good, f"{name} {version} is {'within' if good else 'outside'} the tested range {tested}."


def writable(folder: Path) -> Iterator[Finding]:
    """Whether drawn pictures can be kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        yield False, f"{folder} cannot be made ({error.strerror}): set CLIPIT_CACHE to a folder of yours."
        return
    good = os.access(folder, os.W_OK) and free > FREE_SPACE
    yield good, f"Drawn pictures are kept in {folder}, where {free / 1e9:.0f} GB are free."


def examine_run(run: str | Path) -> Iterator[Finding]:
    """The ladder: what the log says, then what the data are, then what the model does with them."""
    folder = RunFolder(run)
    if not folder.recipe.is_file():
        raise ValueError(f"{run} is no run: it holds no recipe.json.")
    recipe, metrics = read_recipe(folder.recipe), folder.read_metrics()
    if not metrics:
        yield False, f"{folder.metrics} has no lines: the run stopped before its first step. Start it once more."
        return
    yield from examine_log(metrics, recipe)
    yield from examine_model(folder, recipe)


def examine_log(metrics: Metrics, recipe: Recipe) -> Iterator[Finding]:
    """Rungs that need only the log."""
    yield finite(metrics)
    yield start_of_loss(metrics, recipe.model.projection_dim)
    yield duplicates(metrics)
    yield falling(metrics)
    yield clipped(metrics, recipe)
    yield scale_at_limit(metrics)


def finite(metrics: Metrics) -> Finding:
    """Whether every loss is a number; ``train`` stops at the first that is not, after writing it down."""
    watched = ("loss", "gradient_norm", "parameter_norm")
    bad = [line["step"] for line in metrics if not np.isfinite([line[name] for name in watched if name in line]).all()]
    if bad:
        return (
            False,
            f"The loss or the parameters of step {bad[0]} are no numbers: lower the learning_rate, or look there.",
        )
    return True, "Every loss is a number."


def start_of_loss(metrics: Metrics, projection_dim: int) -> Finding:
    """Before the first step all similarities are about alike.

    Random vectors of width d have cosines that spread by 1 / sqrt(d), which at a logit scale s lifts the loss by up to
    s ** 2 / (2 d): much in narrow spaces, little in wide ones.
    """
    loss, expected = metrics[0]["loss"], metrics[0]["expected_start"]
    chance = USUAL_SCALE**2 / (2 * projection_dim)
    said = f"The loss began at {loss:.2f}; a model that knows nothing has ln(batch) = {expected:.2f}"
    if 0.88 * expected <= loss <= 1.12 * expected + chance:
        return True, f"{said}."
    return False, f"{said}: embeddings without length one, or an initial_logit_scale that is too large, do this."


def duplicates(metrics: Metrics) -> Finding:
    """How much of the way from start to zero is closed by captions that are true of several pictures."""
    floor, start = metrics[0]["floor"], metrics[0]["expected_start"]
    said = f"Captions that fit several pictures keep the loss above {floor:.2f}"
    if floor < start / 3:
        return True, f"{said}, far below the start."
    return False, f"{said}, of {start:.2f} at the start: there are too few different captions to learn from."


def falling(metrics: Metrics) -> Finding:
    """Whether the loss has left its start."""
    start, floor = metrics[0]["expected_start"], metrics[0]["floor"]
    last = float(np.mean([line["loss"] for line in metrics[-10:]]))
    said = f"The loss went from {metrics[0]['loss']:.2f} to {last:.2f}"
    if last < start - 0.15 * (start - floor):
        return True, f"{said}."
    if last > 1.1 * start:
        return False, f"{said}, above knowing nothing: the learning_rate is too high."
    return False, (
        f"{said}, where it knows nothing: the learning_rate is far too low or too high, captions stand beside the "
        "wrong pictures, or the run was too short."
    )


def clipped(metrics: Metrics, recipe: Recipe) -> Finding:
    """A gradient that grows while training goes on is a step that is too long."""
    lengths = np.array([line["gradient_norm"] for line in metrics])
    largest = float(np.median(lengths[len(lengths) // 2 :]) / recipe.phases[-1].gradient_norm)
    said = f"In the second half of the run gradients were {largest:.1f} times the gradient_norm to which they are cut"
    if largest < 20:
        return True, f"{said}."
    return False, f"{said}: nearly all of each is thrown away; lower the learning_rate."


def scale_at_limit(metrics: Metrics) -> Finding:
    """At the limit the scale's gradient is gone, and mistakes cost without bound."""
    scale = metrics[-1]["logit_scale"]
    said = f"The logit scale ended at {scale:.1f}; its limit is 100"
    if scale < 99:
        return True, f"{said}."
    return False, f"{said}: start lower (initial_logit_scale), learn slower, or look for pairs that are wrong."


def examine_model(folder: RunFolder, recipe: Recipe) -> Iterator[Finding]:
    """Rungs that need the data and the model."""
    from clipit.data.streaming import Stream
    from clipit.training.loading import load_data
    from clipit.training.mesh import start_devices

    start_devices(recipe.devices)
    recipe, pairs, tokenizer = load_data(recipe, folder)
    if isinstance(pairs, Stream):
        pairs = pairs.first(recipe.batch_size)
    yield pixels_differ(pairs.pixels)
    yield learns_by_heart(recipe, pairs, tokenizer)
    if (folder.path / "model.safetensors").is_file():
        yield from knows_its_pairs(folder, recipe)
    else:
        yield False, "The run is not finished, so its model cannot be asked: the same command goes on with it."


def pixels_differ(pixels: np.ndarray) -> Finding:
    """Whether the encoder is given different pictures."""
    spread = float(pixels[:256].astype(np.float32).std(axis=0).mean())
    said = f"At the same place, the first pictures differ by {spread:.0f} of 255 on average"
    return (True, f"{said}.") if spread > 2 else (False, f"{said}: they are all the same; look at how they are read.")


def learns_by_heart(recipe: Recipe, pairs: Any, tokenizer: Any = None) -> Finding:
    """A model of this recipe must learn 32 pairs by heart; if not, no amount of data will help."""
    import jax

    from clipit.data.batches import batches
    from clipit.losses import expected_loss
    from clipit.training.starting import start_model
    from clipit.training.step import make_optimizer, train_step

    phase = replace(recipe.phases[-1], steps=BY_HEART_STEPS, warmup_steps=10)
    model = start_model(recipe, tokenizer)
    optimizer = make_optimizer(model, phase)
    batch = next(batches(pairs, SMALL_BATCH, recipe.seed))
    batch.pop("rows")
    batch = jax.tree.map(jax.numpy.asarray, batch)
    losses = [float(train_step(model, optimizer, batch, model.preprocess)["loss"]) for _ in range(phase.steps)]
    floor = float(np.mean([np.log(batch["positives"].sum(axis)).mean() for axis in (0, 1)]))
    goal = floor + 0.2 * (expected_loss(SMALL_BATCH) - floor)
    said = f"Trained on {SMALL_BATCH} pairs alone, the loss fell from {losses[0]:.2f} to {losses[-1]:.2f}"
    if losses[-1] < goal:
        return True, f"{said}: the model can learn."
    return False, f"{said}, and should reach {goal:.2f}: the model, its loss or its learning_rate is at fault."


def knows_its_pairs(folder: RunFolder, recipe: Recipe) -> Iterator[Finding]:
    """On pictures never trained on, the right captions against all others."""
    from clipit.data.batches import load_pairs
    from clipit.data.emoji.world import make_world
    from clipit.hub.folder import load_model
    from clipit.training.own_data import embed_first, unseen_pairs

    model, tokenizer = load_model(folder.path)
    size = min(recipe.test_size, 128)
    if recipe.data:
        pairs, _ = unseen_pairs(model, tokenizer, replace(recipe, test_size=size))
    else:
        world = make_world("validation", size, recipe.seed, language=recipe.language)
        pairs = load_pairs(world, tokenizer, recipe.model.vision.image_size)
    images, texts, _ = embed_first(model, pairs)  # [n, dim] each
    for name, vectors in (("pictures", images), ("captions", texts)):
        alike = float((vectors @ vectors.T)[~np.eye(len(vectors), dtype=bool)].mean())
        said = f"Two different {name} have a cosine of {alike:.2f} on average"
        yield (True, f"{said}.") if alike < 0.9 else (False, f"{said}: all fall onto one point, nothing is told apart.")
    similarities = images @ texts.T  # [n, n]
    others = (similarities.sum(axis=1) - similarities.diagonal()) / (len(images) - 1)  # [n]
    nearer = similarities.diagonal() - others  # [n]
    error = float(nearer.std(ddof=1) / len(nearer) ** 0.5)
    said = f"Unseen pictures are nearer to their own captions than to others, by {nearer.mean():.2f} ± {2 * error:.2f}"
    if nearer.mean() > 4 * error:
        yield True, f"{said}."
    else:
        yield False, f"{said}: nothing that carries over was learned; were pictures and captions paired rightly?"
