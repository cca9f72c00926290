"""Translations that are kept as soon as they are made: one JSON line each, only ever added to.

A process that is killed while it writes leaves half a line at most. It is passed over when the file is read, and what
is added later begins on a new line, so nothing else is lost.

>>> import tempfile
>>> kept = Translations(Path(tempfile.mkdtemp()) / "it.jsonl", "apertium")
>>> kept.add(["two cats"], ["due gatti"])
>>> Translations(kept.path, "apertium")["two cats"]
'due gatti'
>>> "two cats" in Translations(kept.path, "another translator")
False
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO


class Translations:
    """The translations of one translator in a file, which may hold those of others too."""

    def __init__(self, path: str | Path, translator: str):
        """Reads the file if there is one.

        Args:
            path: where it is, or shall be.
            translator: its name.
        """
        self.path, self.translator = Path(path), translator
        self._known: dict[str, str] = {}
        if self.path.is_file():
            with self.path.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    self._read(line)

    def _read(self, line: str) -> None:
        try:
            row = json.loads(line)
            if row["translator"] == self.translator:
                self._known[row["source"]] = row["translation"]
        except (ValueError, KeyError, TypeError):  # half a line, or one that somebody else has written
            return

    def __contains__(self, sentence: str) -> bool:
        """Whether a sentence has been translated."""
        return sentence in self._known

    def __getitem__(self, sentence: str) -> str:
        """The translation of a sentence."""
        return self._known[sentence]

    def __len__(self) -> int:
        """How many sentences have been translated."""
        return len(self._known)

    def add(self, sentences: Sequence[str], translations: Sequence[str]) -> None:
        """Keeps translations, on the disk before it returns."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        pairs = list(zip(sentences, translations, strict=True))
        rows = ({"source": a, "translation": b, "translator": self.translator} for a, b in pairs)
        with self.path.open("ab+") as file:
            if file.seek(0, os.SEEK_END) and not self._ends_with_line(file):
                file.write(b"\n")
            file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
            file.flush()
            os.fsync(file.fileno())
        self._known.update(pairs)

    @staticmethod
    def _ends_with_line(file: BinaryIO) -> bool:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
