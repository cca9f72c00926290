"""Sheets: those of the course are complete, and what is wrong with one is said where it is."""

import csv
import io

import pytest

from clipit.data.languages import SheetError, blank_sheet, common_words, read_sheet, sheet_named, sheet_names
from clipit.data.languages.blank import NUMBERS, PATTERNS, template
from clipit.data.locate import data_folder

GERMAN = data_folder("languages", "german.csv").read_text("utf-8")


def written(folder, text, name="mine.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def changed(text, row, column=None, value=None, drop=False, double=False):
    """A sheet's text with one cell of the first row of this name changed, or that row gone or doubled."""
    table = list(csv.DictReader(io.StringIO(text)))
    place = next(place for place, cells in enumerate(table) if cells["row"] == row)
    if column:
        table[place][column] = value
    if double:
        table.insert(place, dict(table[place]))
    if drop:
        table = [cells for cells in table if cells["row"] != row]
    out = io.StringIO()
    writer = csv.DictWriter(out, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue()


@pytest.mark.parametrize("name", sheet_names())
def test_a_sheet_of_the_course_has_every_row_of_the_template(name):
    sheet = sheet_named(name)
    rows = {cells["row"] for cells in template()}
    assert rows == {*sheet.things, *sheet.colors, *NUMBERS, *PATTERNS}
    assert common_words([sheet]) == (sheet.things, sheet.colors)
    assert common_words([sheet])[0] == common_words([sheet_named("italian")])[0]


def test_the_italian_sheet_says_what_the_lexicon_says():
    from clipit.data.emoji.lexicon import language

    sheet, italian = sheet_named("italian"), language("it")
    for thing in sheet.things:
        forms = sheet.word(thing, 1, sheet.genders[thing]), sheet.word(thing, 2, sheet.genders[thing])
        assert forms == (italian.noun(thing, 1), italian.noun(thing, 2))
        for color in sheet.colors:
            for count in (1, 2):
                agrees = italian.agreement(thing, count)
                assert sheet.word(color, count, sheet.genders[thing]) == italian.color(color, agrees)


def test_a_blank_sheet_says_first_what_is_empty(tmp_path):
    with pytest.raises(SheetError, match="the cell 'one' of 'cat' is empty; .*and [0-9]+ more"):
        read_sheet(written(tmp_path, blank_sheet()))


def test_a_blank_sheet_has_rows_for_genders():
    rows = [(cells["row"], cells["gender"]) for cells in csv.DictReader(io.StringIO(blank_sheet(("m", "f"))))]
    assert rows.count(("red", "f")) == rows.count(("1", "m")) == 1 and ("2", "") in rows and ("cat", "") in rows
    with pytest.raises(ValueError, match="different letters"):
        blank_sheet(("m", "m"))


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_spreadsheets_write_in_several_ways(separator, encoding, tmp_path):
    table = csv.reader(io.StringIO(GERMAN))
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows([*table, [], [""] * 7])
    read = read_sheet(written(tmp_path, text.getvalue(), "german.csv", encoding))
    assert read == sheet_named("german")


def test_letters_with_accents_are_the_same_however_they_were_typed(tmp_path):
    import unicodedata

    apart = unicodedata.normalize("NFD", GERMAN)
    assert apart != GERMAN and read_sheet(written(tmp_path, apart, "german.csv")) == sheet_named("german")


MISTAKES = {
    "empty": (changed(GERMAN, "cat", "several", ""), "the cell 'several' of 'cat' [(]f[)] is empty"),
    "number empty": (changed(GERMAN, "3", "several", "-"), "the cell 'several' of '3' is empty"),
    "same word": (changed(GERMAN, "dog", "one", "Katze"), "'cat' and 'dog' have the same word 'katze'"),
    "same number": (changed(GERMAN, "3", "several", "zwei"), "'2' and '3' have the same word"),
    "no number": (changed(GERMAN, "5", drop=True), "there is no row for the number 5"),
    "no pattern": (changed(GERMAN, "phrase", drop=True), "there is no row 'phrase'"),
    "unknown hole": (changed(GERMAN, "phrase", "one", "{number} {colour} {thing}"), "unknown hole {colour}"),
    "lost hole": (changed(GERMAN, "and", "one", "{first} und"), "'and' needs {second} once"),
    "half a bracket": (changed(GERMAN, "sentence", "one", "hier {scene"), "without its other half"),
    "unknown row": (changed(GERMAN, "cat", "row", "cta"), "the row 'cta' is neither .* [(]cat[?][)]"),
    "held out": (changed(GERMAN, "cat", "row", "penguin"), "no model of the course was trained on"),
    "twice": (changed(GERMAN, "cat", double=True), "the row 'cat' is there twice"),
    "two forms": (changed(GERMAN, "cat", "one", "Katze / Katzen"), "write one form into each cell"),
    "no letters": (changed(GERMAN, "cat", "one", "?!"), "which is no word"),
    "a whole book": (changed(GERMAN, "cat", "one", "Katze" * 50), "has 250 letters"),
    "gender": (changed(GERMAN, "cat", "gender", "x"), "'1' has no row for the gender x, which a thing has"),
}


@pytest.mark.parametrize("text, said", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_said_where_it_is(text, said, tmp_path):
    with pytest.raises(SheetError, match=said):
        read_sheet(written(tmp_path, text))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "book.csv").write_bytes(b"PK\3\4")
    (tmp_path / "nothing.csv").write_bytes(b"")
    (tmp_path / "large.csv").write_bytes(b"x" * 1_000_001)
    for path, said in {
        tmp_path / "missing.csv": "There is no sheet",
        tmp_path: "is a folder",
        tmp_path / "book.csv": "is a workbook",
        tmp_path / "nothing.csv": "has no column row, gender, one, several",
        tmp_path / "large.csv": "far too large",
        written(tmp_path, GERMAN, "latin.csv", "latin-1"): "is not UTF-8",
        written(tmp_path, GERMAN, "wide.csv", "utf-16"): "is not UTF-8",
        written(tmp_path, GERMAN.replace("several", "one", 1), "double.csv"): "no column several",
        written(tmp_path, GERMAN.replace("english", "one", 1), "twice.csv"): "has the column one twice",
    }.items():
        with pytest.raises(SheetError, match=said):
            read_sheet(path)
    with pytest.raises(SheetError, match="the course has german, greek"):
        sheet_named("klingon")


def test_a_word_that_is_missing_may_be_left_out_but_not_all(tmp_path):
    without = read_sheet(written(tmp_path, changed(changed(GERMAN, "cow", drop=True), "blue", drop=True)))
    assert "cow" not in without.things and "blue" not in without.colors
    assert common_words([without, sheet_named("greek")])[0] == without.things
    few = GERMAN
    for thing in sheet_named("german").things[:11]:
        few = changed(few, thing, drop=True)
    with pytest.raises(SheetError, match="there are 3 things, at least 4"):
        read_sheet(written(tmp_path, few))


def test_sheets_that_do_not_go_together_are_refused(tmp_path):
    with pytest.raises(SheetError, match="at least one sheet"):
        common_words([])
    with pytest.raises(SheetError, match="Two sheets are called german"):
        common_words([sheet_named("german"), sheet_named("german")])
    others = ("lion", "bee", "zebra", "wolf", "fox", "owl", "frog", "ant", "bear", "panda", "tiger", "duck")
    text = GERMAN
    for thing, other in zip(sheet_named("german").things, others, strict=False):
        text = changed(text, thing, "row", other)
    with pytest.raises(SheetError, match="too few words in common"):
        common_words([sheet_named("german"), read_sheet(written(tmp_path, text))])
