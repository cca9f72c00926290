"""How much arms may compute: as much as each other, whatever they train.

The unit is one pass of a batch through an encoder. A backward pass costs twice a forward one (Kaplan et al. 2020,
arXiv 2001.08361); a frozen encoder needs none, and only one forward pass for each picture or caption that comes up,
because what it makes of it is kept. The projections are so small that they are not counted.

>>> from clipit.training.recipe import Phase
>>> steps_within(300, Phase(steps=300), pairs=6_000, batch=128)
300
"""

from functools import cache
from typing import Any

import jax
import numpy as np

from clipit.training.phases import frozen_encoders
from clipit.training.recipe import RECIPES, Phase
from clipit.training.starting import start_model, with_loaded_encoders

CAPTIONS = 5  # of a picture


@cache
def forward_costs() -> dict[str, float]:
    """Floating-point operations of each encoder's forward pass, for one picture and one caption of full length."""
    recipe = with_loaded_encoders(RECIPES["italian-clip"])[0]
    model, side = start_model(recipe), recipe.model.vision.image_size
    pixels = np.zeros((1, side, side, 3), np.float32)
    tokens = np.ones((1, getattr(recipe.model.text, "max_tokens", 32)), np.int32)
    passes: dict[str, Any] = {
        "vision": jax.jit(lambda pixels: model.vision(pixels)).lower(pixels),
        "text": jax.jit(lambda tokens: model.text(tokens, tokens)).lower(tokens),
    }
    return {encoder: float(lowered.cost_analysis()["flops"]) for encoder, lowered in passes.items()}


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
