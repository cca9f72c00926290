"""Do people who rate the same things agree, beyond what chance would give them?

All three coefficients compare the agreement that was seen with the agreement by chance, (seen - chance) / (1 - chance):
1 is perfect, 0 is chance. They differ in what they call chance.

- Fleiss' kappa (Fleiss 1971): raters who draw their grades as often as all raters together gave them.
- Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"): the same, corrected for small
  samples, and over those items only that two raters or more have rated.
- Gwet's AC1 (Gwet 2008, "Computing inter-rater reliability and its variance in the presence of high agreement"): raters
  who guess only where an item is hard. When nearly everything gets one grade, kappa and alpha call nearly all
  agreement chance, and AC1 hardly any.

Weights say how much two different grades agree nevertheless; weighted AC1 is called AC2.

>>> ratings = [[4, 4, 4], [4, 4, 3], [4, 4, 4], [2, 2, 3], [4, 4, float("nan")]]
>>> result = agreement(ratings, categories=[1, 2, 3, 4], weights="identity")
>>> {name: round(found["value"], 2) for name, found in result.items()}
{'gwet': 0.69, 'fleiss': 0.38, 'krippendorff': 0.41}
"""

from collections.abc import Sequence
from math import comb
from typing import Any

import numpy as np
from jaxtyping import Float, Num

from clipit.evaluation.uncertainty import RESAMPLES

WEIGHTS = ("identity", "ordinal", "linear", "quadratic")
Agreement = dict[str, dict[str, float]]


def agreement(
    ratings: Sequence | Num[Any, "items raters"],
    categories: Sequence[int | float] | Num[Any, " categories"],
    weights: str = "ordinal",
    seed: int = 0,
) -> Agreement:
    """Gwet's AC1 or AC2, Fleiss' kappa and Krippendorff's alpha, each with a 95 % bootstrap interval over items.

    The values are those of the package irrCAC for the same weights. The package krippendorff has the same alpha for
    its levels "nominal" (identity weights here) and "interval" (quadratic weights, where grades are equally far
    apart). Its level "ordinal" is another measure: there the distance of two grades depends on how often the grades
    between them were given, here only on how many grades lie between.

    Args:
        ratings: one row for each item, one column for each rater; NaN where a rater did not rate an item.
        categories: all grades that a rater could give, in order, also those that nobody gave.
        weights: "identity" (only the same grade agrees), "ordinal" (by how many grades lie between), "linear" or
            "quadratic" (by the distance of the grades).
        seed: of the bootstrap, which draws whole items.

    Returns:
        ``"gwet"``, ``"fleiss"``, ``"krippendorff"``, each with ``"value"``, ``"low"`` and ``"high"``: at most 1, and
        below 0 when raters agree less than chance. Where all ratings are one grade, kappa and alpha do not exist (0
        divided by 0) and are NaN; such draws of the bootstrap are left out.

    Raises:
        ValueError: ratings that are no table, a grade that is no category, fewer than two categories, unknown
            weights, or no item with two ratings.
    """
    table = np.asarray(ratings, dtype=np.float64)
    grades = _check(table, categories)
    counts = (table[:, :, None] == grades).sum(axis=1).astype(np.float64)  # [items, categories]
    counts = counts[counts.sum(axis=1) > 0]
    weight = weight_matrix(grades, weights)
    parts = _parts(counts, weight)  # [items, parts]
    values = _coefficients(parts.sum(axis=0)[None], weight)
    generator = np.random.default_rng(seed)
    drawn = [parts[generator.integers(len(parts), size=len(parts))].sum(axis=0) for _ in range(RESAMPLES)]
    resampled = _coefficients(np.stack(drawn), weight)
    return {name: {"value": float(value[0]), **_interval(resampled[name])} for name, value in values.items()}


def weight_matrix(
    categories: Sequence[int | float] | Float[np.ndarray, " categories"], weights: str = "ordinal"
) -> Float[np.ndarray, "categories categories"]:
    """How much two grades agree, between 0 (first and last) and 1 (the same).

    >>> weight_matrix([1, 2, 3, 4], "ordinal")[0].round(3).tolist()
    [1.0, 0.833, 0.5, 0.0]

    Raises:
        ValueError: weights that are not one of ``WEIGHTS``.
    """
    grades = np.asarray(categories, dtype=np.float64)
    if weights not in WEIGHTS:
        raise ValueError(f"There are no weights called {weights!r}; choose one of {', '.join(WEIGHTS)}.")
    if weights == "identity":
        return np.eye(len(grades))
    if weights == "ordinal":  # how many pairs of grades lie between two grades, both ends included
        steps = np.abs(np.subtract.outer(np.arange(len(grades)), np.arange(len(grades))))
        distance = np.vectorize(lambda step: float(comb(step + 1, 2)))(steps)
    else:
        distance = np.abs(np.subtract.outer(grades, grades)) ** (1 if weights == "linear" else 2)
    return 1 - distance / distance.max()


