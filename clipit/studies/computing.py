"""How much arms may compute: as much as each other, whatever they train.

The unit is one pass of a batch through an encoder. A backward pass costs twice a forward one (Kaplan et al. 2020,
arXiv 2001.08361); a frozen encoder needs none, and only one forward pass for each picture or caption that comes up,
because what it makes of it is kept. The projections are so small that they are not counted.

>>> from clipit.training.recipe import Phase
>>> steps_within(300, Phase(steps=300), pairs=6_000, batch=128)
300
"""

import math
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp

from clipit.training.phases import frozen_encoders
from clipit.training.recipe import RECIPES, Phase
from clipit.training.starting import start_model, with_loaded_encoders

CAPTIONS = 5  # of a picture


@cache
def forward_costs() -> dict[str, int]:
    """Floating-point operations of each encoder's forward pass, for one picture and one caption of full length."""
    recipe = with_loaded_encoders(RECIPES["italian-clip"])[0]
    model, side = start_model(recipe), recipe.model.vision.image_size
    pixels = jnp.zeros((1, side, side, 3))
    tokens = jnp.ones((1, getattr(recipe.model.text, "max_tokens", 32)), jnp.int32)
    return {
        "vision": operations(jax.make_jaxpr(lambda pixels: model.vision(pixels))(pixels).jaxpr),
        "text": operations(jax.make_jaxpr(lambda tokens: model.text(tokens, tokens))(tokens).jaxpr),
    }


def operations(program: Any) -> int:
    """Multiplications and additions in the matrix products and convolutions of a program; all else is little."""
    total = 0
    for equation in program.eqns:
        shapes = [getattr(variable.aval, "shape", ()) for variable in (*equation.invars, *equation.outvars)]
        if equation.primitive.name == "dot_general":
            (summed, _), _ = equation.params["dimension_numbers"]
            total += 2 * math.prod(shapes[-1]) * math.prod(shapes[0][axis] for axis in summed)
        elif equation.primitive.name == "conv_general_dilated":
            outputs = equation.params["dimension_numbers"].rhs_spec[0]
            total += 2 * math.prod(shapes[-1]) * math.prod(shapes[1]) // shapes[1][outputs]
        for inner in jax.tree.leaves(list(equation.params.values()), is_leaf=is_program):
            if is_program(inner):
                total += operations(getattr(inner, "jaxpr", inner))
    return total


def is_program(value: Any) -> bool:
    """Whether a parameter of an equation is a program itself, as that of a compiled function is."""
    return hasattr(getattr(value, "jaxpr", value), "eqns")


def steps_within(budget: int, phase: Phase, pairs: int, batch: int, warmed: int = 0) -> int:
    """How many steps of a phase cost as much as ``budget`` steps in which both encoders train.

    Args:
        budget: steps of ``batch`` pairs.
        phase: what trains; one encoder at least.
        pairs: pictures to train on.
        batch: pairs in a step.
        warmed: steps before, in which both encoders were frozen.
    """
    costs = forward_costs()
    there = {"vision": pairs, "text": pairs * CAPTIONS}
    left = 3 * batch * budget * sum(costs.values())
    left -= sum(costs[encoder] * min(batch * warmed, there[encoder]) for encoder in costs)
    frozen = frozen_encoders(phase, (f"{encoder}." for encoder in costs))
    step = 3 * batch * sum(costs[encoder] for encoder in costs.keys() - frozen)
    # What a frozen encoder has seen costs nothing more: until all has come up each step has new things, then none.
    all_new = left / (step + batch * sum(costs[encoder] for encoder in frozen))
    all_seen = (left - sum(costs[encoder] * there[encoder] for encoder in frozen)) / step
    return int(max(all_new, all_seen))
