"""Retrieval: rank a gallery by similarity to each query, and see how far down the first right item is.

Recall@k and the median rank are those of Karpathy and Fei-Fei 2015, "Deep Visual-Semantic Alignments for Generating
Image Descriptions"; the mean reciprocal rank is that of the TREC-8 question answering track (Voorhees
1999), cut at rank 10 as CLIP-Italian reports it.

>>> gallery = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]])
>>> queries = np.array([[1.0, 0.0], [0.0, 1.0]])
>>> retrieval(queries, gallery, relevant=[0, 1], ks=(1, 2))  # the second query finds its item in second place
{'recall@1': 0.5, 'recall@2': 1.0, 'mrr@10': 0.75, 'median_rank': 1.5}
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Int, Num, Shaped

from clipit.evaluation.embeddings import as_embeddings, tie_margin

CHUNK = 256  # queries at a time: 10,000 x 10,000 similarities at once would need 800 MB


def retrieval(
    query_embeddings: Num[Any, "queries dim"],
    gallery_embeddings: Num[Any, "gallery _dim"],
    relevant: Sequence | Shaped[Any, "_queries ..."],
    ks: Sequence[int] = (1, 5, 10),
) -> dict[str, float]:
    """Recall@k, mean reciprocal rank and median rank of the first relevant item of each query.

    Args:
        query_embeddings: one row for each query; the similarity is the dot product, so pass L2-normalised rows.
        gallery_embeddings: one row for each item that can be found, as wide as the queries.
        relevant: what is right for each query: one gallery index each, or a set (list, array) of indices each, or
            a bool array [queries, gallery].
        ks: the lengths of the list of results for which to report the recall.

    Returns:
        ``"recall@k"`` for each k: share of queries, 0 to 1, with a relevant item among the first k.
        ``"mrr@10"``: mean of 1 / rank of the first relevant item, 0 for a rank beyond 10; 0 to 1.
        ``"median_rank"``: median rank of the first relevant item, 1 at best.
        Ties count against the model, see ``first_relevant_rank``.

    Raises:
        ValueError: NaN or shapes that do not fit, a query without a relevant item, an index outside the gallery, a k
            below 1.
    """
    ranks = first_relevant_rank(query_embeddings, gallery_embeddings, relevant)
    scores = {f"recall@{k}": recall for k, recall in zip(ks, recall_at(ranks, ks), strict=True)}
    scores["mrr@10"] = float(np.where(ranks <= 10, 1 / ranks, 0.0).mean())
    scores["median_rank"] = float(np.median(ranks))
    return scores


def first_relevant_rank(
    query_embeddings: Num[Any, "queries dim"],
    gallery_embeddings: Num[Any, "gallery _dim"],
    relevant: Sequence | Shaped[Any, "_queries ..."],
) -> Int[np.ndarray, " queries"]:
    """Place of the first relevant item in each query's results, from 1.

    An irrelevant item that is as similar as the best relevant one (``embeddings.TIE``) is placed before it: a model
    that maps everything to one point finds nothing.

    Arguments and errors are those of ``retrieval``. The values for each query are what ``bootstrap`` needs.
    """
    queries = as_embeddings(query_embeddings, "queries")
    gallery = as_embeddings(gallery_embeddings, "gallery")
    if queries.shape[1] != gallery.shape[1]:
        raise ValueError(f"queries are {queries.shape[1]} wide and the gallery {gallery.shape[1]}: not the same space")
    answers = _check_relevant(relevant, len(queries), len(gallery))
    margin = tie_margin(queries, gallery)  # [queries, 1]
    ranks = np.empty(len(queries), dtype=np.int64)
    for start in range(0, len(queries), CHUNK):
        rows = slice(start, start + CHUNK)
        is_relevant = _relevant_mask(answers[rows], len(gallery))  # [chunk, gallery]
        similarities = queries[rows] @ gallery.T  # [chunk, gallery]
        best = np.where(is_relevant, similarities, -np.inf).max(axis=1, keepdims=True)  # [chunk, 1]
        before = ~is_relevant & (similarities >= best - margin[rows])  # [chunk, gallery]
        ranks[rows] = 1 + before.sum(axis=1)  # [chunk]
    return ranks


def recall_at(ranks: Int[np.ndarray, " queries"], ks: Sequence[int]) -> list[float]:
    """Share of the ranks within each k. Raises ValueError for a k below 1."""
    if min(ks, default=1) < 1:
        raise ValueError(f"every k must be at least 1, not {tuple(ks)}")
    return [float((ranks <= k).mean()) for k in ks]


def _check_relevant(
    relevant: Sequence | Shaped[Any, "_queries ..."], queries: int, gallery: int
) -> list[Int[np.ndarray, " _relevant"]] | Bool[np.ndarray, "queries gallery"]:
    """The relevant items as checked indices for each query; a bool array stays one."""
    if len(relevant) != queries:
        raise ValueError(f"there are {queries} queries, but relevant has {len(relevant)} entries")
    given = np.asarray(relevant) if hasattr(relevant, "dtype") else relevant
    if not isinstance(given, np.ndarray) or given.dtype.kind != "b":
        return [_indices(entry, query, gallery) for query, entry in enumerate(given)]
    if given.shape != (queries, gallery):
        raise ValueError(f"a bool array of relevant items needs the shape {(queries, gallery)}, not {given.shape}")
    empty = np.flatnonzero(~given.any(axis=1))
    if len(empty):
        raise ValueError(f"query {empty[0]} has no relevant item")
    return given


def _indices(entry: Any, query: int, gallery: int) -> Int[np.ndarray, " _relevant"]:
    """One query's relevant items, given as one index or as several, as an array of indices."""
    indices = np.atleast_1d(np.asarray(list(entry) if isinstance(entry, set | frozenset) else entry))  # [relevant]
    if indices.size == 0:
        raise ValueError(f"query {query} has no relevant item")
    if indices.ndim != 1 or indices.dtype.kind not in "iu":
        raise ValueError(f"query {query}: relevant items are given by index, not by {entry!r}")
    if indices.min() < 0 or indices.max() >= gallery:
        raise ValueError(f"query {query}: relevant index outside the gallery, 0 to {gallery - 1}: {entry!r}")
    return indices


def _relevant_mask(
    answers: list[Int[np.ndarray, " _relevant"]] | Bool[np.ndarray, "chunk gallery"], gallery: int
) -> Bool[np.ndarray, "chunk gallery"]:
    """Which items are right, for a few queries at a time."""
    if isinstance(answers, np.ndarray):
        return answers
    mask = np.zeros((len(answers), gallery), dtype=bool)  # [chunk, gallery]
    for row, indices in zip(mask, answers, strict=True):
        row[indices] = True
    return mask
