"""A sheet as a table of text: CSV as spreadsheets write it, with commas, semicolons or tabs.

>>> import tempfile
>>> file = Path(tempfile.mkdtemp()) / "mine.csv"
>>> _ = file.write_text("row;gender;one;several\\ncat;m;gato;gatos\\n", encoding="utf-8")
>>> read_table(file)
[{'row': 'cat', 'gender': 'm', 'one': 'gato', 'several': 'gatos'}]
"""

import csv
import io
import unicodedata
from pathlib import Path

NEEDED = ("row", "gender", "one", "several")
SEPARATORS = ("\t", ";", ",")
LARGEST = 1_000_000  # bytes; a sheet has some thousand


class SheetError(ValueError):
    """A sheet that cannot be used; the message says what to do, in one sentence."""


def read_table(path: str | Path) -> list[dict[str, str]]:
    """The rows of a sheet that say something, each cell without spaces around it.

    Raises:
        SheetError: there is no such file, it is no table of text in UTF-8, or a column is missing or there twice.
    """
    text = read_text(Path(path))
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(SEPARATORS, key=first.count)
    lines = list(csv.reader(io.StringIO(text), delimiter=separator))
    filled = [[cell.strip() for cell in line] for line in lines if any(cell.strip() for cell in line)]
    names = [name.lower() for name in filled[0]] if filled else []
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise SheetError(
            f"{path} has no column {', '.join(missing)}: keep the first line as `clipit language new` wrote it."
        )
    twice = next((name for name in names if name and names.count(name) > 1), None)
    if twice is not None:
        raise SheetError(f"{path} has the column {twice} twice: delete one of the two.")
    return [dict(zip(names, [*line, *[""] * len(names)], strict=False)) for line in filled[1:]]


def read_text(path: Path) -> str:
    """The text of a file; letters with accents are one character each, however they were typed."""
    if path.is_dir():
        raise SheetError(f"{path} is a folder: name the sheet in it.")
    if not path.is_file():
        raise SheetError(f"There is no sheet {path}: `clipit language new NAME` writes one to fill in.")
    if path.stat().st_size > LARGEST:
        raise SheetError(f"{path} is far too large for a sheet of thirty words: is it the right file?")
    content = path.read_bytes()
    if content.startswith(b"PK"):
        raise SheetError(f"{path} is a workbook: in the spreadsheet choose 'Save as' and 'CSV UTF-8'.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SheetError(
            f"{path} is not UTF-8 (byte {error.start}): in the spreadsheet choose 'Save as' and 'CSV UTF-8'."
        ) from None
    if "\0" in text:
        raise SheetError(f"{path} is no text: in the spreadsheet choose 'Save as' and 'CSV UTF-8'.")
    return unicodedata.normalize("NFC", text)
