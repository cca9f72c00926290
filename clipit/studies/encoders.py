"""Study: which image encoder learns most in the same time on two cores?

"The image encoder can be built using vision transformers or CNNs, it is not really important what are you using": on
this small world, does it matter?

The main comparison, declared beforehand: text-to-image recall@1 on the test split, ConvNet against ViT, after the same
seconds of training, each at the best of the same three learning rates of the kernels (more, while the best lies at
the edge).
Control: the ConvNet on pictures whose captions were shuffled.

>>> list(ARMS)
['convnet', 'convnet_fine', 'vit']
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from clipit.data.batches import Pairs
from clipit.data.emoji.world import make_world
from clipit.evaluation import seed_interval
from clipit.inputs.tokenizer import Tokenizer
from clipit.models.config import ConvNetConfig, DualConfig, ViTConfig
from clipit.studies.fitting import fit, seconds_per_step, shuffled, training_pairs
from clipit.studies.table import Row, Table, results_file
from clipit.training.measure import measure_split
from clipit.training.recipe import RECIPES, Recipe

NAME = "encoders"
SECONDS = 45.0  # of training, for each model
SEEDS = (0, 1, 2, 3, 4)
TUNING_SEED = 100  # learning rates are chosen on another seed's validation pictures
FACTORS = (0.5, 1.0, 2.0)  # times the recipe's learning rate
MEASURED = ("text_to_image.recall@1", "text_to_image.mrr@10", "zero_shot.top1", "counting.accuracy")
COLUMNS = ("kind", "arm", "seed", "kernel_learning_rate", "steps", "pictures_per_second", *MEASURED)
QUICK = replace(RECIPES["quick"], train_size=12_000)  # in so few steps no picture comes more than twice
ARMS: dict[str, DualConfig] = {
    "convnet": QUICK.model,
    "convnet_fine": replace(QUICK.model, vision=ConvNetConfig(64, (32, 64, 128, 256), first_kernel=3, first_stride=2)),
    "vit": replace(QUICK.model, vision=ViTConfig(patch_size=8, layers=4)),
}
CONTROL = "convnet_shuffled"
ABOUT = (
    "Which image encoder learns most in the same time? Made by: clipit study encoders",
    f"Every model has {SECONDS:.0f} seconds of training at the speed measured below; all else is as in the",
    "recipe quick. kind: speed (pictures per second, median of three turns), tuning (learning rates, on the",
    "validation split of another seed), result (test split, one row for each seed).",
    "Main comparison: text_to_image.recall@1, convnet against vit. Control: convnet_shuffled (captions shuffled).",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    measure_speeds(table)
    for arm in ARMS:
        tune(table, arm)
    for seed in SEEDS:
        for arm in (*ARMS, CONTROL):
            if table.find(kind="result", arm=arm, seed=seed) is None:
                table.add(kind="result", arm=arm, seed=seed, **one_run(table, arm, seed, "test"))
    return table.rows()


def recipe_for(arm: str, seed: int) -> Recipe:
    """The recipe with the arm's model."""
    return replace(QUICK, seed=seed, model=ARMS.get(arm, QUICK.model))


@lru_cache(maxsize=1)
def data_of(seed: int) -> tuple[Pairs, Tokenizer]:
    """Training data are the same for all arms; reading them takes as long as a third of a training."""
    return training_pairs(recipe_for("convnet", seed))


def measure_speeds(table: Table) -> None:
    """Pictures per second, the arms in turn so that a busy machine is unfair to none."""
    if table.find(kind="speed") is not None:
        return
    data = data_of(TUNING_SEED)
    taken: dict[str, list[float]] = {arm: [] for arm in ARMS}
    for _ in range(3):
        for arm, times in taken.items():
            times.append(seconds_per_step(recipe_for(arm, TUNING_SEED), *data))
    for arm, times in taken.items():
        table.add(kind="speed", arm=arm, pictures_per_second=round(QUICK.batch_size / np.median(times)))


