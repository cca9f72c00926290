"""A sheet to fill in: one line for each word and pattern, what is wanted in it, and how Italian and English say it.

>>> blank_sheet(("m", "f")).splitlines()[1]
'cat,"one cat, and several cats",gatto / gatti,cat / cats,,,'
"""

import csv
import io
from collections.abc import Sequence
from functools import cache

from clipit.data.emoji.scene import COLORS
from clipit.data.locate import data_folder

EMPTY = "-"  # a cell in which nothing is to be written
NUMBERS = ("1", "2", "3", "4", "5", "6")
# The holes that a pattern must have, each once. Those of OPTIONAL rows count only where something is written.
PATTERNS = {
    "phrase": ("number", "thing", "color"),
    "and": ("first", "second"),
    "sentence": ("scene",),
    "another sentence": ("scene",),
}
OPTIONAL = ("another sentence",)


@cache
def template() -> tuple[dict[str, str], ...]:
    """The rows of the empty sheet, with their explanations."""
    with data_folder("languages", "template.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def blank_sheet(genders: Sequence[str] = ()) -> str:
    """The text of an empty sheet.

    Args:
        genders: letters for the genders (or noun classes) with which words agree, such as ("m", "f"). The number one
            and the colours then have a row for each; other rows can be copied by hand.

    Raises:
        ValueError: a gender is empty or there twice.
    """
    if any(not gender.strip() for gender in genders) or len(set(genders)) != len(genders):
        raise ValueError(f"Genders are different letters, such as m and f, not {', '.join(map(repr, genders))}.")
    text = io.StringIO()
    table = csv.DictWriter(text, list(template()[0]), lineterminator="\n")
    table.writeheader()
    for row in template():
        agrees = genders and (row["row"] in COLORS or row["row"] == "1")
        table.writerows({**row, "gender": gender} for gender in (genders if agrees else ("",)))
    return text.getvalue()
