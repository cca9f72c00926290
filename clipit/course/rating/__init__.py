"""A small page in the notebook on which one person rates translations, and gets a sheet for ``clipit data audit``.

Plain JavaScript: nothing is sent anywhere, and Python does not see the grades. Where no scripts run, the captions
stand there as a table, to be rated on paper.

>>> from clipit.data.audit import Item
>>> "due gatti" in rating([Item("two cats", "due gatti")])._repr_html_()
True
"""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from string import Template

from clipit.data.audit import COLUMNS, GRADES, Item, protect


@dataclass(frozen=True)
class Rating:
    """What a notebook shows; ``html`` is the block itself, for any page."""

    html: str = field(repr=False)

    def _repr_html_(self) -> str:
        return self.html


def rating(items: Sequence[Item], title: str = "Rate these translations") -> Rating:
    """The page for some captions.

    Args:
        items: what to rate.
        title: stands above.

    Raises:
        ValueError: there is nothing to rate.
    """
    if not items:
        raise ValueError("There are no captions to rate.")
    room = files("clipit.course.rating")
    rows = [[protect(item.original), protect(item.translation)] for item in items]
    data = {"columns": COLUMNS, "rows": rows, "grades": {str(grade): said for grade, said in GRADES.items()}}
    parts = {
        "title": html.escape(title),
        "style": (room / "page.css").read_text("utf-8"),
        "sheet": (room / "sheet.js").read_text("utf-8"),
        "page": (room / "page.js").read_text("utf-8"),
        "data": html.escape(json.dumps(data, ensure_ascii=False, separators=(",", ":"))),
        "table": "".join(map(row_of_table, items, range(1, len(items) + 1))),
        "grades": ", ".join(f"{grade}: {said}" for grade, said in GRADES.items()),
    }
    return Rating(Template((room / "page.html").read_text("utf-8")).substitute(parts))


def row_of_table(item: Item, number: int) -> str:
    """One caption for those who rate on paper."""
    cells = "".join(f"<td>{html.escape(text)}</td>" for text in (item.original, item.translation))
    return f"<tr><th scope=row>{number}</th>{cells}<td>1 2 3 4</td></tr>"
