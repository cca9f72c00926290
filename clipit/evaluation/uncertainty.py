"""How sure we are of a mean: the bootstrap over test items, and the t-interval over seeds.

Efron 1979, "Bootstrap Methods: Another Look at the Jackknife"; whole clusters are drawn as in Davison and Hinkley
1997, "Bootstrap Methods and their Application", section 3.8. Five captions of one picture succeed and fail together:
counted as five independent values they make an interval look narrower than it is.

>>> hits = [1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0]
>>> interval = bootstrap(hits, clusters=[0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3])
>>> sorted(interval)
['high', 'low', 'mean']
>>> interval["mean"], interval["low"] < 0.5 < interval["high"]
(0.5, True)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Num, Shaped
from scipy.special import stdtrit

RESAMPLES = 2_000


def bootstrap(
    values: Sequence | Shaped[Any, " items"], clusters: Sequence | Shaped[Any, " _items"] | None = None, seed: int = 0
) -> dict[str, float]:
    """Mean and 95 % percentile interval, from 2,000 resamples of the clusters.

    To compare two models on the same items pass the differences of their values: the interval of a difference is
    often narrower than the two intervals side by side suggest.

    Args:
        values: one number (or truth value) for each item, for example 1 / rank of each query.
        clusters: for each item the name of its cluster (any type that can be sorted), for example its picture;
            by default every item is a cluster of its own. Larger clusters weigh more, as they do in the mean.
        seed: of the random draws; the same seed gives the same interval.

    Returns:
        ``"mean"`` of all values, and ``"low"`` and ``"high"``, the 2.5th and 97.5th percentile of the resampled
        means; all in the unit of the values.

    Raises:
        ValueError: NaN or infinite values, another number of clusters than of values, or fewer than two clusters.
    """
    array = _check_values(values)
    labels = np.arange(len(array)) if clusters is None else np.asarray(clusters)
    if labels.shape != array.shape:
        raise ValueError(f"there are {len(array)} values, but clusters have the shape {labels.shape}")
    members = np.unique(labels, return_inverse=True)[1]  # [items], 0 to clusters - 1
    sizes = np.bincount(members)  # [clusters]
    if len(sizes) < 2:
        raise ValueError("an interval needs at least two clusters: one says nothing about how they differ")
    means = _resampled_means(np.bincount(members, weights=array), sizes, seed)  # [resamples]
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": float(array.mean()), "low": float(low), "high": float(high)}


def _resampled_means(
    sums: Float[np.ndarray, " clusters"], sizes: Num[np.ndarray, " clusters"], seed: int
) -> Float[np.ndarray, " resamples"]:
    """The mean over all items of as many clusters as there are, drawn with replacement, again and again."""
    generator = np.random.default_rng(seed)
    means = np.empty(RESAMPLES)
    for resample in range(RESAMPLES):  # one at a time: all draws at once need gigabytes for 100,000 items
        drawn = generator.integers(len(sums), size=len(sums))  # [clusters]
        means[resample] = sums[drawn].sum() / sizes[drawn].sum()
    return means


def seed_interval(values: Sequence | Shaped[Any, " seeds"]) -> dict[str, float]:
    """Mean and 95 % t-interval of a result over training runs that differ only in their seed.

    Student 1908, "The Probable Error of a Mean". With five seeds the bootstrap would be too narrow, while the
    t-interval allows for the spread itself being a guess.

    Args:
        values: one result for each seed.

    Returns:
        ``"mean"``, ``"low"``, ``"high"``, in the unit of the values.

    Raises:
        ValueError: NaN or infinite values, or fewer than two.
    """
    array = _check_values(values)
    if len(array) < 2:
        raise ValueError("an interval over seeds needs at least two of them")
    mean = array.mean()
    half_width = stdtrit(len(array) - 1, 0.975) * array.std(ddof=1) / np.sqrt(len(array))
    return {"mean": float(mean), "low": float(mean - half_width), "high": float(mean + half_width)}


def _check_values(values: Sequence | Shaped[Any, " items"]) -> Float[np.ndarray, " items"]:
    """The values as a float64 array with one axis and nothing but finite numbers."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise ValueError(f"values must be finite numbers along one axis, these have the shape {array.shape}")
    return array
