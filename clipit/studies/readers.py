"""Two small BERTs that differ in their languages alone, for a fair comparison: pretrained alike, and kept.

Both fill in hidden words of as many captions in as many steps with as many words at most. One reads Italian, the other
a third each of Italian, English and Spanish.

>>> reader_folder("italian").name
'reader-italian'
"""

from dataclasses import replace
from functools import cache
from pathlib import Path

import jax
from flax import nnx

from clipit.data.cache import cache_folder
from clipit.data.emoji.world import make_world
from clipit.data.masking import word_batches
from clipit.hub.words import holds_words, save_words
from clipit.inputs.tokenizer import train_tokenizer
from clipit.models.masked import MaskedWords
from clipit.training.in_memory import devices_here
from clipit.training.mesh import make_mesh, spread
from clipit.training.recipe import Phase
from clipit.training.step import make_optimizer, place
from clipit.training.words import words_step
from clipit.training.words_recipe import WORDS

LANGUAGES = {"italian": ("it",), "multilingual": ("it", "en", "es")}
SCENES, SEED = 6_000, 2  # scenes that the studies' models are not trained on
BATCH, PHASE = 128, Phase(steps=400, warmup_steps=40)
VOCABULARY = 2_000


def captions_in(languages: tuple[str, ...], split: str, size: int, seed: int) -> list[list[str]]:
    """The five captions of each scene, in the first language, the second, …, and the first again."""
    told = [make_world(split, size, seed, language=language)["captions"][:] for language in languages]
    return [told[row % len(told)][row] for row in range(size)]


def reader_folder(kind: str) -> Path:
    """Where a pretrained BERT is kept."""
    return cache_folder("studies") / f"reader-{kind}"


@cache
def reader(kind: str) -> str:
    """The folder of a BERT of these languages; pretrained the first time, in some minutes."""
    folder = reader_folder(kind)
    if not holds_words(folder):
        captions = sorted({text for several in captions_in(LANGUAGES[kind], "train", SCENES, SEED) for text in several})
        tokenizer = train_tokenizer(captions, VOCABULARY, WORDS.text.max_tokens)
        config = replace(WORDS.text, vocabulary_size=tokenizer.vocabulary_size)
        model = MaskedWords(config, nnx.Rngs(SEED))
        mesh, optimizer = make_mesh(devices_here()), make_optimizer(model, PHASE)
        place(model, optimizer, mesh)
        stream = word_batches(tokenizer(captions), BATCH, tokenizer.vocabulary_size, SEED)
        for _, batch in zip(range(PHASE.steps), stream, strict=False):
            words_step(model, optimizer, jax.device_put(batch, spread(mesh)))
        save_words(model, tokenizer, folder)
    return str(folder)
