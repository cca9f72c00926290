"""Study: what do the optimizer and the logit scale add to the recipe, one change at a time?

The published plot credits AdaBelief, a fixed temperature and frozen encoders, but its lines differ in several things at
once. Here arms differ in one thing: the optimizer, or how the logit scale begins and whether it is learned. All train
the text encoder and the projections, with the image encoder locked, which ``clipit study warmup`` found to be best;
each has its own best learning rate from as many trials.

The main comparison, declared beforehand: the loss on held-out pairs at a fitted logit scale, AdaBelief with adaptive
gradient clipping (as published) minus AdamW. The second: the scale fixed at 20 (as published) minus learned.
Control: no training at all (``nothing``).

>>> list(ARMS)
['muon', 'adamw', 'adabelief', 'fixed_20', 'from_e', 'nothing']
"""

from dataclasses import dataclass, replace
from typing import Any

from clipit.losses import expected_loss
from clipit.studies.fitting import results_on
from clipit.studies.italian import (
    ABOUT_LOSS,
    BATCH,
    LOSS,
    OWN,
    SEEDS,
    TUNING_SEEDS,
    italian_pairs,
    italian_recipe,
    last_phase,
    losses,
)
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.tuning import best_trial, trials, tune
from clipit.training.in_memory import fit_phase
from clipit.training.recipe import PROJECTIONS, Recipe
from clipit.training.starting import start_model, with_loaded_encoders

NAME = "optimizer"
PAIRS = 6_000
STEPS = 150
LOCKED = ("text.", *PROJECTIONS)
CLIP, PUBLISHED, E = 1 / 0.07, 20.0, 2.71828  # where the logit scale starts


@dataclass(frozen=True)
class Arm:
    """What is changed: the optimizer, where the logit scale starts, and whether it stays there."""

    optimizer: str = "muon"
    scale: float = CLIP
    fixed: bool = False


ARMS = {
    "muon": Arm(),
    "adamw": Arm("adamw"),
    "adabelief": Arm("adabelief"),
    "fixed_20": Arm(scale=PUBLISHED, fixed=True),
    "from_e": Arm(scale=E),
}
CONTROL = "nothing"
ARMS[CONTROL] = Arm()
FOR_MUON = (1e-3, 3e-3, 1e-2)
FOR_OTHERS = (3e-4, 1e-3, 3e-3)
RESULTS = ("text_to_image.recall@1", "text_to_image.mrr@10", "zero_shot.top1")
MEASURED = (LOSS, OWN, *RESULTS, "final_scale", "lowest_loss")
COLUMNS = ("kind", "arm", "rate", "seed", "steps", *MEASURED)
ABOUT = (
    "What do the optimizer and the logit scale add, one change at a time? Made by: clipit study optimizer",
    f"Every arm trains for {STEPS} steps of {BATCH} pairs, with the image encoder locked; {PAIRS} pairs.",
    "rate: of kernels with Muon, else of everything. adabelief: with adaptive gradient clipping, as published.",
    "fixed_20: the logit scale is 20 throughout, as published. from_e: learned, from where it once began there.",
    *ABOUT_LOSS,
    f"final_scale: the model's own. lowest_loss: the least that it allows in a batch of {BATCH} single pairs.",
    "kind tuning: rates, on the validation split of two seeds that are not used again; the best is never at the edge.",
    "kind result: test split, each arm at its best rate, one row for each seed.",
    "Main comparison: loss, adabelief minus adamw. Second: loss, fixed_20 minus muon. Control: nothing (untrained).",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    grids = {arm: FOR_MUON if ARMS[arm].optimizer == "muon" else FOR_OTHERS for arm in ARMS if arm != CONTROL}
    tune(table, grids, trial, lambda arm: scores(table.rows(), arm), measured)
    rows = table.rows()
    table.complete([keys("result", arm, best_rate(rows, arm), seed) for seed in SEEDS for arm in ARMS], measured)
    return table.rows()


def keys(kind: str, arm: str, rate: float, seed: int) -> dict[str, Any]:
    """What a row is found by."""
    return {"kind": kind, "arm": arm, "rate": rate, "seed": seed}


def trial(arm: str, rate: float) -> list[dict[str, Any]]:
    """A rate is tried with both seeds."""
    return [keys("tuning", arm, rate, seed) for seed in TUNING_SEEDS]


def scores(rows: list[Row], arm: str) -> dict[float, float]:
    """The mean loss at each rate that was tried, negative."""
    return {rate: -loss for rate, loss in trials(rows, "rate", LOSS, arm=arm).items()}


def best_rate(rows: list[Row], arm: str) -> float:
    """The rate with the lowest mean loss; the control has none."""
    return 0.0 if arm == CONTROL else best_trial(scores(rows, arm))


def recipe_for(name: str, rate: float, seed: int) -> Recipe:
    """The recipe italian-clip with the arm's phase and logit scale."""
    arm = ARMS[name]
    recipe = with_loaded_encoders(italian_recipe(PAIRS, seed))[0]
    model = replace(recipe.model, initial_logit_scale=arm.scale, constant_logit_scale=arm.fixed)
    phase = last_phase(rate or 1.0, STEPS, LOCKED, arm.optimizer)
    return replace(recipe, model=model, phases=(phase,))


def measured(kind: str, arm: str, rate: float, seed: int) -> dict[str, Any]:
    """Trains an arm and measures it, for tuning on the validation split, else on the test split."""
    recipe = recipe_for(arm, rate, seed)
    model = start_model(recipe)
    data, tokenizer = italian_pairs("train", PAIRS, seed)
    if arm != CONTROL:
        fit_phase(model, recipe, 0, data)
    if kind == "tuning":
        return {"steps": STEPS, **losses(model, "validation", seed)}
    results, scale = results_on("test", model, tokenizer, recipe), float(model.logit_scale())
    return {
        "steps": 0 if arm == CONTROL else STEPS,
        **losses(model, "test", seed),
        **{name: round(results[name], 4) for name in RESULTS},
        "final_scale": round(scale, 2),
        "lowest_loss": round(expected_loss(BATCH, logit_scale=scale), 4),
    }


def summary(rows: list[Row]) -> list[str]:
    """Each arm's measures with the 95 % interval over seeds, then the two comparisons."""
    lines = []
    for arm in ARMS:
        shown = [f"{name} {told(values(rows, name, arm=arm).values())}" for name in MEASURED]
        lines.append(f"{arm} at {best_rate(rows, arm):g}: {', '.join(shown)}")
    for name, first, second in (("Main", "adabelief", "adamw"), ("Second", "fixed_20", "muon")):
        apart = told(difference(values(rows, LOSS, arm=first), values(rows, LOSS, arm=second)))
        lines.append(f"{name} comparison, loss, {first} minus {second}: {apart}")
    return lines
