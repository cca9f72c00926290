"""The loss of hidden words against scikit-learn's, and only at hidden places."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import log_loss

from clipit.losses import masked_words


@pytest.fixture
def given():
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 5, 7)).astype(np.float32), rng.integers(0, 7, (3, 5)), rng.random((3, 5)) < 0.5


def test_it_is_the_log_loss_of_the_hidden_words(given):
    logits, ids, hidden = given
    shares = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    theirs = log_loss(ids[hidden], shares[hidden], labels=range(7))
    assert float(masked_words(*map(jnp.asarray, given))) == pytest.approx(theirs, rel=1e-5)


def test_what_stands_at_other_places_does_not_matter(given):
    logits, ids, hidden = map(jnp.asarray, given)
    slope = jax.grad(masked_words)(logits, ids, hidden)
    assert not np.asarray(slope)[~np.asarray(hidden)].any() and np.asarray(slope)[np.asarray(hidden)].any()
    assert float(masked_words(logits, jnp.where(hidden, ids, 0), hidden)) == float(masked_words(logits, ids, hidden))


def test_with_nothing_hidden_there_is_nothing_to_lose(given):
    logits, ids, hidden = map(jnp.asarray, given)
    assert float(masked_words(logits, ids, jnp.zeros_like(hidden))) == 0
