"""``clipit bench search``: a million vectors searched, all of them and only near ones, and what the second way misses.

The vectors are made up, in crowds, as those of pictures are: around each of some thousand random directions. A query is
near one of them. Both ways run in turn, one query at a time, as a person searches.

>>> crowd(np.random.default_rng(0), 6, crowds=2, dim=4).shape
(6, 4)
"""

import sys
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float

from clipit.apps.index import kind_of_index, look_through, need_faiss

VECTORS, DIM = 1_000_000, 256
CROWDS, SPREAD = 5_000, 0.6
QUERIES, TOP = 50, 10
TRAINED_ON = 100_000


def crowd(rng: np.random.Generator, number: int, crowds: int = CROWDS, dim: int = DIM) -> Float[np.ndarray, "n dim"]:
    """So many vectors of length one, each near one of a few directions that are always the same."""
    centres = np.random.default_rng(0).normal(size=(crowds, dim)).astype(np.float32)
    vectors = centres[rng.integers(crowds, size=number)]
    for start in range(0, number, 100_000):  # a million at once would take twice the memory
        part = vectors[start : start + 100_000]
        part += SPREAD * rng.normal(size=part.shape).astype(np.float32)
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return vectors


def search(vectors: int = VECTORS) -> list[dict[str, Any]]:
    """A row for each way: milliseconds of a query, and the share of the ten nearest that it finds."""
    need_faiss()
    import faiss

    from clipit.apps.timing import in_turn

    rng = np.random.default_rng(1)
    gallery, queries = crowd(rng, vectors), crowd(rng, QUERIES)
    ways = {}
    for name, kind in {"exact": "Flat", "near": kind_of_index(vectors)}.items():
        ways[name] = faiss.index_factory(DIM, kind, faiss.METRIC_INNER_PRODUCT)
        ways[name].train(gallery[:TRAINED_ON])
        ways[name].add(gallery)
        look_through(ways[name])
        print(f"{name} ({kind}) is ready", file=sys.stderr)
    seconds = in_turn({name: partial(one_by_one, way, queries) for name, way in ways.items()})
    found = {name: way.search(queries, TOP)[1] for name, way in ways.items()}
    return [
        {
            "way": name,
            "vectors": vectors,
            "milliseconds": round(1e3 * seconds[name] / QUERIES, 2),
            "ratio": round(seconds["exact"] / seconds[name], 1),
            f"recall@{TOP}": round(shared(found["exact"], found[name]), 3),
        }
        for name in ways
    ]


def one_by_one(way: Any, queries: Float[np.ndarray, "n dim"]) -> None:
    """Searches as a person does, one query after the other."""
    for query in queries:
        way.search(query[None], TOP)


def shared(right: np.ndarray, found: np.ndarray) -> float:
    """The share of the right answers among those that were found, row by row."""
    return float(np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(right, found, strict=True)]))
