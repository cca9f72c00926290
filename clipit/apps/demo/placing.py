"""Writing a whole folder at one stroke, in place of an older one and of nothing else.

>>> check_folder(Path("a new folder"), {"index.html"})
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def check_folder(folder: Path, made: set[str]) -> None:
    """Raises ValueError where something else lies than what a demo is made of."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file: name a folder for the demo.")
    others = sorted({path.name for path in folder.iterdir()} - made) if folder.is_dir() else []
    if others:
        raise ValueError(f"{folder} holds something else ({others[0]}): choose a new folder for the demo.")


def put_in_place(unfinished: Path, folder: Path, made: set[str]) -> None:
    """A finished demo takes the place of an older one, or of an empty folder."""
    check_folder(folder, made)  # writing took a while
    if folder.is_dir():
        shutil.rmtree(folder)
    os.rename(unfinished, folder)


@contextmanager
def whole_folder(folder: Path, made: set[str]) -> Iterator[Path]:
    """An empty folder to write into, which takes its place when everything went well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as beside:
        unfinished = Path(beside) / "demo"
        unfinished.mkdir()
        yield unfinished
        put_in_place(unfinished, folder, made)


def size_of(folder: Path) -> int:
    """The bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
