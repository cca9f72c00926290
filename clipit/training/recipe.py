"""What to do, as values: everything that decides how a run turns out. Imports no JAX, so that ``--help`` is quick.

>>> RECIPES["quick"].batch_size
256
"""

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from clipit.models.config import BertConfig, BlockConfig, ConvNetConfig, DualConfig, from_dict, to_dict


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how a run turns out; two runs of one recipe agree to the last bit.

    Attributes:
        name: names the run's folder.
        seed: where every random choice of training starts from.
        language: language of the captions.
        train_size: pictures to train on.
        test_size: pictures in each test split, and in the gallery that is searched.
        vocabulary_size: tokens of the tokenizer at most.
        batch_size: pairs in a step; each picture is told from all other captions of the batch.
        steps: optimizer steps.
        learning_rate: of embeddings, biases, norms and the logit scale, at its highest; it rises linearly over
            ``warmup_steps`` and falls to zero as a cosine.
        kernel_learning_rate: the same for kernels, the matrices that map one vector to another.
        warmup_steps: steps until the learning rates are highest.
        weight_decay: of kernels.
        gradient_norm: longer gradients are shortened to this length.
        devices: over how many devices a batch is spread. On a CPU several devices keep its cores busy.
        evaluate_every: steps between two looks at the validation pictures.
        checkpoint_every: steps between two checkpoints.
        model: sizes of both encoders.
    """

    name: str = "quick"
    seed: int = 0
    language: str = "it"
    train_size: int = 24_000
    test_size: int = 1_000
    vocabulary_size: int = 2_000
    batch_size: int = 256
    steps: int = 400
    learning_rate: float = 4e-3
    kernel_learning_rate: float = 1e-2
    warmup_steps: int = 40
    weight_decay: float = 0.05
    gradient_norm: float = 1.0
    devices: int = 2
    evaluate_every: int = 50
    checkpoint_every: int = 50
    model: DualConfig = field(default_factory=DualConfig)

    def __post_init__(self) -> None:
        for name in ("train_size", "test_size", "batch_size", "steps", "devices", "evaluate_every", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if self.batch_size % self.devices:
            raise ValueError(f"A batch_size of {self.batch_size} cannot be spread over {self.devices} devices.")
        if self.batch_size > self.train_size:
            raise ValueError(f"A batch_size of {self.batch_size} needs as many pictures; there are {self.train_size}.")
        if not 0 <= self.warmup_steps < self.steps:
            raise ValueError(
                f"warmup_steps must be between 0 and steps - 1 = {self.steps - 1}, not {self.warmup_steps}."
            )
        for name in ("learning_rate", "kernel_learning_rate", "gradient_norm"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)}.")

    def to_json(self) -> str:
        """The recipe as text."""
        return json.dumps({**asdict(self), "model": to_dict(self.model)}, indent=2) + "\n"

    @staticmethod
    def from_json(text: str) -> "Recipe":
        """The recipe that ``to_json`` wrote.

        Raises:
            ValueError: the text is no recipe, or has a value that no recipe has.
        """
        values: dict[str, Any] = json.loads(text)
        unknown = set(values) - {f.name for f in fields(Recipe)}
        if unknown:
            raise ValueError(f"A recipe has no {', '.join(sorted(unknown))}.")
        return Recipe(**{**values, "model": from_dict(values["model"])})


def read_recipe(path: str | Path) -> Recipe:
    """Reads a recipe from a file, such as a run's recipe.json."""
    return Recipe.from_json(Path(path).read_text())


QUICK = Recipe(
    model=DualConfig(
        vision=ConvNetConfig(),
        text=BertConfig(max_tokens=32, layers=1, block=BlockConfig(norm="before"), quiet_start=True),
    )
)
TINY = replace(
    QUICK,
    name="tiny",
    train_size=512,
    test_size=100,
    batch_size=64,
    steps=12,
    warmup_steps=4,
    evaluate_every=6,
    checkpoint_every=6,
    model=DualConfig(
        vision=ConvNetConfig(widths=(8, 16, 16), features=32),
        text=BertConfig(layers=1, block=BlockConfig(width=32, heads=2, norm="before"), quiet_start=True),
        projection_dim=32,
    ),
)
RECIPES = {recipe.name: recipe for recipe in (QUICK, TINY)}
