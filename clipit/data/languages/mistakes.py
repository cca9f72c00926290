"""What is wrong with a sheet: missing, empty, doubled or impossible, each as half a sentence that says where.

>>> mistakes([{"row": "cta", "gender": "", "one": "gato", "several": "gatos"}])[0]
"the row 'cta' is neither a thing nor a number, colour or pattern (cat?)"
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from clipit.data.emoji.lexicon import concepts
from clipit.data.emoji.scene import COLORS
from clipit.data.languages.blank import EMPTY, NUMBERS, OPTIONAL, PATTERNS

FEWEST_THINGS, FEWEST_COLORS = 4, 2
LONGEST = 60  # letters of a word, and of a pattern
HOLE = re.compile(r"\{([^{}]*)\}")
Row = Mapping[str, str]


def mistakes(table: Sequence[Row]) -> list[str]:
    """Everything that is wrong with the rows of a sheet; empty when all is well."""
    return [*rows(table), *columns(table), *enough(table), *cells(table), *agreement(table), *same_words(table),
            *patterns(table)]  # fmt: skip


def of_kind(table: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """The rows with one of these names."""
    return [row for row in table if row["row"] in names]


def trained() -> tuple[str, ...]:
    """The things that models of the course were trained on."""
    return tuple(concept.name for concept in concepts(held_out=False))


def rows(table: Sequence[Row]) -> Iterator[str]:
    """Rows that nobody knows, that are held out of training, or that are there twice."""
    held_out = {concept.name for concept in concepts(held_out=True)}
    known = [*trained(), *NUMBERS, *COLORS, *PATTERNS]
    seen = set()
    for row in table:
        name = row["row"]
        if name in held_out:
            yield f"the row {name!r} is of a thing that no model of the course was trained on: delete it"
        elif name not in known:
            close = get_close_matches(name, known, 1)
            hint = f" ({close[0]}?)" if close else ""
            yield f"the row {name!r} is neither a thing nor a number, colour or pattern{hint}"
        key = (name, "" if name in trained() or name in PATTERNS else row["gender"])
        if key in seen:
            yield f"the row {name!r} is there twice" + (f" for the gender {key[1]!r}" if key[1] else "")
        seen.add(key)


def number_columns(row: Row) -> dict[str, list[str]]:
    """The columns of single numbers, such as "2" or "5-6", and their numbers from 2 to 6."""
    found = {}
    for column in row:
        match = re.fullmatch(r"([2-6])(?:\s*[-–]\s*([2-6]))?", column)
        if match:
            first, last = int(match[1]), int(match[2] or match[1])
            found[column] = [str(number) for number in range(first, last + 1)]
    return found


def columns(table: Sequence[Row]) -> Iterator[str]:
    """Two columns for one number."""
    numbers = [number for several in number_columns(table[0] if table else {}).values() for number in several]
    yield from (f"two columns are about the number {number}" for number in NUMBERS if numbers.count(number) > 1)


def enough(table: Sequence[Row]) -> Iterator[str]:
    """Rows that must be there."""
    there = {row["row"] for row in table}
    numbers = [number for number in NUMBERS if number not in there]
    if numbers:
        yield f"there is no row for the number{'s' * (len(numbers) > 1)} {', '.join(numbers)}"
    yield from (f"there is no row {name!r}" for name in PATTERNS if name not in there and name not in OPTIONAL)
    things, colors = (len(of_kind(table, names)) for names in (trained(), COLORS))
    if things < FEWEST_THINGS:
        yield f"there are {things} things, at least {FEWEST_THINGS} are needed"
    if colors < FEWEST_COLORS:
        yield f"there are {colors} colours, at least {FEWEST_COLORS} are needed"


def wanted_cells(name: str) -> tuple[str, ...]:
    """The columns in which a row must have something."""
    if name in OPTIONAL:
        return ()
    return ("one",) if name == "1" or name in PATTERNS else ("several",) if name in NUMBERS else ("one", "several")


def cells(table: Sequence[Row]) -> Iterator[str]:
    """Cells that are empty, far too long, or hold what is no word."""
    for row in table:
        where = repr(row["row"]) + (f" ({row['gender']})" if row["gender"] else "")
        for column in wanted_cells(row["row"]):
            text = row[column]
            if text in ("", EMPTY):
                yield f"the cell {column!r} of {where} is empty"
            elif len(text) > LONGEST:
                yield f"the cell {column!r} of {where} has {len(text)} letters, at most {LONGEST}"
            elif row["row"] not in PATTERNS and (re.search(r"[{}\d\n]|/", text) or not re.search(r"\w", text)):
                yield f"the cell {column!r} of {where} holds {text!r}, which is no word: write one form into each cell"


def agreement(table: Sequence[Row]) -> Iterator[str]:
    """Numbers and colours that have no form for the gender of a thing."""
    genders = sorted({row["gender"] for row in of_kind(table, trained())})
    for name in (*NUMBERS, *COLORS):
        forms = {row["gender"] for row in of_kind(table, (name,))}
        lacking = [gender for gender in genders if not {gender, gender[:1], ""} & forms]
        if forms and lacking:
            said = ", ".join(gender or "none" for gender in lacking)
            yield f"{name!r} has no row for the gender {said}, which a thing has"


def same_words(table: Sequence[Row]) -> Iterator[str]:
    """Two things, two numbers or two colours with one word: nobody could tell which is meant."""
    for names in (trained(), NUMBERS, COLORS):
        owners: dict[str, str] = {}
        for row in of_kind(table, names):
            for column in ("one", "several", *number_columns(row)):
                word = row.get(column, "").lower()
                if word not in ("", EMPTY) and owners.setdefault(word, row["row"]) != row["row"]:
                    yield f"{owners[word]!r} and {row['row']!r} have the same word {word!r}"
                    owners[word] = row["row"]


def patterns(table: Sequence[Row]) -> Iterator[str]:
    """Holes that are unknown, missing or there twice."""
    for row in of_kind(table, tuple(PATTERNS)):
        name, text, wanted = row["row"], row["one"], PATTERNS[row["row"]]
        if text in ("", EMPTY):
            continue
        holes = HOLE.findall(text)
        unknown = [hole for hole in holes if hole not in wanted]
        if unknown:
            known = " ".join(f"{{{hole}}}" for hole in wanted)
            yield f"the pattern {name!r} has an unknown hole {{{unknown[0]}}}: it may hold {known}"
        elif "{" in HOLE.sub("", text) or "}" in HOLE.sub("", text):
            yield f"the pattern {name!r} has a curly bracket without its other half"
        else:
            yield from (f"the pattern {name!r} needs {{{hole}}} once" for hole in wanted if holes.count(hole) != 1)
