"""Italian prose that a Debian package carries: the "Debian Reference" in Italian (package debian-reference-it, GPL-2+).

It is read from where it is installed, or from the package's file without installing it:
``apt-get download debian-reference-it``.

>>> sentences("Questo è un testo.  È breve,\\nma sono due frasi!\\n\\n   $ ls -l\\n")
['Questo è un testo.', 'È breve, ma sono due frasi!']
"""

import gzip
import re
from pathlib import Path

from clipit.data.debian import open_package

TEXT = Path("/usr/share/debian-reference/debian-reference.it.txt.gz")
LETTERS = 0.75  # a line of prose has at least this share of letters and spaces; tables and commands have less


def prose(place: str | Path | None = None) -> list[str]:
    """The sentences of the book, in its order.

    Args:
        place: the text, packed with gzip, or the package's .deb; where Debian installs it if it is not given.

    Raises:
        ValueError: there is nothing at the place.
    """
    place = Path(place or TEXT)
    if not place.is_file():
        raise ValueError(
            f"There is no Italian prose at {place}: install Debian's package debian-reference-it, or get its file with "
            "`apt-get download debian-reference-it` and give that."
        )
    packed = from_package(place) if place.suffix == ".deb" else place.read_bytes()
    return sentences(gzip.decompress(packed).decode("utf-8", "replace"))


def from_package(place: Path) -> bytes:
    """The text out of the package's file."""
    with open_package(place) as package:
        for member in package:
            if member.name.endswith(TEXT.name):
                return package.extractfile(member).read()  # type: ignore[union-attr]
    raise ValueError(f"{place} holds no {TEXT.name}: it is another package.")


def sentences(text: str) -> list[str]:
    """The sentences among paragraphs, tables and commands: four to forty words that begin large and end in a stop."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        flowing = " ".join(paragraph.split())
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-ZÈÀ])", flowing):
            letters = sum(letter.isalpha() or letter == " " for letter in sentence)
            if (
                sentence[:1].isupper()
                and sentence[-1:] in ".!?"
                and 3 <= len(sentence.split()) <= 40
                and not sentence[-2:-1].isdigit()  # the number of a heading
                and letters >= LETTERS * len(sentence)
            ):
                found.append(sentence)
    return found
