"""InfoNCE against PyTorch, a double loop, finite differences and numbers worked out by hand."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.sharding import AxisType, NamedSharding, PartitionSpec
from jax.test_util import check_grads

from clipit.losses import info_nce

PROPERTY = settings(max_examples=12, deadline=None, derandomize=True, database=None)
SEEDS = st.integers(0, 2**16)


def unit_rows(generator, *shape):
    rows = generator.normal(size=shape).astype(np.float32)
    return jnp.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True))


def pairs(seed, batch=8, dim=5):
    generator = np.random.default_rng(seed)
    return unit_rows(generator, batch, dim), unit_rows(generator, batch, dim)


def some_positives(seed, batch=8):
    """The diagonal and, one-sidedly, about a fifth of the other pairs."""
    extra = np.random.default_rng(seed).random((batch, batch)) < 0.2
    return jnp.asarray(extra | np.eye(batch, dtype=bool))


def by_double_loop(images, texts, scale, positives):
    """The definition, word for word, in Python floats."""
    images, texts = np.asarray(images, np.float64), np.asarray(texts, np.float64)
    anchor_losses = []
    for anchors, others, describes in ((images, texts, positives), (texts, images, positives.T)):
        for i, anchor in enumerate(anchors):
            total = sum(math.exp(scale * float(anchor @ other)) for other in others)
            losses = [
                -math.log(math.exp(scale * float(anchor @ others[j])) / total)
                for j in range(len(others))
                if describes[i, j]
            ]
            anchor_losses.append(sum(losses) / len(losses))
    return sum(anchor_losses) / len(anchor_losses)


def test_two_pairs_worked_out_by_hand():
    images = jnp.array([[1.0, 0.0], [0.0, 1.0]])
    texts = jnp.array([[1.0, 0.0], [0.6, 0.8]])
    # logits at scale 2: [[2, 1.2], [0, 1.6]]
    rows = math.log(1 + math.exp(1.2 - 2)) + math.log(1 + math.exp(0 - 1.6))
    columns = math.log(1 + math.exp(0 - 2)) + math.log(1 + math.exp(1.2 - 1.6))
    assert float(info_nce(images, texts, 2.0)) == pytest.approx((rows + columns) / 4, rel=1e-6)


def test_two_pairs_with_one_extra_positive_worked_out_by_hand():
    images = jnp.array([[1.0, 0.0], [0.0, 1.0]])
    positives = jnp.array([[True, True], [False, True]])  # text 1 also describes picture 0
    near, far = math.log(1 + math.exp(-3)), math.log(1 + math.exp(3))
    by_hand = ((near + far) / 2 + near + near + (near + far) / 2) / 4
    assert float(info_nce(images, images, 3.0, positives)) == pytest.approx(by_hand, rel=1e-6)


@pytest.mark.parametrize("scale", [1, 14.3, 100.0])
def test_equals_the_double_loop_with_and_without_extra_positives(scale):
    images, texts = pairs(0)
    for positives in (None, some_positives(1)):
        described = np.eye(8, dtype=bool) if positives is None else np.asarray(positives)
        expected = by_double_loop(images, texts, scale, described)
        assert float(info_nce(images, texts, scale, positives)) == pytest.approx(expected, rel=2e-6)


@pytest.mark.parity
@pytest.mark.parametrize("extra", [False, True])
def test_value_and_gradients_equal_pytorch(extra):
    import torch

    images, texts = pairs(2, batch=16, dim=6)
    positives = some_positives(3, 16) if extra else None
    value, gradients = jax.value_and_grad(info_nce, argnums=(0, 1, 2))(images, texts, jnp.float32(20.0), positives)

    leaves = [torch.tensor(np.array(x), requires_grad=True) for x in (images, texts, np.float32(20.0))]
    logits = leaves[2] * leaves[0] @ leaves[1].T
    if extra:
        described = torch.tensor(np.array(positives), dtype=torch.float32)
        targets = described / described.sum(1, keepdim=True), (described / described.sum(0)).T
    else:
        targets = torch.arange(16), torch.arange(16)
    cross_entropy = torch.nn.functional.cross_entropy
    loss = (cross_entropy(logits, targets[0]) + cross_entropy(logits.T, targets[1])) / 2
    loss.backward()

    assert float(value) == pytest.approx(loss.item(), rel=1e-5)
    for ours, leaf in zip(gradients, leaves, strict=True):
        np.testing.assert_allclose(ours, leaf.grad.numpy(), rtol=1e-4, atol=1e-5)


def test_gradients_equal_finite_differences():
    images, texts = pairs(4, batch=4, dim=3)
    positives = some_positives(5, 4)
    check_grads(
        lambda *inputs: info_nce(*map(jnp.asarray, inputs), positives),  # the check itself hands over numpy
        (images, texts, jnp.float32(3.0)),
        order=1,
        modes=("rev",),
        eps=1e-2,
        atol=2e-3,
        rtol=2e-3,
    )


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_embeddings_lose_nothing_further(dtype):
    """The loss of rounded embeddings is that of the same numbers in float32; bfloat16 logits would be off by .1."""
    images, texts = (x.astype(dtype) for x in pairs(6, batch=64, dim=32))
    loss = info_nce(images, texts, 100.0)
    in_full = info_nce(images.astype(jnp.float32), texts.astype(jnp.float32), 100.0)
    assert loss.dtype == jnp.float32
    assert float(loss) == pytest.approx(float(in_full), rel=1e-5)


def test_a_half_precision_scale_does_not_round_the_logits():
    images, texts = pairs(7)
    assert info_nce(images, texts, jnp.bfloat16(100.0)) == info_nce(images, texts, 100.0)


def test_accelerators_are_asked_for_full_precision():
    images, texts = pairs(8)
    assert "Precision.HIGHEST" in str(jax.make_jaxpr(info_nce)(images, texts, 10.0))


def test_jit_gives_the_same_value():
    images, texts = pairs(9)
    positives = some_positives(10)
    eager, compiled = info_nce(images, texts, 7.0, positives), jax.jit(info_nce)(images, texts, 7.0, positives)
    assert float(compiled) == pytest.approx(float(eager), rel=1e-6)


@pytest.mark.parametrize("extra", [False, True])
def test_a_batch_spread_over_four_devices_gives_the_same_value_and_gradients(extra):
    """Negatives come from the whole batch, not only from the device's own part."""
    mesh = jax.make_mesh((4,), ("data",), axis_types=(AxisType.Auto,))  # tests/conftest.py asks for four devices
    whole = pairs(14, batch=16)
    spread = [jax.device_put(rows, NamedSharding(mesh, PartitionSpec("data"))) for rows in whole]
    positives = some_positives(15, 16) if extra else None
    loss = jax.jit(jax.value_and_grad(info_nce, argnums=(0, 1)))
    on_one, gradients_on_one = loss(*whole, 10.0, positives)
    on_four, gradients_on_four = loss(*spread, 10.0, positives)
    assert len(gradients_on_four[0].sharding.device_set) == 4
    np.testing.assert_allclose(on_four, on_one, rtol=1e-6)
    for one, four in zip(gradients_on_one, gradients_on_four, strict=True):
        np.testing.assert_allclose(four, one, rtol=1e-4, atol=1e-6)


