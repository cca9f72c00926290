"""What a run trains on and with: pairs, a tokenizer, and the sizes that follow from both.

>>> from clipit.training.recipe import RECIPES
>>> from clipit.inputs.tokenizer import train_tokenizer
>>> fitted(RECIPES["tiny"], train_tokenizer(["due gatti"], 40)).text.vocabulary_size < 40
True
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from clipit.data.batches import Pairs, load_pairs
from clipit.data.counterfactuals import with_counterfactuals
from clipit.data.emoji.world import make_world
from clipit.inputs.tokenizer import Tokenizer, load_tokenizer, train_tokenizer
from clipit.training.own_data import OwnWatcher, own_collection, own_pairs
from clipit.training.recipe import Recipe
from clipit.training.runs import RunFolder
from clipit.training.starting import preprocess_of, with_loaded_encoders
from clipit.training.watching import Watcher


def load_all(recipe: Recipe, folder: RunFolder) -> tuple[Recipe, Pairs, Tokenizer, Watcher | OwnWatcher]:
    """What ``load_data`` gives, and what looks at the model while it trains."""
    if recipe.data:
        return load_own(recipe, folder)
    loaded = load_world(recipe, folder)
    return *loaded, Watcher(loaded[0], loaded[2])


def load_data(recipe: Recipe, folder: RunFolder) -> tuple[Recipe, Pairs, Tokenizer]:
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


def load_own(recipe: Recipe, folder: RunFolder) -> tuple[Recipe, Pairs, Tokenizer, OwnWatcher]:
    """The same for pictures from elsewhere.

    Of a vocabulary that is cut, what the captions of all splits need is kept: their words were learned before.
    """
    collection = own_collection(recipe, preprocess_of(recipe))
    folder.same_data(collection.digest)
    trained_on = [caption for thing in collection.splits(recipe.seed)["train"] for caption in thing.captions]
    recipe, tokenizer = with_tokenizer(recipe, folder, trained_on, collection.captions)
    pairs = own_pairs(recipe, collection, tokenizer)
    return recipe, pairs["train"], tokenizer, OwnWatcher(pairs["validation"])


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
