"""Searching pictures with words: in the small world's gallery, or in a folder of one's own.

>>> picture_files("data")
[]
"""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from clipit.data.emoji.gallery import make_gallery
from clipit.inputs.pictures import open_image
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.features import embed_captions, embed_pixels

SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"}
LONGEST_QUERY = 1_000  # characters; a caption has some fifty


@dataclass(frozen=True)
class Found:
    """A picture that was found: where it is, what is known about it, and how similar it is to the query (-1 to 1)."""

    place: str
    caption: str
    similarity: float

    def told(self) -> str:
        """The same on one line."""
        return f"{self.similarity:.3f}  {self.place}  {self.caption}".rstrip()


def picture_files(folder: str | Path) -> list[Path]:
    """The pictures of a folder, in the order of their names.

    Raises:
        ValueError: there is no such folder.
    """
    if not Path(folder).is_dir():
        raise ValueError(f"There is no folder {folder}.")
    return sorted(path for path in Path(folder).iterdir() if path.suffix.lower() in SUFFIXES)


def check_query(query: str, tokenizer: Tokenizer) -> str:
    """The query without spaces around it.

    Raises:
        ValueError: it is empty, far too long, or has no word that the model knows.
    """
    query = query.strip()
    if not query:
        raise ValueError("The query is empty: say what to look for, such as 'due gatti neri'.")
    if len(query) > LONGEST_QUERY:
        raise ValueError(f"The query has {len(query)} characters: use a sentence of at most {LONGEST_QUERY}.")
    if knows_nothing(tokenizer, query):
        raise ValueError(f"The model knows no word of {query[:60]!r}: use words such as gatto, mela, due, rosso.")
    return query


def knows_nothing(tokenizer: Tokenizer, text: str) -> bool:
    """Whether a text has no word that the model knows. Single letters are none, but a Chinese character is a word."""
    pieces = [piece.removeprefix("##") for piece in tokenizer.tokens(text) if not piece.startswith("[")]
    return not any(len(piece) > 1 or unicodedata.category(piece) == "Lo" for piece in pieces)  # Lo: has no capitals


def search(
    model: DualEncoder, tokenizer: Tokenizer, query: str, gallery: str | Path | None = None, top: int = 5
) -> list[Found]:
    """The pictures most similar to a query, best first.

    Args:
        model: a trained model.
        tokenizer: its tokenizer.
        query: some words.
        gallery: a folder with pictures; None searches a gallery of the small world.
        top: how many to return.

    Raises:
        ValueError: the query cannot be used, the folder holds no pictures, or none are to be returned.
    """
    if top < 1:
        raise ValueError(f"Ask for at least one picture, not {top}.")
    text = embed_captions(model, tokenizer, [check_query(query, tokenizer)])[0]  # [dim]
    if gallery is None:
        world = make_gallery()
        places, captions = [f"gallery/{row}" for row in range(len(world))], list(world["caption"])
        pixels = np.stack([model.preprocess.resize(picture) for picture in world["image"]])
    else:
        files = picture_files(gallery)
        if not files:
            raise ValueError(f"{gallery} holds no pictures ({', '.join(sorted(SUFFIXES))}).")
        places, captions = [str(path) for path in files], [""] * len(files)
        pixels = np.stack([model.preprocess.resize(open_image(path)) for path in files])
    similarities: Float[np.ndarray, " n"] = embed_pixels(model, pixels) @ text  # [n]
    best = np.argsort(-similarities, kind="stable")[:top]
    return [Found(places[row], captions[row], float(similarities[row])) for row in best]


def classify(model: DualEncoder, tokenizer: Tokenizer, picture: str | Path, labels: list[str]) -> dict[str, float]:
    """The share that a softmax over the labels gives to each of them; the shares add up to one.

    Raises:
        ValueError: there are fewer than two labels, one is there twice, or the model knows no word of one.
        PictureError: the picture cannot be opened.
    """
    if len(labels) < 2:
        raise ValueError("Give at least two labels to choose from, such as --labels 'gatto,cane'.")
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise ValueError(f"The label {twice!r} is there twice.")
    texts = embed_captions(model, tokenizer, [check_query(label, tokenizer) for label in labels])  # [labels, dim]
    pixels = model.preprocess.resize(open_image(picture))[None]
    logits = float(model.logit_scale()) * (embed_pixels(model, pixels) @ texts.T)[0]  # [labels]
    shares = np.exp(logits - logits.max())
    return dict(zip(labels, (shares / shares.sum()).tolist(), strict=True))
