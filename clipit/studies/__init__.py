"""Studies: one file for each claim, a controlled experiment that writes data/results/<name>.csv.

>>> run_study("tea")
Traceback (most recent call last):
ValueError: There is no study called 'tea'; choose one of batch_size, captions, composition, ..., zero_shot.
"""

import importlib

from clipit.studies.table import Row

STUDIES = (
    "batch_size",
    "captions",
    "composition",
    "counting",
    "encoders",
    "labels",
    "languages",
    "localization",
    "maps",
    "optimizer",
    "photographs",
    "proper_nouns",
    "real_backbones",
    "retrieval",
    "temperature",
    "translation",
    "warmup",
    "zero_shot",
)


def run_study(name: str) -> tuple[list[Row], list[str]]:
    """Runs a study, or what is left of it; returns its table, and what the table says in a few lines.

    Raises:
        ValueError: there is no such study.
    """
    name = name.replace("-", "_")
    if name not in STUDIES:
        raise ValueError(f"There is no study called {name!r}; choose one of {', '.join(STUDIES)}.")
    study = importlib.import_module(f"clipit.studies.{name}")
    rows = study.run()
    return rows, study.summary(rows)
