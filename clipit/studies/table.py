"""The table of a study: rows that are kept as soon as they are measured, so that an interrupted study goes on.

The file is CSV; its first lines, which start with #, say what was compared, and how the rows were made. Several
processes that run one study at the same time share its rows among them.

>>> import tempfile
>>> path = Path(tempfile.mkdtemp()) / "tea.csv"
>>> table = Table(path, about=["Which tea is warmer?"], columns=("tea", "seed", "degrees"))
>>> table.add(tea="green", seed=0, degrees=81.5)
>>> table.find(tea="green", seed=0)
{'tea': 'green', 'seed': '0', 'degrees': '81.5'}
"""

import csv
import hashlib
import importlib.metadata
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
from filelock import FileLock, Timeout

from clipit.data.cache import cache_folder
from clipit.data.locate import data_folder
from clipit.training.cores import cores
from clipit.training.mesh import start_devices

Row = dict[str, str]


def results_file(study: str) -> Path:
    """Where a study's rows are kept."""
    return data_folder("results", f"{study}.csv")


def machine() -> str:
    """The machine and the versions that decide how quick a row was made."""
    start_devices(2)  # as the studies do: to name the device starts JAX
    device = jax.devices()[0]
    accelerator = "" if device.platform == "cpu" else f"one {device.device_kind}, "
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("jax", "flax", "optax"))
    return f"{accelerator}{cores()} cores ({platform.machine()}), Python {platform.python_version()}, {versions}"


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

    def complete(self, wanted: Sequence[dict[str, Any]], measure: Callable[..., dict[str, Any]]) -> None:
        """Adds the rows that are not there yet; returns when all are, also those at which other processes work.

        Args:
            wanted: for each row the values by which it is found.
            measure: is called with these values and returns the others.
        """
        while missing := [row for row in wanted if self.find(**row) is None]:
            before = len(missing)
            for row in missing:
                with self.claim(**row) as ours:
                    if ours:
                        self.add(**row, **measure(**row))
                        before = 0
            if before:  # others are at work on all of them
                time.sleep(1)

    @contextmanager
    def claim(self, **values: Any) -> Iterator[bool]:
        """Whether the row with these values is missing and this process is the one that shall measure it."""
        name = hashlib.blake2b(f"{self.path.resolve()} {values}".encode(), digest_size=8).hexdigest()
        folder = cache_folder("studies")
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(folder / f"{name}.lock", timeout=0):  # a process that is killed gives it back
                yield self.find(**values) is None
        except Timeout:
            yield False


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
