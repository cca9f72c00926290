"""``clipit data audit``: draw a sheet of translations, and say how much its raters agree.

>>> import numpy as np
>>> rated = (Item("two cats", "due gatti"), Item("a dog", "un cane"))
>>> score(Ratings(rated, ("anna", "bruno"), np.array([[4.0, 4.0], [4.0, 1.0]]))).mean
3.25
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from clipit.data.audit import GRADES, Item, Ratings, draw_sample, read_sheets, write_sheet
from clipit.data.sources import Source
from clipit.evaluation import agreement, percent_agreement
from clipit.evaluation.agreement import Agreement

DISPUTED = 5  # captions that are shown


@dataclass(frozen=True)
class Score:
    """What the sheets say together.

    Attributes:
        captions: how many were rated.
        raters: whose sheets they are.
        mean: the mean grade.
        shares: how often each grade was given.
        same: the share of pairs of raters who gave a caption the same grade.
        identity: the coefficients where only the same grade agrees; Gwet's is AC1.
        ordinal: the coefficients where near grades agree in part; Gwet's is AC2.
        disputed: the captions on which the grades are furthest apart.
    """

    captions: int
    raters: tuple[str, ...]
    mean: float
    shares: dict[int, float]
    same: float
    identity: Agreement
    ordinal: Agreement
    disputed: tuple[tuple[Item, tuple[float, ...]], ...]


def score(found: Ratings) -> Score:
    """Mean, shares, agreement and the disputed captions of some ratings.

    Raises:
        ValueError: no caption has two grades.
    """
    grades, given = list(GRADES), found.ratings[~np.isnan(found.ratings)]
    apart = np.nan_to_num(np.nanmax(found.ratings, axis=1) - np.nanmin(found.ratings, axis=1))  # [items]
    order = [int(place) for place in np.argsort(-apart, kind="stable") if apart[place] > 0][:DISPUTED]
    return Score(
        captions=len(found.items),
        raters=found.raters,
        mean=float(given.mean()),
        shares={grade: float((given == grade).mean()) for grade in grades},
        same=percent_agreement(found.ratings),
        identity=agreement(found.ratings, grades, "identity"),
        ordinal=agreement(found.ratings, grades, "ordinal"),
        disputed=tuple((found.items[place], tuple(found.ratings[place].tolist())) for place in order),
    )


def score_sheets(paths: list[Path]) -> tuple[Score, list[str]]:
    """The score of some sheets, and what it says in a few lines."""
    scored = score(read_sheets(paths))
    return scored, told(scored)


def told(scored: Score) -> list[str]:
    """The score in a few lines."""
    lines = [
        f"{scored.captions} captions, {len(scored.raters)} raters ({', '.join(scored.raters)}), "
        f"mean grade {scored.mean:.2f}",
        "grades: " + ", ".join(f"{grade}: {100 * share:.0f} %" for grade, share in scored.shares.items()),
        f"same grade: {100 * scored.same:.0f} % of the pairs of raters",
    ]
    names = {"gwet": ("Gwet's AC1", "Gwet's AC2"), "fleiss": ("Fleiss' kappa",) * 2}
    names["krippendorff"] = ("Krippendorff's alpha",) * 2
    for kind, (weights, found) in enumerate((("identity", scored.identity), ("ordinal", scored.ordinal))):
        for name, value in found.items():
            interval = f"[{value['low']:.2f}, {value['high']:.2f}]"
            lines.append(f"{names[name][kind]}, {weights} weights: {value['value']:.3f} {interval}")
    for item, grades in scored.disputed:
        shown = ", ".join("none" if np.isnan(grade) else f"{grade:.0f}" for grade in grades)
        lines.append(f"disputed ({shown}): {item.original} -> {item.translation}")
    return lines


def sample_sheets(source: Source, folder: Path, size: int = 100, raters: int = 3, seed: int = 0) -> list[Path]:
    """Draws captions with their originals from a source, and writes a sheet for each rater.

    Args:
        source: its rows need the column ``originals`` or ``english``.
        folder: where to write the sheets.
        size: how many captions.
        raters: how many sheets.
        seed: of the draw.

    Raises:
        ValueError: the source has no originals, or too few captions; or a sheet is there already.
    """
    if raters < 1:
        raise ValueError(f"An audit needs at least one rater, not {raters}.")
    paths = [folder / f"rater_{number}.csv" for number in range(1, raters + 1)]
    there = next((path for path in paths if path.exists()), None)
    if there:
        raise ValueError(f"{there} is there already, perhaps with grades: choose another folder.")
    items = [item for row in source.rows() for item in pairs(row)]
    if not items:
        raise ValueError(f"{source.name} has no originals beside its captions: use clipit data translate first.")
    drawn = draw_sample(items, size, seed)
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        write_sheet(path, drawn)
    return paths


def pairs(row: dict) -> list[Item]:
    """The captions of a row with their originals; none when the row has no originals, or is not translated."""
    originals = row.get("originals") or ([row["english"]] if row.get("english") else [])
    found = zip(originals, row["captions"], strict=False)
    return [Item(original, caption) for original, caption in found if original != caption]


def without_nan(found: Any) -> Any:
    """The same with None for each number that does not exist, as JSON wants it.

    >>> without_nan({"fleiss": [float("nan"), 1.0]})
    {'fleiss': [None, 1.0]}
    """
    if isinstance(found, dict):
        return {key: without_nan(value) for key, value in found.items()}
    if isinstance(found, (list, tuple)):
        return [without_nan(value) for value in found]
    return None if isinstance(found, float) and np.isnan(found) else found
