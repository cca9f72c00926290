"""Study: is a language-specific CLIP better than a multilingual one, and which of their differences makes it so?

CLIP-Italian had an Italian BERT and learned from Italian captions of pictures. The multilingual CLIP beside it had a
multilingual BERT, and learned from no picture: it was taught where an English CLIP puts the same sentences. Here both
differences are varied alone, a two-by-two, with equal budgets: so many captions, so many steps, BERTs that were
pretrained alike. The image encoder and its projection are english-clip's and stay as they are, in all arms.

- ``italian_contrastive``: Italian BERT, Italian captions of pictures (CLIP-Italian's way);
- ``italian_student``: Italian BERT, the same captions, and the English CLIP's vectors of what they translate;
- ``multilingual_contrastive``, ``multilingual_student``: a third of the captions each in Italian, English and Spanish.

The main comparison, declared beforehand: text-to-image MRR@10 in Italian with all captions, italian_contrastive minus
multilingual_student, each at its best learning rate of as many trials.
Control: ``shuffled``, italian_contrastive on captions of other pictures.

>>> list(ARMS)
['italian_contrastive', 'italian_student', 'multilingual_contrastive', 'multilingual_student', 'shuffled']
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float

from clipit.data.batches import Pairs, decode, load_pairs, shuffled
from clipit.data.emoji.world import make_world
from clipit.hub import load
from clipit.hub.folder import save_model
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.studies.italian import BATCH, SEEDS, TUNING_SEEDS, italian_recipe, last_phase
from clipit.studies.readers import LANGUAGES, captions_in, reader
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.tuning import best_trial, trials, tune
from clipit.training.features import embed_captions, embed_pixels
from clipit.training.in_memory import fit_phase
from clipit.training.measure import nouns, search_own
from clipit.training.recipe import Phase, Recipe
from clipit.training.starting import start_model, with_loaded_encoders
from clipit.training.student import TRAINS, fit_student

NAME = "retrieval"
SIZES = (6_000, 600)  # pictures with five captions each, the main number first
STEPS, RATES = 150, (3e-3, 1e-2, 3e-2)
GALLERY = 1_000


@dataclass(frozen=True)
class Arm:
    """Which BERT, and what teaches it."""

    reader: str = "italian"
    student: bool = False


ARMS = {
    "italian_contrastive": Arm(),
    "italian_student": Arm(student=True),
    "multilingual_contrastive": Arm("multilingual"),
    "multilingual_student": Arm("multilingual", student=True),
    "shuffled": Arm(),
}
CONTROL = "shuffled"  # takes the rate of the first arm
MEASURES = ("text_to_image.recall@1", "text_to_image.mrr@10", "image_to_text.mrr@10", "zero_shot.top1")
MAIN = "it.text_to_image.mrr@10"
QUERIES = ("it", "en", "es")
COLUMNS = ("kind", "arm", "pairs", "rate", "seed", *(f"{language}.{name}" for language in QUERIES for name in MEASURES))
ABOUT = (
    "Is a language-specific CLIP better than a multilingual one? Made by: clipit study retrieval",
    f"{STEPS} steps of {BATCH} captions; the text encoder and its projection train, the image side is english-clip's.",
    "italian, multilingual: the BERT, pretrained alike on as many captions, and the language of the captions to train",
    "on, a third each in Italian, English and Spanish for multilingual. contrastive: with the captions' pictures.",
    "student: with english-clip's vectors of the same captions in English, without pictures.",
    "pairs: pictures, each with five captions in one language. rate: of kernels, tuned with the first number of pairs.",
    f"it., en., es.: queries in that language, {GALLERY} pictures. kind: tuning (validation split, two seeds that are",
    "not used again), result (test split, each arm at its best rate, one row for each seed).",
    f"Main comparison: {MAIN}, {SIZES[0]} pairs, italian_contrastive minus multilingual_student. Control: shuffled.",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)

    def trial(arm: str, rate: float) -> list[dict[str, Any]]:
        return [row("tuning", arm, SIZES[0], rate, seed) for seed in TUNING_SEEDS]

    grid = {arm: RATES for arm in ARMS if arm != CONTROL}
    tune(table, grid, trial, lambda arm: trials(table.rows(), "rate", MAIN, arm=arm), measured)
    rows = table.rows()
    wanted = [
        (size, seed, arm) for size in SIZES for seed in SEEDS for arm in ARMS if arm != CONTROL or size == SIZES[0]
    ]
    table.complete([row("result", arm, size, best_rate(rows, arm), seed) for size, seed, arm in wanted], measured)
    return table.rows()


def row(kind: str, arm: str, pairs: int, rate: float, seed: int) -> dict[str, Any]:
    """What a row is found by."""
    return {"kind": kind, "arm": arm, "pairs": pairs, "rate": rate, "seed": seed}


def best_rate(rows: list[Row], arm: str) -> float:
    """The rate with the best mean over the tuning seeds; the control's is that of the first arm."""
    return best_trial(trials(rows, "rate", MAIN, arm=next(iter(ARMS)) if arm == CONTROL else arm))


def measured(kind: str, arm: str, pairs: int, rate: float, seed: int) -> dict[str, Any]:
    """One row."""
    model, tokenizer = trained(arm, pairs, rate, seed)
    return look(model, tokenizer, "validation" if kind == "tuning" else "test", seed)


