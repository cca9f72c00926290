"""Stamps: hundreds of small photographs and drawings of Tux Paint, captioned by people in seventy languages.

The Debian package ``tuxpaint-stamps-default`` (GPL-2) has beside each picture a text file: its first line is the
English caption, the lines after it translate it, ``it.utf8=Una gallina marrone.``. It is read from where it is
installed, or from the package's file without installing it: ``apt-get download tuxpaint-stamps-default``.

>>> told = read_captions("A brown hen.\\nit.utf8=Una gallina marrone.\\nfr.utf8=Une poule marron.")
>>> told["en"], told["it"]
('A brown hen.', 'Una gallina marrone.')
"""

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from datasets import Value

from clipit.data.debian import open_package
from clipit.data.sources.columns import Row, make_row, with_columns
from clipit.data.sources.reading import MISSING, Source, usable

INSTALLED = Path("/usr/share/tuxpaint/stamps")
FEATURES = with_columns(english=Value("string"), category=Value("string"))
NOT_TRANSLATED = "no caption in the language"


def stamps(place: str | Path | None = None, language: str = "it") -> Source:
    """Pictures with one caption each, and its English original in ``english``.

    Args:
        place: a folder of stamps, or the package's .deb; where Debian installs it if it is not given.
        language: Tux Paint's code for it.

    Raises:
        ValueError: there is nothing at the place.
    """
    place = Path(place or INSTALLED).expanduser()
    if place.suffix == ".deb" and place.is_file():
        return Source("stamps", partial(read_package, place, language), FEATURES, (place,), language)
    if not place.is_dir():
        raise ValueError(
            f"There are no stamps at {place}: install Debian's package tuxpaint-stamps-default, or get its file with "
            "`apt-get download tuxpaint-stamps-default` and give that."
        )
    return Source(
        "stamps", partial(read_folder, place, language), FEATURES, tuple(sorted(place.rglob("*.txt"))), language
    )


def read_folder(place: Path, language: str, faults: Counter[str]) -> Iterator[Row]:
    """The rows of a folder."""
    for file in sorted(place.rglob("*.txt")):
        picture = file.with_suffix(".png")
        name = file.relative_to(place).with_suffix("").as_posix()
        captions = chosen(file.read_bytes(), language, faults)
        if captions and picture.is_file():
            yield to_row(name, captions, language, path=str(picture))
        elif captions:
            faults[MISSING] += 1  # many stamps are drawings in SVG


def read_package(place: Path, language: str, faults: Counter[str]) -> Iterator[Row]:
    """The rows of a .deb. Captions and pictures lie in it in any order, so those without a partner yet wait."""
    captions: dict[str, dict[str, str]] = {}
    pictures: dict[str, bytes] = {}
    with open_package(place) as package:
        for member in package:
            path = PurePosixPath(member.name)
            if not member.isfile() or path.suffix not in (".txt", ".png") or "stamps" not in path.parts:
                continue
            content = package.extractfile(member).read()  # type: ignore[union-attr]
            name = "/".join(path.with_suffix("").parts[path.parts.index("stamps") + 1 :])
            if path.suffix == ".png":
                pictures[name] = content
            elif told := chosen(content, language, faults):
                captions[name] = told
            if name in captions and name in pictures:
                yield to_row(name, captions.pop(name), language, content=pictures.pop(name))
    faults[MISSING] += len(captions)


def to_row(
    name: str, captions: dict[str, str], language: str, path: str | None = None, content: bytes | None = None
) -> Row:
    """One row."""
    return make_row(
        caption=captions[language],
        source="stamps",
        key=f"stamps/{name}",
        path=path or f"{os.path.basename(name)}.png",
        content=content,
        language=language,
        english=captions["en"],
        category=name.split("/")[0],
    )


def chosen(content: bytes, language: str, faults: Counter[str]) -> dict[str, str]:
    """The usable captions of a text file, if the language is among them."""
    captions = read_captions(content.decode("utf-8", errors="replace"))
    if language not in captions:
        faults[NOT_TRANSLATED] += 1
        return {}
    captions = {code: usable(captions[code], faults) for code in {language, "en"}}
    return captions if captions[language] else {}


def read_captions(text: str) -> dict[str, str]:
    """From language codes to captions; the first line is English."""
    first, *lines = text.splitlines() or [""]
    translated = (line.split(".utf8=", 1) for line in lines if ".utf8=" in line)
    return {"en": first} | {code.strip(): caption for code, caption in translated}
