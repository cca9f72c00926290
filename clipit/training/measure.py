"""How good is it? Retrieval, zero-shot and counting on every test split, as one flat dictionary.

>>> add_split({"zero_shot.top1": 0.5}, "unseen_art")
{'unseen_art.zero_shot.top1': 0.5}
"""

from collections.abc import Sequence

import datasets
import numpy as np
from jaxtyping import Float, Int, Shaped

from clipit.data.batches import decode
from clipit.data.emoji.claims import describes, encode
from clipit.data.emoji.lexicon import concepts, language
from clipit.data.emoji.sampling import SPLITS, TRAINED_ON
from clipit.data.emoji.scene import MANY, Group, Scene
from clipit.data.emoji.world import make_world
from clipit.evaluation import (
    bootstrap,
    counting,
    ensemble,
    first_relevant_rank,
    predict_counts,
    retrieval,
    zero_shot,
)
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.features import embed_captions, embed_pixels
from clipit.training.own_data import measure_own
from clipit.training.recipe import Recipe

TEST_SPLITS = tuple(split for split in SPLITS if split not in TRAINED_ON)


def add_split(results: dict[str, float], split: str) -> dict[str, float]:
    """The names of the results with the split's in front; those of the test split stand alone."""
    return {name if split == "test" else f"{split}.{name}": value for name, value in results.items()}


def measure(model: DualEncoder, tokenizer: Tokenizer, recipe: Recipe) -> dict[str, float]:
    """Measures a model on all test splits of the small world, or on that of the recipe's own data (retrieval only).

    Returns:
        "text_to_image.recall@1", "image_to_text.mrr@10", "zero_shot.top1", "counting.accuracy.3" and so on; those of
        the other splits with the split's name and a dot in front. The most important ones also with ".low" and ".high"
        behind, the 95 % interval over the pictures.
    """
    if recipe.data:
        return measure_own(model, tokenizer, recipe)
    results: dict[str, float] = {}
    for split in TEST_SPLITS:
        world = make_world(split, recipe.test_size, recipe.seed, language=recipe.language)
        results |= add_split(measure_split(model, tokenizer, world, recipe.language), split)
    return results


def measure_split(
    model: DualEncoder, tokenizer: Tokenizer, world: datasets.Dataset, language_name: str
) -> dict[str, float]:
    """All measurements on one split."""
    images = embed_pixels(model, decode(world, model.config.vision.image_size))  # [n, dim]
    texts = embed_captions(model, tokenizer, list(world["caption"]))  # [n, dim]
    results = search_own("text_to_image", texts, images) | search_own("image_to_text", images, texts)
    results["text_to_image.ceiling@1"] = unique_share(world)
    results |= named("short_text_to_image", short_queries(model, tokenizer, images, world, language_name))
    alone = np.array([row for row, kinds in enumerate(world["objects"]) if len(kinds) == 1])
    if len(alone):
        kinds = [world["objects"][row][0] for row in alone]
        counts = np.array([world["counts"][row][0] for row in alone])
        results |= nouns(model, tokenizer, images[alone], kinds, language_name)
        results |= count(images[alone], count_embeddings(model, tokenizer, kinds, language_name), counts)
    return results


def named(name: str, values: dict[str, float]) -> dict[str, float]:
    """The same values with a name and a dot in front."""
    return {f"{name}.{key}": value for key, value in values.items()}


def interval(name: str, values: Shaped[np.ndarray, " n"]) -> dict[str, float]:
    """The 95 % interval of a mean over pictures; none for a single picture."""
    if len(values) < 2:
        return {}
    found = bootstrap(values)
    return {f"{name}.{end}": found[end] for end in ("low", "high")}


def search_own(name: str, queries: Float[np.ndarray, "n dim"], gallery: Float[np.ndarray, "n dim"]) -> dict[str, float]:
    """Retrieval where query i has item i as its one right answer."""
    own = np.arange(len(gallery))
    ranks = first_relevant_rank(queries, gallery, own)
    results = named(name, retrieval(queries, gallery, own))
    results |= interval(f"{name}.recall@1", ranks <= 1)
    return results | interval(f"{name}.mrr@10", np.where(ranks <= 10, 1 / ranks, 0.0))


def unique_share(world: datasets.Dataset) -> float:
    """The most that recall@1 can reach: equal descriptions have equal captions, and ties count against the model."""
    _, counts = np.unique(np.array(world["scene"][:]), axis=0, return_counts=True)
    return float((counts == 1).sum() / len(world))


def short_queries(
    model: DualEncoder,
    tokenizer: Tokenizer,
    images: Float[np.ndarray, "n dim"],
    world: datasets.Dataset,
    language_name: str,
) -> dict[str, float]:
    """Retrieval for bare nouns such as "gatto"; every picture with at least one is right."""
    shown = sorted({kind for kinds in world["objects"] for kind in kinds})
    queries = [Scene((Group(kind),)) for kind in shown]
    words = [language(language_name).noun(kind) for kind in shown]
    relevant = describes(encode(queries), np.array(world["scene"][:], np.int16))  # [queries, n]
    return retrieval(embed_captions(model, tokenizer, words), images, relevant)


def nouns(
    model: DualEncoder,
    tokenizer: Tokenizer,
    images: Float[np.ndarray, "n dim"],
    kinds: Sequence[str],
    language_name: str,
) -> dict[str, float]:
    """Zero-shot classification among all trained concepts, or all held-out ones.

    Pictures show one thing or several, so a class is the mean of "un gatto" and "dei gatti".
    """
    held_out = {concept.name for concept in concepts(held_out=True)}
    classes = [concept.name for concept in concepts(held_out=kinds[0] in held_out)]
    prompts = [language(language_name).noun_phrase(Group(name, count)) for name in classes for count in (1, MANY)]
    embedded = embed_captions(model, tokenizer, prompts).reshape(len(classes), 2, -1)  # [classes, 2, dim]
    labels = np.array([classes.index(kind) for kind in kinds])
    hits = first_relevant_rank(images, ensemble(embedded), labels) <= 1
    return named("zero_shot", zero_shot(images, ensemble(embedded), labels)) | interval("zero_shot.top1", hits)


def count(
    images: Float[np.ndarray, "n dim"], asked: Float[np.ndarray, "n 6 dim"], counts: Int[np.ndarray, " n"]
) -> dict[str, float]:
    """Counting, beside always naming the commonest count."""
    results = named("counting", counting(images, asked, counts))
    results["counting.most_common"] = float(np.bincount(counts).max() / len(counts))
    right = predict_counts(images, asked, counts) == counts
    for number in np.unique(counts):
        results |= interval(f"counting.accuracy.{number}", right[counts == number])
    return results


def count_embeddings(
    model: DualEncoder, tokenizer: Tokenizer, kinds: Sequence[str], language_name: str
) -> Float[np.ndarray, "n 6 dim"]:
    """For each picture the embeddings of "un gatto", "due gatti", … "sei gatti", with the name of what it shows."""
    names = sorted(set(kinds))
    phrases = [language(language_name).noun_phrase(Group(name, count)) for name in names for count in range(1, 7)]
    embedded = embed_captions(model, tokenizer, phrases).reshape(len(names), 6, -1)  # [names, 6, dim]
    return embedded[[names.index(kind) for kind in kinds]]  # [n, 6, dim]
