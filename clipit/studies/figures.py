"""The pictures in ``figures/`` that trained weights make; ``clipit.course.figures`` has those of the lessons.

>>> sorted(FIGURES)
['searches.png']
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from clipit.data.emoji.gallery import SEARCHES, fits, make_gallery, search_text
from clipit.hub import load
from clipit.plots import plot_filmstrip
from clipit.plots.saving import FOLDER, save_all
from clipit.training.features import embed_captions, embed_pixels

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
    return plot_filmstrip(f"The best of {len(gallery):,} pictures, none of them seen in training (dashed: wrong)", rows)


FIGURES: dict[str, Callable[[], Figure]] = {"searches.png": draw_searches}


def draw_figures(folder: Path = FOLDER) -> list[Path]:
    """Draws every figure and returns their paths."""
    return save_all(FIGURES, folder)
