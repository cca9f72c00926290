"""The pictures in the report of a run on a reader's own data: searches, curves, a batch.

>>> chosen_queries(["un gatto", "un cane", "un gatto", "una casa"])
[0, 1, 3]
"""

from collections.abc import Iterator, Sequence

import numpy as np

from clipit.apps.report import TEXTS, picture
from clipit.plots import plot_curves, plot_gallery, plot_similarities
from clipit.training.features import embed_captions, embed_pixels
from clipit.training.loop import Run
from clipit.training.own_data import first_views, unseen_pairs

SEARCHED, SHOWN, BATCH = 3, 6, 12


def chosen_queries(captions: Sequence[str]) -> list[int]:
    """Places of the first captions that differ, spread over all: which were searched was not chosen by success."""
    places = np.unique(np.array(captions), return_index=True)[1]
    places.sort()
    return places[np.linspace(0, len(places) - 1, min(SEARCHED, len(places))).astype(int)].tolist()


def own_pictures(run: Run) -> Iterator[str]:
    """Searches among the pictures that were not trained on, the curves, and a batch."""
    pairs, captions = unseen_pairs(run.model, run.tokenizer, run.recipe)
    pixels = pairs.pixels[first_views(pairs.views, len(pairs.pixels))]
    images = embed_pixels(run.model, pixels)  # [n, dim]
    texts = embed_captions(run.model, run.tokenizer, captions)  # [n, dim]
    yield f"<h2>Searches</h2><p>Each looks through {len(pixels)} pictures that were never trained on.</p>"
    for query in chosen_queries(captions):
        best = np.argsort(-(images @ texts[query]), kind="stable")[:SHOWN].tolist()
        right = [captions[row] == captions[query] for row in best]
        figure = plot_gallery(captions[query], [pixels[row] for row in best], right)
        yield picture(figure, f"“{captions[query]}”: blue frames have this caption, dashed orange ones another.")
    yield "<h2>Training</h2>"
    yield picture(plot_curves(run.metrics), TEXTS["curves"])
    yield "<h2>A batch</h2>"
    first = slice(min(BATCH, len(pixels)))
    figure = plot_similarities(images[first] @ texts[first].T, list(pixels[first]), captions[first])
    yield picture(figure, TEXTS["batch"])
