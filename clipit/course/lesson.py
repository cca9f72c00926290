"""A lesson of one's own: copies a blank notebook into a folder, so that updating the course never undoes one's work.

>>> import tempfile
>>> lesson(0, tempfile.mkdtemp()).name  # doctest: +SKIP
'00_start_here.ipynb'
"""

import shutil
from pathlib import Path

from clipit.course.lessons import find

_package = Path(__file__).parents[1]


def lesson(number: int, folder: str | Path = ".") -> Path:
    """Copy the blank edition of a lesson into `folder`, never over a file that is there; returns the copy's path."""
    blank = _blank_folder() / f"{find(number).name}.ipynb"
    if not blank.exists():
        raise FileNotFoundError(f"Lesson {number} is not written yet: this version has {_written()}.")
    copy = Path(folder) / blank.name
    if copy.exists():
        raise FileExistsError(f"{copy} is there already: rename or move it, then ask again for a fresh copy.")
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(blank, copy)
    return copy


def _blank_folder() -> Path:
    # In a checkout the notebooks lie beside the package; a wheel carries the blank ones inside.
    checkout = _package.parent / "notebooks" / "blank"
    return checkout if checkout.is_dir() else _package / "_notebooks"


def written_lessons() -> set[int]:
    """The numbers of the lessons that this version has."""
    return {int(path.name[:2]) for path in _blank_folder().glob("[0-9][0-9]_*.ipynb")}


def _written() -> str:
    numbers = sorted(written_lessons())
    return "lesson " + ", ".join(map(str, numbers)) if numbers else "none"
