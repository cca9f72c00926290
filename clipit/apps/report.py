"""The report of a run: one HTML file that opens without a network.

>>> table([("recall@1", "0.80")])
'<table><tr><td>recall@1</td><td>0.80</td></tr></table>'
"""

import base64
import html
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import datasets
import numpy as np
from matplotlib.figure import Figure

from clipit.data.atomic import replacing
from clipit.data.batches import decode
from clipit.data.emoji.gallery import SEARCHES, fits, make_gallery, search_text
from clipit.data.emoji.scene import Scene
from clipit.data.emoji.world import make_world
from clipit.evaluation import confusion
from clipit.plots import plot_confusion, plot_curves, plot_filmstrip, plot_gallery, plot_similarities
from clipit.training.features import embed_captions, embed_pixels
from clipit.training.loop import Run
from clipit.training.measure import TEST_SPLITS, count_embeddings
from clipit.training.runs import RunFolder
from clipit.training.watching import Watcher

STYLE = """
body { font: 18px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #222; }
img { max-width: 100%; height: auto; } figure { margin: 1rem 0; } figcaption { color: #444; }
table { border-collapse: collapse; display: block; overflow-x: auto; } td, th { padding: .3rem .8rem; text-align: left;
border-bottom: 1px solid #ccc; font-variant-numeric: tabular-nums; } code { background: #eee; padding: 0 .2rem; }
"""
FRAMES = "Blue frames are right, dashed orange ones wrong."
TEXTS = {
    "filmstrip": "Each row is a moment of training, and shows the best pictures for one query.",
    "curves": "Left: the loss begins near ln(batch), what a model has that knows nothing, and cannot fall below the "
    "dotted line. Right: recall on pictures that are not trained on.",
    "batch": "Each column is a picture, each row the caption of the picture in the same place. Training makes the "
    "diagonal bright and the rest dark.",
    "counting": "On the diagonal the count is right; the numbers are pictures.",
    "results": "In brackets the 95 % interval over pictures (bootstrap). The ceiling is what pictures with equal "
    "descriptions allow. The columns after the first are harder on purpose: colours and counts that training never "
    "joined with a thing, things that it never showed, another style of drawing, sizes that mislead about the count.",
    "own results": "In brackets the 95 % interval over pictures (bootstrap). None of these, and nothing nearly equal, "
    "was trained on. A picture with the same caption counts as right. What pictures show beyond their captions is not "
    "known, so counting and classes are not measured.",
}
CREDITS = "<p>Emoji by <a href='https://openmoji.org'>OpenMoji</a> (CC BY-SA 4.0) and Twemoji (CC BY 4.0).</p>"
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
    """One row for each measurement, one column for each test split, of those that were made; intervals where known."""
    rows = []
    for name in ROWS:
        values = [cell(results, name if split == "test" else f"{split}.{name}") for split in TEST_SPLITS]
        rows.append([name, *values])
    known = [column for column in range(len(TEST_SPLITS)) if any(row[1 + column] for row in rows)]
    shown = [[row[0], *(row[1 + column] for column in known)] for row in rows if any(row[1:])]
    return table(shown, ["", *(TEST_SPLITS[column].replace("_", " ") for column in known)])


def cell(results: dict[str, Any], name: str) -> str:
    """A value with its interval: "0.81 (0.78-0.83)"."""
    if results.get(name) is None:
        return ""
    low, high = results.get(f"{name}.low"), results.get(f"{name}.high")
    return f"{results[name]:.2f}" + (f" ({low:.2f}–{high:.2f})" if low is not None else "")


def batch_figure(run: Run, world: datasets.Dataset, pairs: int = 12) -> Figure:
    """The similarity matrix of the first test pictures with their fullest captions."""
    pictures, captions = [np.asarray(world[row]["image"]) for row in range(pairs)], world["caption"][:pairs]
    preprocess = cast(Any, run.model.preprocess)
    images = embed_pixels(run.model, np.stack([preprocess.resize(picture) for picture in pictures]))  # [n, dim]
    return plot_similarities(images @ embed_captions(run.model, run.tokenizer, captions).T, pictures, captions)


def confusion_figure(run: Run, world: datasets.Dataset) -> Figure:
    """Which counts are taken for which, over the test pictures with one kind of thing."""
    alone = [row for row, kinds in enumerate(world["objects"]) if len(kinds) == 1]
    kinds, counts = ([world[column][row][0] for row in alone] for column in ("objects", "counts"))
    images = embed_pixels(run.model, decode(world, run.model.config.vision.image_size)[alone])  # [n, dim]
    asked = count_embeddings(run.model, run.tokenizer, kinds, run.recipe.language)
    return plot_confusion(confusion(images, asked, counts))


def write_report(run: Run, results: dict[str, Any]) -> Path:
    """Writes report.html into the run's folder and returns its path."""
    name = html.escape(run.recipe.name)
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{name}</title><style>{STYLE}</style><h1>Run “{name}”</h1>",
        *pictures(run),
        "<h2>How good it is</h2>",
        f"<p>{TEXTS['own results' if run.recipe.data else 'results']}</p>",
        results_table(results),
        *making(run, results),
        "" if run.recipe.data not in ("", "emoji") else CREDITS,
        "</html>",
    ]
    path = RunFolder(run.folder).report
    with replacing(path) as file:
        file.write_text("\n".join(parts), encoding="utf-8")
    return path


def pictures(run: Run) -> Iterator[str]:
    """Searches, the filmstrip, the curves, a batch, and counting."""
    if run.recipe.data:
        from clipit.apps.report_own import own_pictures

        yield from own_pictures(run)
        return
    recipe, preprocess = run.recipe, cast(Any, run.model.preprocess)
    gallery = make_gallery(recipe.test_size, recipe.seed, recipe.language)
    world = make_world("test", recipe.test_size, recipe.seed, language=recipe.language)
    images = embed_pixels(run.model, np.stack([preprocess.resize(image) for image in gallery["image"]]))
    yield f"<h2>Searches</h2><p>Each looks through {len(gallery)} pictures that were never trained on. {FRAMES}</p>"
    for query in SEARCHES:
        yield picture(search_figure(run, query, gallery, images), f"In English: “{search_text(query, 'en')}”.")
    yield "<h2>From nonsense to right</h2>"
    yield picture(filmstrip(run, gallery), f"{TEXTS['filmstrip']} {FRAMES}")
    yield "<h2>Training</h2>"
    yield picture(plot_curves(run.metrics), TEXTS["curves"])
    yield "<h2>A batch</h2>"
    yield picture(batch_figure(run, world), TEXTS["batch"])
    yield "<h2>Counting</h2>"
    yield picture(confusion_figure(run, world), TEXTS["counting"])


def making(run: Run, results: dict[str, Any]) -> Iterator[str]:
    """Seed, times, commands and versions."""
    recipe, folder = run.recipe, html.escape(str(run.folder))
    yield (
        f"<h2>How it was made</h2><p>Seed {recipe.seed}; {recipe.steps} steps of {recipe.batch_size} pairs, trained in "
        f"{results.get('seconds.train')} s and measured in {results.get('seconds.evaluate')} s. Again: "
        f"<code>clipit run {html.escape(recipe.name)}</code>. Measured again: <code>clipit evaluate {folder}</code>. "
        f"It did not learn? <code>clipit doctor {folder}</code></p>"
    )
    yield table([(package, version) for package, version in results.get("versions", {}).items()])
