"""One phase of training without a run's folder: for studies and lessons, where nothing needs to be resumed.

>>> from dataclasses import replace
>>> from clipit.training.recipe import RECIPES
>>> devices_here(1)
1
"""

import jax

from clipit.data.batches import Pairs, batches
from clipit.models import DualEncoder
from clipit.training.frozen import with_frozen_features
from clipit.training.mesh import make_mesh, spread, start_devices
from clipit.training.recipe import Recipe
from clipit.training.step import computing, make_optimizer, place, train_step


def fit_phase(model: DualEncoder, recipe: Recipe, number: int, pairs: Pairs) -> list[float]:
    """Trains a model for the steps of one of the recipe's phases; returns the loss of each step.

    Where an encoder is frozen, its features are computed once and kept.
    """
    mesh, phase = make_mesh(recipe.devices), recipe.phases[number]
    optimizer = make_optimizer(model, phase)
    place(model, optimizer, mesh)
    start = sum(earlier.steps for earlier in recipe.phases[:number])
    stream = batches(with_frozen_features(model, pairs, phase), recipe.batch_size, recipe.seed, start)
    losses, how = [], computing(recipe, mesh)
    for _, batch in zip(range(phase.steps), stream, strict=False):
        batch.pop("rows")
        measured = train_step(model, optimizer, jax.device_put(batch, spread(mesh)), model.preprocess, how)
        losses.append(measured["loss"])
    return [float(loss) for loss in losses]  # read at the end: an accelerator need not wait for each


def devices_here(wanted: int = 2) -> int:
    """So many devices, or as many as there are: two make two cores busy, an accelerator is one."""
    start_devices(wanted)
    return min(wanted, len(jax.devices()))
