"""Study: why does it not count to five? Because of how often numbers are written, or pictured, or of what it sees?

"One cat" and "two cats" work, "four cats" and "five cats" do not. Real text writes "due" (two) eight times as often as
"cinque" (five), and the small world's captions follow it; its pictures show few of five, too. Here each is varied with
the other held even. The image encoder is english-clip's and locked, as in the recipe italian-clip, so what it sees is
the same in all arms.

The main comparison, declared beforehand: the mean accuracy of three to six on a balanced test set, numbers written
equally often minus written as in text, both with all counts pictured equally often. A rival: what the
image encoder tells, which a linear probe reads. Repair: a loss that tells a caption from itself with another number.
Control: ``shuffled``, captions of other pictures.

>>> ARMS["reversed"].written
'reversed'
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import datasets
import numpy as np

from clipit.data.batches import Pairs, decode, load_pairs, shuffled
from clipit.data.counterfactuals import number_tokens, with_counterfactuals
from clipit.data.emoji.sampling import WorldSettings, is_unseen_combination
from clipit.data.emoji.scene import Group
from clipit.data.emoji.world import make_world
from clipit.evaluation import counting, linear_probe
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.studies.fitting import results_on
from clipit.studies.italian import BATCH, SEEDS, italian_recipe, last_phase
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.training.features import embed_pixels, image_features
from clipit.training.in_memory import fit_phase
from clipit.training.measure import count_embeddings
from clipit.training.recipe import PROJECTIONS, Phase, Recipe
from clipit.training.starting import start_model, with_loaded_encoders

NAME = "counting"
PICTURES, STEPS, RATE = 6_000, 300, 1e-2
LOCKED = ("text.", *PROJECTIONS)
COUNTS = (1, 2, 3, 4, 5, 6)
EVEN = (1 / 6,) * 6
BALANCED = WorldSettings(pictured=EVEN, two_kinds=0.0)
TEST = 900  # pictures in each balanced test set
WHERE = {
    "seen": "test",
    "never_counted": "unseen_combinations",
    "misleading": "misleading_cues",
    "new": "unseen_concepts",
}
ELSEWHERE = ("text_to_image.recall@1", "text_to_image.mrr@10", "zero_shot.top1")
PROBE = "probe"


@dataclass(frozen=True)
class Arm:
    """How often numbers are written and pictured, and what else is changed.

    Attributes:
        written: "text", as real text does it; "always"; "reversed", six as often as text writes two; or "up_to_four".
        pictured: "falling", few large counts; or "even".
        pictures: to train on.
        counting: weight of the counting loss.
        trains: what does; as in the recipe italian-clip all but the image encoder.
    """

    written: str = "text"
    pictured: str = "falling"
    pictures: int = PICTURES
    counting: float = 0.0
    trains: tuple[str, ...] = LOCKED


ARMS = {
    "natural": Arm(),
    "written_always": Arm("always"),
    "pictured_even": Arm("text", "even"),
    "both_even": Arm("always", "even"),
    "reversed": Arm("reversed", "even"),
    "up_to_four": Arm("up_to_four", "even"),
    "more_scenes": Arm(pictures=2 * PICTURES),
    "repaired": Arm(counting=1.0),
    "repaired_even": Arm("always", "even", counting=1.0),
    "repaired_seeing": Arm("always", "even", counting=1.0, trains=("",)),
    "shuffled": Arm(),
}
CONTROL = "shuffled"
PAIRS = (("both_even", "pictured_even"), ("written_always", "natural"), ("pictured_even", "natural"),
         ("more_scenes", "natural"), ("repaired", "natural"), ("repaired_even", "both_even"),
         ("repaired_seeing", "repaired_even"))  # fmt: skip
MEASURED = (
    *(f"written.{n}" for n in COUNTS),
    *(f"{where}.{n}" for where in (*WHERE, PROBE) for n in COUNTS),
    *ELSEWHERE,
)
COLUMNS = ("kind", "arm", "seed", "steps", *MEASURED)
ABOUT = (
    "Why does it not count to five? Made by: clipit study counting",
    f"{PICTURES} pictures; {STEPS} steps of {BATCH} pairs, image encoder locked. more_scenes: {2 * PICTURES} pictures.",
    "natural: numbers written as in text, large counts pictured rarely. written_always, pictured_even: one of both",
    "made even; both_even: both. reversed: pictured evenly, six written as often as text writes two. up_to_four:",
    "pictured evenly, two to four always written, five and six never. repaired:",
    "with the counting loss; repaired_even: on both_even too; repaired_seeing: the same, the image encoder trains too.",
    "written.n: captions with the number (one: in the singular). seen.n: accuracy where n are shown, test split with",
    "all counts equally often, one kind of thing, captions from one to six of it to choose from; guessing is 1/6.",
    "never_counted: things with a count that training never joined with them; misleading: sizes that mislead; new:",
    "things never shown. probe.n: logistic regression on the image encoder's features of balanced training pictures.",
    "kind result: one row for each seed. No rate was tuned: all arms have that of the recipe italian-clip.",
    "Main comparison: mean of seen.3 to seen.6, both_even minus pictured_even. Control: shuffled.",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    table.complete([{"kind": "result", "arm": arm, "seed": seed} for seed in SEEDS for arm in ARMS], measured)
    return table.rows()


def settings_of(arm: Arm) -> WorldSettings:
    """How the arm's scenes are drawn and described."""
    pictured = EVEN if arm.pictured == "even" else WorldSettings().pictured
    settings = WorldSettings(pictured=pictured)
    if arm.written == "always":
        return replace(settings, written=(1.0,) * 6)
    if arm.written == "up_to_four":
        return replace(settings, written=(1.0, 1.0, 1.0, 1.0, 0.0, 0.0))
    if arm.written == "reversed":
        one, *others = settings.written_probabilities()
        return replace(settings, written=(one, *others[::-1]))
    return settings


