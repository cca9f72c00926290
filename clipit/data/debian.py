"""Reading Debian's packages without installing them, on any system.

>>> import tempfile
>>> with tempfile.NamedTemporaryFile(suffix=".deb") as file, open_package(Path(file.name)):
...     pass
Traceback (most recent call last):
ValueError: ... is not a Debian package, or is cut off.
"""

import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def open_package(place: Path) -> Iterator[tarfile.TarFile]:
    """The files of a .deb: an ``ar`` archive, of which one member, data.tar.xz or data.tar.gz, holds them all.

    Raises:
        ValueError: it is no .deb, or is cut off.
    """
    with place.open("rb") as file:
        find_data(file, place)
        try:
            with tarfile.open(fileobj=file, mode="r|*") as package:  # "|": read once from front to back
                yield package
        except (tarfile.TarError, EOFError, OSError) as error:
            raise ValueError(f"{place} cannot be read ({error}): download it once more.") from None


def find_data(file: IO[bytes], place: Path) -> None:
    """Goes to where data.tar begins. Each member of ``ar`` has 60 bytes before it: its name, ..., its size."""
    if file.read(8) == b"!<arch>\n":
        while len(header := file.read(60)) == 60:
            if header.startswith(b"data.tar.zst"):  # as Ubuntu packs; Python can from 3.14 on
                raise ValueError(
                    f"{place} is packed with zstd: unpack it with `dpkg-deb -x {place.name} FOLDER`, and give what "
                    "lies below FOLDER/usr/share."
                )
            if header.startswith(b"data.tar"):
                return
            size = header[48:58].strip()
            if not size.isdigit():
                break
            file.seek(int(size) + int(size) % 2, os.SEEK_CUR)
    raise ValueError(f"{place} is not a Debian package, or is cut off.")
