"""The counting loss against InfoNCE's own softmax over two captions, PyTorch's lines, and values by hand."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads
from scipy.special import log_softmax

from clipit.losses import counting, distillation


def unit_rows(seed, *shape):
    rows = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return jnp.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True))


@pytest.mark.parametrize("scale", [1, 14.3, 100.0])
def test_it_is_a_softmax_over_two_captions(scale):
    images, texts, others = unit_rows(0, 3, 7, 5)
    logits = scale * np.stack([(images * texts).sum(1), (images * others).sum(1)], axis=1)  # [7, 2]
    assert float(counting(images, texts, others, scale)) == pytest.approx(
        -log_softmax(logits.astype(np.float64), axis=1)[:, 0].mean(), rel=1e-4
    )


def test_a_picture_as_near_to_both_knows_nothing():
    images, texts, _ = unit_rows(1, 3, 4, 6)
    assert float(counting(images, texts, texts, 50.0)) == pytest.approx(math.log(2))


def test_gradients_are_right_and_pull_towards_the_right_caption():
    images, texts, others = unit_rows(2, 3, 3, 4)
    check_grads(
        lambda *rows: counting(*map(jnp.asarray, rows), 5.0),
        (images, texts, others),
        order=1,
        modes=["rev"],
        atol=1e-2,
        rtol=1e-2,
    )
    step = -jax.grad(counting)(images, texts, others, 5.0)
    assert ((step * (texts - others)).sum(axis=1) > 0).all()


def test_very_wrong_answers_at_a_large_scale_stay_finite():
    image = unit_rows(3, 1, 4)
    value, gradient = jax.value_and_grad(counting)(image, -image, image, 100.0)
    assert float(value) == pytest.approx(200.0, rel=1e-5) and np.isfinite(gradient).all()


@pytest.mark.parity
def test_the_loss_of_the_paper_is_that_at_a_scale_of_one():
    import torch

    rows = unit_rows(4, 3, 6, 8)
    images, texts, others = (torch.tensor(np.asarray(part)) for part in rows)
    right, wrong = (torch.exp((images * part).sum(1)) for part in (texts, others))
    assert float(counting(*rows, 1.0)) == pytest.approx(float(-torch.log(right / (right + wrong)).mean()), rel=1e-5)


def test_distillation_is_the_squared_distance():
    student, teacher = unit_rows(5, 2, 6, 4)
    distances = [math.dist(one, other) ** 2 for one, other in zip(student.tolist(), teacher.tolist(), strict=True)]
    assert float(distillation(student, teacher)) == pytest.approx(np.mean(distances), rel=1e-5)
    assert float(distillation(student, teacher)) == pytest.approx(
        2 - 2 * float((student * teacher).sum(1).mean()), rel=1e-5
    )
    check_grads(
        lambda *rows: distillation(*map(jnp.asarray, rows)),
        (student, teacher),
        order=1,
        modes=["rev"],
        atol=1e-2,
        rtol=1e-2,
    )


def test_half_the_precision_is_summed_in_the_whole():
    student, teacher = unit_rows(6, 2, 5, 64).astype(jnp.bfloat16)
    assert distillation(student, teacher).dtype == jnp.float32
    assert counting(student, teacher, student, 10.0).dtype == jnp.float32


@pytest.mark.parametrize(
    "loss", [lambda a, b: counting(a, a, b, 1.0), lambda a, b: counting(a, b, a, 1.0), distillation]
)
@pytest.mark.parametrize("rows", [(3, 4), (0, 0)])
def test_shapes_that_do_not_fit_are_a_sentence(loss, rows):
    first, second = (jnp.zeros((number, 4)) for number in rows)
    with pytest.raises((ValueError, TypeError)):
        loss(first, second)
