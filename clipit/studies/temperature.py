"""Study: what does the logit scale do, and is it better to learn it than to choose it?

CLIP multiplies cosines by a scale that it learns, starting at 1 / 0.07 and never above 100 (Radford et al. 2021, arXiv
2103.00020). Here it is learned from several starts, and fixed at the same values.

The main comparison, declared beforehand: text-to-image recall@1 on the test split after equally many steps, learned
minus fixed, each from the best of the same scales on the validation split of another seed (more scales, while the best
lies at the edge; 100 is the model's limit).
Control: learned, on pictures whose captions were shuffled.

>>> sorted(ARMS)
['fixed', 'learned']
"""

from dataclasses import replace
from typing import Any

import numpy as np

from clipit.data.batches import shuffled
from clipit.losses import expected_loss
from clipit.models.dual import LARGEST_LOGIT_SCALE
from clipit.studies.fitting import fit, results_on, training_pairs
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.tuning import best_trial, next_trial, trials
from clipit.training.recipe import RECIPES

NAME = "temperature"
SEEDS = (0, 1, 2, 3, 4)
TUNING_SEED = 100  # scales are chosen on another seed's validation pictures
CLIP = 14.3  # where CLIP's scale starts, 1 / 0.07
SCALES = (1.0, 5.0, CLIP, 30.0, LARGEST_LOGIT_SCALE)
ARMS = ("learned", "fixed")
CONTROL = "learned_shuffled"
MEASURED = ("text_to_image.recall@1", "text_to_image.mrr@10")
COLUMNS = ("kind", "arm", "scale", "seed", "steps", "final_scale", "training_loss", "lowest_loss", *MEASURED)
# As many small steps as time allows: Adam moves the logarithm of the scale by its learning rate at most in a step.
BUT_THE_SCALE = ("vision.", "text.", "visual_projection.", "text_projection.")
QUICK = replace(RECIPES["quick"], train_size=12_000, batch_size=64).with_phase(steps=200, warmup_steps=20)
LAST = 10  # steps over which the training loss at the end is averaged
ABOUT = (
    "What does the logit scale do? Made by: clipit study temperature",
    f"Every model has {QUICK.steps} steps of {QUICK.batch_size} pairs; all else is as in the recipe quick.",
    "scale: where a learned scale starts, or what a fixed one is. final_scale: after training. training_loss: mean of",
    f"the last {LAST} steps, in nats. lowest_loss: the least that final_scale allows, for a batch of single pairs.",
    "kind: tuning (scales, on the validation split of another seed), result (test split, one row for each seed):",
    "each arm's best scale, CLIP's start, the softest and the sharpest fixed scale, the control.",
    "Main comparison: text_to_image.recall@1, learned minus fixed, each at its best scale of the same trials.",
    "Control: learned_shuffled (captions shuffled).",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    for arm in ARMS:
        tune(table, arm)
    for seed in SEEDS:
        for arm, scale in compared(table.rows()):
            if table.find(kind="result", arm=arm, scale=scale, seed=seed) is None:
                measured = one_run(arm, scale, seed, "test")
                table.add(kind="result", arm=arm, scale=scale, seed=seed, **measured)
    return table.rows()


def tune(table: Table, arm: str) -> None:
    """Tries scales; goes on beyond the edge while the best one lies there."""
    while (
        scale := next_trial(trials(table.rows(), "scale", MEASURED[0], arm=arm), SCALES, LARGEST_LOGIT_SCALE)
    ) is not None:
        measured = one_run(arm, scale, TUNING_SEED, "validation")
        table.add(kind="tuning", arm=arm, scale=scale, seed=TUNING_SEED, **measured)


def best_scale(rows: list[Row], arm: str) -> float:
    """The scale with the best recall among an arm's trials."""
    return best_trial(trials(rows, "scale", MEASURED[0], arm=arm))


def compared(rows: list[Row]) -> list[tuple[str, float]]:
    """What is measured with every seed, none of it twice."""
    best = [(arm, best_scale(rows, arm)) for arm in ARMS]
    others = [("learned", CLIP), ("fixed", SCALES[0]), ("fixed", SCALES[-1]), (CONTROL, CLIP)]
    return list(dict.fromkeys([*best, *others]))


def one_run(arm: str, scale: float, seed: int, split: str) -> dict[str, Any]:
    """Trains with a scale, learned or fixed, and measures on a split."""
    recipe = replace(QUICK, seed=seed, model=replace(QUICK.model, initial_logit_scale=scale))
    pairs, tokenizer = training_pairs(replace(QUICK, seed=seed))
    pairs = shuffled(pairs, seed) if arm == CONTROL else pairs
    recipe = recipe.with_phase(trains=BUT_THE_SCALE) if arm == "fixed" else recipe
    model, losses = fit(recipe, pairs, tokenizer)
    results = results_on(split, model, tokenizer, recipe)
    final = float(model.logit_scale())
    return {
        "steps": recipe.steps,
        "final_scale": round(final, 2),
        "training_loss": round(float(np.mean(losses[-LAST:])), 4),
        "lowest_loss": round(expected_loss(recipe.batch_size, logit_scale=final), 4),
        **{name: round(results[name], 4) for name in MEASURED},
    }


def summary(rows: list[Row]) -> list[str]:
    """Each scale's measures with the 95 % interval over seeds, then the main comparison, seed by seed."""
    lines = []
    for arm, scale in compared(rows):
        shown = [f"{name} {told(values(rows, name, arm=arm, scale=str(scale)).values())}" for name in COLUMNS[5:]]
        lines.append(f"{arm}, scale {scale}: {', '.join(shown)}")
    best = {arm: best_scale(rows, arm) for arm in ARMS}
    recalls = {arm: values(rows, MEASURED[0], arm=arm, scale=str(scale)) for arm, scale in best.items()}
    apart = told(difference(recalls["learned"], recalls["fixed"]))
    where = f"learned from {best['learned']} minus fixed at {best['fixed']}"
    return [*lines, f"Main comparison, {where}, {MEASURED[0]}: {apart}"]
