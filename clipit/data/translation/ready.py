"""A file of ready translations, by people or by a service: CSV or TSV with the columns ``source`` and ``translation``,
or the JSON lines that a run of this package keeps.

>>> ready = Ready({"two cats": "due gatti"}, "mine")
>>> ready(["two cats", "a dog"])
Traceback (most recent call last):
clipit.data.translation.translator.TranslationError: mine has no translation of 'a dog': add it, or use another ...
"""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from clipit.data.translation.translator import TranslationError


class Ready:
    """A translator that looks translations up."""

    def __init__(self, translations: Mapping[str, str], name: str):
        """Keeps the translations under a name."""
        self.translations, self.name = translations, name

    def __call__(self, sentences: Sequence[str]) -> list[str]:
        """The translations that the file has."""
        missing = [sentence for sentence in sentences if sentence not in self.translations]
        if missing:
            raise TranslationError(
                f"{self.name} has no translation of {missing[0]!r}: add it, or use another translator."
            )
        return [self.translations[sentence] for sentence in sentences]


def read_ready(place: str | Path) -> Ready:
    """Reads a file of translations.

    Raises:
        ValueError: there is no such file, or it holds no columns ``source`` and ``translation``.
    """
    path = Path(place).expanduser()
    if not path.is_file():
        raise ValueError(f"There is no file {path}.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".jsonl":
            rows = [json.loads(line) for line in file if line.strip()]
        else:
            rows = list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))
    if not rows or any(not {"source", "translation"} <= row.keys() for row in rows):
        raise ValueError(f"{path} needs the columns source and translation, and a line for each caption.")
    return Ready({row["source"]: row["translation"] for row in rows}, path.name)
