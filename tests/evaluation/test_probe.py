"""The linear probe against scikit-learn's logistic regression."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from clipit.evaluation import linear_probe, softmax

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("classes, strength", [(3, 1.0), (5, 10.0), (4, 0.1)])
def test_finds_what_scikit_learn_finds(classes, strength):
    labels = np.repeat(np.arange(classes), 8)
    rows = RNG.normal(size=(len(labels), 6)) + 2 * RNG.normal(size=(classes, 6))[labels]
    weights, bias = linear_probe(rows, labels, classes, strength)
    oracle = LogisticRegression(C=strength, tol=1e-8, max_iter=5_000).fit(rows, labels)
    np.testing.assert_allclose(softmax(rows @ weights + bias), oracle.predict_proba(rows), atol=2e-3)


def test_a_class_without_examples_is_never_the_answer():
    rows = RNG.normal(size=(40, 3))
    weights, bias = linear_probe(rows, np.arange(40) % 2, classes=3)
    assert set((rows @ weights + bias).argmax(axis=1)) <= {0, 1}


@pytest.mark.parametrize(
    "rows, labels, classes, strength, said",
    [
        (np.zeros((0, 3)), [], 2, 1.0, "example"),
        (np.zeros((2, 3)), [0], 2, 1.0, "one row and label"),
        (np.zeros((2, 3)), [0, 2], 2, 1.0, "0 to 1"),
        (np.zeros((2, 3)), [0, 1], 2, 0.0, "positive"),
    ],
)
def test_bad_input_is_said_plainly(rows, labels, classes, strength, said):
    with pytest.raises(ValueError, match=said):
        linear_probe(rows, np.array(labels, int), classes, strength)