@lru_cache(maxsize=2)
def pairs_of(name: str, seed: int) -> tuple[Pairs, Tokenizer]:
    """What an arm trains on."""
    arm = ARMS[name]
    recipe, tokenizer = with_loaded_encoders(italian_recipe(arm.pictures, seed))
    assert tokenizer is not None
    world = make_world("train", arm.pictures, seed, settings=settings_of(arm))
    pairs = load_pairs(world, tokenizer, recipe.model.vision.image_size)
    pairs = with_counterfactuals(pairs, tokenizer, "it", seed) if arm.counting else pairs
    return shuffled(pairs, seed) if name == CONTROL else pairs, tokenizer


def recipe_for(name: str, seed: int) -> Recipe:
    """The recipe italian-clip with the arm's phase and losses."""
    arm = ARMS[name]
    phase: Phase = last_phase(RATE, STEPS, arm.trains)
    recipe = with_loaded_encoders(italian_recipe(arm.pictures, seed))[0]
    return replace(recipe, counting=arm.counting, phases=(phase,))


def measured(kind: str, arm: str, seed: int) -> dict[str, Any]:
    """Trains an arm and lets it count."""
    recipe, (pairs, tokenizer) = recipe_for(arm, seed), pairs_of(arm, seed)
    model = start_model(recipe)
    fit_phase(model, recipe, 0, pairs)
    found: dict[str, float] = {f"written.{n}": number for n, number in written(pairs, tokenizer).items()}
    for where, split in WHERE.items():
        found |= {f"{where}.{n}": share for n, share in counted(model, tokenizer, split, seed).items()}
    found |= {f"{PROBE}.{n}": share for n, share in probed(model, seed).items()}
    results = results_on("test", model, tokenizer, recipe)
    return {"steps": recipe.steps, **found, **{name: round(results[name], 4) for name in ELSEWHERE}}


def written(pairs: Pairs, tokenizer: Tokenizer) -> dict[int, int]:
    """How many captions have each number word; for one, how many speak of a single thing."""
    numbers = number_tokens(tokenizer, "it")
    found = {
        n: int((pairs.input_ids == token).any(axis=-1).sum()) for n, token in zip(COUNTS[1:], numbers, strict=True)
    }
    single = 0 if pairs.claims is None else int((pairs.claims[..., 1] == 1).sum())
    return {1: single, **found}


def alone(split: str, seed: int) -> datasets.Dataset:
    """Balanced pictures of one kind of thing; of the unseen combinations those in which it is the count."""
    world = make_world(split, TEST, seed, settings=BALANCED)
    if split != "unseen_combinations":
        return world
    groups = [Group(kinds[0], counts[0]) for kinds, counts in zip(world["objects"], world["counts"], strict=True)]
    return world.select([row for row, group in enumerate(groups) if is_unseen_combination(group)])


def counted(model: DualEncoder, tokenizer: Tokenizer, split: str, seed: int) -> dict[int, float]:
    """Accuracy for each count."""
    world = alone(split, seed)
    images = embed_pixels(model, decode(world, model.config.vision.image_size))
    kinds, counts = [kinds[0] for kinds in world["objects"]], np.array([counts[0] for counts in world["counts"]])
    results = counting(images, count_embeddings(model, tokenizer, kinds, "it"), counts)
    return {n: round(results[f"accuracy.{n}"], 4) for n in COUNTS if f"accuracy.{n}" in results}


def probed(model: DualEncoder, seed: int) -> dict[int, float]:
    """The same for a classifier of counts on what the image encoder sees, whatever text asks for."""
    parts = []
    for split, size in (("train", PICTURES), ("test", TEST)):
        world = make_world(split, size, seed, settings=BALANCED)
        features = image_features(model, decode(world, model.config.vision.image_size))
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        parts.append((features, np.array([counts[0] - 1 for counts in world["counts"]])))
    (known, labels), (asked, truth) = parts
    weights, bias = linear_probe(known, labels, classes=len(COUNTS), strength=100.0)
    right = (asked @ weights + bias).argmax(axis=1) == truth
    return {n: round(float(right[truth == n - 1].mean()), 4) for n in COUNTS}


def large(rows: list[Row], arm: str) -> dict[str, float]:
    """The mean accuracy of three to six, by seed."""
    by_count = [values(rows, f"seen.{n}", arm=arm) for n in COUNTS[2:]]
    return {seed: float(np.mean([of_count[seed] for of_count in by_count])) for seed in by_count[0]}


def summary(rows: list[Row]) -> list[str]:
    """Accuracy of each count and the price elsewhere, with the 95 % interval over seeds, then the comparisons."""

    def shown(arm: str, names: Sequence[str]) -> str:
        return ", ".join(f"{name} {told(values(rows, name, arm=arm).values())}" for name in names)

    lines = [f"{arm}: {shown(arm, [*(f'seen.{n}' for n in COUNTS), *ELSEWHERE])}" for arm in ARMS]
    lines.append(f"natural: {shown('natural', [f'{PROBE}.{n}' for n in COUNTS])}")
    for first, second in PAIRS:
        name = "Main comparison" if (first, second) == PAIRS[0] else "Also"
        apart = told(difference(large(rows, first), large(rows, second)))
        lines.append(f"{name}, three to six, {first} minus {second}: {apart}")
    return lines
