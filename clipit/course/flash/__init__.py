"""You against CLIP: pictures flash up for a moment, and you say how many things there were; the model's answers beside.

Plain JavaScript, so that it works in a page without Python. Where scripts are off, and until somebody plays, the block
shows the answers of a *simulated* viewer: nobody was tested. The simulation follows what psychology reports (Dehaene
1997, "The Number Sense", chapter 3): up to four are seen exactly, of more one has an impression that is off by a share
of the number.

>>> simulated_viewer(np.array([1, 4, 2]), seed=0).tolist()
[1, 4, 2]
"""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from string import Template

import numpy as np
from jaxtyping import Int, UInt8

from clipit.plots.thumbnails import thumbnail

AT_A_GLANCE = 4
SPREAD = 0.2  # of the impression of more, as a share of the number
NUMBERS = range(1, 7)


@dataclass(frozen=True)
class Game:
    """What a notebook shows as the game; ``html`` is the block itself, for any page."""

    html: str = field(repr=False)  # a notebook would keep it twice

    def _repr_html_(self) -> str:
        return self.html


def simulated_viewer(counts: Int[np.ndarray, " n"], seed: int) -> Int[np.ndarray, " n"]:
    """The answers, 1 to 6, of a viewer who does not exist: exact up to four, and about right beyond."""
    impression = counts * (1 + SPREAD * np.random.default_rng(seed).normal(size=len(counts)))
    guessed = np.clip(np.rint(impression), AT_A_GLANCE, NUMBERS[-1]).astype(int)
    return np.where(counts <= AT_A_GLANCE, counts, guessed)


def flash(
    pictures: Sequence[UInt8[np.ndarray, "height width 3"]],
    counts: Int[np.ndarray, " counts"],
    model_answers: Int[np.ndarray, " answers"],
    milliseconds: int = 150,
    seed: int = 0,
) -> Game:
    """The game.

    Args:
        pictures: what flashes up, in this order.
        counts: how many things each shows, 1 to 6.
        model_answers: what the model says about each.
        milliseconds: how long a picture stays.
        seed: of the simulated viewer.

    Raises:
        ValueError: there are no pictures, or not a count and an answer from 1 to 6 for each.
    """
    lengths = {len(pictures), len(counts), len(model_answers)}
    if len(lengths) != 1 or not len(pictures):
        raise ValueError(f"The game needs pictures, and a count and an answer for each; not {sorted(lengths)} of them.")
    if not (np.isin(counts, NUMBERS) & np.isin(model_answers, NUMBERS)).all():
        raise ValueError("Counts and answers are whole numbers from 1 to 6.")
    viewer = simulated_viewer(np.asarray(counts), seed)
    rows = [
        tell(number, np.asarray(counts), {"viewer": viewer, "model": np.asarray(model_answers)}) for number in NUMBERS
    ]
    data = {
        "pictures": [thumbnail(picture, 64) for picture in pictures],
        "counts": [int(count) for count in counts],
        "milliseconds": milliseconds,
    }
    room = files("clipit.course.flash")
    parts = {"rows": "\n".join(rows), "data": html.escape(json.dumps(data, separators=(",", ":")))}
    parts |= {name: (room / f"page.{name}").read_text("utf-8") for name in ("css", "js")}
    return Game(Template((room / "page.html").read_text("utf-8")).substitute(parts))


def tell(number: int, counts: np.ndarray, answers: dict[str, np.ndarray]) -> str:
    """A row of the table: how many of the pictures with this number each got right."""
    shown = counts == number
    cells = [f"<td>{int((given[shown] == number).sum())} of {int(shown.sum())}</td>" for given in answers.values()]
    return f'<tr><th scope="row">{number}</th>{"".join(cells)}<td class="you">not played</td></tr>'
