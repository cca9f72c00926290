"""The Italian CLIP that several studies look at: the recipe italian-clip, trained once for each seed, and kept.

>>> run_folder(0).name
'italian-clip-0'
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from clipit.data.cache import cache_folder
from clipit.hub.folder import new_model
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.studies.italian import SEEDS
from clipit.training import RECIPES, train
from clipit.training.in_memory import devices_here
from clipit.training.recipe import Recipe

__all__ = ["SEEDS", "recipe_of", "run_folder", "trained_model", "untrained_model"]


def recipe_of(seed: int) -> Recipe:
    """The recipe with this seed."""
    return replace(RECIPES["italian-clip"], seed=seed, devices=devices_here())


def run_folder(seed: int) -> Path:
    """Where the run of a seed is kept; one that was interrupted goes on."""
    return cache_folder("studies") / f"italian-clip-{seed}"


@lru_cache(maxsize=2)  # a study goes through the seeds one after the other
def trained_model(seed: int) -> tuple[DualEncoder, Tokenizer]:
    """The trained model of a seed; some minutes the first time."""
    run = train(recipe_of(seed), run_folder(seed))
    return run.model, run.tokenizer


def untrained_model(model: DualEncoder, seed: int) -> DualEncoder:
    """A control: a model of the same sizes that has learned nothing."""
    return new_model(model.config, seed)
