"""Training for a study: the library's own step and batches, in memory, without a run's folder.

>>> from dataclasses import replace
>>> from clipit.training.recipe import RECIPES
>>> tiny = replace(RECIPES["tiny"], train_size=64, devices=1).with_phase(steps=2, warmup_steps=1)
>>> model, losses = fit(tiny, *training_pairs(tiny))
>>> len(losses)
2
"""

import statistics
import time
from functools import lru_cache

import jax

from clipit.data.batches import Pairs, batches, load_pairs
from clipit.data.emoji.world import make_world
from clipit.hub.folder import new_model
from clipit.inputs.tokenizer import Tokenizer, train_tokenizer
from clipit.models import DualEncoder
from clipit.training.in_memory import fit_phase
from clipit.training.loading import fitted
from clipit.training.measure import measure_split
from clipit.training.mesh import make_mesh, spread
from clipit.training.recipe import Recipe
from clipit.training.step import make_optimizer, place, train_step


@lru_cache(maxsize=1)  # reading them takes as long as a third of a training, and all arms have the same
def training_pairs(recipe: Recipe) -> tuple[Pairs, Tokenizer]:
    """The recipe's training pictures with their captions, and a tokenizer learned from these."""
    world = make_world("train", recipe.train_size, recipe.seed, language=recipe.language)
    captions = [caption for several in world["captions"] for caption in several]
    tokenizer = train_tokenizer(captions, recipe.vocabulary_size)
    return load_pairs(world, tokenizer, recipe.model.vision.image_size), tokenizer


def fit(recipe: Recipe, pairs: Pairs, tokenizer: Tokenizer) -> tuple[DualEncoder, list[float]]:
    """Trains a new model as the recipe says; returns it with the loss of each step."""
    model = new_model(fitted(recipe, tokenizer), recipe.seed)
    return model, [loss for number in range(len(recipe.phases)) for loss in fit_phase(model, recipe, number, pairs)]


def results_on(split: str, model: DualEncoder, tokenizer: Tokenizer, recipe: Recipe) -> dict[str, float]:
    """What ``measure_split`` finds on one split of the recipe's world."""
    world = make_world(split, recipe.test_size, recipe.seed, language=recipe.language)
    return measure_split(model, tokenizer, world, recipe.language)


def seconds_per_step(recipe: Recipe, pairs: Pairs, tokenizer: Tokenizer, steps: int = 8) -> float:
    """The median time of a step once it is compiled."""
    mesh = make_mesh(recipe.devices)
    model = new_model(fitted(recipe, tokenizer), recipe.seed)
    optimizer = make_optimizer(model, recipe.phases[0])
    place(model, optimizer, mesh)
    taken = []
    for _, batch in zip(range(steps + 2), batches(pairs, recipe.batch_size, recipe.seed), strict=False):
        batch.pop("rows")
        placed = jax.device_put(batch, spread(mesh))
        started = time.perf_counter()
        jax.block_until_ready(train_step(model, optimizer, placed, model.preprocess))
        taken.append(time.perf_counter() - started)
    return statistics.median(taken[2:])