def trained(arm: str, pairs: int, rate: float, seed: int) -> tuple[DualEncoder, Tokenizer]:
    """Trains one arm."""
    one = ARMS[arm]
    recipe, tokenizer = starting(one.reader, pairs, seed)
    model, learned = start_model(recipe), pairs_of(one.reader, pairs, seed)
    if one.student:
        tokens = {name: flat(getattr(learned, name)) for name in ("input_ids", "attention_mask")}
        fit_student(model, last_phase(rate, STEPS, TRAINS), tokens, teacher(pairs, seed), BATCH, seed)
    else:
        phase: Phase = last_phase(rate, STEPS, (*TRAINS, "log_logit_scale"))
        fit_phase(model, replace(recipe, phases=(phase,)), 0, shuffled(learned, seed) if arm == CONTROL else learned)
    return model, tokenizer


def keep(arm: str, folder: str) -> None:
    """Trains an arm as the table says is best, with the first seed, and writes it for the lessons, in 16 bits.

    ``python -c "from clipit.studies.retrieval import keep; keep('multilingual_student', 'data/weights/multilingual')"``
    """
    rate = best_rate(Table(results_file(NAME), ABOUT, COLUMNS).rows(), arm)
    save_model(*trained(arm, SIZES[0], rate, SEEDS[0]), folder, half=True)


def starting(kind: str, pairs: int, seed: int) -> tuple[Recipe, Tokenizer]:
    """The recipe italian-clip with one of the two BERTs, and the image side that stays as it is."""
    recipe = replace(italian_recipe(pairs, seed), text_from=reader(kind), copy_projection=True)
    recipe, tokenizer = with_loaded_encoders(recipe)
    assert tokenizer is not None
    return recipe, tokenizer


@lru_cache(maxsize=2)
def pairs_of(kind: str, size: int, seed: int) -> Pairs:
    """Pictures and captions, in the languages of one of the two BERTs."""
    world = make_world("train", size, seed)
    spoken = captions_in(LANGUAGES[kind], "train", size, seed)
    world = world.remove_columns("captions").add_column("captions", spoken)
    recipe, tokenizer = starting(kind, size, seed)
    return load_pairs(world, tokenizer, recipe.model.vision.image_size)


@lru_cache(maxsize=1)
def teacher(size: int, seed: int) -> Float[np.ndarray, "captions dim"]:
    """What the English CLIP makes of the same captions in English: worlds of one seed say the same in each language."""
    model, tokenizer = load("english-clip")
    spoken = captions_in(("en",), "train", size, seed)
    return embed_captions(model, tokenizer, [text for several in spoken for text in several])


def flat(values: np.ndarray) -> np.ndarray:
    """[pictures, captions, tokens] as [pictures * captions, tokens]."""
    return values.reshape(-1, values.shape[-1])


def look(model: DualEncoder, tokenizer: Tokenizer, split: str, seed: int) -> dict[str, float]:
    """Retrieval, and zero-shot by nouns, with queries in three languages: the pictures are the same."""
    found: dict[str, float] = {}
    images = None
    for language in QUERIES:
        world = make_world(split, GALLERY, seed, language=language)
        images = embed_pixels(model, decode(world, model.config.vision.image_size)) if images is None else images
        texts = embed_captions(model, tokenizer, list(world["caption"]))  # [n, dim]
        alone = [row for row, kinds in enumerate(world["objects"]) if len(kinds) == 1]
        results = search_own("text_to_image", texts, images) | search_own("image_to_text", images, texts)
        results |= nouns(model, tokenizer, images[alone], [world["objects"][row][0] for row in alone], language)
        found |= {f"{language}.{name}": round(results[name], 4) for name in MEASURES}
    return found


def effects(rows: list[Row], measure: str, pairs: int) -> dict[str, list[float]]:
    """By seed: the published comparison, and what of it is due to the language and what to the teaching."""

    def of(arm: str) -> Mapping[str, float]:
        return values(rows, measure, arm=arm, pairs=str(pairs))

    def mean(first: list[float], second: list[float]) -> list[float]:
        return [(one + other) / 2 for one, other in zip(first, second, strict=True)]

    italian, taught = of("italian_contrastive"), of("italian_student")
    multilingual, multilingual_taught = of("multilingual_contrastive"), of("multilingual_student")
    return {
        "published comparison": difference(italian, multilingual_taught),
        "Italian, not multilingual": mean(difference(italian, multilingual), difference(taught, multilingual_taught)),
        "pictures, not a teacher": mean(difference(italian, taught), difference(multilingual, multilingual_taught)),
    }


def summary(rows: list[Row]) -> list[str]:
    """Each arm's measures with the 95 % interval over seeds, then the comparisons, seed by seed."""
    lines = []
    shown = (MAIN, "it.text_to_image.recall@1", "it.zero_shot.top1", "es.text_to_image.mrr@10")
    for size in SIZES:
        for arm in ARMS:
            if arm != CONTROL or size == SIZES[0]:
                measures = (f"{name} {told(values(rows, name, arm=arm, pairs=str(size)).values())}" for name in shown)
                lines.append(f"{size} pairs, {arm} at {best_rate(rows, arm):g}: {', '.join(measures)}")
    for size in SIZES:
        for measure in (MAIN, "it.zero_shot.top1", "es.text_to_image.mrr@10"):
            for name, apart in effects(rows, measure, size).items():
                main = (
                    "Main comparison" if (size, measure, name) == (SIZES[0], MAIN, "published comparison") else "Also"
                )
                lines.append(f"{main}, {measure}, {size} pairs, {name}: {told(apart)}")
    return lines
