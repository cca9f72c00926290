"""Pretraining a small BERT on Italian text by hidden words; interrupted runs go on where they stopped.

The text: the captions of the small world in all three roles, so that it knows the language of the captions, and the
sentences of a book, so that it knows more Italian than that.

>>> from clipit.training.words_recipe import WORDS
>>> run = train_words(WORDS, out="runs/italian-bert")                                # doctest: +SKIP
"""

import json
import math
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.sharding import Mesh
from jaxtyping import Array, Float

from clipit.data.emoji.lexicon import concepts, language
from clipit.data.emoji.roles import ROLES
from clipit.data.emoji.world import make_world
from clipit.data.masking import hide, word_batches
from clipit.data.prose import prose
from clipit.hub.words import load_words, save_words
from clipit.inputs.tokenizer import Tokenizer, load_tokenizer, train_tokenizer
from clipit.losses.masked_words import masked_words
from clipit.models.masked import MaskedWords
from clipit.training.checkpoints import Checkpoints
from clipit.training.mesh import make_mesh, spread
from clipit.training.runs import RunError, RunFolder
from clipit.training.step import make_optimizer, place
from clipit.training.words_recipe import WordsRecipe

HELD_OUT = 20  # every twentieth sentence is not trained on


@dataclass
class WordsRun:
    """A finished run: its folder, recipe, model, tokenizer, and one dictionary for each step."""

    folder: Path
    recipe: WordsRecipe
    model: MaskedWords
    tokenizer: Tokenizer
    metrics: list[dict[str, Any]]


@nnx.jit
def words_step(model: MaskedWords, optimizer: nnx.Optimizer, batch: dict[str, Array]) -> Float[Array, ""]:
    """Moves the parameters once; returns the loss before the move."""
    loss, gradients = nnx.value_and_grad(words_loss)(model, batch)
    optimizer.update(model, gradients)
    return loss


def words_loss(model: MaskedWords, batch: dict[str, Array]) -> Float[Array, ""]:
    """The loss of a batch as ``clipit.data.masking`` gives it."""
    return masked_words(model(batch["shown"], batch["attention_mask"]), batch["input_ids"], batch["hidden"])


@nnx.jit
def guess(model: MaskedWords, shown: Array, attention_mask: Array) -> Array:
    """The likeliest word at every place, int [n, tokens]."""
    return model(shown, attention_mask).argmax(axis=-1)


def train_words(recipe: WordsRecipe, out: str | Path | None = None, quiet: bool = False) -> WordsRun:
    """Pretrains a BERT; a run that was interrupted goes on from its last checkpoint.

    Args:
        recipe: what to do.
        out: the run's folder; ``runs/`` and the recipe's name if it is not given.
        quiet: without a line now and then.

    Raises:
        RunError: the folder holds another run, another run is at work in it, or the loss is no longer a number.
        ValueError: the book is not there.
    """
    folder = RunFolder(out or Path("runs") / recipe.name)
    mesh = make_mesh(recipe.devices)
    with folder.locked():
        folder.begin(recipe, resume=True)
        if not (folder.path / "model.safetensors").is_file():
            pretraining = Pretraining(recipe, folder, mesh)
            with Checkpoints(folder.checkpoints) as checkpoints:
                pretraining.run(checkpoints, quiet)
            save_words(pretraining.model, pretraining.tokenizer, folder.path)
    return WordsRun(folder.path, recipe, *load_words(folder.path), folder.read_metrics())


