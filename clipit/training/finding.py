"""A recipe by its name, or out of a file, as commands are given it. Imports no JAX, so that ``--help`` is quick.

>>> find_recipe("quick", seed=3).seed
3
"""

import dataclasses
from pathlib import Path

from clipit.training.recipe import RECIPES, Recipe, read_recipe
from clipit.training.words_recipe import WORDS


def find_recipe(name: str, steps: int | None = None, seed: int | None = None) -> Recipe:
    """A recipe by its name or from a JSON file, with other steps or another seed if they are given.

    Args:
        name: of a recipe, or a file whose name ends in .json.
        steps: of the last phase.
        seed: where every random choice starts from.

    Raises:
        ValueError: there is no such recipe, or the file holds none.
    """
    if name.endswith(".json") and Path(name).is_file():
        try:
            recipe = read_recipe(name)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{name} is no recipe ({error}).") from None
    elif name in RECIPES:
        recipe = RECIPES[name]
    else:
        names = ", ".join((*RECIPES, WORDS.name))
        raise ValueError(f"There is no recipe called {name!r}; choose one of {names}, or give a .json file.")
    if seed is not None:
        recipe = dataclasses.replace(recipe, seed=seed)
    return recipe if steps is None else recipe.with_phase(steps=steps)
