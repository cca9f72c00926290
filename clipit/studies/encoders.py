"""Study: which encoders learn most in the same time on two cores?

"The image encoder can be built using vision transformers or CNNs, it is not really important what are you using", and
the text encoder "bag of words, BERT, or any other kind": on this small world, does it matter?

The main comparison, declared beforehand: text-to-image recall@1 on the test split, ConvNet against ViT, after the same
seconds of training, each at the best of the same three learning rates of the kernels (more, while the best lies at
the edge). The second comparison, in the same way: the ConvNet beside the small BERT (``convnet``) against the same
ConvNet beside a bag of words whose words have vectors as long as BERT's.
Control: the ConvNet on pictures whose captions were shuffled.

>>> list(ARMS)
['convnet', 'convnet_fine', 'vit', 'bag_of_words']
"""

from dataclasses import replace
from typing import Any

import numpy as np

from clipit.data.batches import shuffled
from clipit.models.config import BagOfWordsConfig, ConvNetConfig, DualConfig, ViTConfig
from clipit.studies.fitting import fit, results_on, seconds_per_step, training_pairs
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.tuning import best_trial, next_trial, trials
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
    "bag_of_words": replace(QUICK.model, text=BagOfWordsConfig(width=QUICK.model.text.features)),
}
CONTROL = "convnet_shuffled"
ABOUT = (
    "Which encoders learn most in the same time? Made by: clipit study encoders",
    f"Every model has {SECONDS:.0f} seconds of training at the speed measured below; all else is as in the",
    "recipe quick. kind: speed (pictures per second, median of three turns), tuning (learning rates, on the",
    "validation split of another seed), result (test split, one row for each seed).",
    "The arms are timed in turn. An arm that came later (bag_of_words) is timed in turn with convnet, and its",
    "pictures_per_second are convnet's of the table, times how much quicker it was than convnet then.",
    "Main comparison: text_to_image.recall@1, convnet against vit. Second comparison: convnet, which reads with",
    "BERT, against bag_of_words. Control: convnet_shuffled (captions shuffled).",
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
                rate = best_trial(tried(table, arm))
                table.add(kind="result", arm=arm, seed=seed, **one_run(table, arm, seed, "test", rate))
    return table.rows()


def recipe_for(arm: str, seed: int) -> Recipe:
    """The recipe with the arm's model."""
    return replace(QUICK, seed=seed, model=ARMS.get(arm, QUICK.model))


def measure_speeds(table: Table) -> None:
    """Pictures per second, the arms in turn so that a busy machine is unfair to none."""
    missing = [arm for arm in ARMS if table.find(kind="speed", arm=arm) is None]
    if not missing:
        return
    data = training_pairs(replace(QUICK, seed=TUNING_SEED))
    taken: dict[str, list[float]] = {arm: [] for arm in dict.fromkeys(["convnet", *missing])}
    for _ in range(3):
        for arm, times in taken.items():
            times.append(seconds_per_step(recipe_for(arm, TUNING_SEED), *data))
    speeds = {arm: QUICK.batch_size / np.median(times) for arm, times in taken.items()}
    known = table.find(kind="speed", arm="convnet")
    ratio = float(known["pictures_per_second"]) / speeds["convnet"] if known else 1.0  # the machine was quicker then
    for arm in missing:
        table.add(kind="speed", arm=arm, pictures_per_second=round(speeds[arm] * ratio))


def steps_for(table: Table, arm: str) -> int:
    """Steps that fit into ``SECONDS`` at the measured speed."""
    speed = table.find(kind="speed", arm="convnet" if arm == CONTROL else arm)
    return int(SECONDS * float(speed["pictures_per_second"]) / QUICK.batch_size)  # type: ignore[index]


def tried(table: Table, arm: str) -> dict[float, float]:
    """Recall at each learning rate that was tried; the control takes the ConvNet's."""
    of = "convnet" if arm == CONTROL else arm
    return trials(table.rows(), "kernel_learning_rate", MEASURED[0], arm=of)


def tune(table: Table, arm: str) -> None:
    """Tries learning rates; goes on beyond the edge while the best one lies there."""
    grid = [QUICK.phases[0].kernel_learning_rate * factor for factor in FACTORS]
    while (rate := next_trial(tried(table, arm), grid)) is not None:
        table.add(kind="tuning", arm=arm, seed=TUNING_SEED, **one_run(table, arm, TUNING_SEED, "validation", rate))


def one_run(table: Table, arm: str, seed: int, split: str, rate: float) -> dict[str, Any]:
    """Trains an arm and measures it on a split."""
    steps = steps_for(table, arm)
    recipe = recipe_for(arm, seed).with_phase(steps=steps, warmup_steps=steps // 10, kernel_learning_rate=rate)
    pairs, tokenizer = training_pairs(replace(QUICK, seed=seed))
    model, _ = fit(recipe, shuffled(pairs, seed) if arm == CONTROL else pairs, tokenizer)
    results = results_on(split, model, tokenizer, recipe)
    return {"kernel_learning_rate": rate, "steps": steps, **{name: round(results[name], 4) for name in MEASURED}}


def summary(rows: list[Row]) -> list[str]:
    """Each arm's measures with the 95 % interval over seeds, then the two comparisons, seed by seed."""
    speeds = {row["arm"]: row["pictures_per_second"] for row in rows if row["kind"] == "speed"}
    lines = []
    for arm in (*ARMS, CONTROL):
        shown = [f"{name} {told(values(rows, name, arm=arm).values())}" for name in MEASURED]
        lines.append(f"{arm}: {speeds.get(arm, speeds['convnet'])} pictures/s, {', '.join(shown)}")
    recalls = {arm: values(rows, MEASURED[0], arm=arm) for arm in ARMS}
    for name, other in (("Main", "vit"), ("Second", "bag_of_words")):
        apart = told(difference(recalls["convnet"], recalls[other]))
        lines.append(f"{name} comparison, convnet minus {other}, {MEASURED[0]}: {apart}")
    return lines
