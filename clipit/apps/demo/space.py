"""What a Space computes: the demo of a model that is too large for a page, with a server behind it.

``clipit demo RUN FOLDER --space`` writes such a folder, and the ``app.py`` in it shows what these functions return. The
folder's model is the same as any: nothing here knows of Gradio, and nothing of ONNX.

>>> softmax(np.array([0.9, 0.9, -1.0]), scale=1_000.0).tolist()
[0.5, 0.5, 0.0]
>>> sentence("una foto di {}", "un gatto"), sentence("una foto di", "un gatto"), sentence("", "un gatto")
('una foto di un gatto', 'una foto di un gatto', 'un gatto')
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from clipit.apps.demo.gallery import file_name
from clipit.apps.demo.heat import place_in_words
from clipit.apps.demo.spelling import strange, word_by_word
from clipit.apps.searching import LONGEST_QUERY, knows_nothing
from clipit.evaluation import occlusion_map
from clipit.hub import load
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.features import embed_captions, embed_pixels

SHOWN = 12


@dataclass(frozen=True)
class Space:
    """An opened folder.

    Attributes:
        folder: where it lies.
        model: as ``clipit.load`` gives it.
        tokenizer: the same.
        facts: what demo.json says: the gallery, examples, words.
        vectors: of the gallery's pictures, of length one.
        turn: several visitors may ask at once, and each waits for their turn at the model.
    """

    folder: Path
    model: DualEncoder
    tokenizer: Tokenizer
    facts: dict[str, Any]
    vectors: Float[np.ndarray, "pictures dim"]
    turn: Any = field(default_factory=threading.Lock)

    def file(self, row: int) -> Path:
        """A picture of the gallery."""
        return self.folder / "pictures" / file_name(row)

    def caption(self, row: int) -> str:
        """What is known about a picture of the gallery."""
        about = self.facts["pictures"][row]
        return glossed(about["caption"], about["gloss"])

    def encode_texts(self, texts: Sequence[str]) -> Float[np.ndarray, "n dim"]:
        """Vectors of length one."""
        with self.turn:
            return embed_captions(self.model, self.tokenizer, texts)

    def encode_pictures(self, pixels: UInt8[np.ndarray, "n side side 3"]) -> Float[np.ndarray, "n dim"]:
        """The same for pictures of the right size."""
        with self.turn:
            return embed_pixels(self.model, pixels)

    def prepare(self, picture: np.ndarray) -> UInt8[np.ndarray, "side side 3"]:
        """The part of a picture that the model sees, as large as it sees it; uint8 of any size goes in."""
        return self.model.preprocess.resize(picture)


def open_space(folder: str | Path) -> Space:
    """Opens a folder that ``write_space`` wrote.

    Raises:
        ValueError: it is none, or something in it is missing or damaged.
    """
    folder = Path(folder)
    try:
        facts, vectors = json.loads((folder / "demo.json").read_text("utf-8")), np.load(folder / "vectors.npy")
    except (OSError, ValueError) as error:
        raise ValueError(f"{folder} is no Space that clipit demo --space wrote ({error}).") from None
    return Space(folder, *load(folder / "model"), facts, vectors)


def glossed(text: str, gloss: str) -> str:
    """Words, and behind them what they mean in English.

    >>> glossed("due gatti", "two cats"), glossed("two cats", "")
    ('due gatti (two cats)', 'two cats')
    """
    return f"{text} ({gloss})" if gloss else text


@dataclass(frozen=True)
class Found:
    """What a search found: rows of the gallery, the most similar first, their similarities, and what to say."""

    rows: list[int]
    similarities: list[float]
    notes: list[str]

    def captions(self, space: Space) -> list[str]:
        """For each picture what stands under it."""
        pairs = zip(self.similarities, self.rows, strict=True)
        return [f"{similarity:.3f} · {space.caption(row)}" for similarity, row in pairs]


def check(space: Space, text: str) -> str:
    """A text without spaces around it.

    Raises:
        ValueError: it is empty, far too long, or has no word that the model knows.
    """
    text = text.strip()
    if not text:
        raise ValueError("Say what to look for.")
    if len(text) > LONGEST_QUERY:
        raise ValueError(f"These are {len(text):,} letters: use a sentence of at most {LONGEST_QUERY:,}.")
    if knows_nothing(space.tokenizer, text):
        raise ValueError(f"The model knows no word of “{text[:60]}”.")
    return text


def search(space: Space, query: str, top: int = SHOWN) -> Found:
    """The pictures of the gallery that are most similar to some words; raises as ``check`` does."""
    vector = space.encode_texts([check(space, query)])[0]  # [dim]
    similarities: Float[np.ndarray, " pictures"] = space.vectors @ vector
    rows = np.argsort(-similarities, kind="stable")[:top].tolist()
    meaning = word_by_word(space.tokenizer, query, space.facts["glosses"])
    return Found(rows, similarities[rows].tolist(), [*([meaning] if meaning else []), *strange(space.tokenizer, query)])


@dataclass(frozen=True)
class Share:
    """A label, what it was compared as, its meaning, its similarity to the picture, and its share of a softmax."""

    label: str
    text: str
    gloss: str
    similarity: float
    share: float


@dataclass(frozen=True)
class Shares:
    """Labels with their shares, in their order, and what is to be said about their words."""

    rows: list[Share]
    notes: list[str]

    def by_label(self) -> dict[str, float]:
        """From each label, with its meaning, to its share."""
        return {glossed(row.label, row.gloss): row.share for row in self.rows}

    def best(self) -> Share:
        """The label with the largest share."""
        return max(self.rows, key=lambda row: row.share)

    def explained(self, scale: float) -> str:
        """The best label's share, step by step, in this picture's numbers."""
        best = self.best()
        first, second = sorted((scale * row.similarity for row in self.rows), reverse=True)[:2]
        return (
            f"“{best.text}” and the picture have the similarity {best.similarity:.3f}. Times the model's scale, "
            f"{scale:.1f}, that is {first:.1f}; the next best label has {second:.1f}. Softmax raises e to each of "
            f"these numbers and divides by the sum of all: {best.share:.1%} for “{best.label}”. So the shares add up "
            "to 100 % whatever the labels are, even if none of them fits."
        )


def compare(space: Space, picture: np.ndarray, labels: Sequence[str], texts: Sequence[str]) -> Shares:
    """How a softmax divides up a picture among texts, each of which stands for a label."""
    for text in texts:
        check(space, text)
    vector = space.encode_pictures(space.prepare(picture)[None])[0]  # [dim]
    similarities: Float[np.ndarray, " labels"] = space.encode_texts(texts) @ vector
    shares = softmax(similarities, space.facts["logit_scale"])
    meanings = {one["phrases"][0]: one["gloss"] for one in space.facts["things"]}
    glosses = [meanings.get(label, "") for label in labels]
    rows = zip(labels, texts, glosses, similarities.tolist(), shares.tolist(), strict=True)
    notes = dict.fromkeys(note for label in labels for note in strange(space.tokenizer, label))
    return Shares([Share(*row) for row in rows], list(notes))


def ask_labels(space: Space, picture: np.ndarray, lines: str, template: str = "") -> Shares:
    """Which of some labels, one on a line, fits a picture.

    Args:
        space: the opened Space.
        picture: uint8 [height, width, 3], of any size.
        lines: the labels; empty lines and a label's second line do not count.
        template: a sentence around each, with {} for the label.

    Raises:
        ValueError: there are fewer than two labels, or one of which the model knows no word.
    """
    labels = list(dict.fromkeys(line.strip() for line in lines.splitlines() if line.strip()))
    if len(labels) < 2:
        raise ValueError("Write at least two labels, one on a line.")
    return compare(space, picture, labels, [sentence(template, label) for label in labels])


def ask_count(space: Space, picture: np.ndarray, thing: int) -> Shares:
    """How many of a thing, by its place in the list of things, the model believes to see: one to six of them."""
    phrases = space.facts["things"][thing]["phrases"]
    return Shares(compare(space, picture, phrases, phrases).rows, how_often(space.facts["written"]))


def how_often(written: Sequence[float]) -> list[str]:
    """A sentence about how often people write one to six, when "two" is 1; none where nobody counted.

    >>> how_often([9.0, 1.0, 0.5, 0.3, 0.2, 0.1])
    ['For each “two”, people write “three” 0.50, “four” 0.30, “five” 0.20 and “six” 0.10 times.']
    """
    if not written:
        return []
    told = [f"“{name}” {often:.2f}" for name, often in zip(("three", "four", "five", "six"), written[2:], strict=True)]
    return [f"For each “two”, people write {', '.join(told[:-1])} and {told[-1]} times."]


@dataclass(frozen=True)
class Located:
    """Where in a picture something is.

    Attributes:
        pixels: what the model saw, uint8 [side, side, 3].
        heat: how much the similarity falls when a pixel is covered, float [side, side].
        similarity: to the picture as it is.
    """

    pixels: UInt8[np.ndarray, "side side 3"]
    heat: Float[np.ndarray, "side side"]
    similarity: float

    def told(self) -> str:
        """The same in words, also for those who do not see the map."""
        most = float(self.heat.max())
        where = f"It falls most {place_in_words(self.heat)}, by {most:.3f}."
        nowhere = "Covering makes it fall nowhere: no single part of the picture is what the words need."
        return f"The similarity is {self.similarity:.3f}. {where if most > 0 else nowhere}"


def locate(space: Space, picture: np.ndarray, text: str) -> Located:
    """Covers part after part of a picture, as ``clipit.evaluation.occlusion_map``; raises as ``check`` does.

    The window is a quarter of the side, and moves by a sixteenth of it, as on the page without a server.
    """
    vector, pixels = space.encode_texts([check(space, text)])[0], space.prepare(picture)
    window, stride = max(len(pixels) // 4, 1), max(len(pixels) // 16, 1)
    heat = occlusion_map(pixels, lambda pictures: space.encode_pictures(pictures) @ vector, window, stride)
    return Located(pixels, heat, float(space.encode_pictures(pixels[None])[0] @ vector))


def softmax(similarities: Float[np.ndarray, " n"], scale: float) -> Float[np.ndarray, " n"]:
    """Shares that add up to one."""
    parts = np.exp(scale * (similarities.astype(np.float64) - similarities.max()))
    return parts / parts.sum()


def sentence(template: str, label: str) -> str:
    """A label in its sentence; a template without a place for it gets it behind."""
    return (template.replace("{}", label) if "{}" in template else f"{template} {label}").strip()
