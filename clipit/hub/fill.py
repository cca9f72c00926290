"""Puts a checkpoint's tensors into a model, one after the other, and says by name what does not fit.

>>> shorten(["a", "b", "c"], most=2)
'a, b and 1 more'
"""

import logging
from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
from flax import nnx

from clipit.hub.errors import ModelError
from clipit.hub.names import NamedTensor, from_theirs, parameters_of, shape_there, tensors_of
from clipit.hub.spelling import known_extra
from clipit.hub.tensors import Tensor

DTYPES = {"float32": jnp.float32, "bfloat16": jnp.bfloat16}


def fill(module: Any, tensors: dict[str, Tensor], dtype: str, where: str) -> Any:
    """The module, with the tensors of a checkpoint; those that are known and not needed are named in the log.

    Args:
        module: its parameters may be shapes without numbers.
        tensors: by their names in ``transformers``.
        dtype: "float32" or "bfloat16"; the logit scale's logarithm stays in float32, where rounding would be seen.
        where: what the tensors came from, for the messages.

    Raises:
        ModelError: a tensor is missing, unknown or of another shape.
    """
    if dtype not in DTYPES:
        raise ModelError(f"dtype is {' or '.join(DTYPES)}, not {dtype}.")
    named = {tensor.ours: tensor for tensor in tensors_of(module)}
    check(module, named, tensors, where)
    state = nnx.state(module, nnx.Param)
    for path, value in nnx.to_flat_state(state):
        tensor = named[".".join(map(str, path))]
        numbers = from_theirs(tensors[tensor.theirs].read(), tensor.layout)
        if not jnp.issubdtype(numbers.dtype, jnp.floating):  # such as 8-bit weights, which mean nothing without a scale
            raise ModelError(f"{tensor.theirs} of {where} is {numbers.dtype}: get floating-point weights.")
        value.set_value(jnp.asarray(numbers, DTYPES[dtype] if numbers.ndim else jnp.float32))
    nnx.update(module, state)
    return module


def check(module: Any, named: dict[str, NamedTensor], tensors: dict[str, Tensor], where: str) -> None:
    """Names every tensor that does not fit."""
    wanted = {tensor.theirs for tensor in named.values()}
    left = sorted(tensors.keys() - wanted)
    missing, surprises = sorted(wanted - tensors.keys()), [name for name in left if not known_extra(name)]
    problems = [f"missing: {shorten(missing)}"] if missing else []
    problems += [f"unknown: {shorten(surprises)}"] if surprises else []
    shapes = {named[ours].theirs: (named[ours], value.shape) for ours, value in parameters_of(module).items()}
    for name in sorted(wanted & tensors.keys()):
        tensor, shape = shapes[name]
        if tensors[name].shape != shape_there(shape, tensor.layout):
            expected = shape_there(shape, tensor.layout)
            problems.append(f"{name} has the shape {tensors[name].shape} instead of {expected}")
    if problems:
        raise ModelError(f"The tensors of {where} do not fit its config.json ({'; '.join(problems[:3])}).")
    if left:
        reasons = ", ".join(sorted({known_extra(name) or "" for name in left}))
        logging.getLogger("clipit.hub").warning("%s: left out %s (%s).", where, shorten(left), reasons)


def shorten(names: Sequence[str], most: int = 5) -> str:
    """A list of names that stays short."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
