"""A text encoder for the language of a sheet, taught on picture vectors that are computed once.

The image side is that of a model of the course, and stays as it is (Zhai et al. 2022, "LiT: Zero-Shot Transfer with
Locked-image text Tuning", arXiv 2111.07991): only a new, small text encoder learns, from captions and the vectors of
their pictures. So nothing Italian is needed. A student of the Italian text encoder (``clipit.training.student``) would
need Italian captions of the same scenes, and would learn its teacher's mistakes too.

>>> from clipit.data.languages import sheet_named
>>> quick = LanguageSettings(scenes=64, held_out=8, steps=2, batch_size=16)
>>> taught = teach([sheet_named("greek")], quick)
>>> len(taught.losses), taught.model.config.text.width
(2, 128)
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from random import Random
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float

from clipit.data.batches import Pairs, find_positives, shuffled
from clipit.data.emoji.captions import Caption
from clipit.data.emoji.claims import encode
from clipit.data.languages import Pictures, SceneSettings, Sheet, captions, common_words, draw_pictures
from clipit.hub import load
from clipit.inputs.tokenizer import Tokenizer, train_tokenizer
from clipit.losses import info_nce
from clipit.models import DualEncoder
from clipit.models.config import BagOfWordsConfig, BertConfig, BlockConfig, TextConfig
from clipit.models.dual import ENCODERS
from clipit.training.features import embed_pixels
from clipit.training.phase import Phase
from clipit.training.step import Moving, make_rule
from clipit.training.student import TRAINS

VOCABULARY, WIDTH = 2_000, 128  # pieces of words, at most, and numbers for each


@dataclass(frozen=True)
class LanguageSettings:
    """How a language is taught, and measured.

    Attributes:
        pictures_from: the model whose image side is kept.
        scenes: pictures to learn from.
        held_out: pictures to measure with; no model of the course was trained on them.
        captions: of each picture, in each language.
        steps: of the optimizer.
        batch_size: pairs in a step.
        rate: the highest learning rate of kernels.
        layers: transformer blocks of the text encoder; 0 is a bag of words, which learns in seconds.
        seed: of pictures, captions, the first parameters and the order.
        shuffled: a control: every picture gets the captions of another.
    """

    pictures_from: str = "italian-clip"
    scenes: int = 3_000
    held_out: int = 500
    captions: int = 4
    steps: int = 300
    batch_size: int = 128
    rate: float = 1e-2
    layers: int = 0
    seed: int = 0
    shuffled: bool = False

    def __post_init__(self) -> None:
        if self.captions < 1:
            raise ValueError(f"captions must be at least 1, not {self.captions}.")
        if self.steps < 1 or self.scenes < 1 or self.held_out < 1:
            raise ValueError("steps, scenes and held_out must be at least 1.")
        if self.layers < 0:
            raise ValueError(f"layers must be 0 or more, not {self.layers}.")
        if not 1 < self.batch_size <= self.scenes:
            raise ValueError(f"batch_size must be 2 to {self.scenes}, the number of scenes, not {self.batch_size}.")

    def text(self) -> TextConfig:
        """Sizes of the text encoder."""
        if self.layers:
            return BertConfig(VOCABULARY, layers=self.layers, block=BlockConfig(WIDTH), quiet_start=True)
        return BagOfWordsConfig(VOCABULARY, WIDTH)

    def phase(self) -> Phase:
        """What moves: the text encoder, its projection and the scale."""
        return Phase(
            "",
            (*TRAINS, "log_logit_scale"),
            self.steps,
            learning_rate=0.4 * self.rate,
            kernel_learning_rate=self.rate,
            warmup_steps=min(20, self.steps - 1),
        )


@dataclass(frozen=True)
class Taught:
    """What came out: the model, its tokenizer, and the loss of each step."""

    model: DualEncoder
    tokenizer: Tokenizer
    losses: list[float]


def teach(sheets: Sequence[Sheet], settings: LanguageSettings | None = None) -> Taught:
    """Teaches one text encoder the language of a sheet, or those of several at once, in as many steps.

    Raises:
        SheetError: the sheets have too few words in common, or one name.
    """
    settings = settings or LanguageSettings()
    pictures = pictures_for(sheets, "train", settings)
    told = tell(sheets, pictures, settings)
    texts = [caption.text for several in told for caption in several]
    tokenizer = train_tokenizer(texts, VOCABULARY)
    pairs = captioned(pictures, told, tokenizer)
    pairs = shuffled(pairs, settings.seed) if settings.shuffled else pairs
    model = beside_pictures(settings)
    vectors = picture_vectors(settings.pictures_from, pictures)
    return Taught(model, tokenizer, descend(model, vectors, order(pairs, settings), settings.phase()))


def pictures_for(sheets: Sequence[Sheet], split: str, settings: LanguageSettings) -> Pictures:
    """The pictures that a language is taught ("train") or measured ("test") with."""
    things, colors = common_words(sheets)
    size = settings.scenes if split == "train" else settings.held_out
    return drawn(tuple(sorted(things)), tuple(sorted(colors)), SceneSettings(split, size, settings.seed))


drawn = lru_cache(maxsize=8)(draw_pictures)  # all languages of a class have the same


@lru_cache(maxsize=8)
def picture_vectors(name: str, pictures: Pictures) -> Float[np.ndarray, "n dim"]:
    """What a model of the course makes of pictures; computed once, whatever is then taught on them."""
    return embed_pixels(load(name)[0], pictures.pixels)


def tell(sheets: Sequence[Sheet], pictures: Pictures, settings: LanguageSettings) -> list[list[Caption]]:
    """For each picture its captions, in each of the languages."""
    return [
        [
            caption
            for sheet in sheets
            for caption in captions(scene, sheet, Random(f"{settings.seed}/caption/{row}"), settings.captions)
        ]
        for row, scene in enumerate(pictures.scenes)
    ]


def captioned(pictures: Pictures, told: Sequence[Sequence[Caption]], tokenizer: Tokenizer) -> Pairs:
    """Pictures and captions as training reads them; it knows which captions are true of which pictures."""
    texts = [caption.text for several in told for caption in several]
    tokens, shape = tokenizer(texts), (len(told), len(told[0]), -1)
    return Pairs(
        pixels=pictures.pixels,
        input_ids=tokens["input_ids"].reshape(shape),
        attention_mask=tokens["attention_mask"].reshape(shape),
        texts=np.unique(np.array(texts), return_inverse=True)[1].reshape(shape[:2]),
        claims=encode([caption.description for several in told for caption in several]).reshape(shape),
        scenes=encode(pictures.scenes),
    )


def beside_pictures(settings: LanguageSettings) -> DualEncoder:
    """A trained model in which a new text encoder, that has learned nothing, stands in the place of the old one."""
    model, _ = load(settings.pictures_from)
    rngs, text = nnx.Rngs(settings.seed), settings.text()
    model.config = replace(model.config, text=text)
    model.text = ENCODERS[type(text)](text, rngs)
    model.text_projection = nnx.Linear(text.features, model.config.projection_dim, use_bias=False, rngs=rngs)
    model.log_logit_scale = nnx.Param(jnp.asarray(math.log(model.config.initial_logit_scale), jnp.float32))
    return model


def order(pairs: Pairs, settings: LanguageSettings) -> dict[str, np.ndarray]:
    """All batches of a training, one after the other.

    Returns:
        rows int [steps, batch], which pictures; input_ids and attention_mask int32 [steps, batch, tokens], one caption
        of each; positives bool [steps, batch, batch], which captions (columns) are true of which pictures (rows).
    """
    rng = np.random.default_rng(settings.seed)
    shape = settings.steps, settings.batch_size
    epochs = -(-shape[0] * shape[1] // len(pairs))
    places = np.concatenate([rng.permutation(len(pairs)) for _ in range(epochs)])
    rows = places[: shape[0] * shape[1]].reshape(shape)
    chosen = rng.integers(0, pairs.input_ids.shape[1], shape)
    return {
        "rows": rows,
        "input_ids": pairs.input_ids[rows, chosen],
        "attention_mask": pairs.attention_mask[rows, chosen],
        "positives": np.stack([find_positives(pairs, shown, said) for shown, said in zip(rows, chosen, strict=True)]),
    }


def descend(
    model: DualEncoder, vectors: Float[np.ndarray, "n dim"], batches: dict[str, np.ndarray], phase: Phase
) -> list[float]:
    """Trains what the phase moves, on picture vectors that are there already; returns the loss of each step."""
    graph, *states = nnx.split(model, nnx.All(nnx.Param, Moving(phase.trains)), ...)
    moving, frozen = states
    end, losses = all_steps(moving, frozen, jnp.asarray(vectors), batches, graph, phase)
    nnx.update(model, with_values(moving, end))
    return np.asarray(losses).tolist()


def with_values(state: Any, values: dict[str, Any]) -> Any:
    """The same state with other numbers, which are given as plain dictionaries."""
    changed = jax.tree.map(lambda array: array, state)
    nnx.replace_by_pure_dict(changed, values)
    return changed


@partial(jax.jit, static_argnames=("graph", "phase"))  # compiled once for all languages
def all_steps(
    moving: Any, frozen: Any, vectors: Float[Array, "n dim"], batches: dict[str, Array], graph: Any, phase: Phase
) -> tuple[Any, Float[Array, " steps"]]:
    """Every step in one program: the parameters at the end, and the losses."""
    rule, start = make_rule(phase), nnx.to_pure_dict(moving)

    def loss_of(parameters: Any, batch: dict[str, Array]) -> Float[Array, ""]:
        model = nnx.merge(graph, with_values(moving, parameters), frozen)
        texts = model.encode_text(batch)  # [batch, dim]
        return info_nce(vectors[batch["rows"]], texts, model.logit_scale(), batch["positives"])

    def step(state: tuple[Any, Any], batch: dict[str, Array]) -> tuple[tuple[Any, Any], Float[Array, ""]]:
        parameters, memory = state
        loss, gradient = jax.value_and_grad(loss_of)(parameters, batch)
        updates, memory = rule.update(gradient, memory, parameters)
        return (optax.apply_updates(parameters, updates), memory), loss

    (end, _), losses = jax.lax.scan(step, (start, rule.init(start)), batches)
    return end, losses
