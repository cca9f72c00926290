"""What a run trains on and with: pairs, a tokenizer, and the sizes that follow from both.

>>> from clipit.training.recipe import RECIPES
>>> from clipit.inputs.tokenizer import train_tokenizer
>>> fitted(RECIPES["tiny"], train_tokenizer(["due gatti"], 40)).text.vocabulary_size < 40
True
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from clipit.data.batches import Pairs, load_pairs
from clipit.data.collection import read_collection
from clipit.data.counterfactuals import with_counterfactuals
from clipit.data.emoji.world import make_world
from clipit.data.sources.prepared import load_prepared, read_record
from clipit.data.streaming import Stream
from clipit.data.variations import make_pairs
from clipit.inputs.tokenizer import Tokenizer, load_tokenizer, train_tokenizer
from clipit.training.own_data import OwnWatcher, own_collection, own_pairs, some
from clipit.training.recipe import Recipe
from clipit.training.runs import RunFolder
from clipit.training.starting import preprocess_of, with_loaded_encoders
from clipit.training.watching import Watcher


def load_all(recipe: Recipe, folder: RunFolder) -> tuple[Recipe, Pairs | Stream, Tokenizer, Watcher | OwnWatcher]:
    """What ``load_data`` gives, and what looks at the model while it trains."""
    if recipe.data:
        return load_own(recipe, folder)
    loaded = load_world(recipe, folder)
    return *loaded, Watcher(loaded[0], loaded[2])


def load_data(recipe: Recipe, folder: RunFolder) -> tuple[Recipe, Pairs | Stream, Tokenizer]:
    """The pictures and captions to train on, their tokenizer, and the recipe with the sizes that follow from both.

    A text encoder that was trained before brings its tokenizer; for a new one it is learned from the captions.
    """
    return load_own(recipe, folder)[:3] if recipe.data else load_world(recipe, folder)


def load_world(recipe: Recipe, folder: RunFolder) -> tuple[Recipe, Pairs, Tokenizer]:
    """The same for the small world."""
    world = make_world("train", recipe.train_size, recipe.seed, language=recipe.language)
    captions = [caption for several in world["captions"] for caption in several]
    recipe, tokenizer = with_tokenizer(recipe, folder, captions, captions)
    pairs = load_pairs(world, tokenizer, recipe.model.vision.image_size)
    if recipe.counting:
        pairs = with_counterfactuals(pairs, tokenizer, recipe.language, recipe.seed)
    return recipe, pairs, tokenizer


def load_own(recipe: Recipe, folder: RunFolder) -> tuple[Recipe, Pairs | Stream, Tokenizer, OwnWatcher]:
    """The same for pictures from elsewhere.

    Of a vocabulary that is cut, what the captions of all splits need is kept: their words were learned before.
    """
    if recipe.workers:
        return load_stream(recipe, folder)
    collection = own_collection(recipe, preprocess_of(recipe))
    folder.same_data(collection.digest)
    trained_on = [caption for thing in collection.splits(recipe.seed)["train"] for caption in thing.captions]
    recipe, tokenizer = with_tokenizer(recipe, folder, trained_on, collection.captions)
    pairs = own_pairs(recipe, collection, tokenizer)
    return recipe, pairs["train"], tokenizer, OwnWatcher(pairs["validation"])


def load_stream(recipe: Recipe, folder: RunFolder) -> tuple[Recipe, Stream, Tokenizer, OwnWatcher]:
    """The same for a prepared folder: its pictures are decoded while the model trains, those of validation beforehand.

    Raises:
        ValueError: the folder is not prepared, or has fewer rows than a batch.
    """
    preprocess, rows = preprocess_of(recipe), load_prepared(recipe.data, "train")
    rows = rows.select(range(min(len(rows), recipe.train_size)))
    if len(rows) < recipe.batch_size:
        raise ValueError(f"{recipe.data} has {len(rows)} rows to train on, fewer than a batch of {recipe.batch_size}.")
    validation = read_collection(recipe.data, preprocess, recipe.language, splits=("validation",))
    record = json.dumps(read_record(recipe.data), sort_keys=True)
    folder.same_data(hashlib.blake2b(f"{record} {len(rows)} {validation.digest}".encode(), digest_size=16).hexdigest())
    captions = {text for several in rows["captions"] for text in several}
    recipe, tokenizer = with_tokenizer(recipe, folder, sorted(captions), sorted(captions | set(validation.captions)))
    looked_at = make_pairs(validation, some(list(validation.things), recipe.test_size), tokenizer)
    return recipe, Stream(rows, tokenizer, preprocess, recipe.workers), tokenizer, OwnWatcher(looked_at)


def with_tokenizer(
    recipe: Recipe, folder: RunFolder, trained_on: Sequence[str], needed: Sequence[str]
) -> tuple[Recipe, Tokenizer]:
    """The text encoder's tokenizer, or one that is learned from captions, and the recipe with the sizes of both."""
    recipe, tokenizer = with_loaded_encoders(recipe, needed)
    longest = recipe.max_tokens or getattr(recipe.model.text, "max_tokens", 32)
    if tokenizer is None:
        if (folder.path / "tokenizer.json").is_file():
            tokenizer = load_tokenizer(folder.path)
        else:
            tokenizer = train_tokenizer(trained_on, recipe.vocabulary_size, longest)
            tokenizer.save(folder.path)
        return replace(recipe, model=fitted(recipe, tokenizer)), tokenizer
    return recipe, Tokenizer(tokenizer.transformers_tokenizer, min(tokenizer.max_tokens, longest))


def fitted(recipe: Recipe, tokenizer: Tokenizer) -> Any:
    """The recipe's model with an embedding for each token that there is."""
    return replace(recipe.model, text=replace(recipe.model.text, vocabulary_size=tokenizer.vocabulary_size))
