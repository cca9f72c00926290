"""WiSE-FT: a model between two others (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", 2109.01903).

Two models of which one was trained on from the other can often be averaged, parameter by parameter; a model between the
ends may keep more of what the first knew than the second does, at little cost to what the second has learned.

>>> between({"scale": np.array([1.0, 3.0])}, {"scale": np.array([2.0, 3.0])}, share=0.25)["scale"].tolist()
[1.25, 3.0]
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from flax import nnx

from clipit.hub.folder import load_model, parameters, read_parameters, set_parameters
from clipit.models import DualEncoder
from clipit.training.runs import RunError


def between(
    first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray], share: float | int
) -> dict[str, np.ndarray]:
    """``(1 - share) * first + share * second`` of every parameter.

    Raises:
        ValueError: the share is not between 0 and 1, or they are not the parameters of models of the same sizes.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"The share of the second model is between 0 and 1, not {share}.")
    different = [name for name in sorted(first.keys() ^ second.keys())]
    different += [name for name in sorted(first.keys() & second.keys()) if first[name].shape != second[name].shape]
    if different:
        raise ValueError(f"Only models of the same sizes can be averaged; these differ in {', '.join(different[:3])}.")
    return {name: np.asarray((1 - share) * value + share * second[name]) for name, value in first.items()}


def average(first: DualEncoder, second: DualEncoder, share: float | int) -> DualEncoder:
    """A model whose parameters are between those of two; raises as ``between``.

    Args:
        first: such as the model at the end of the warm-up.
        second: such as the model at the end of the run; its config and preparation of pictures are the result's.
        share: 0 is the first model, 1 the second.
    """
    mixed = between(parameters(first), parameters(second), share)
    model = nnx.clone(second)
    set_parameters(model, mixed, "the average")
    return model


def end_of_phase(run: str | Path, number: int) -> DualEncoder:
    """The model as it was when a phase of a finished run ended; phases are counted from 0, the last is the run's model.

    Raises:
        RunError: the run keeps no such phase.
    """
    file = Path(run) / f"end-of-phase-{number}.safetensors"
    if not file.is_file():
        kept = ", ".join(sorted(path.stem.rpartition("-")[2] for path in Path(run).glob("end-of-phase-*"))) or "none"
        raise RunError(f"{run} does not keep the end of a phase {number} (but of: {kept}).")
    model, _ = load_model(run)
    read_parameters(model, file)
    return model