class Pretraining:
    """A run at work."""

    def __init__(self, recipe: WordsRecipe, folder: RunFolder, mesh: Mesh):
        self.recipe, self.folder, self.mesh = recipe, folder, mesh
        texts = read_texts(recipe)
        self.tokenizer = learned_tokenizer(recipe, folder, texts)
        config = replace(recipe.text, vocabulary_size=self.tokenizer.vocabulary_size)
        self.model = MaskedWords(config, nnx.Rngs(recipe.seed))
        self.optimizer = make_optimizer(self.model, recipe.phase)
        place(self.model, self.optimizer, mesh)
        self.known = {name: self.tokenizer(lines[::HELD_OUT]) for name, lines in texts.items()}
        self.learned = self.tokenizer([line for lines in texts.values() for line in without_held_out(lines)])

    def run(self, checkpoints: Checkpoints, quiet: bool) -> None:
        """All steps that are not yet done."""
        recipe = self.recipe
        done, state = checkpoints.restore_newest(lambda _: nnx.state((self.model, self.optimizer)))
        nnx.update((self.model, self.optimizer), state)
        metrics = self.folder.keep_metrics(done)
        started = time.perf_counter() - (metrics[-1]["seconds"] if metrics else 0.0)
        stream = word_batches(self.learned, recipe.batch_size, self.tokenizer.vocabulary_size, recipe.seed, done)
        for step in range(done + 1, recipe.phase.steps + 1):
            last = step == recipe.phase.steps
            line = self.step(step, next(stream), look=step % recipe.evaluate_every == 0 or step == 1 or last)
            line["seconds"] = round(time.perf_counter() - started, 3)
            with self.folder.metrics.open("a") as file:
                file.write(json.dumps(line) + "\n")
            if step % recipe.checkpoint_every == 0 or last:
                checkpoints.save(step, nnx.state((self.model, self.optimizer)))
                if not quiet:
                    print(f"step {step}: loss {line['loss']:.2f}, {line['seconds']:.0f} s", flush=True)

    def step(self, step: int, batch: dict[str, np.ndarray], look: bool) -> dict[str, Any]:
        """One step, and what is written down of it."""
        loss = float(words_step(self.model, self.optimizer, jax.device_put(batch, spread(self.mesh))))
        if not math.isfinite(loss):
            raise RunError(f"The loss of step {step} is not a number: lower the learning_rate.")
        shares = {f"found.{name}": found(self.model, tokens) for name, tokens in self.known.items()} if look else {}
        return {"step": step, "loss": loss, **shares}


def read_texts(recipe: WordsRecipe) -> dict[str, list[str]]:
    """The texts to learn from: "captions" of the small world, and the sentences of the book, "prose"."""
    told: list[str] = []
    for role in ROLES:
        world = make_world("train", recipe.scenes, recipe.seed, language=recipe.language, source=role)
        told += [caption for several in world["captions"] for caption in several]
    held_out = held_out_words(recipe.language)
    sentences = [sentence for sentence in prose(recipe.prose or None) if not held_out.search(sentence)]
    return {"captions": sorted(set(told)), "prose": sentences * recipe.prose_times}


def held_out_words(name: str) -> re.Pattern[str]:
    """Finds a noun, singular or plural, of a concept that is held out of training: the book too must not name one.

    >>> bool(held_out_words("it").search("I punti chiave.")), bool(held_out_words("it").search("Il chiavistello."))
    (True, False)
    """
    nouns = [language(name).nouns[concept.name] for concept in concepts(held_out=True)]
    forms = {re.escape(form) for noun in nouns for form in (noun.singular, noun.plural)}
    return re.compile(rf"\b({'|'.join(sorted(forms))})\b", re.IGNORECASE)


def without_held_out(lines: list[str]) -> list[str]:
    """All but those that are kept for finding out how many hidden words are found."""
    held_out = set(lines[::HELD_OUT])
    return [line for line in lines if line not in held_out]


def learned_tokenizer(recipe: WordsRecipe, folder: RunFolder, texts: dict[str, list[str]]) -> Tokenizer:
    """The run's tokenizer, learned from the texts when it begins."""
    if (folder.path / "tokenizer.json").is_file():
        return load_tokenizer(folder.path)
    lines = [line for several in texts.values() for line in without_held_out(several)]
    tokenizer = train_tokenizer(lines, recipe.vocabulary_size, recipe.text.max_tokens)
    tokenizer.save(folder.path)
    return tokenizer


def found(model: MaskedWords, tokens: dict[str, np.ndarray], chunk: int = 256) -> float:
    """The share of hidden words that the model's first guess finds, the same words at every look."""
    rows = min(len(tokens["input_ids"]), 4 * chunk) // chunk * chunk or len(tokens["input_ids"])
    ids, mask = tokens["input_ids"][:rows], tokens["attention_mask"][:rows]
    given = hide(ids, mask, model.config.vocabulary_size, np.random.default_rng(0))
    right = [
        np.asarray(guess(model, jnp.asarray(given["shown"][part]), jnp.asarray(mask[part]))) == ids[part]
        for part in (slice(start, start + chunk) for start in range(0, rows, chunk))
    ]
    return round(float(np.concatenate(right)[given["hidden"]].mean()), 4)