@PROPERTY
@given(SEEDS)
def test_the_order_of_the_pairs_does_not_matter(seed):
    images, texts = pairs(seed)
    positives = some_positives(seed)
    order = np.random.default_rng(seed).permutation(8)
    shuffled = info_nce(images[order], texts[order], 10.0, positives[order][:, order])
    assert float(shuffled) == pytest.approx(float(info_nce(images, texts, 10.0, positives)), rel=1e-5)


@PROPERTY
@given(SEEDS)
def test_pictures_and_texts_play_the_same_part(seed):
    images, texts = pairs(seed)
    positives = some_positives(seed)
    swapped = info_nce(texts, images, 10.0, positives.T)
    assert float(swapped) == pytest.approx(float(info_nce(images, texts, 10.0, positives)), rel=1e-5)


@PROPERTY
@given(SEEDS, st.floats(0, 100))
def test_never_below_the_entropy_of_the_positives(seed, scale):
    """An anchor with p positives has to share its probability among them, which costs ln p."""
    positives = some_positives(seed)
    floor = (np.log(positives.sum(0)).mean() + np.log(positives.sum(1)).mean()) / 2
    assert float(info_nce(*pairs(seed), scale, positives)) >= float(floor) - 1e-5


def test_a_caption_that_also_describes_a_picture_is_pulled_to_it_and_pushed_away_otherwise():
    images, texts = pairs(11, batch=8, dim=16)
    also = jnp.eye(8, dtype=bool).at[0, 3].set(True)
    before = texts[3] @ images[0]

    def after_a_step(positives):
        gradient = jax.grad(info_nce, argnums=1)(images, texts, 1.0, positives)
        return (texts - 0.1 * gradient)[3] @ images[0]

    assert after_a_step(also) > before > after_a_step(None)


def test_equal_captions_marked_as_positives_are_at_rest_once_learned():
    """Two copies of a pair, perfectly aligned: nothing left to learn, where the diagonal alone would not differ."""
    corners = jnp.repeat(jnp.eye(4), 2, axis=0)  # [8, 4]
    same = jnp.asarray(np.kron(np.eye(4), np.ones((2, 2))) > 0)
    loss, gradient = jax.value_and_grad(info_nce)(corners, corners, 100.0, same)
    assert float(loss) == pytest.approx(math.log(2), rel=1e-6)
    np.testing.assert_allclose(gradient, 0, atol=1e-5)


def test_an_anchor_without_positives_is_not_passed_over_in_silence():
    images, texts = pairs(12)
    assert np.isnan(info_nce(images, texts, 1.0, jnp.eye(8, dtype=bool).at[2, 2].set(False)))


def test_shapes_that_do_not_fit_are_refused():
    images, texts = pairs(13)
    unchecked = getattr(info_nce, "__wrapped__", info_nce)  # the test run's own shape check would come first
    with pytest.raises(ValueError, match=r"same shape \[batch, dim\].*\(8, 5\) and \(7, 5\)"):
        unchecked(images, texts[:7], 1.0)
    with pytest.raises(ValueError, match="same shape"):
        unchecked(images[0], texts[0], 1.0)
    with pytest.raises(ValueError, match=r"positives need the shape \(8, 8\)"):
        unchecked(images, texts, 1.0, jnp.eye(7, dtype=bool))


def test_an_empty_batch_is_refused():
    images, texts = pairs(16)
    unchecked = getattr(info_nce, "__wrapped__", info_nce)
    with pytest.raises(ValueError, match="at least one pair, this one is empty"):
        unchecked(images[:0], texts[:0], 1.0)


def test_one_pair_alone_costs_nothing_whatever_it_is():
    images, texts = pairs(17, batch=1)
    assert float(info_nce(images, texts, 100.0)) == 0


def test_nan_embeddings_are_not_passed_over_in_silence():
    images, texts = pairs(18)
    assert np.isnan(info_nce(images.at[3, 1].set(jnp.nan), texts, 10.0))