def steps_for(table: Table, arm: str) -> int:
    """Steps that fit into ``SECONDS`` at the measured speed."""
    speed = table.find(kind="speed", arm="convnet" if arm == CONTROL else arm)
    return int(SECONDS * float(speed["pictures_per_second"]) / QUICK.batch_size)  # type: ignore[index]


def tune(table: Table, arm: str) -> None:
    """Tries learning rates; goes on beyond the edge while the best one lies there."""
    for factor in candidates(table, arm):
        rate = QUICK.kernel_learning_rate * factor
        table.add(kind="tuning", arm=arm, seed=TUNING_SEED, **one_run(table, arm, TUNING_SEED, "validation", rate))


def candidates(table: Table, arm: str) -> Iterator[float]:
    """Factors of the learning rate that are still to be tried."""
    for factor in FACTORS:
        if table.find(kind="tuning", arm=arm, kernel_learning_rate=QUICK.kernel_learning_rate * factor) is None:
            yield factor
    while True:
        tried = sorted(float(row["kernel_learning_rate"]) for row in tuning_rows(table, arm))
        best = best_rate(table, arm)
        if best not in (tried[0], tried[-1]):
            return
        yield (best / 2 if best == tried[0] else best * 2) / QUICK.kernel_learning_rate


def tuning_rows(table: Table, arm: str) -> list[Row]:
    """The learning rates that were tried for an arm."""
    return [row for row in table.rows() if row["kind"] == "tuning" and row["arm"] == arm]


def best_rate(table: Table, arm: str) -> float:
    """The learning rate with the best recall; the control takes the ConvNet's."""
    rows = tuning_rows(table, "convnet" if arm == CONTROL else arm)
    return float(max(rows, key=lambda row: float(row[MEASURED[0]]))["kernel_learning_rate"])


def one_run(table: Table, arm: str, seed: int, split: str, rate: float | None = None) -> dict[str, Any]:
    """Trains an arm and measures it on a split."""
    steps, rate = steps_for(table, arm), rate or best_rate(table, arm)
    recipe = replace(recipe_for(arm, seed), steps=steps, warmup_steps=steps // 10, kernel_learning_rate=rate)
    pairs, tokenizer = data_of(seed)
    model, _ = fit(recipe, shuffled(pairs, seed) if arm == CONTROL else pairs, tokenizer)
    world = make_world(split, recipe.test_size, seed, language=recipe.language)
    results = measure_split(model, tokenizer, world, recipe.language)
    return {"kernel_learning_rate": rate, "steps": steps, **{name: round(results[name], 4) for name in MEASURED}}


def summary(rows: list[Row]) -> list[str]:
    """Each arm's measures with the 95 % interval over seeds, then the main comparison, seed by seed."""
    speeds = {row["arm"]: row["pictures_per_second"] for row in rows if row["kind"] == "speed"}
    lines = []
    for arm in (*ARMS, CONTROL):
        shown = [f"{name} {told(values(rows, arm, name))}" for name in MEASURED]
        lines.append(f"{arm}: {speeds.get(arm, speeds['convnet'])} pictures/s, {', '.join(shown)}")
    pairs = zip(values(rows, "convnet", MEASURED[0]), values(rows, "vit", MEASURED[0]), strict=True)
    difference = [convnet - vit for convnet, vit in pairs]
    return [*lines, f"Main comparison, convnet minus vit, {MEASURED[0]}: {told(difference)}"]


def values(rows: list[Row], arm: str, name: str) -> list[float]:
    """A measure of an arm, one value for each seed."""
    return [float(row[name]) for row in rows if row["kind"] == "result" and row["arm"] == arm]


def told(numbers: Sequence[float]) -> str:
    """Mean and interval: "0.35 (0.33 to 0.37)"."""
    interval = seed_interval(numbers)
    return f"{interval['mean']:.2f} ({interval['low']:.2f} to {interval['high']:.2f})"
