"""Study: what are the captions worth? The filter of proper nouns, each of the three sources, and noise.

CLIP-Italian put together captions of an encyclopaedia, of a described collection and of the web, dropped those that are
little but names, and had the English ones translated. Here the small world is captioned in the same three roles
(``clipit.data.emoji.roles``), a third of the pictures in each, and one thing at a time is changed. All arms train
alike, in the way that ``clipit study warmup`` found to be the best: the image encoder locked, at its best rate, for
equally many steps.

The main comparison, declared beforehand: text-to-image recall@1 on the test split, with the filter minus without.
Control: captions shuffled among the pictures.

>>> list(ARMS)
['all', 'unfiltered', 'without_wit', 'without_mscoco', 'without_conceptual', 'clean', 'noisy', 'shuffled']
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import datasets

from clipit.data.batches import Pairs, load_pairs, shuffled
from clipit.data.cleaning import CleaningSettings, tag_capitals
from clipit.data.cleaning.tagging import proper_share
from clipit.data.emoji.roles import ROLES, RoleSettings
from clipit.data.emoji.world import make_world, quietly
from clipit.studies import warmup
from clipit.studies.fitting import results_on
from clipit.studies.italian import (
    ABOUT_LOSS,
    BATCH,
    LOSS,
    SEEDS,
    italian_pairs,
    italian_recipe,
    last_phase,
    losses,
)
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, read_rows, results_file
from clipit.training.in_memory import fit_phase
from clipit.training.starting import start_model, with_loaded_encoders

NAME = "captions"
PICTURES = 2_000  # in each role
CAPTIONS = 5  # of each picture; where a role has one, it stands five times
STEPS = 200
TRAINED = "image_locked"  # as this arm of the study of the warm-up
# The web's captions with no fault at all, and with most of them faulty: as a poor translation would leave them.
FAULTLESS = RoleSettings(wrong=0.0, boilerplate=0.0, cut=0.0, not_translated=0.0)
FAULTY = RoleSettings(wrong=0.20, boilerplate=0.20, cut=0.20, not_translated=0.20)


@dataclass(frozen=True)
class Arm:
    """Which roles there are, whether captions of names are dropped, and how faulty those of the web are."""

    roles: tuple[str, ...] = ROLES
    filtered: bool = True
    settings: RoleSettings = RoleSettings()


ARMS = {
    "all": Arm(),
    "unfiltered": Arm(filtered=False),
    "without_wit": Arm(roles=("mscoco", "conceptual")),
    "without_mscoco": Arm(roles=("wit", "conceptual")),
    "without_conceptual": Arm(roles=("wit", "mscoco")),
    "clean": Arm(settings=FAULTLESS),
    "noisy": Arm(settings=FAULTY),
    "shuffled": Arm(),
}
RESULTS = ("text_to_image.recall@1", "text_to_image.mrr@10", "zero_shot.top1", "counting.accuracy")
MEASURED = (LOSS, *RESULTS)
COLUMNS = ("kind", "arm", "seed", "pictures", "rate", "steps", *MEASURED)
ABOUT = (
    "What are the captions worth? Made by: clipit study captions",
    f"{PICTURES} pictures in each of the roles wit, mscoco and conceptual; captions of which 80 % or more of the words",
    f"are names are dropped. {STEPS} steps of {BATCH} pairs with the image encoder locked, at the best rate of the",
    "study warmup for this. unfiltered: nothing is dropped. clean, noisy: conceptual with no faults, with 80 %.",
    *ABOUT_LOSS[:1],
    "kind result: test split, whose captions have no faults; one row for each seed.",
    "Main comparison: text_to_image.recall@1, all (with the filter) minus unfiltered. Control: shuffled.",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    table.complete([{"kind": "result", "arm": arm, "seed": seed} for seed in SEEDS for arm in ARMS], measured)
    return table.rows()


def in_role(role: str, seed: int, arm: Arm) -> datasets.Dataset:
    """The pictures of a role with five captions each, filtered where the arm says so."""
    world = make_world("train", PICTURES, seed, source=role, roles=arm.settings).remove_columns("noise")
    if arm.filtered:
        limit = CleaningSettings().proper_nouns
        kept = [row for row, text in enumerate(world["caption"]) if proper_share(tag_capitals(text)) < limit]
        world = world.select(kept)

    def repeat(row: Any) -> dict[str, Any]:
        times = CAPTIONS // len(row["captions"])
        return {"captions": row["captions"] * times, "claims": row["claims"] * times}

    with quietly():
        return world.map(repeat, features=world.features)


@lru_cache(maxsize=2)
def pairs_of(name: str, seed: int) -> Pairs:
    """What an arm trains on. Each role has other pictures: its scenes come from a seed of their own."""
    arm, tokenizer = ARMS[name], italian_pairs("test", 1_000, seed)[1]
    worlds = [in_role(role, 10 * (seed + 1) + ROLES.index(role), arm) for role in arm.roles]
    return load_pairs(datasets.concatenate_datasets(worlds), tokenizer, image_size=64)


def measured(kind: str, arm: str, seed: int) -> dict[str, Any]:
    """Trains on an arm's captions and measures on the test split."""
    pairs = pairs_of(arm, seed)
    pairs = shuffled(pairs, seed) if arm == "shuffled" else pairs
    rate = warmup.best_rate(read_rows(results_file(warmup.NAME)), (TRAINED, warmup.MAIN_SIZE))
    phase = last_phase(rate, STEPS, warmup.ARMS[TRAINED])
    recipe = with_loaded_encoders(replace(italian_recipe(len(pairs), seed), phases=(phase,)))[0]
    model = start_model(recipe)
    fit_phase(model, recipe, 0, pairs)
    results = results_on("test", model, italian_pairs("test", 1_000, seed)[1], recipe)
    found = {name: round(results[name], 4) for name in RESULTS}
    return {
        "pictures": len(pairs),
        "rate": rate,
        "steps": recipe.steps,
        LOSS: losses(model, "test", seed)[LOSS],
        **found,
    }


def summary(rows: list[Row]) -> list[str]:
    """Each arm's measures with the 95 % interval over seeds, then what each change is worth."""
    lines = []
    for arm in ARMS:
        shown = [f"{name} {told(values(rows, name, arm=arm).values())}" for name in MEASURED]
        lines.append(f"{arm}: {', '.join(shown)}")
    recalls = {arm: values(rows, RESULTS[0], arm=arm) for arm in ARMS}
    for arm in ARMS:
        if arm not in ("all", "shuffled"):
            name = "Main comparison" if arm == "unfiltered" else "The same"
            lines.append(f"{name}, {RESULTS[0]}, all minus {arm}: {told(difference(recalls['all'], recalls[arm]))}")
    return lines
