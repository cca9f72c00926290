"""Retrieval against ir-measures, against a brute-force ranking, and on models that deserve nothing."""

import tracemalloc

import ir_measures
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir_measures import RR, Success

from clipit.evaluation import bootstrap, first_relevant_rank, retrieval

PROPERTY = settings(max_examples=60, deadline=None, derandomize=True, database=None)
SEEDS = st.integers(0, 2**16)


def unit_rows(generator, *shape):
    rows = generator.normal(size=shape)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def tied_case(seed, queries=7, gallery=9):
    """Embeddings of small whole numbers, so that equal similarities are frequent, and one to three right items."""
    generator = np.random.default_rng(seed)
    query_rows, gallery_rows = generator.integers(-1, 2, (queries, 2)), generator.integers(-1, 2, (gallery, 2))
    relevant = [
        set(generator.choice(gallery, generator.integers(1, 4), replace=False).tolist()) for _ in range(queries)
    ]
    return query_rows, gallery_rows, relevant


def rank_by_sorting(query, gallery, relevant):
    """The definition: sort the list, irrelevant before relevant where similar alike, look for the first right one."""
    listed = sorted(range(len(gallery)), key=lambda item: (-int(query @ gallery[item]), item in relevant))
    return next(place for place, item in enumerate(listed, start=1) if item in relevant)


def by_ir_measures(similarities, relevant, ks):
    qrels = [ir_measures.Qrel(str(q), str(item), 1) for q, items in enumerate(relevant) for item in items]
    run = [
        ir_measures.ScoredDoc(str(q), str(item), float(score))
        for q, row in enumerate(similarities)
        for item, score in enumerate(row)
    ]
    measured = ir_measures.calc_aggregate([RR @ 10, *(Success @ k for k in ks)], qrels, run)
    return {"mrr@10": measured[RR @ 10]} | {f"recall@{k}": measured[Success @ k] for k in ks}


def test_equals_ir_measures_where_nothing_ties():
    generator = np.random.default_rng(0)
    queries, gallery = unit_rows(generator, 60, 6), unit_rows(generator, 80, 6)
    relevant = [generator.choice(80, generator.integers(1, 6), replace=False).tolist() for _ in range(60)]
    scores = retrieval(queries, gallery, relevant, ks=(1, 3, 10, 50))
    for name, value in by_ir_measures(queries @ gallery.T, relevant, (1, 3, 10, 50)).items():
        assert scores[name] == pytest.approx(value, abs=1e-9), name
    assert 0 < scores["recall@1"] < scores["mrr@10"] < 0.8  # neither oracle nor code looked at a trivial case


@pytest.mark.parametrize("seed", range(5))
def test_equals_ir_measures_once_ties_are_broken_against_the_model(seed):
    queries, gallery, relevant = tied_case(seed)
    similarities = (queries @ gallery.T).astype(float)
    for row, items in zip(similarities, relevant, strict=True):
        row[list(items)] -= 0.5  # between two whole numbers: behind its equals, before everything less similar
    scores = retrieval(queries, gallery, relevant, ks=(1, 2, 5))
    for name, value in by_ir_measures(similarities, relevant, (1, 2, 5)).items():
        assert scores[name] == pytest.approx(value, abs=1e-9), name


@PROPERTY
@given(SEEDS)
def test_ranks_equal_brute_force_with_many_ties(seed):
    queries, gallery, relevant = tied_case(seed)
    expected = [rank_by_sorting(query, gallery, items) for query, items in zip(queries, relevant, strict=True)]
    assert first_relevant_rank(queries, gallery, relevant).tolist() == expected
    scores = retrieval(queries, gallery, relevant, ks=(1, 4))
    assert scores["recall@4"] == pytest.approx(np.mean([rank <= 4 for rank in expected]))
    assert scores["median_rank"] == np.median(expected)


