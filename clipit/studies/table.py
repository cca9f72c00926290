"""The table of a study: rows that are kept as soon as they are measured, so that an interrupted study goes on.

The file is CSV; its first lines, which start with #, say what was compared, and how the rows were made.

>>> import tempfile
>>> path = Path(tempfile.mkdtemp()) / "tea.csv"
>>> table = Table(path, about=["Which tea is warmer?"], columns=("tea", "seed", "degrees"))
>>> table.add(tea="green", seed=0, degrees=81.5)
>>> table.find(tea="green", seed=0)
{'tea': 'green', 'seed': '0', 'degrees': '81.5'}
"""

import csv
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clipit.data.locate import data_folder

Row = dict[str, str]


def results_file(study: str) -> Path:
    """Where a study's rows are kept."""
    return data_folder("results", f"{study}.csv")


def machine() -> str:
    """The machine and the versions that decide how quick a row was made."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("jax", "flax", "optax"))
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, {versions}"


class Table:
    """Rows of one study, in a file."""

    def __init__(self, path: Path, about: Sequence[str], columns: Sequence[str]):
        """Opens the table, or begins it.

        Args:
            path: the file; its folder is made if there is none.
            about: lines that say what is compared, and with which command the rows were made.
            columns: names of the columns.

        Raises:
            ValueError: the file has other columns: it belongs to another version of the study.
        """
        self.path, self.columns = path, tuple(columns)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = [f"# {line}" for line in (*about, f"Made on {machine()}.")]
            path.write_text("\n".join([*lines, ",".join(self.columns)]) + "\n", encoding="utf-8")
        elif tuple(read_header(path)) != self.columns:
            raise ValueError(f"{path} has other columns than this study writes: delete it to make the study anew.")

    def add(self, **row: Any) -> None:
        """Keeps one row."""
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, self.columns, lineterminator="\n").writerow(row)

    def rows(self) -> list[Row]:
        """All rows; every value is text."""
        return read_rows(self.path)

    def find(self, **values: Any) -> Row | None:
        """The first row with these values, or None."""
        wanted = {name: str(value) for name, value in values.items()}
        return next((row for row in self.rows() if all(row[name] == value for name, value in wanted.items())), None)


def read_header(path: Path) -> list[str]:
    """The names of a table's columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(line for line in file if not line.startswith("#")))


def read_rows(path: Path) -> list[Row]:
    """The rows of a table.

    Raises:
        ValueError: the study has no results yet.
    """
    if not path.is_file():
        raise ValueError(f"There is no {path.name} yet: clipit study {path.stem} makes it.")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))
