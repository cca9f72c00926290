"""Study: what does a language of thirty words lose against Italian, and what does sharing a model cost it?

Each language that comes with a sheet is taught by the same pictures, the same number of captions that say the same, and
as many steps. The image side is italian-clip's and stays as it is.

- ``own``: a text encoder for one language alone; for Italian this is "the same way";
- ``merged``: one text encoder for all languages but Italian, in as many steps as one language has alone;
- ``italian_clip``: for comparison, the Italian text encoder of the course, with the same words.

The main comparison, declared beforehand: text-to-image MRR@10, mean of all languages but Italian, minus Italian's, both
``own``. Control: ``shuffled``, Greek captions of other pictures.

>>> OTHERS
('german', 'greek', 'neapolitan', 'russian', 'spanish')
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from clipit.data.languages import sheet_named
from clipit.evaluation import seed_interval
from clipit.studies.italian import SEEDS
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.training.languages import LanguageSettings, Taught, pictures_for, teach
from clipit.training.languages_measured import MEASURES, italian_of_the_course, score

NAME = "languages"
ITALIAN, CONTROL = "italian", "greek"
OTHERS = ("german", "greek", "neapolitan", "russian", "spanish")
ARMS = ("own", "merged", "italian_clip", "shuffled")
MAIN = "mrr@10"
COLUMNS = ("kind", "arm", "seed", "language", *MEASURES)
USUAL = LanguageSettings()
ABOUT = (
    "What does a language of thirty words lose against Italian? Made by: clipit study languages",
    f"{USUAL.scenes} pictures with {USUAL.captions} captions in each language, {USUAL.steps} steps of "
    f"{USUAL.batch_size}; only a bag of words and its projection learn, at one",
    "learning rate for all, which was not tuned. The pictures' vectors are italian-clip's.",
    f"Queries: the fullest captions of {USUAL.held_out} held-out pictures; no caption of the training says the same.",
    "own: one language alone. merged: all but Italian in one text encoder, in as many steps together.",
    "italian_clip: the course's Italian text encoder, the same words. Control: shuffled (Greek).",
    "Main comparison: mrr@10, mean of all but Italian, minus Italian, both own.",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    for seed in SEEDS:
        for arm in ARMS:
            table.complete([row(arm, seed, language) for language in languages_of(arm)], measured)
    return table.rows()


def row(arm: str, seed: int, language: str) -> dict[str, Any]:
    """What a row is found by."""
    return {"kind": "result", "arm": arm, "seed": seed, "language": language}


def languages_of(arm: str) -> tuple[str, ...]:
    """The languages that an arm is measured in."""
    single = {"italian_clip": (ITALIAN,), "shuffled": (CONTROL,), "own": (ITALIAN, *OTHERS)}
    return single.get(arm, OTHERS)


def measured(kind: str, arm: str, seed: int, language: str) -> dict[str, Any]:
    """One row."""
    settings, sheet = LanguageSettings(seed=seed, shuffled=arm == "shuffled"), sheet_named(language)
    pictures = pictures_for([sheet], "test", settings)
    if arm == "italian_clip":
        return dict(italian_of_the_course(pictures, settings))
    taught = merged(settings) if arm == "merged" else teach([sheet], settings)
    return dict(score(taught, sheet, pictures, settings))


@lru_cache(maxsize=1)  # one model is measured in several languages
def merged(settings: LanguageSettings) -> Taught:
    """One text encoder for all languages but Italian."""
    return teach([sheet_named(name) for name in OTHERS], settings)


def mean_of_others(rows: list[Row], arm: str, measure: str = MAIN) -> Mapping[str, float]:
    """By seed: the mean of all languages but Italian."""
    found = [values(rows, measure, arm=arm, language=language) for language in OTHERS]
    return {seed: float(np.mean([one[seed] for one in found])) for seed in found[0]}


def finely(numbers: Iterable[float]) -> str:
    """Mean and 95 % interval over seeds with three digits, for differences that are small.

    >>> finely([0.001, 0.002, 0.003])
    '+0.002 (-0.000 to +0.004)'
    """
    interval = seed_interval(list(numbers))
    return f"{interval['mean']:+.3f} ({interval['low']:+.3f} to {interval['high']:+.3f})"


def summary(rows: list[Row]) -> list[str]:
    """Each language's measures with the 95 % interval over seeds, then the comparisons, seed by seed."""
    lines = []
    for arm in ARMS:
        for language in languages_of(arm):
            shown = (
                f"{name} {told(values(rows, name, arm=arm, language=language).values())}" for name in (MAIN, "recall@1")
            )
            lines.append(f"{arm}, {language}: {', '.join(shown)}")
    italian = values(rows, MAIN, arm="own", language=ITALIAN)
    course = values(rows, MAIN, arm="italian_clip", language=ITALIAN)
    own, together = (mean_of_others(rows, arm) for arm in ("own", "merged"))
    for name, first, other in (
        ("Main comparison, others minus Italian, the same way", own, italian),
        ("Also, others minus italian-clip", own, course),
        ("Also, merged minus own", together, own),
    ):
        lines.append(f"{name}: {finely(difference(first, other))}")
    for language in OTHERS:
        alone = values(rows, MAIN, arm="own", language=language)
        lines.append(f"{language} minus Italian, the same way: {finely(difference(alone, italian))}")
    return lines
