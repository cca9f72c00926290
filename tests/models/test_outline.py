"""A model without numbers is the model that nnx would make; keys counted in Python are those of nnx."""

import jax
import numpy as np
from flax import nnx

from clipit.models import DualEncoder
from clipit.models.outline import CountedKeys, outline
from clipit.training import RECIPES

CONFIG = RECIPES["tiny"].model


def test_an_outline_has_the_parts_shapes_and_types_of_the_model_and_no_numbers():
    made, empty = (nnx.split(model) for model in (DualEncoder(CONFIG, nnx.Rngs(0)), outline(DualEncoder, CONFIG)))
    assert made[0] == empty[0]
    both = (jax.tree.map(lambda value: (value.shape, value.dtype), state) for state in (made[1], empty[1]))
    assert next(both) == next(both)
    assert all(isinstance(value, jax.ShapeDtypeStruct) for value in jax.tree.leaves(empty[1]))


def test_keys_are_those_of_nnx_and_models_are_the_same_to_the_last_bit():
    ours, theirs = CountedKeys(jax.random.key(3)), nnx.Rngs(jax.random.key(3))
    for _ in range(3):
        assert ours.params() == theirs.params()
    ours, theirs = (DualEncoder(CONFIG, rngs) for rngs in (CountedKeys(jax.random.key(3)), nnx.Rngs(jax.random.key(3))))
    jax.tree.map(np.testing.assert_array_equal, nnx.state(ours), nnx.state(theirs))
