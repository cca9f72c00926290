"""From a recipe to a trained and measured model. Recipes need no JAX; the rest is imported when it is used."""

import importlib
from typing import TYPE_CHECKING, Any

from clipit.training.recipe import RECIPES, Phase, Recipe, read_recipe

if TYPE_CHECKING:
    from clipit.training.loop import Run, train
    from clipit.training.measure import measure

__all__ = ["RECIPES", "Phase", "Recipe", "Run", "measure", "read_recipe", "train"]
HOMES = {"Run": "loop", "train": "loop", "measure": "measure"}


def __getattr__(name: str) -> Any:
    if name in HOMES:
        return getattr(importlib.import_module(f"clipit.training.{HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
