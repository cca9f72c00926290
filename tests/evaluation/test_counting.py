"""Counting against scikit-learn, and where captions tie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, mean_absolute_error, recall_score

from clipit.evaluation import confusion, counting, predict_counts

PROPERTY = settings(max_examples=30, deadline=None, derandomize=True, database=None)
NUMBERS = range(1, 7)


def random_case(seed, images=80):
    """Pictures that lean towards their right caption, the more captions far from it the less often confused."""
    generator = np.random.default_rng(seed)
    captions = generator.normal(size=(images, 6, 8))
    captions /= np.linalg.norm(captions, axis=-1, keepdims=True)
    counts = generator.integers(1, 7, images)
    pictures = captions[np.arange(images), counts - 1] + 0.5 * generator.normal(size=(images, 8))
    return pictures / np.linalg.norm(pictures, axis=-1, keepdims=True), captions, counts


def answering(predicted):
    """Pictures and captions for which a model answers these numbers."""
    return np.eye(6)[np.asarray(predicted) - 1], np.stack([np.eye(6)] * len(predicted))


@PROPERTY
@given(st.integers(0, 2**16))
def test_equals_scikit_learn(seed):
    pictures, captions, counts = random_case(seed)
    predicted = np.array([max(NUMBERS, key=lambda n: p @ c[n - 1]) for p, c in zip(pictures, captions, strict=True)])
    scores = counting(pictures, captions, counts)
    assert scores["accuracy"] == pytest.approx(balanced_accuracy_score(counts, predicted))
    assert scores["mean_absolute_error"] == pytest.approx(mean_absolute_error(counts, predicted))
    for number, recall in zip(NUMBERS, recall_score(counts, predicted, labels=NUMBERS, average=None), strict=True):
        assert scores[f"accuracy.{number}"] == pytest.approx(recall)
    table = confusion(pictures, captions, counts)
    np.testing.assert_array_equal(table, confusion_matrix(counts, predicted, labels=NUMBERS))


def test_a_hand_counted_case():
    scores = counting(*answering([1, 1, 3, 6]), counts=[1, 2, 3, 3])
    assert scores == {
        "accuracy": 0.5,  # mean of 1, 0 and 1/2
        "accuracy.1": 1.0,
        "accuracy.2": 0.0,
        "accuracy.3": 0.5,
        "mean_absolute_error": 1.0,  # 0 + 1 + 0 + 3 over four pictures
    }


def test_frequent_counts_do_not_outweigh_rare_ones():
    scores = counting(*answering([1] * 100), counts=[1] * 98 + [2, 3])
    assert scores["accuracy"] == pytest.approx(1 / 3)


def test_a_model_that_does_not_tell_numbers_apart_is_always_wrong():
    """Six equal captions: the answer is the number farthest from the truth, not the first or a lucky one."""
    point = np.full((6, 4), 0.5)
    counts = np.arange(1, 7)
    captions = np.stack([point] * 6) + 1e-9 * np.arange(6)[:, None]
    assert predict_counts(point, captions, counts).tolist() == [6, 6, 6, 1, 1, 1]
    assert counting(point, captions, counts)["accuracy"] == 0


def test_a_tie_with_one_other_number_goes_to_the_other():
    pictures = np.array([[1.0, 1.0, 0, 0, 0, 0]] * 2) / np.sqrt(2)
    captions = np.stack([np.eye(6)] * 2)
    assert predict_counts(pictures, captions, [1, 2]).tolist() == [2, 1]


def test_a_count_that_no_picture_shows_is_left_out():
    scores = counting(*answering([4, 5]), counts=[4, 4])
    assert list(scores) == ["accuracy", "accuracy.4", "mean_absolute_error"]
    assert {type(value) for value in scores.values()} == {float}


@pytest.mark.parametrize("counts", [[0, 1], [1, 7], [1.0, 2.0], [1], [[1, 2]]])
def test_counts_without_a_caption_or_a_picture_are_refused(counts):
    with pytest.raises(ValueError, match="counts"):
        unchecked(counting)(*answering([1, 2]), counts=counts)


def test_embeddings_that_do_not_fit_are_refused():
    pictures, captions = answering([1, 2])
    with pytest.raises(ValueError, match="do not fit together"):
        counting(pictures[:1], captions, [1])
    with pytest.raises(ValueError, match="do not fit together"):
        counting(pictures[:, :5], captions, [1, 2])
    with pytest.raises(ValueError, match="count captions: 12 of 12 embeddings hold NaN"):
        counting(pictures, captions * np.nan, [1, 2])


def unchecked(function):
    """The function without the shape check of the test run, which would come before its own."""
    return getattr(function, "__wrapped__", function)
