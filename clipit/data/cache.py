"""Where drawn worlds and other things that can be made again are kept.

``CLIPIT_CACHE`` names another folder than the user's own. It may be one that many read and nobody writes to, as on a
hub for a class: what is in it is used, and what is missing there is kept in the user's own folder.

>>> cache_folder("worlds").name
'worlds'
>>> cached_path("features", "no-such.npy").is_file()
False
"""

import os
import sys
import tempfile
from functools import cache
from pathlib import Path

import platformdirs


def cache_folder(name: str) -> Path:
    """A folder to write to: below ``CLIPIT_CACHE`` when that variable is set, else below the user's cache folder.

    Where one of them cannot be written to, the next is taken, at last the system's folder for temporary files; a
    sentence on stderr says so, once.
    """
    wanted, *others = _roots()
    chosen = next((root for root in (wanted, *others) if _may_write(root)), wanted)
    if chosen != wanted:
        _say_once(f"{wanted} cannot be written to: what is missing there is made anew and kept in {chosen}.")
    return chosen / name


def cached_path(name: str, *parts: str) -> Path:
    """A file or folder to read: where it can be written to, or in a ``CLIPIT_CACHE`` that is only read.

    When it is in neither, this is where to write it.
    """
    own, shared = cache_folder(name).joinpath(*parts), (_roots()[0] / name).joinpath(*parts)
    return shared if shared.exists() and not own.exists() else own


def _roots() -> tuple[Path, ...]:
    own = Path(platformdirs.user_cache_dir("clipit"))
    named = os.environ.get("CLIPIT_CACHE")
    last = Path(tempfile.gettempdir()) / f"clipit-{getattr(os, 'getuid', int)()}"  # Windows has a folder for each user
    return (*([Path(named).expanduser()] if named else []), own, last)


def _may_write(folder: Path) -> bool:
    """Whether the folder, or the nearest above it that exists, lets this user make something in it."""
    there = next((place for place in (folder, *folder.absolute().parents) if place.exists()), folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


@cache
def _say_once(sentence: str) -> None:
    print(sentence, file=sys.stderr)
