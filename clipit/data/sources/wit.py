"""WIT: pictures of Wikipedia with what its pages say about them (Srinivasan et al. 2021, arXiv 2103.01913).

Published as tab-separated files with a header, ``wit_v1.train.all-00000-of-00010.tsv.gz``; a field that holds a tab, a
line end or a quotation mark is quoted as in CSV (github.com/google-research-datasets/wit, DATA.md). A picture comes
once for every page that shows it, so the address of the picture, not the row, is what a split must keep together.

CLIP-Italian took the reference description, the line under the picture. Two more fields may describe it: the text for
those who cannot see it (alt text), and the description on the picture's own page (attribution), which is often in
another language.

>>> import tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     file = Path(folder) / "wit.tsv"
...     header = "language\\timage_url\\tcaption_reference_description"
...     _ = file.write_text(f"{header}\\nit\\thttp://a.org/b.jpg\\tLa torre\\nen\\thttp://a.org/b.jpg\\tThe tower\\n")
...     [(row["key"], row["caption"]) for row in wit(file).rows()]
[('http://a.org/b.jpg', 'La torre')]
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from datasets import Value

from clipit.data.sources.columns import Row, make_row, with_columns
from clipit.data.sources.reading import WRONG_FIELDS, Source, find_files, once, open_text, several

# From our names to the file's; the best first.
FIELDS = {
    "reference": "caption_reference_description",
    "alt_text": "caption_alt_text_description",
    "attribution": "caption_attribution_description",
}
KEPT = ("page_title", "section_title", "page_url")
FEATURES = with_columns(**{name: Value("string") for name in (*FIELDS, *KEPT)})
NO_ADDRESS = "no address of the picture"
UNCLOSED = "unclosed quotation mark: a stretch of the file could not be read"
LONGEST_FIELD = 1 << 20  # characters; an unclosed quotation mark would else swallow the rest of the file


def wit(place: str | Path, language: str = "it", fields: Sequence[str] = tuple(FIELDS)) -> Source:
    """The rows of WIT in one language.

    Args:
        place: a file, or the folder of the shards.
        language: Wikipedia's code for it.
        fields: which caption fields count, best first; the others stay in their columns.

    Raises:
        ValueError: there is no such file, or a field is unknown.
    """
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown or not fields:
        raise ValueError(f"WIT has the caption fields {', '.join(FIELDS)}, not {', '.join(unknown) or 'none'}.")
    files = find_files(place, ("*.tsv", "*.tsv.gz"), "WIT")
    return Source(
        "wit", partial(read, files, language, tuple(fields)), FEATURES, files, f"{language}: {', '.join(fields)}"
    )


def read(files: Sequence[Path], language: str, fields: Sequence[str], faults: Counter[str]) -> Iterator[Row]:
    """The rows of all files, without repetitions."""
    records = (record for file in files for record in read_records(file, language, faults))
    rows = (to_row(record, language, fields, faults) for record in records)
    return once((row for row in rows if row), faults)


def read_records(file: Path, language: str, faults: Counter[str]) -> Iterator[dict[str, str]]:
    """The lines of a file in the language, as dictionaries.

    Raises:
        ValueError: the file does not begin with WIT's header, or is cut off.
    """
    csv.field_size_limit(LONGEST_FIELD)
    with open_text(file) as text:
        lines = csv.reader(text, delimiter="\t")
        header = next(lines, [])
        if not {"language", "image_url", FIELDS["reference"]} <= set(header):
            raise ValueError(f"{file} does not begin with the names of WIT's columns: is it another file?")
        place = header.index("language")
        while True:
            try:
                values = next(lines)
            except StopIteration:
                return
            except csv.Error:
                faults[UNCLOSED] += 1
                continue
            except EOFError:
                raise ValueError(f"{file} is cut off: download it once more.") from None
            if len(values) != len(header):
                faults[WRONG_FIELDS] += 1
            elif values[place] == language:
                yield dict(zip(header, values, strict=True))


def to_row(record: dict[str, str], language: str, fields: Sequence[str], faults: Counter[str]) -> Row | None:
    """One line as a row; None when it has no caption or no address."""
    told = {name: record.get(column, "") for name, column in FIELDS.items()}
    # Where the attribution is in another language it is kept in its column, but is no caption.
    foreign = record.get("attribution_passes_lang_id", "true").lower() != "true"
    texts = [told[name] for name in fields if told[name].strip() and not (name == "attribution" and foreign)]
    captions = several(texts or [""], faults)
    if not captions:
        return None
    if not record["image_url"].strip():
        faults[NO_ADDRESS] += 1
        return None
    more: dict[str, Any] = {name: " ".join(record.get(name, "").split()) for name in KEPT}
    more |= {name: " ".join(text.split()) or None for name, text in told.items()}
    return make_row(
        caption=captions[0],
        captions=captions,
        source="wit",
        key=record["image_url"].strip(),
        url=record["image_url"].strip(),
        language=language,
        **more,
    )
