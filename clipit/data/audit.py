"""The sheets of a translation audit: drawn, written, rated by people in any spreadsheet, and read back.

CLIP-Italian had 100 translated captions of Conceptual Captions rated by three people each, from 1 to 4. A sheet is a
CSV file with a byte order mark, so that every spreadsheet sees the accents, and no cell of it can start a formula.

>>> import tempfile
>>> folder = Path(tempfile.mkdtemp())
>>> write_sheet(folder / "anna.csv", draw_sample([Item("two cats", "due gatti"), Item("=1+1", "uno")], size=2, seed=0))
>>> sheet = (folder / "anna.csv").read_text("utf-8-sig")
>>> "'=1+1" in sheet
True
>>> _ = (folder / "anna.csv").write_text(sheet.replace(",due gatti,,", ",due gatti,4,"), "utf-8")
>>> read_sheets([folder / "anna.csv"]).ratings[:, 0].tolist()
[nan, 4.0]
"""

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from clipit.data.atomic import replacing

GRADES = {
    1: "the meaning is lost",
    2: "part of the meaning is there",
    3: "the meaning is there, the Italian is not good",
    4: "good",
}
COLUMNS = ("number", "original", "translation", "grade", "remark")
# A cell that begins with one of these may be run as a formula by a spreadsheet (OWASP, "CSV Injection").
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Item:
    """A caption to rate: what it was, and what the translation made of it."""

    original: str
    translation: str


@dataclass(frozen=True)
class Ratings:
    """What several people said about the same captions.

    Attributes:
        items: the captions.
        raters: names of the sheets, without their ending.
        ratings: a row for each caption, a column for each rater; NaN where there is no grade.
    """

    items: tuple[Item, ...]
    raters: tuple[str, ...]
    ratings: Float[np.ndarray, "items raters"]


def draw_sample(items: Sequence[Item], size: int = 100, seed: int = 0) -> list[Item]:
    """Some captions at random, each at most once: the same for the same seed.

    Raises:
        ValueError: there are fewer than that.
    """
    different = list(dict.fromkeys(items))
    if not 1 <= size <= len(different):
        raise ValueError(f"There are {len(different)} different captions to draw from, so not {size}.")
    return random.Random(seed).sample(different, size)


def write_sheet(path: str | Path, items: Sequence[Item]) -> None:
    """Writes an empty sheet; each rater gets a copy."""
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number, item in enumerate(items, start=1):
            writer.writerow([number, protect(item.original), protect(item.translation), "", ""])


def protect(text: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before it says "this is text".

    >>> protect("=HYPERLINK(1)"), protect("due gatti")
    ("'=HYPERLINK(1)", 'due gatti')
    """
    return f"'{text}" if text.startswith(STARTS_FORMULA) else text


def unprotect(text: str) -> str:
    """The text of a cell that ``protect`` may have changed."""
    return text[1:] if text.startswith("'") and text[1:].startswith(STARTS_FORMULA) else text


def read_sheets(paths: Sequence[str | Path]) -> Ratings:
    """The sheets of several raters, all of the same captions, in whatever order their rows stand.

    Raises:
        ValueError: no sheet was given, one cannot be read, a grade is none, or the sheets are of different captions.
    """
    if not paths:
        raise ValueError("Give at least one sheet with grades.")
    sheets = [read_sheet(path) for path in paths]
    items = list(sheets[0])
    for path, sheet in zip(paths, sheets, strict=True):
        if sheet.keys() != sheets[0].keys():
            other = next(iter(sheet.keys() ^ sheets[0].keys()))
            raise ValueError(f"{path} and {paths[0]} are not of the same captions: only one has {other.original!r}.")
    ratings = np.array([[sheet[item] for sheet in sheets] for item in items])  # [items, raters]
    return Ratings(tuple(items), tuple(Path(path).stem for path in paths), ratings)


def read_sheet(path: str | Path) -> dict[Item, float]:
    """The grade of each caption of one sheet, NaN where there is none.

    Spreadsheets save with commas or semicolons, in UTF-8 or in Windows' own code: all of it is read.

    Raises:
        ValueError: there is no such file, it is no sheet, a grade is none, or a caption comes twice.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise ValueError(f"There is no sheet {path}.")
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))
    if not rows or not set(COLUMNS[1:4]) <= rows[0].keys():
        raise ValueError(f"{path} is no sheet: it needs the columns {', '.join(COLUMNS[1:4])}.")
    grades: dict[Item, float] = {}
    for line, row in enumerate(rows, start=2):
        item = Item(unprotect(row["original"] or ""), unprotect(row["translation"] or ""))
        if item in grades:
            raise ValueError(f"{path} has {item.original!r} twice.")
        grades[item] = read_grade(row["grade"], f"{path}, line {line}")
    return grades


def read_grade(written: str | None, place: str) -> float:
    """The grade in a cell, NaN when it is empty.

    >>> read_grade(" 4 ", "line 2"), read_grade("3,0", "line 3")
    (4.0, 3.0)

    Raises:
        ValueError: it is not one of ``GRADES``.
    """
    text = (written or "").strip().replace(",", ".")
    if not text:
        return float("nan")
    try:
        grade = float(text)
    except ValueError:
        grade = float("nan")
    if grade not in GRADES:
        raise ValueError(f"{place}: {text!r} is no grade: write one of {', '.join(map(str, GRADES))}, or nothing.")
    return grade
