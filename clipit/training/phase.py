"""A phase of training, as values. Imports no JAX, as recipes.

>>> Phase(trains=("text.",)).moves("text.blocks.0.mlp.hidden.kernel")
True
"""

from dataclasses import dataclass, fields
from typing import Any

OPTIMIZERS = ("muon", "adamw", "adabelief")


@dataclass(frozen=True)
class Phase:
    """A stretch of training: what moves, by which rule, for how long.

    Attributes:
        name: shown beside the steps.
        trains: how the names of the parameters that move begin, such as "text." or "visual_projection."; "" begins
            them all. All others are frozen: no gradient, no optimizer state, no weight decay.
        steps: optimizer steps, at most.
        optimizer: "muon" (for kernels, Adam for the rest), "adamw", or "adabelief" with adaptive gradient clipping, as
            CLIP-Italian was trained.
        learning_rate: at its highest; it rises linearly over ``warmup_steps`` and falls to zero as a cosine.
        kernel_learning_rate: with Muon the same for kernels, the matrices that map one vector to another.
        slower: pairs of a beginning of names and a factor: the steps of these parameters are multiplied with it.
        warmup_steps: steps until the learning rates are highest.
        weight_decay: of kernels.
        gradient_norm: longer gradients are shortened to this length; 0 for never.
        patience: looks at the validation pictures without a lower loss after which the phase ends; 0 for never.
    """

    name: str = "everything"
    trains: tuple[str, ...] = ("",)
    steps: int = 400
    optimizer: str = "muon"
    learning_rate: float = 4e-3
    kernel_learning_rate: float = 1e-2
    slower: tuple[tuple[str, float], ...] = ()
    warmup_steps: int = 40
    weight_decay: float = 0.05
    gradient_norm: float = 1.0
    patience: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps must be at least 1, not {self.steps}.")
        if not 0 <= self.warmup_steps < self.steps:
            raise ValueError(
                f"warmup_steps must be between 0 and steps - 1 = {self.steps - 1}, not {self.warmup_steps}."
            )
        for name in ("learning_rate", "kernel_learning_rate"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)}.")
        if not self.gradient_norm >= 0:
            raise ValueError(f"gradient_norm must be 0 or positive, not {self.gradient_norm}.")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer is one of {', '.join(OPTIMIZERS)}, not {self.optimizer!r}.")
        if not self.trains:
            raise ValueError(f"The phase {self.name!r} trains nothing: name what moves, or leave the phase out.")
        if self.patience < 0:
            raise ValueError(f"patience must be 0 or more looks, not {self.patience}.")

    def moves(self, parameter: str) -> bool:
        """Whether the parameter of this name, such as "text.blocks.0.mlp.hidden.kernel", trains."""
        return parameter.startswith(self.trains)

    def pace(self, parameter: str) -> float:
        """The factor of this parameter's steps."""
        return next((factor for beginning, factor in self.slower if parameter.startswith(beginning)), 1.0)


def phase_from_dict(values: dict[str, Any]) -> Phase:
    """A phase as JSON holds it, where tuples have become lists."""
    unknown = set(values) - {f.name for f in fields(Phase)}
    if unknown:
        raise ValueError(f"A phase has no {', '.join(sorted(unknown))}.")
    slower = tuple((str(beginning), float(factor)) for beginning, factor in values.get("slower", ()))
    return Phase(**{**values, "trains": tuple(values.get("trains", ("",))), "slower": slower})