def percent_agreement(ratings: Sequence | Num[Any, "items raters"]) -> float:
    """The share of pairs of raters who gave an item the same grade, over all items that two or more have rated.

    >>> percent_agreement([[4, 4, 4], [4, 4, 3]])
    0.6666666666666666

    Raises:
        ValueError: ratings that are no table, or no item with two ratings.
    """
    table = np.asarray(ratings, dtype=np.float64)
    given = np.unique(table[~np.isnan(table)])
    grades = _check(table, given if len(given) > 1 else [0.0, 1.0, *given])
    counts = (table[:, :, None] == grades).sum(axis=1).astype(np.float64)  # [items, categories]
    parts = _parts(counts[counts.sum(axis=1) > 0], np.eye(len(grades))).sum(axis=0)
    return float(parts[0] / parts[1])


def _parts(
    counts: Float[np.ndarray, "items categories"], weight: Float[np.ndarray, "categories categories"]
) -> Float[np.ndarray, "items parts"]:
    """What each item adds to the sums that the coefficients are made of, so that a resample is a sum of rows.

    The columns: agreement of the item's raters, whether it has two, 1, the same agreement times the number of its
    ratings, that number, then for each category the share of the item's raters who gave it, and their number where
    there are two.
    """
    raters = counts.sum(axis=1)  # [items]
    several = raters >= 2
    pairs = np.where(several, raters * (raters - 1), 1)
    agreeing = np.where(several, (counts * (counts @ weight - 1)).sum(axis=1) / pairs, 0)
    shares = counts / raters[:, None]  # [items, categories]
    single = [agreeing, several, np.ones(len(counts)), agreeing * raters, raters * several]
    return np.concatenate([np.stack(single, axis=1), shares, counts * several[:, None]], axis=1)


def _coefficients(
    sums: Float[np.ndarray, "resamples parts"], weight: Float[np.ndarray, "categories categories"]
) -> dict[str, Float[np.ndarray, " resamples"]]:
    """The three coefficients from the sums of ``_parts`` over items; NaN where one does not exist."""
    size = len(weight)
    with np.errstate(invalid="ignore", divide="ignore"):  # a resample may lack items that two raters have rated
        agreeing, several, items, weighted, ratings = sums[:, :5].T  # [resamples] each
        shares = sums[:, 5 : 5 + size] / items[:, None]  # [resamples, categories]
        of_several = sums[:, 5 + size :] / ratings[:, None]  # [resamples, categories]
        seen = agreeing / several
        guessed = weight.sum() * (shares * (1 - shares)).sum(axis=1) / (size * (size - 1))
        corrected = (1 - 1 / ratings) * weighted / ratings + 1 / ratings
    return {
        "gwet": _beyond_chance(seen, guessed),
        "fleiss": _beyond_chance(seen, _both_drawn(shares, weight)),
        "krippendorff": _beyond_chance(corrected, _both_drawn(of_several, weight)),
    }


def _both_drawn(
    shares: Float[np.ndarray, "resamples categories"], weight: Float[np.ndarray, "categories categories"]
) -> Float[np.ndarray, " resamples"]:
    """How much two grades agree that are drawn by these shares."""
    return ((shares @ weight) * shares).sum(axis=1)


def _beyond_chance(
    seen: Float[np.ndarray, " resamples"], chance: Float[np.ndarray, " resamples"]
) -> Float[np.ndarray, " resamples"]:
    room = np.where(chance < 1 - 1e-12, 1 - chance, np.nan)
    return (seen - chance) / room


def _interval(values: Float[np.ndarray, " resamples"]) -> dict[str, float]:
    """The 2.5th and 97.5th percentile of the values that exist."""
    values = values[~np.isnan(values)]
    low, high = np.percentile(values, [2.5, 97.5]) if len(values) else (np.nan, np.nan)
    return {"low": float(low), "high": float(high)}


def _check(
    table: Float[np.ndarray, "..."], categories: Sequence[int | float] | Num[Any, "..."]
) -> Float[np.ndarray, " n"]:
    """The categories as an array, when ratings and categories make sense."""
    grades = np.asarray(categories, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"ratings must be a table [items, raters], these have the shape {table.shape}")
    if grades.ndim != 1 or len(np.unique(grades)) != len(grades) or len(grades) < 2 or np.isnan(grades).any():
        raise ValueError(f"categories must be two or more different numbers, not {np.asarray(categories).tolist()}")
    strange = sorted(set(table[~np.isnan(table)]) - set(grades))
    if strange:
        raise ValueError(f"{strange[0]:g} is no category: raters could give {', '.join(f'{g:g}' for g in grades)}")
    if not ((~np.isnan(table)).sum(axis=1) >= 2).any():
        raise ValueError("no item was rated by two raters or more, so nobody can agree")
    return np.sort(grades)
