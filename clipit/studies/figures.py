"""The pictures of the course that need no training of their own, in ``figures/``: what ``make figures`` does.

>>> sorted(FIGURES)
['searches.png']
"""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from clipit.data.emoji.gallery import SEARCHES, fits, make_gallery, search_text
from clipit.hub import load
from clipit.plots import plot_filmstrip
from clipit.training.features import embed_captions, embed_pixels

FOLDER = Path(__file__).parents[2] / "figures"
SHOWN = 6


def draw_searches() -> Figure:
    """Three Italian queries and the best pictures among a thousand, by the weights that come with the course."""
    model, tokenizer = load("quick")
    gallery = make_gallery()
    pictures = [np.asarray(picture) for picture in gallery["image"]]
    images = embed_pixels(model, np.stack(pictures))  # [n, dim]
    rows = []
    for query in SEARCHES:
        text, gloss = search_text(query, "it"), search_text(query, "en")
        similarities = images @ embed_captions(model, tokenizer, [text])[0]  # [n]
        best = np.argsort(-similarities, kind="stable")[:SHOWN]
        right = fits(query, gallery)
        rows.append((f"“{text}”\n({gloss})", [pictures[row] for row in best], [bool(right[row]) for row in best]))
    return plot_filmstrip("The best of 1,000 pictures, none of them seen in training (dashed: wrong)", rows)


FIGURES: dict[str, Callable[[], Figure]] = {"searches.png": draw_searches}


def draw_figures(folder: Path = FOLDER) -> list[Path]:
    """Draws every figure and returns their paths."""
    folder.mkdir(exist_ok=True)
    paths = []
    for name, draw in FIGURES.items():
        file = io.BytesIO()
        draw().savefig(file, format="png", dpi=120)
        small = Image.open(file).convert("RGB").quantize(256, dither=Image.Dither.NONE)
        small.save(folder / name, optimize=True)
        paths.append(folder / name)
    return paths
