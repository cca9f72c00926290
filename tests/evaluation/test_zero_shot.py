"""Zero-shot classification against scikit-learn, and where classes tie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import top_k_accuracy_score

from clipit.evaluation import ensemble, zero_shot

PROPERTY = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def unit_rows(generator, *shape):
    rows = generator.normal(size=shape)
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


@PROPERTY
@given(st.integers(0, 2**16))
def test_equals_scikit_learn_where_nothing_ties(seed):
    generator = np.random.default_rng(seed)
    images, classes = unit_rows(generator, 50, 8), unit_rows(generator, 12, 8)
    labels = generator.integers(0, 12, 50)
    scores = zero_shot(images, classes, labels, ks=(1, 5))
    for k in (1, 5):
        expected = top_k_accuracy_score(labels, images @ classes.T, k=k, labels=np.arange(12))
        assert scores[f"top{k}"] == pytest.approx(expected)


def test_two_classes_with_the_same_name_are_both_wrong_at_first_place():
    """ "pesca" is a peach and fishing: the model cannot know which, and gets no credit for the toss of a coin."""
    classes = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert zero_shot(classes, classes, [0, 1, 2], ks=(1, 2)) == {"top1": pytest.approx(1 / 3), "top2": 1.0}


def test_one_of_several_things_in_a_picture_is_enough():
    classes = np.eye(3)
    picture = np.array([[0.9, 0.5, 0.1]])
    assert zero_shot(picture, classes, [{1, 2}], ks=(1, 2)) == {"top1": 0.0, "top2": 1.0}
    assert zero_shot(picture, classes, [{0, 2}], ks=(1,)) == {"top1": 1.0}


def test_more_guesses_than_classes_always_find_it():
    assert zero_shot(np.eye(3), np.eye(3), [2, 0, 1]) == {"top1": 0.0, "top5": 1.0}


def test_an_ensemble_is_the_direction_between_its_prompts():
    prompts = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.6, 0.8], [0.6, 0.8]]])
    np.testing.assert_allclose(ensemble(prompts), [[np.sqrt(0.5), np.sqrt(0.5)], [0.6, 0.8]])


def test_an_ensemble_averages_the_similarities_up_to_a_factor_for_each_class():
    generator = np.random.default_rng(0)
    images, prompts = unit_rows(generator, 6, 5), unit_rows(generator, 4, 3, 5)
    mean_similarities = np.einsum("id,cpd->ic", images, prompts) / 3
    factors = (images @ ensemble(prompts).T) / mean_similarities
    np.testing.assert_allclose(factors, np.broadcast_to(factors[0], factors.shape))
    np.testing.assert_allclose(np.linalg.norm(ensemble(prompts), axis=1), 1)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="prompts of class 1 cancel out"):
        ensemble(np.array([[[1.0], [1.0]], [[1.0], [-1.0]]]))
    with pytest.raises(ValueError, match="prompts: 1 of 2 embeddings hold NaN"):
        ensemble(np.array([[[1.0], [np.nan]]]))
    with pytest.raises(ValueError, match="outside the gallery, 0 to 2"):
        zero_shot(np.eye(3), np.eye(3), [0, 1, 3])
    with pytest.raises(ValueError, match="every k"):
        zero_shot(np.eye(3), np.eye(3), [0, 1, 2], ks=(0,))
