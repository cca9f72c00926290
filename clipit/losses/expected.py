"""What InfoNCE should be before the first step, and the values below which no training can bring it.

A loss says little until one knows where it starts and where it must end. Three numbers, all on paper:

- Before training every similarity is about the same, each softmax is uniform, and the loss is ln B for a batch of B.
- The temperature: cosines cannot be pushed apart without end, so a finite logit scale leaves a rest.
- Duplicates: two identical captions in a batch cannot be told apart, so their probability has to be shared.

>>> print(f"{expected_loss(128):.3f} at the start, {expected_loss(128, logit_scale=20.0):.1e} at best for scale 20")
4.852 at the start, 2.2e-07 at best for scale 20
>>> print(f"{expected_loss(128, classes=150):.3f} at best with 150 different captions")
0.499 at best with 150 different captions
"""

import math

from jaxtyping import Array, Float


def expected_loss(
    batch: int, logit_scale: Float[Array, ""] | float | int | None = None, classes: int | None = None
) -> float:
    """InfoNCE (``info_nce`` with each pair its own positive) on paper, in nats.

    ``expected_loss(B)`` is ln B: the loss of a model that knows nothing, whose similarities are all alike.

    ``expected_loss(B, logit_scale=s)`` is the lower bound that a temperature sets, ln(1 + (B-1) exp(-s B/(B-1))).
    Call d_ij = v_i . t_j - v_i . t_i how far another text lies above the right one. The loss of picture i is
    ln(1 + sum_j exp(s d_ij)), convex in d, so by Jensen the mean loss is at least ln(1 + (B-1) exp(s d)) where d is
    the mean of all d_ij. For unit vectors d is at least -B/(B-1): right pairs coincide (v_i = t_i) and all
    directions sum to zero. Only B corners of a regular simplex reach both, which needs a width of at least B-1
    (Wang and Isola 2020; Lu and Steinerberger 2022, "Neural collapse under cross-entropy loss").

    ``expected_loss(B, classes=C)`` is the floor that duplicates force when each pair is one of C equally frequent
    kinds. K of the B-1 others are of the anchor's kind, K ~ Bin(B-1, 1/C), and at best share its probability
    evenly: E ln(1 + K).

    With both, the best that one encoder, the same for every batch, can do: its C kinds on the corners of a simplex,
    E ln(1 + K + (B-1-K) exp(-s C/(C-1))). The argument is the same, over kinds instead of pairs; it needs a width of
    at least C-1 and is never below either bound alone.

    Args:
        batch: pairs in a batch, at least 1.
        logit_scale: what cosines are multiplied by, not its logarithm; at least 0.
        classes: different kinds of pair, at least 1.

    Returns:
        The loss in nats, between 0 and ln(batch).

    Raises:
        ValueError: a value is out of its range.
    """
    _check(batch, logit_scale, classes)
    if batch == 1 or classes == 1:
        return math.log(batch)  # one kind of pair: nothing to tell apart, whatever the scale
    if classes is None and logit_scale is None:
        return math.log(batch)
    kinds = batch if classes is None else classes
    rival = 0.0 if logit_scale is None else math.exp(-float(logit_scale) * kinds / (kinds - 1))
    if classes is None:
        return math.log1p((batch - 1) * rival)
    others = batch - 1
    return math.fsum(_binomial(others, k, 1 / classes) * math.log1p(k + (others - k) * rival) for k in range(batch))


def _binomial(trials: int, successes: int, probability: float) -> float:
    """Probability of so many successes; through logarithms, because the factors alone would overflow."""
    failures = trials - successes
    log_ways = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(failures + 1)
    return math.exp(log_ways + successes * math.log(probability) + failures * math.log1p(-probability))


def _check(batch: int, logit_scale: Float[Array, ""] | float | int | None, classes: int | None) -> None:
    """Raise a ValueError that names the value out of its range."""
    if batch < 1:
        raise ValueError(f"batch must be at least 1, not {batch}")
    if logit_scale is not None and not float(logit_scale) >= 0:  # "not >=" catches NaN as well
        raise ValueError(f"logit_scale must be at least 0, not {logit_scale}")
    if classes is not None and classes < 1:
        raise ValueError(f"classes must be at least 1, not {classes}")
