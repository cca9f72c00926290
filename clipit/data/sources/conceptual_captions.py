"""Conceptual Captions: pictures of the web with their cleaned alt texts (Sharma et al. 2018).

Published as tab-separated lines without a header, English caption then address (``Train_GCC-training.tsv``), nothing
quoted. Names were replaced by what they are ("actor attends the premiere"). A translation may follow as a third
column: then it is the caption, and the English stays in ``english``.

>>> parse("a very typical bus station\\thttp://a.org/b.jpg\\tuna tipica stazione degli autobus")
('a very typical bus station', 'http://a.org/b.jpg', 'una tipica stazione degli autobus')
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from datasets import Value

from clipit.data.sources.columns import Row, make_row, with_columns
from clipit.data.sources.reading import WRONG_FIELDS, Source, find_files, once, open_text, usable

FEATURES = with_columns(english=Value("string"), translation=Value("string"))


def conceptual_captions(place: str | Path, language: str = "it") -> Source:
    """English captions with addresses, or translated ones where the file has a third column.

    Args:
        place: the file, or a folder with several.
        language: of the third column.

    Raises:
        ValueError: there is no such file.
    """
    files = find_files(place, ("*.tsv", "*.tsv.gz"), "Conceptual Captions")
    return Source("conceptual_captions", partial(read, files, language), FEATURES, files, language)


def read(files: Sequence[Path], language: str, faults: Counter[str]) -> Iterator[Row]:
    """The rows of all files, without repetitions."""
    return once((row for file in files for row in read_file(file, language, faults)), faults)


def read_file(file: Path, language: str, faults: Counter[str]) -> Iterator[Row]:
    """The rows of one file."""
    with open_text(file) as text:
        for number, line in enumerate(text):
            parsed = parse(line)
            if parsed is None:
                faults[WRONG_FIELDS] += number > 0 or "url" not in line.lower()  # some copies have a header
                continue
            english, url, translation = parsed
            english = usable(english, faults)
            translation = usable(translation, faults) if translation.strip() else ""
            if english:
                yield make_row(
                    caption=translation or english,
                    source="conceptual_captions",
                    key=url,
                    url=url,
                    language=language if translation else "en",
                    english=english,
                    translation=translation or None,
                )


def parse(line: str) -> tuple[str, str, str] | None:
    """English, address and translation (or "") of a line; None when it has no address.

    Nothing is quoted, so a tab inside a caption looks like one between fields: the address shows where it ends.
    """
    fields = line.rstrip("\r\n").split("\t")
    for place, field in enumerate(fields[1:], start=1):
        if field.startswith(("http://", "https://")):
            return " ".join(fields[:place]), field.strip(), " ".join(fields[place + 1 :])
    return None
