"""Two encoders that were trained apart, joined by new projections: what lesson 5 looks at.

>>> two_letters = {"vision.head.kernel": 6, "vision.head.bias": 2, "text_projection.kernel": 4}
>>> layers(two_letters, Phase(trains=("text_projection.",)))["text encoder"]
[('projection', 4, True)]
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Float

from clipit.data.batches import Pairs, batches, load_pairs
from clipit.data.emoji.world import make_world
from clipit.data.masking import MASK
from clipit.hub.words import load_words
from clipit.models import DualEncoder
from clipit.training.in_memory import devices_here
from clipit.training.recipe import PROJECTIONS, RECIPES, Phase, Recipe
from clipit.training.starting import start_model, with_loaded_encoders
from clipit.training.step import batch_loss

SIZE = 3_000  # pairs: half of the recipe's, so that a lesson has time for more than one training
HELD_OUT = 300
WARMUP = Phase("warm-up", PROJECTIONS, steps=160, warmup_steps=16)
TOWERS = {"image encoder": ("vision.", "visual_projection."), "text encoder": ("text.", "text_projection.")}
NAMES = {"visual_projection": "projection", "text_projection": "projection"}


def warmup_recipe() -> Recipe:
    """The recipe italian-clip on fewer pairs, and its first phase only."""
    recipe = replace(RECIPES["italian-clip"], name="warm-up", train_size=SIZE, test_size=300, batch_size=128)
    return replace(recipe, evaluate_every=20, checkpoint_every=160, devices=devices_here(), phases=(WARMUP,))


def join(seed: int = 0) -> DualEncoder:
    """The English image encoder and the Italian text encoder, under random projections drawn with this seed."""
    return start_model(replace(with_loaded_encoders(warmup_recipe())[0], seed=seed))


def italian_pairs(split: str = "train") -> Pairs:
    """The pictures and Italian captions of the recipe, or some that are not trained on."""
    _, tokenizer = load_words("italian-bert")
    return load_pairs(make_world(split, SIZE if split == "train" else HELD_OUT, 0, language="it"), tokenizer, 64)


def fill_in(sentence: str, count: int = 3) -> list[tuple[str, float]]:
    """The words that the Italian BERT finds likeliest for the place of "[MASK]", with their shares.

    Raises:
        ValueError: the sentence has no such place, or several.
    """
    model, tokenizer = load_words("italian-bert")
    tokens = tokenizer([sentence])
    places = np.flatnonzero(tokens["input_ids"][0] == MASK)
    if len(places) != 1:
        raise ValueError(f"Write [MASK] in the place of one word; {sentence!r} has it {len(places)} times.")
    scores = model(jnp.asarray(tokens["input_ids"]), jnp.asarray(tokens["attention_mask"]))  # [1, tokens, vocabulary]
    shares = np.asarray(jax.nn.softmax(scores[0, places[0]]))  # [vocabulary]
    best = np.argsort(-shares)[:count]
    return [(str(tokenizer.transformers_tokenizer.decode([int(token)])), float(shares[token])) for token in best]


def layers(sizes: Mapping[str, int], phase: Phase) -> dict[str, list[tuple[str, int, bool]]]:
    """For ``plot_layers``: each encoder's layers, how many numbers each has, and whether the phase trains them.

    Args:
        sizes: how many numbers there are in each parameter, by its name.
        phase: what is asked.
    """
    towers: dict[str, list[tuple[str, int, bool]]] = {}
    for tower, beginnings in TOWERS.items():
        found: dict[str, tuple[int, bool]] = {}
        for name, size in sizes.items():
            if name.startswith(beginnings):
                layer, moves = layer_name(name), phase.moves(name)
                before = found.get(layer, (0, moves))
                found[layer] = (before[0] + size, before[1])
        towers[tower] = [(layer, *found[layer]) for layer in sorted(found, key=order)]
    return towers


def layer_name(parameter: str) -> str:
    """What a reader calls the layer of a parameter: "text.blocks.1.mlp.hidden.kernel" belongs to "block 2"."""
    parts = parameter.split(".")
    if parts[0] in NAMES:
        return NAMES[parts[0]]
    kind = parts[1].split("_")[0].removesuffix("s")
    kind = {"norm": "convolution", "word": "embedding", "position": "embedding", "place": "head"}.get(kind, kind)
    return f"{kind} {int(parts[2]) + 1}" if parts[2].isdigit() else kind


def order(layer: str) -> tuple[int, str]:
    """Where data comes through: first the input's layer, last the projection."""
    kinds = ("embedding", "convolution", "block", "head", "projection")
    return kinds.index(layer.split()[0]), layer


def a_batch(pairs: Pairs, seed: int) -> dict[str, Any]:
    """The first batch of pairs that this seed draws."""
    batch = next(batches(pairs, 128, seed))
    batch.pop("rows")
    return batch


def wrong_captions(batch: dict[str, Any]) -> dict[str, Any]:
    """The batch with its captions moved one picture on; the loss takes each for the caption of its new picture."""
    return {**batch, **{name: np.roll(batch[name], 1, axis=0) for name in ("input_ids", "attention_mask")}}


gradients = nnx.jit(nnx.grad(batch_loss), static_argnums=2)


def pushes(model: DualEncoder, batch: dict[str, Any]) -> dict[str, Float[np.ndarray, " numbers"]]:
    """The gradient of the loss for all parameters of each encoder, as one long vector."""
    flat = nnx.to_flat_state(gradients(model, batch, model.preprocess))
    return {
        tower: np.concatenate([np.ravel(value[...]) for path, value in flat if f"{path[0]}." == beginnings[0]])
        for tower, beginnings in TOWERS.items()
    }


def cosine(a: Float[np.ndarray, " n"], b: Float[np.ndarray, " n"]) -> float:
    """How nearly two vectors point the same way, from -1 to 1."""
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def flatten(vectors: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, "n 2"]:
    """The two directions in which vectors differ most (principal components), so that they can be drawn."""
    centred = vectors - vectors.mean(axis=0)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    return centred @ directions[:2].T
