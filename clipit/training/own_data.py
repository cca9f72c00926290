"""Training and measuring on captioned pictures that nobody drew for it: a reader's own, emoji, photographs.

What a picture shows is not known beyond its captions. So equal captions are the positives, and what is measured is
retrieval alone: no counting, and no classes to choose among.

>>> first_views(np.array([[3, 4], [7, 7]]), picture_count=9).tolist()
[3, 7]
"""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from clipit.data.batches import Pairs, find_positives
from clipit.data.collection import Collection, read_collection
from clipit.data.splits import SPLITS
from clipit.data.variations import make_pairs, may_mirror, with_variations
from clipit.evaluation import bootstrap, first_relevant_rank, retrieval
from clipit.inputs.pictures import Preprocess
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.common_scale import loss_at_fitted_scale
from clipit.training.features import embed_pixels, embed_tokens
from clipit.training.frozen import with_frozen_features
from clipit.training.recipe import Phase, Recipe

FEWEST = 4  # things to measure with: the scale is fitted on one half of them


def own_collection(recipe: Recipe, preprocess: Preprocess) -> Collection:
    """The recipe's pictures and captions, decoded.

    Raises:
        ValueError: there are none, or too few for a batch or for measuring.
    """
    collection = read_collection(recipe.data, preprocess, recipe.language)
    counts = {split: len(things) for split, things in collection.splits(recipe.seed).items()}
    trained = min(counts["train"], recipe.train_size)
    if trained < recipe.batch_size:
        raise ValueError(
            f"{recipe.data} has {trained} pictures to train on, which is less than a batch of {recipe.batch_size}: "
            "collect more, or choose a smaller --batch-size."
        )
    few = [split for split in SPLITS[1:] if counts[split] < FEWEST]
    if few:
        raise ValueError(
            f"{recipe.data} has {counts[few[0]]} pictures for {few[0]!r}, and at least {FEWEST} are needed: "
            "collect more."
        )
    return collection


def own_pairs(recipe: Recipe, collection: Collection, tokenizer: Callable[..., Any]) -> dict[str, Pairs]:
    """The pairs of each split, no more of them than the recipe says; to those of "train" their variations are added."""
    sizes = {"train": recipe.train_size, "validation": recipe.test_size, "test": recipe.test_size}
    things = {split: some(all_of, sizes[split]) for split, all_of in collection.splits(recipe.seed).items()}
    pairs = {split: make_pairs(collection, chosen, tokenizer) for split, chosen in things.items()}
    if recipe.variations:
        mirror = np.array([may_mirror(thing.captions, recipe.language).all() for thing in things["train"]])
        pairs["train"] = with_variations(pairs["train"], recipe.variations, mirror, recipe.seed)
    return pairs


def some(things: list[Any], most: int) -> list[Any]:
    """So many of them at most, in their order, spread over all."""
    if len(things) <= most:
        return things
    return [things[place] for place in np.linspace(0, len(things) - 1, most).astype(int)]


def first_views(views: Int[np.ndarray, "n views"] | None, picture_count: int) -> Int[np.ndarray, " n"]:
    """The place of each row's first picture."""
    return np.arange(picture_count) if views is None else views[:, 0]


def embed_first(
    model: DualEncoder, pairs: Pairs
) -> tuple[Float[np.ndarray, "n dim"], Float[np.ndarray, "n dim"], Bool[np.ndarray, "n n"]]:
    """Embeddings of each row's first picture and first caption, and which caption (columns) describes which picture."""
    shown, rows = first_views(pairs.views, len(pairs.pixels)), np.arange(len(pairs))
    if pairs.image_features is None:
        images = embed_pixels(model, pairs.pixels[shown])
    else:
        images = np.asarray(model.project_image(jnp.asarray(pairs.image_features[shown])))
    if pairs.text_features is None:
        texts = embed_tokens(model, pairs.input_ids[:, 0], pairs.attention_mask[:, 0])
    else:
        texts = np.asarray(model.project_text(jnp.asarray(pairs.text_features[:, 0])))
    return images, texts, find_positives(pairs, rows, np.zeros_like(rows))


def measure_pairs(model: DualEncoder, pairs: Pairs) -> dict[str, float]:
    """Retrieval among the first pictures by the first captions, and the other way round.

    Returns:
        "text_to_image.recall@1", "image_to_text.mrr@10" and so on; recall@1 also with ".low" and ".high" behind, the
        95 % interval over the pictures; "text_to_image.ceiling@1" is 1, because equal captions count as right.
    """
    images, texts, positives = embed_first(model, pairs)
    results = {"text_to_image.ceiling@1": 1.0}
    ways = {"text_to_image": (texts, images, positives.T), "image_to_text": (images, texts, positives)}
    for way, (queries, gallery, relevant) in ways.items():
        results |= {f"{way}.{name}": value for name, value in retrieval(queries, gallery, relevant).items()}
        interval = bootstrap(first_relevant_rank(queries, gallery, relevant) <= 1)
        results |= {f"{way}.recall@1.{end}": interval[end] for end in ("low", "high")}
    return results


def measure_own(model: DualEncoder, tokenizer: Tokenizer, recipe: Recipe) -> dict[str, float]:
    """``measure_pairs`` on the test split of the recipe's data."""
    return measure_pairs(model, unseen_pairs(model, tokenizer, recipe)[0])


def unseen_pairs(model: DualEncoder, tokenizer: Tokenizer, recipe: Recipe) -> tuple[Pairs, list[str]]:
    """The pairs of the test split, and each one's first caption."""
    splits = SPLITS[2:] if recipe.workers else SPLITS  # what is streamed is not decoded beforehand
    collection = read_collection(recipe.data, model.preprocess, recipe.language, splits)
    things = some(collection.splits(recipe.seed)["test"], recipe.test_size)
    return make_pairs(collection, things, tokenizer), [thing.captions[0] for thing in things]


class OwnWatcher:
    """Looks at a model while it trains: a search on the validation pictures."""

    def __init__(self, validation: Pairs):
        self.validation = self.prepared = validation

    def begin(self, model: DualEncoder, phase: Phase) -> None:
        """What frozen encoders make of the validation pictures is computed once for a phase."""
        self.prepared = with_frozen_features(model, self.validation, phase)

    def look(self, model: DualEncoder) -> dict[str, Any]:
        """Loss and text-to-image recall on the validation pictures."""
        images, texts, positives = embed_first(model, self.prepared)
        measured = retrieval(texts, images, positives.T, ks=(1,))
        return {
            "validation.loss": round(loss_at_fitted_scale(images, texts, positives), 4),
            "validation.recall@1": round(measured["recall@1"], 4),
            "validation.mrr@10": round(measured["mrr@10"], 4),
        }
