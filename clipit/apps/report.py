"""The report of a run: one HTML file that opens without a network.

>>> table([("recall@1", "0.80")])
'<table><tr><td>recall@1</td><td>0.80</td></tr></table>'
"""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
from matplotlib.figure import Figure

from clipit.data.emoji.gallery import SEARCHES, fits, make_gallery, search_text
from clipit.data.emoji.scene import Scene
from clipit.plots import plot_curves, plot_filmstrip, plot_gallery
from clipit.training.features import embed_captions, embed_pixels
from clipit.training.loop import Run
from clipit.training.measure import TEST_SPLITS
from clipit.training.runs import RunFolder
from clipit.training.watching import Watcher

STYLE = """
body { font: 18px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #222; }
img { max-width: 100%; height: auto; } figure { margin: 1rem 0; } figcaption { color: #444; }
table { border-collapse: collapse; display: block; overflow-x: auto; } td, th { padding: .3rem .8rem; text-align: left;
border-bottom: 1px solid #ccc; font-variant-numeric: tabular-nums; } code { background: #eee; padding: 0 .2rem; }
"""
ROWS = ("text_to_image.recall@1", "text_to_image.mrr@10", "image_to_text.recall@1", "image_to_text.mrr@10",
        "text_to_image.ceiling@1", "short_text_to_image.mrr@10", "zero_shot.top1", "zero_shot.top5",
        *(f"counting.accuracy.{count}" for count in range(1, 7)))  # fmt: skip


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = ()) -> str:
    """An HTML table; the cells are escaped."""

    def cells(row: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row) + "</tr>"

    return f"<table>{cells(head, 'th') if head else ''}{''.join(cells(row, 'td') for row in rows)}</table>"


def picture(figure: Figure, caption: str) -> str:
    """A figure as an HTML picture that carries its own pixels."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    encoded = base64.b64encode(file.getvalue()).decode()
    text = html.escape(caption)
    return f'<figure><img alt="{text}" src="data:image/png;base64,{encoded}"><figcaption>{text}</figcaption></figure>'


def search_figure(run: Run, query: Scene, gallery: datasets.Dataset, images: np.ndarray) -> Figure:
    """The six best pictures for a query, right and wrong marked."""
    text = search_text(query, run.recipe.language)
    similarities = images @ embed_captions(run.model, run.tokenizer, [text])[0]  # [n]
    best = np.argsort(-similarities, kind="stable")[:6].tolist()
    right = fits(query, gallery)
    return plot_gallery(text, [np.asarray(gallery[row]["image"]) for row in best], [bool(right[row]) for row in best])


def filmstrip(run: Run, gallery: datasets.Dataset, frames: int = 6) -> Figure:
    """The best pictures for "due gatti neri" at several moments of training."""
    looks = [line for line in run.metrics if "best" in line]
    chosen = [looks[place] for place in np.unique(np.linspace(0, len(looks) - 1, frames).astype(int))]
    right = fits(Watcher.QUERY, gallery)
    rows = [
        (
            f"step {line['step']}\n{line['seconds']:.0f} s",
            [np.asarray(gallery[row]["image"]) for row in line["best"]],
            [bool(right[row]) for row in line["best"]],
        )
        for line in chosen
    ]
    return plot_filmstrip(f"“{search_text(Watcher.QUERY, run.recipe.language)}”, while it learns", rows)


def results_table(results: dict[str, Any]) -> str:
    """One row for each measurement, one column for each test split."""
    rows = []
    for name in ROWS:
        values = [results.get(name if split == "test" else f"{split}.{name}") for split in TEST_SPLITS]
        rows.append([name, *("" if value is None else f"{value:.3f}" for value in values)])
    return table(rows, ["", *(split.replace("_", " ") for split in TEST_SPLITS)])


def write_report(run: Run, results: dict[str, Any]) -> Path:
    """Writes report.html into the run's folder and returns its path."""
    gallery = make_gallery(run.recipe.test_size, run.recipe.seed, run.recipe.language)
    pixels = np.stack([run.model.preprocess.resize(image) for image in gallery["image"]])  # type: ignore[union-attr]
    images = embed_pixels(run.model, pixels)
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{html.escape(run.recipe.name)}</title><style>{STYLE}</style>",
        f"<h1>Run “{html.escape(run.recipe.name)}”</h1>",
        "<h2>Searches</h2>",
        *(
            picture(search_figure(run, query, gallery, images), "Blue frames are right, dashed orange ones wrong.")
            for query in SEARCHES
        ),
        "<h2>From nonsense to right</h2>",
        picture(filmstrip(run, gallery), "Each row is a moment of training; the best pictures for one query."),
        "<h2>Training</h2>",
        picture(plot_curves(run.metrics), "The loss starts at ln(batch), and recall is measured on unseen pictures."),
        "<h2>How good it is</h2>",
        results_table(results),
        f"<p>Seed {run.recipe.seed}. Made with <code>clipit train {html.escape(run.recipe.name)}</code>.</p>",
        table([(name, version) for name, version in results.get("versions", {}).items()]),
        "<p>The pictures show OpenMoji and Twemoji art: CC BY-SA 4.0 and CC BY 4.0.</p></html>",
    ]
    path = RunFolder(run.folder).report
    path.write_text("\n".join(parts), encoding="utf-8")
    return path
