"""Studies: one file for each claim, a controlled experiment that writes data/results/<name>.csv.

>>> run_study("tea")
Traceback (most recent call last):
ValueError: There is no study called 'tea'; choose one of encoders.
"""

import importlib

from clipit.studies.table import Row

STUDIES = ("encoders",)


def run_study(name: str) -> list[Row]:
    """Runs a study, or what is left of it, and returns its table.

    Raises:
        ValueError: there is no such study.
    """
    if name not in STUDIES:
        raise ValueError(f"There is no study called {name!r}; choose one of {', '.join(STUDIES)}.")
    return importlib.import_module(f"clipit.studies.{name}").run()
