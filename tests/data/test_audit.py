"""Sheets of an audit: they can be rated in any spreadsheet, and what comes back is read, or refused by name."""

import csv
import io

import numpy as np
import pytest

from clipit.data.audit import COLUMNS, Item, draw_sample, protect, read_sheets, unprotect, write_sheet

ITEMS = [
    Item("two cats", "due gatti"),
    Item("=SUM(A1:A9)", "@due; gatti"),
    Item('a "big" dog', "un cane, grande"),
    Item("a city", "una città\ncon due righe"),
]


def rate(path, grades, delimiter=",", encoding="utf-8-sig", order=None):
    """What a person does in a spreadsheet: fills in grades, and saves in the spreadsheet's own way."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, grade in zip(rows, grades, strict=True):
        row["grade"] = grade
    rows = [rows[place] for place in order or range(len(rows))]
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(written.getvalue().encode(encoding))


@pytest.fixture
def sheets(tmp_path):
    paths = [tmp_path / f"{name}.csv" for name in ("anna", "bruno", "carla")]
    for path in paths:
        write_sheet(path, ITEMS)
    return paths


def test_a_sheet_begins_with_a_byte_order_mark_and_no_cell_with_a_formula(sheets):
    content = sheets[0].read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert tuple(rows[0]) == COLUMNS and [row[0] for row in rows[1:]] == ["1", "2", "3", "4"]
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


@pytest.mark.parametrize("text", ["=1+1", "+39 06", "-2 °C", "@anna", "\t=1", "due gatti", "'", "'ndrangheta", ""])
def test_protection_can_be_taken_off_again(text):
    assert unprotect(protect(text)) == text


def test_what_raters_wrote_is_read_however_their_spreadsheet_saved_it(sheets):
    rate(sheets[0], ["4", "3", "", "1"])
    rate(sheets[1], ["4", " 4 ", "2", "1,0"], delimiter=";", encoding="cp1252")
    rate(sheets[2], ["3.0", "4", "2", "1"], delimiter="\t", order=[3, 1, 0, 2])
    found = read_sheets(sheets)
    assert found.raters == ("anna", "bruno", "carla") and set(found.items) == set(ITEMS)
    np.testing.assert_array_equal(found.ratings, [[4, 4, 3], [3, 4, 4], [np.nan, 2, 2], [1, 1, 1]])


@pytest.mark.parametrize(
    ("grades", "said"),
    [(["5", "", "", ""], "'5' is no grade: write one of 1, 2, 3, 4"), (["good", "", "", ""], "'good' is no grade"),
     (["3.5", "", "", ""], "'3.5' is no grade"), (["nan", "", "", ""], "'nan' is no grade")],
)  # fmt: skip
def test_a_grade_that_is_none_is_refused_with_its_line(sheets, grades, said):
    rate(sheets[0], grades)
    with pytest.raises(ValueError, match=f"anna.csv, line 2: {said}"):
        read_sheets(sheets[:1])


def test_sheets_that_are_none_or_not_of_the_same_captions_are_refused(sheets, tmp_path):
    with pytest.raises(ValueError, match="Give at least one sheet"):
        read_sheets([])
    with pytest.raises(ValueError, match="There is no sheet"):
        read_sheets([tmp_path / "nobody.csv"])
    write_sheet(tmp_path / "other.csv", ITEMS[:3])
    with pytest.raises(ValueError, match="not of the same captions: only one has 'a city'"):
        read_sheets([sheets[0], tmp_path / "other.csv"])
    write_sheet(tmp_path / "twice.csv", ITEMS[:1] * 2)
    with pytest.raises(ValueError, match="has 'two cats' twice"):
        read_sheets([tmp_path / "twice.csv"])
    for content in (b"", b"a,b\n1,2\n", b"\x00\xff"):
        (tmp_path / "none.csv").write_bytes(content)
        with pytest.raises(ValueError, match="is no sheet: it needs the columns original, translation, grade"):
            read_sheets([tmp_path / "none.csv"])


def test_a_sample_is_drawn_once_for_all_raters():
    items = [Item(str(number), str(number)) for number in range(50)]
    drawn = draw_sample(items * 2, size=20, seed=1)
    assert drawn == draw_sample(items * 2, size=20, seed=1) != draw_sample(items, size=20, seed=2)
    assert len(set(drawn)) == 20
    for size in (0, 51):
        with pytest.raises(ValueError, match=f"50 different captions to draw from, so not {size}"):
            draw_sample(items, size)