def test_reciprocal_rank_is_cut_at_ten():
    gallery = np.eye(12)
    queries = np.array([np.arange(12.0, 0, -1)] * 2)  # item 0 first, item 11 last
    assert first_relevant_rank(queries, gallery, [9, 10]).tolist() == [10, 11]
    assert retrieval(queries, gallery, [9, 10])["mrr@10"] == pytest.approx(0.1 / 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_model_that_maps_everything_to_one_point_finds_nothing(dtype):
    """Also where the last digits of equal similarities differ, as they do in a large product."""
    point = unit_rows(np.random.default_rng(1), 1, 64).astype(dtype)
    jitter = np.random.default_rng(2).normal(size=(1003, 64)).astype(dtype) * dtype(1e-9)
    gallery = np.repeat(point, 1003, axis=0) + jitter
    scores = retrieval(gallery[:50], gallery, range(50))
    assert scores == {"recall@1": 0, "recall@5": 0, "recall@10": 0, "mrr@10": 0, "median_rank": 1003}


def test_a_perfect_model_finds_everything_and_a_random_one_what_chance_gives():
    generator = np.random.default_rng(3)
    texts = unit_rows(generator, 1000, 32)
    assert retrieval(texts, texts, np.arange(1000))["recall@1"] == 1
    at_random = retrieval(unit_rows(generator, 1000, 32), texts, np.arange(1000), ks=(100,))
    assert at_random["recall@100"] == pytest.approx(0.1, abs=0.03)
    assert at_random["median_rank"] == pytest.approx(500, abs=60)


def test_a_small_difference_is_not_a_tie_whatever_the_length_of_the_embeddings():
    gallery = np.array([[1.0, 0.0], [1 - 1e-4, np.sqrt(1 - (1 - 1e-4) ** 2)]])
    for length in (1e-3, 1.0, 1e3):
        assert first_relevant_rank(length * gallery[:1], length * gallery, [0]).tolist() == [1]


@PROPERTY
@given(SEEDS)
def test_one_index_a_set_a_list_an_array_and_a_bool_matrix_say_the_same(seed):
    queries, gallery, _ = tied_case(seed)
    index = np.random.default_rng(seed).integers(0, 9, 7)
    matrix = np.arange(9) == index[:, None]
    forms = (index, index.tolist(), [{int(i)} for i in index], index[:, None], matrix, jnp.asarray(index))
    ranks = [first_relevant_rank(queries, gallery, form).tolist() for form in forms]
    assert all(rank == ranks[0] for rank in ranks)


@PROPERTY
@given(SEEDS)
def test_the_order_of_the_gallery_does_not_matter(seed):
    queries, gallery, relevant = tied_case(seed)
    order = np.random.default_rng(seed).permutation(9)
    place = np.argsort(order)  # where each item went
    moved = [{int(place[item]) for item in items} for items in relevant]
    assert retrieval(queries, gallery[order], moved) == retrieval(queries, gallery, relevant)


@PROPERTY
@given(SEEDS)
def test_recall_grows_with_k_up_to_one(seed):
    scores = retrieval(*tied_case(seed), ks=range(1, 10))
    recalls = [scores[f"recall@{k}"] for k in range(1, 10)]
    assert recalls == sorted(recalls)
    assert recalls[-1] == 1


@PROPERTY
@given(SEEDS, st.integers(0, 8))
def test_one_more_right_item_never_lowers_a_score(seed, item):
    queries, gallery, relevant = tied_case(seed)
    more = first_relevant_rank(queries, gallery, [items | {item} for items in relevant])
    assert (more <= first_relevant_rank(queries, gallery, relevant)).all()


def test_many_queries_are_ranked_in_bounded_memory_and_as_if_at_once():
    generator = np.random.default_rng(4)
    queries, gallery = unit_rows(generator, 3000, 8), unit_rows(generator, 5000, 8)
    tracemalloc.start()
    ranks = first_relevant_rank(queries, gallery, np.arange(3000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6  # all similarities at once are 120 MB
    some = [0, 255, 256, 2999]
    assert ranks[some].tolist() == first_relevant_rank(queries[some], gallery, some).tolist()


def test_accepts_jax_arrays_of_half_precision_and_answers_in_python_floats():
    queries, gallery, relevant = tied_case(5)
    scores = retrieval(jnp.asarray(queries, jnp.bfloat16), jnp.asarray(gallery, jnp.float16), relevant)
    assert scores == retrieval(queries, gallery, relevant)
    assert list(scores) == ["recall@1", "recall@5", "recall@10", "mrr@10", "median_rank"]
    assert {type(value) for value in scores.values()} == {float}


def test_the_values_of_each_query_are_what_the_bootstrap_takes():
    ranks = first_relevant_rank(*tied_case(6))
    assert bootstrap(1 / ranks)["mean"] == pytest.approx((1 / ranks).mean())


QUERIES, GALLERY = np.eye(3), np.eye(4, 3)


@pytest.mark.parametrize(
    "queries, gallery, relevant, message",
    [
        (QUERIES * np.nan, GALLERY, [0, 1, 2], "queries: 3 of 3 embeddings hold NaN"),
        (QUERIES, np.where(GALLERY > 0, np.inf, 0), [0, 1, 2], "gallery: 3 of 4 embeddings hold NaN or infinite"),
        (QUERIES, np.eye(4), [0, 1, 2], "queries are 3 wide and the gallery 4"),
        (QUERIES, GALLERY[:0], [0, 1, 2], "gallery: embeddings need 2 axes and at least one item"),
        (QUERIES, GALLERY, [0, 1], "3 queries, but relevant has 2 entries"),
        (QUERIES, GALLERY, [0, 1, 4], "query 2: relevant index outside the gallery, 0 to 3: 4"),
        (QUERIES, GALLERY, [0, -1, 2], "query 1: relevant index outside the gallery"),
        (QUERIES, GALLERY, [{0}, set(), {1}], "query 1 has no relevant item"),
        (QUERIES, GALLERY, [[0], [1], []], "query 2 has no relevant item"),
        (QUERIES, GALLERY, [0, 1, 2.5], "query 2: relevant items are given by index"),
        (QUERIES, GALLERY, [[True, False, False, False]] * 3, "query 0: relevant items are given by index"),
        (QUERIES, GALLERY, np.eye(3, dtype=bool), r"needs the shape \(3, 4\), not \(3, 3\)"),
        (QUERIES, GALLERY, np.eye(3, 4, k=2, dtype=bool), "query 2 has no relevant item"),
    ],
)
def test_bad_input_is_named(queries, gallery, relevant, message):
    with pytest.raises(ValueError, match=message):
        retrieval(queries, gallery, relevant)


def test_a_k_below_one_is_refused():
    with pytest.raises(ValueError, match="every k must be at least 1"):
        retrieval(QUERIES, GALLERY, [0, 1, 2], ks=(0, 1))
