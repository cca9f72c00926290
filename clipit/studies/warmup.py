"""Study: does warming up the projections first give "a much better validation loss"?

CLIP-Italian joined two trained encoders by new projections, trained these with both encoders frozen, and then trained
everything. The published evidence is one plot whose lines differ in more than that. Here the arms differ in what
trains when, and in nothing else; each has its own best learning rate, from as many trials, and the same compute.

The main comparison, declared beforehand: the loss on held-out pairs at a fitted logit scale, warm-up then everything
minus everything at once, with 6,000 Italian pairs.
Controls: everything at once from random encoders (``from_scratch``), and the warm-up on shuffled captions.

>>> list(ARMS)
['direct', 'frozen', 'warmup', 'copied', 'image_locked', 'text_locked', 'from_scratch', 'shuffled']
"""

from dataclasses import replace
from typing import Any

from clipit.data.batches import shuffled
from clipit.hub.folder import parameters
from clipit.studies.computing import steps_within
from clipit.studies.fitting import results_on
from clipit.studies.italian import (
    ABOUT_LOSS,
    BATCH,
    LOSS,
    OWN,
    SEEDS,
    TUNING_SEEDS,
    WARMUP,
    distance_moved,
    english_zero_shot,
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

NAME = "warmup"
SIZES = (6_000, 1_500, 400)  # Italian pairs, the main number first; the steps look at 9,600 in all
MAIN_SIZE = 6_000
RATES = (1e-3, 3e-3, 1e-2)  # of kernels in the last phase
BUDGET = 150  # steps in which everything trains; every arm may compute as much, counted as in ``computing``
FROZEN_STEPS = 600  # the projections alone cost so little that compute does not limit them
# What trains in the last phase.
ARMS = {
    "direct": ("",),
    "frozen": PROJECTIONS,
    "warmup": ("",),
    "copied": ("",),
    "image_locked": ("text.", *PROJECTIONS),
    "text_locked": ("vision.", *PROJECTIONS),
    "from_scratch": ("",),
    "shuffled": ("",),
}
WARMED = ("warmup", "copied", "shuffled")
EVERYWHERE = ("direct", "frozen", "warmup")  # the other arms are measured with one number of pairs
RESULTS = ("text_to_image.recall@1", "text_to_image.mrr@10", "zero_shot.top1")
ENGLISH, VISION_MOVED, TEXT_MOVED = "english_zero_shot", "vision_moved", "text_moved"
MEASURED = (LOSS, OWN, *RESULTS, ENGLISH, VISION_MOVED, TEXT_MOVED)
COLUMNS = ("kind", "arm", "pairs", "rate", "seed", "steps", *MEASURED)
ABOUT = (
    "Does a warm-up with frozen encoders give a better validation loss? Made by: clipit study warmup",
    f"Every arm has the compute of {BUDGET} steps of {BATCH} pairs in which everything trains, its warm-up included;",
    f"frozen, which costs next to nothing, has {FROZEN_STEPS} steps. rate: of kernels in the last phase.",
    *ABOUT_LOSS,
    "english_zero_shot: the trained image encoder with english-clip's projection and labels; kind start: before.",
    "vision_moved, text_moved: length of the change of an encoder's parameters over their length before.",
    "kind tuning: rates, on the validation split of two seeds that are not used again; the best is never at the edge.",
    "kind result: test split, each arm at its best rate, one row for each seed.",
    f"Main comparison: loss, warmup minus direct, with {MAIN_SIZE} pairs. Controls: from_scratch, shuffled.",
)
Cell = tuple[str, int]  # an arm and its number of pairs


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    table.complete([keys("start", ("english-clip", 0), 0.0, seed) for seed in SEEDS], start)
    for pairs in SIZES:
        arms = [cell for cell in cells() if cell[1] == pairs]
        tuned = [cell for cell in arms if cell[0] != "shuffled"]
        tune(table, dict.fromkeys(tuned, RATES), trial, lambda cell: scores(table.rows(), cell), measured)
        rows = table.rows()
        table.complete([keys("result", cell, best_rate(rows, cell), seed) for seed in SEEDS for cell in arms], measured)
    return table.rows()


def keys(kind: str, cell: Cell, rate: float, seed: int) -> dict[str, Any]:
    """What a row is found by."""
    return {"kind": kind, "arm": cell[0], "pairs": cell[1], "rate": rate, "seed": seed}


def cells() -> list[Cell]:
    """Every arm with the main number of pairs, some with the others too."""
    return [(arm, pairs) for pairs in SIZES for arm in ARMS if arm in EVERYWHERE or pairs == MAIN_SIZE]


def trial(cell: Cell, rate: float) -> list[dict[str, Any]]:
    """A rate is tried with both seeds."""
    return [keys("tuning", cell, rate, seed) for seed in TUNING_SEEDS]


def scores(rows: list[Row], cell: Cell) -> dict[float, float]:
    """The mean loss at each rate that was tried, negative."""
    losses = trials(rows, "rate", LOSS, arm=cell[0], pairs=str(cell[1]))
    return {rate: -loss for rate, loss in losses.items()}


def best_rate(rows: list[Row], cell: Cell) -> float:
    """The rate with the lowest mean loss; the control takes the warm-up's."""
    arm, pairs = cell
    return best_trial(scores(rows, ("warmup" if arm == "shuffled" else arm, pairs)))


def recipe_for(arm: str, pairs: int, rate: float, seed: int) -> Recipe:
    """The recipe italian-clip with the arm's phases and the sizes of its encoders."""
    recipe = with_loaded_encoders(italian_recipe(pairs, seed))[0]
    if arm == "from_scratch":
        recipe = replace(recipe, vision_from="", text_from="")
    recipe = replace(recipe, copy_projection=arm == "copied")
    last = last_phase(rate, FROZEN_STEPS, ARMS[arm])
    warmup = (WARMUP,) if arm in WARMED else ()
    if arm != "frozen":
        last = replace(last, steps=steps_within(BUDGET, last, pairs, BATCH, sum(phase.steps for phase in warmup)))
    return replace(recipe, phases=(*warmup, last))


def start(kind: str, arm: str, pairs: int, rate: float, seed: int) -> dict[str, Any]:
    """What the image encoder knows of English before the training."""
    return {ENGLISH: english_zero_shot(None, seed)}


def measured(kind: str, arm: str, pairs: int, rate: float, seed: int) -> dict[str, Any]:
    """Trains an arm and measures it, for tuning on the validation split, else on the test split."""
    recipe = recipe_for(arm, pairs, rate, seed)
    model = start_model(recipe)
    before = parameters(model)
    data, tokenizer = italian_pairs("train", pairs, seed)
    data = shuffled(data, seed) if arm == "shuffled" else data
    for number in range(len(recipe.phases)):
        fit_phase(model, recipe, number, data)
    if kind == "tuning":
        return {"steps": recipe.steps, **losses(model, "validation", seed)}
    results = results_on("test", model, tokenizer, recipe)
    return {
        "steps": recipe.steps,
        **losses(model, "test", seed),
        **{name: round(results[name], 4) for name in RESULTS},
        ENGLISH: english_zero_shot(model.vision, seed),
        VISION_MOVED: distance_moved(before, model, "vision."),
        TEXT_MOVED: distance_moved(before, model, "text."),
    }


def summary(rows: list[Row]) -> list[str]:
    """Each arm's measures with the 95 % interval over seeds, then the comparison for each number of pairs."""
    before = [float(row[ENGLISH]) for row in rows if row["kind"] == "start"]
    lines = [f"english-clip before training: {ENGLISH} {told(before)}"]
    for arm, pairs in cells():
        shown = [f"{name} {told(values(rows, name, arm=arm, pairs=str(pairs)).values())}" for name in MEASURED]
        lines.append(f"{pairs} pairs, {arm} at {best_rate(rows, (arm, pairs)):g}: {', '.join(shown)}")
    for pairs in sorted(SIZES):
        both = [values(rows, LOSS, arm=arm, pairs=str(pairs)) for arm in ("warmup", "direct")]
        name = "Main comparison" if pairs == MAIN_SIZE else "The same"
        lines.append(f"{name}, {pairs} pairs, loss, warmup minus direct: {told(difference(*both))}")
    return lines
