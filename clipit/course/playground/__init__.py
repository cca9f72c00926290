"""The toy of lesson 03 living in a page: plain JavaScript takes the gradient steps, so that it works without Python.

``toy.js`` takes the same steps as ``clipit.course.toy`` and knows nothing of any page; ``page.js`` draws them.

>>> "gatto" in playground()._repr_html_()
True
"""

import html
import json
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from string import Template

import numpy as np

from clipit.course.art import gloss, picture, word
from clipit.course.toy import Toy, start_points
from clipit.plots.thumbnails import thumbnail

PAIRS = 12  # at the start
START = Toy(pairs=PAIRS, seed=39)  # from here the circle's lowest loss is reached, and without negatives all collapses
ADDED = Toy(pairs=4, seed=1)  # pairs that can be added
CONCEPTS = (
    *("cat", "dog", "horse", "fish", "apple", "tree", "house", "sun", "moon", "train", "key", "umbrella"),
    *("bee", "owl", "elephant", "butterfly"),
)
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Pull and push on a circle</title></head>
<body>
{block}</body></html>
"""


@dataclass(frozen=True)
class Playground:
    """What a notebook shows as the playground; ``html`` is the block itself, for any page."""

    html: str = field(repr=False)  # a notebook would keep it twice

    def _repr_html_(self) -> str:
        return self.html


def playground(pictures: bool = True) -> Playground:
    """The toy to play with: drag points, move the scale, switch the negatives off, add a pair.

    Args:
        pictures: draws OpenMoji art (CC BY-SA 4.0) at the points; without it pictures are round points.
    """
    room = files("clipit.course.playground")
    parts = {name: (room / f"{name}.js").read_text("utf-8") for name in ("toy", "page")}
    parts["style"] = (room / "page.css").read_text("utf-8")
    parts["data"] = html.escape(json.dumps(start_data(pictures), ensure_ascii=False, separators=(",", ":")))
    return Playground(Template((room / "page.html").read_text("utf-8")).substitute(parts))


def write_page(path: str | Path) -> Path:
    """Writes the playground as a page of its own, which needs nothing else, and returns its path."""
    block = playground(pictures=False).html
    Path(path).write_text(PAGE.format(block=block), "utf-8")
    return Path(path)


def start_data(pictures: bool) -> dict:
    """The words, and where their points start; rounded, so that every processor writes the same block."""
    images, texts = (np.concatenate(both) for both in zip(start_points(START), start_points(ADDED), strict=True))
    return {
        "pairs": PAIRS,
        "words": [word(concept) for concept in CONCEPTS],
        "glosses": [gloss(concept) for concept in CONCEPTS],
        "images": images.astype(float).round(4).tolist(),
        "texts": texts.astype(float).round(4).tolist(),
        "pictures": [thumbnail(picture(concept)) for concept in CONCEPTS] if pictures else [],
    }
