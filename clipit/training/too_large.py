"""What is said when a step does not fit into the memory of a device: how much of it would.

>>> from clipit.training.recipe import RECIPES
>>> with said_if_too_large(RECIPES["tiny"].model, RECIPES["tiny"], RECIPES["tiny"].phases[0], checkpoint=None):
...     "nothing is said where it fits"
'nothing is said where it fits'
"""

import contextlib
import os
from collections.abc import Iterator

import jax

from clipit.models import DualConfig, DualEncoder
from clipit.models.outline import outline
from clipit.training.dry_run import Machine, caption_length, plan_phase
from clipit.training.phase import Phase
from clipit.training.recipe import Recipe
from clipit.training.runs import RunError
from clipit.training.told import size


@contextlib.contextmanager
def said_if_too_large(config: DualConfig, recipe: Recipe, phase: Phase, checkpoint: int | None) -> Iterator[None]:
    """Raises RunError, with a batch that would fit, where what is inside runs out of a device's memory."""
    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if not too_large(error):
            raise
        raise RunError(sentence(config, recipe, phase, checkpoint)) from None


def too_large(error: jax.errors.JaxRuntimeError) -> bool:
    """Whether a device had no room for what it was asked to do."""
    return "RESOURCE_EXHAUSTED" in str(error)


def sentence(config: DualConfig, recipe: Recipe, phase: Phase, checkpoint: int | None) -> str:
    """What is needed, what there is, and what to do."""
    model = outline(DualEncoder, config)
    plan = plan_phase(model, recipe, phase, caption_length(recipe, config), 0, Machine())
    there = memory_of_a_device(recipe.devices)
    at_once = recipe.chunk or recipe.batch_size
    # It did not fit, whatever the plan says: at most half of it is promised.
    half = at_once // 2 // recipe.devices * recipe.devices
    fits = half if there is None else min(half, plan.pairs_that_fit(recipe, there))
    kept = f"the checkpoint after step {checkpoint} is kept" if checkpoint else "there is no checkpoint yet"
    advice = (
        f"Go on with chunk={fits}, which gives the same gradients, or begin anew with batch_size={fits}"
        if fits
        else "Cut the parameters over more devices (shards), or choose a smaller model"
    )
    return (
        f"A step of {at_once:,} pairs does not fit into the memory: each device needs about {size(plan.memory)}"
        f"{'' if there is None else f' and has {size(there)} at most'}; {kept}. {advice}."
    )


def memory_of_a_device(devices: int) -> int | None:
    """Bytes of an accelerator, or of the machine's memory the share of one of so many devices of its CPU, if known."""
    told = jax.local_devices()[0].memory_stats() or {}
    if "bytes_limit" in told:
        return int(told["bytes_limit"])
    if not hasattr(os, "sysconf"):  # Windows
        return None
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // devices
