"""Two recipes that differ in a few values, a run that is stopped on purpose, and a model between two: lesson 6.

>>> first, second = two_recipes().values()
>>> sorted(differences(first, second))
['name', 'phases']
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from flax import nnx

from clipit.course.warming import HELD_OUT, SIZE
from clipit.data.emoji.world import make_world
from clipit.evaluation import retrieval, seed_interval
from clipit.hub import load
from clipit.models import DualEncoder
from clipit.plots.intervals import Interval
from clipit.training import loop
from clipit.training.features import embed_captions, embed_pixels
from clipit.training.in_memory import devices_here
from clipit.training.recipe import PROJECTIONS, RECIPES, Phase, Recipe

WARMUP = Phase("warm-up", PROJECTIONS, steps=120, warmup_steps=12)
# Gentle: a tenth of what the recipe quick takes.
AT_ONCE = Phase("everything", steps=60, warmup_steps=6, learning_rate=4e-4, kernel_learning_rate=1e-3)
AFTERWARDS = replace(AT_ONCE, steps=32)  # the warm-up costs as much as the other 28, see ``studies.computing``


def two_recipes() -> dict[str, Recipe]:
    """The recipe italian-clip in small, with everything trained at once, and with the projections first."""
    small = replace(RECIPES["italian-clip"], train_size=SIZE, test_size=HELD_OUT, batch_size=64, devices=devices_here())
    small = replace(small, evaluate_every=30, checkpoint_every=1_000)
    return {
        "at once": replace(small, name="at-once", phases=(AT_ONCE,)),
        "projections first": replace(small, name="projections-first", phases=(WARMUP, AFTERWARDS)),
    }


def differences(first: Recipe, second: Recipe) -> dict[str, tuple[Any, Any]]:
    """What two recipes differ in, by the name of the value."""
    both = {field.name: (getattr(first, field.name), getattr(second, field.name)) for field in fields(Recipe)}
    return {name: (one, other) for name, (one, other) in both.items() if one != other}


def computed(recipe: Recipe, steps: Sequence[int]) -> list[float]:
    """What a run of one of the two recipes has computed after these steps, counted in steps that move everything."""
    *warmup, last = recipe.phases
    warmed = sum(phase.steps for phase in warmup)
    price = AT_ONCE.steps - last.steps  # of the whole warm-up
    return np.interp(steps, [0, warmed, warmed + last.steps], [0, price, AT_ONCE.steps]).tolist()


def stop_before(step: int, recipe: Recipe, out: str | Path) -> None:
    """Trains until somebody presses Ctrl-C, or the stop button, which happens as this step begins."""
    real, begun = loop.train_step, 0

    def train_step(*arguments: Any) -> dict[str, Any]:
        nonlocal begun
        begun += 1
        if begun == step:
            raise KeyboardInterrupt
        return real(*arguments)

    try:
        with patch.object(loop, "train_step", train_step):
            loop.train(recipe, out, quiet=True)
    except KeyboardInterrupt:
        print(f"Stopped before step {step} of {recipe.steps}.")


def english_recall(vision_of: DualEncoder, pictures: int = HELD_OUT) -> float:
    """How well English captions find their picture: english-clip with another's image encoder, recall@1."""
    english, tokenizer = load("english-clip")
    world = make_world("test", pictures, 0, language="en")
    joined = replace_vision(english, vision_of)
    images = embed_pixels(joined, np.stack([np.asarray(picture) for picture in world["image"]]))
    texts = embed_captions(english, tokenizer, world["caption"])
    return retrieval(texts, images, np.arange(pictures))["recall@1"]


def replace_vision(model: DualEncoder, other: DualEncoder) -> DualEncoder:
    """A model with another's image encoder under its own projection."""
    joined = nnx.clone(model)
    nnx.update(joined.vision, nnx.state(other.vision))
    return joined


def over_seeds(numbers: Mapping[str, float] | Sequence[float]) -> Interval:
    """Mean, low and high of the 95 % interval over seeds, for ``plot_intervals``."""
    interval = seed_interval(list(numbers.values() if isinstance(numbers, Mapping) else numbers))
    return interval["mean"], interval["low"], interval["high"]
