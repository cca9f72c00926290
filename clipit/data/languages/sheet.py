"""A filled-in sheet: the words of a language for some things, numbers and colours, and how they stand together.

>>> greek = sheet_named("greek")
>>> greek.word("cat", 2, "f"), greek.word("black", 2, greek.genders["cat"]), greek.word("3", 3, "n")
('γάτες', 'μαύρες', 'τρία')
>>> sheet_names()
('german', 'greek', 'italian', 'neapolitan', 'russian', 'spanish')
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clipit.data.emoji.lexicon import concepts
from clipit.data.emoji.scene import COLORS
from clipit.data.languages.blank import EMPTY, PATTERNS
from clipit.data.languages.mistakes import mistakes, number_columns
from clipit.data.languages.table import SheetError, read_table
from clipit.data.locate import data_folder

__all__ = ["Sheet", "SheetError", "common_words", "read_sheet", "sheet_named", "sheet_names"]

TOLD = 5  # of many mistakes so many are told
Forms = Mapping[str, str]  # "one", "several", and for single numbers "2", "3", ...


@dataclass(frozen=True)
class Sheet:
    """The words and patterns of one language.

    Attributes:
        name: of the language, which is that of the file.
        things: the concepts of the small world that it has words for, in the sheet's order.
        colors: the same for colours.
        genders: for each thing the letter with which numbers and colours agree; "" where there is none.
        forms: by row and gender, how the word stands beside one thing, beside several, and after certain numbers.
        patterns: by row, the text with its holes.
    """

    name: str
    things: tuple[str, ...]
    colors: tuple[str, ...]
    genders: Mapping[str, str]
    forms: Mapping[tuple[str, str], Forms]
    patterns: Mapping[str, str]

    def word(self, row: str, count: int | None, gender: str = "") -> str:
        """A word as it stands with so many things; with ``MANY`` of them no number is said, with None it is one.

        What a gender lacks it borrows: "mv" from "m", and every gender from the row that names none.
        """
        known = [self.forms[row, key] for key in (gender, gender[:1], "") if (row, key) in self.forms]
        if not known:
            raise SheetError(f"The sheet {self.name} has no row {row} for the gender {gender!r}.")
        forms = known[0]
        return forms["one"] if count in (None, 1) else forms.get(str(count)) or forms["several"]


def read_sheet(path: str | Path) -> Sheet:
    """Reads a sheet; its language has the name of the file.

    Raises:
        SheetError: it is no table, or something in it is missing, empty, doubled or impossible.
    """
    table = read_table(path)
    found = mistakes(table)
    if found:
        more = f"; and {len(found) - TOLD} more" if len(found) > TOLD else ""
        raise SheetError(f"{path}: {'; '.join(found[:TOLD])}{more}.")
    named = [row["row"] for row in table]
    known = {concept.name for concept in concepts()}
    return Sheet(
        Path(path).stem,
        tuple(name for name in named if name in known),
        tuple(dict.fromkeys(name for name in named if name in COLORS)),
        {row["row"]: row["gender"] for row in table if row["row"] in known},
        {(row["row"], row["gender"]): forms_of(row) for row in table if row["row"] not in PATTERNS},
        {row["row"]: row["one"] for row in table if row["row"] in PATTERNS and row["one"] not in ("", EMPTY)},
    )


def forms_of(row: Mapping[str, str]) -> dict[str, str]:
    """The words of a row: "one", "several", and for each number that has a column of its own."""
    forms = {"one": row["one"], "several": row["several"]}
    for column in number_columns(row):
        forms |= {number: row[column] for number in number_columns(row)[column] if row[column] not in ("", EMPTY)}
    return forms


def sheet_names() -> tuple[str, ...]:
    """The languages whose sheets come with the course."""
    return tuple(sorted(path.stem for path in data_folder("languages").glob("*.csv") if path.stem != "template"))


def sheet_named(name: str) -> Sheet:
    """A sheet that comes with the course, or one that lies at this path.

    Raises:
        SheetError: there is none, or it cannot be used.
    """
    if name in sheet_names():
        return read_sheet(data_folder("languages", f"{name}.csv"))
    if not Path(name).suffix and not Path(name).exists():
        raise SheetError(f"There is no sheet {name}; the course has {', '.join(sheet_names())}, others end in .csv.")
    return read_sheet(name)


def common_words(sheets: Sequence[Sheet]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The things and the colours for which all sheets have words, in the order of the first.

    Raises:
        SheetError: there are no sheets, two have one name, or too few words are common to all.
    """
    if not sheets:
        raise SheetError("Name at least one sheet.")
    names = [sheet.name for sheet in sheets]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise SheetError(f"Two sheets are called {twice}: give each language a file name of its own.")
    things, colors = (
        tuple(word for word in getattr(sheets[0], kind) if all(word in getattr(sheet, kind) for sheet in sheets))
        for kind in ("things", "colors")
    )
    if len(things) < 4 or len(colors) < 2:
        raise SheetError(f"{' and '.join(names)} have too few words in common: at least 4 things and 2 colours.")
    return things, colors
