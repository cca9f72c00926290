"""What the studies of the Italian recipe share: its data, and what they measure.

>>> from clipit.training.recipe import RECIPES
>>> italian_recipe(6_000, seed=0).vision_from
'english-clip'
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from flax import nnx

from clipit.data.batches import Pairs, find_positives, load_pairs
from clipit.data.emoji.world import make_world
from clipit.hub import load
from clipit.hub.folder import parameters
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.studies.fitting import results_on
from clipit.training.common_scale import contrastive, loss_at_fitted_scale
from clipit.training.features import embed_pixels, embed_tokens
from clipit.training.in_memory import devices_here
from clipit.training.recipe import PROJECTIONS, RECIPES, Phase, Recipe
from clipit.training.starting import with_loaded_encoders

SEEDS = (0, 3, 4, 5, 6)  # the encoders have seen scenes and captions of the seeds 1 and 2
TUNING_SEEDS = (100, 101)
BATCH = 64  # as many small steps as time allows
WARMUP = Phase("warm-up", PROJECTIONS, steps=200, warmup_steps=20)  # at the recipe's rates, which are not tuned
LOSS, OWN = "loss", "loss_at_own_scale"
HELD_OUT = 1_000  # the scale is fitted on one half of them, the loss read on the other
ABOUT_LOSS = (
    f"loss: contrastive loss of {HELD_OUT // 2} held-out pairs, at the logit scale that is best for as many others;",
    "loss_at_own_scale: of the same pairs, at the model's own scale.",
)


def italian_recipe(pairs: int, seed: int) -> Recipe:
    """The recipe italian-clip with so many pairs."""
    italian = RECIPES["italian-clip"]
    return replace(italian, seed=seed, train_size=pairs, batch_size=BATCH, devices=devices_here())


def last_phase(rate: float, steps: int, trains: tuple[str, ...] = ("",), optimizer: str = "muon") -> Phase:
    """The phase after the warm-up. The rate is that of kernels with Muon, the rest being slower; else of everything."""
    others = 0.4 * rate if optimizer == "muon" else rate
    return Phase("last", trains, steps, optimizer, others, kernel_learning_rate=rate, warmup_steps=20)


@lru_cache(maxsize=8)  # all arms have the same
def italian_pairs(split: str, size: int, seed: int) -> tuple[Pairs, Tokenizer]:
    """Pictures and Italian captions, in the tokens of the Italian BERT."""
    recipe, tokenizer = with_loaded_encoders(RECIPES["italian-clip"])
    assert tokenizer is not None
    world = make_world(split, size, seed, language=recipe.language)
    return load_pairs(world, tokenizer, recipe.model.vision.image_size), tokenizer


def losses(model: DualEncoder, split: str, seed: int) -> dict[str, float]:
    """The loss of held-out pairs at the fitted logit scale, and at the model's own."""
    pairs, _ = italian_pairs(split, HELD_OUT, seed)
    first = np.zeros(len(pairs), int)  # of each picture's captions
    positives = find_positives(pairs, np.arange(len(pairs)), first)  # [n, n]
    images = embed_pixels(model, pairs.pixels)  # [n, dim]
    texts = embed_tokens(model, pairs.input_ids[:, 0], pairs.attention_mask[:, 0])  # [n, dim]
    half = slice(len(pairs) // 2, None)
    own = contrastive(images[half] @ texts[half].T, positives[half, half], float(model.logit_scale()))
    return {LOSS: round(loss_at_fitted_scale(images, texts, positives), 4), OWN: round(own, 4)}


def english_zero_shot(vision: nnx.Module | None, seed: int) -> float:
    """Zero-shot accuracy with English labels on the test split: english-clip with this image encoder, or its own."""
    whole, tokenizer = load("english-clip")
    if vision is not None:
        nnx.update(whole.vision, nnx.state(vision))
    recipe = replace(RECIPES["english-clip"], seed=seed)
    return round(results_on("test", whole, tokenizer, recipe)["zero_shot.top1"], 4)


def distance_moved(before: dict[str, np.ndarray], model: DualEncoder, beginning: str) -> float:
    """The length of the change of the parameters whose names begin so, over their length before."""
    after = parameters(model)
    names = [name for name in before if name.startswith(beginning)]
    changed = sum(np.sum((after[name] - before[name]) ** 2) for name in names)
    return round(float(np.sqrt(changed / sum(np.sum(before[name] ** 2) for name in names))), 3)
