"""Pictures of one kind of thing, equally often one to six of it, for a fair question about counting.

>>> pixels, counts = some_of("cat", each=2, seed=0)
>>> pixels.shape, counts.tolist()
((12, 64, 64, 3), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
"""

import random
from dataclasses import replace

import numpy as np
from flax import nnx
from jaxtyping import Int, UInt8

from clipit.data.batches import load_pairs
from clipit.data.counterfactuals import with_counterfactuals
from clipit.data.emoji.captions import ALWAYS
from clipit.data.emoji.drawing import paint
from clipit.data.emoji.layout import SIZINGS, arrange
from clipit.data.emoji.sampling import WorldSettings, belongs, is_drawable
from clipit.data.emoji.scene import BACKGROUNDS, COLORS, OWN_COLORS, Group, Scene
from clipit.data.emoji.world import make_world
from clipit.evaluation import predict_counts
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.features import embed_pixels
from clipit.training.in_memory import devices_here, fit_phase
from clipit.training.measure import count_embeddings
from clipit.training.recipe import PROJECTIONS, RECIPES, Phase

COUNTS = range(1, 7)
EVEN = (1 / 6,) * 6
LESSONS = Phase(
    "counting", ("text.", *PROJECTIONS), 60, learning_rate=1.2e-3, kernel_learning_rate=3e-3, warmup_steps=6
)


def some_of(concept: str, each: int, seed: int) -> tuple[UInt8[np.ndarray, "n 64 64 3"], Int[np.ndarray, " n"]]:
    """So many pictures of each count, of scenes that training never described; one in two in a colour."""
    rng = random.Random(f"{concept}/{seed}")
    pixels: list[np.ndarray] = []
    counts: list[int] = []
    for count in COUNTS:
        while counts.count(count) < each:
            color = rng.choice(COLORS) if rng.random() < 0.5 else OWN_COLORS
            scene = Scene((Group(concept, count, color),), None, rng.choice(BACKGROUNDS))
            if is_drawable(scene) and (belongs(scene, "test") or belongs(scene, "unseen_combinations")):
                pixels.append(np.asarray(paint(scene, arrange(scene, rng, rng.choice(SIZINGS)), "openmoji", 64)))
                counts.append(count)
    return np.stack(pixels), np.array(counts)


def answers(
    model: DualEncoder, tokenizer: Tokenizer, pixels: UInt8[np.ndarray, "n 64 64 3"], concept: str, counts: np.ndarray
) -> Int[np.ndarray, " n"]:
    """Which of the captions from one to six of the thing lies nearest to each picture."""
    asked = count_embeddings(model, tokenizer, [concept] * len(pixels), "it")  # [n, 6, dim]
    return predict_counts(embed_pixels(model, pixels), asked, counts)


def lessons_in_counting(
    model: DualEncoder, tokenizer: Tokenizer, pictures: int = 3_000, steps: int = 60, seed: int = 7
) -> DualEncoder:
    """The model after some more steps, with the counting loss, on pictures that show all counts equally often.

    The image encoder stays as it is; every caption says its number.
    """
    world = make_world("train", pictures, seed, settings=WorldSettings(pictured=EVEN, written=ALWAYS))
    pairs = with_counterfactuals(load_pairs(world, tokenizer, 64), tokenizer, "it", seed)
    recipe = replace(RECIPES["italian-clip"], batch_size=64, devices=devices_here(), counting=1.0)
    recipe = replace(recipe, model=model.config, phases=(replace(LESSONS, steps=steps),))
    repaired = nnx.clone(model)
    fit_phase(repaired, recipe, 0, pairs)
    return repaired
