"""The rules that every notebook keeps, each a short function that says which cell breaks it and how.

`make notebooks` prints the complaints, and tests/notebooks holds every committed notebook to all of them. nbval
compares only cells that have a count and an output, so without these rules a notebook could pass while comparing
nothing.

>>> import nbformat
>>> cell = nbformat.v4.new_code_cell("print(1);", id="c001", execution_count=1)
>>> list(semicolons([cell]))
['c001: ends a line with a semicolon, which nbval does not honour; assign to _ instead']
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Sequence
from itertools import pairwise

import nbformat
from nbformat import NotebookNode

from clipit.course.lessons import LESSONS, find

CELL_LINES = 20
NOTEBOOK_BYTES = 300_000
PICTURE_BYTES = 100_000
COMPARED_SHARE = 0.4

HEADER = re.compile(
    r"\[!\[Open in Colab\]\(\S+\)\]\(\S+/notebooks/blank/(?P<name>\w+)\.ipynb\)"
    r" · Notebook (?P<number>\d+) of (?P<last>\d+)"
    r" · machine (?P<seconds>\d+) s · reading (?P<reading>\d+) min · exercises (?P<exercises>\d+) min$",
    re.MULTILINE,
)
PROMISES = ("**You will show that**", "**Before:**", "**After this you can**")
SECTIONS = ("control", "play with it", "what this does not show", "take-aways", "further reading")
MARK = re.compile(r"NBVAL_\w+")
ABSOLUTE = re.compile(r"(?<![\w./])/(?:home|root|tmp|Users|usr|opt|var|private|mnt|content)/|\b[A-Z]:\\\\?\w")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

Cells = Sequence[NotebookNode]


def complaints(notebook: NotebookNode, name: str) -> list[str]:
    """Everything that is wrong with an executed notebook; an empty list when all is well."""
    found = [*metadata(notebook), *size(notebook), *header(notebook.cells, name), *sections(notebook.cells)]
    for rule in RULES:
        found += rule([cell for cell in notebook.cells if cell.cell_type == "code"])
    return [*found, *read_figures(notebook.cells), *exercises(notebook.cells)]


def header_seconds(notebook: NotebookNode) -> int | None:
    """The machine seconds that the header states."""
    match = HEADER.search(notebook.cells[0].source)
    return int(match["seconds"]) if match else None


def metadata(notebook: NotebookNode) -> Iterator[str]:
    """The kernel has the name that every Jupyter knows."""
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        yield "notebook: its kernel is not python3"


def size(notebook: NotebookNode) -> Iterator[str]:
    """The clone stays small."""
    size = len(nbformat.writes(notebook, indent=1, ensure_ascii=False).encode())
    if size > NOTEBOOK_BYTES:
        yield f"notebook: {size // 1000} KB, at most {NOTEBOOK_BYTES // 1000}"


def header(cells: Cells, name: str) -> Iterator[str]:
    """The first cell: badge, costs, and what the reader will have shown."""
    first = cells[0].source
    match = HEADER.search(first)
    if match is None:
        yield "c001: does not begin with the header line that CONTRIBUTING.md describes"
        return
    lesson = find(int(name[:2]))
    if match["name"] != name:
        yield f"c001: the badge opens {match['name']}, not {name}"
    if (int(match["number"]), int(match["last"])) != (lesson.number, LESSONS[-1].number):
        yield f"c001: this is notebook {lesson.number} of {LESSONS[-1].number}"
    if int(match["seconds"]) > lesson.cap:
        yield f"c001: {match['seconds']} machine seconds, at most {lesson.cap}"
    yield from (f"c001: says nowhere {promise}" for promise in PROMISES if promise not in first)


def sections(cells: Cells) -> Iterator[str]:
    """A heading for everything that each lesson has, and a prediction before an experiment."""
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = "\n".join(re.findall(r"^#+ .*$", text, re.MULTILINE)).lower()
    yield from (f"notebook: no heading with the words '{words}'" for words in SECTIONS if words not in headings)
    if not any("predict(" in cell.source for cell in cells if cell.cell_type == "code"):
        yield "notebook: asks for no prediction"


def set_up(cells: Cells) -> Iterator[str]:
    """The first code cell is the set-up, the same everywhere."""
    from clipit.course.notebooks import setup_cell

    if not cells or cells[0].source != setup_cell():
        yield "notebook: its first code cell is not the set-up cell"


def counts(cells: Cells) -> Iterator[str]:
    """Executed from top to bottom, once: a cell without a count would never be compared."""
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        yield "notebook: its cells are not counted 1, 2, 3, ..."


def errors(cells: Cells) -> Iterator[str]:
    """No cell failed."""
    for cell in cells:
        if any(output.output_type == "error" for output in cell.outputs):
            yield f"{cell.id}: stopped with an error"


def compared(cells: Cells) -> Iterator[str]:
    """Enough cells print something that nbval compares."""
    share = sum(map(_is_compared, cells)) / max(len(cells), 1)
    if share < COMPARED_SHARE:
        yield f"notebook: {share:.0%} of its code cells print something compared, at least {COMPARED_SHARE:.0%}"


def marks(cells: Cells) -> Iterator[str]:
    """An exemption from comparison stands alone on its line, under a comment that gives the reason."""
    for cell in cells:
        if any(tag.startswith(("nbval", "raises")) for tag in cell.metadata.get("tags", ())):
            yield f"{cell.id}: is exempt by a tag, which nobody sees; use a comment"
        lines = cell.source.splitlines()
        for above, line in zip(["", *lines], lines, strict=False):
            mark = MARK.search(line)
            if mark and line.strip() != f"# {mark[0]}":
                yield f"{cell.id}: nbval overlooks a mark that is not alone on its line"
            elif mark and (not re.match(r"# .*\w+ \w+", above) or MARK.search(above)):
                yield f"{cell.id}: {mark[0]} without a reason in the line above"


def lengths(cells: Cells) -> Iterator[str]:
    """Cells are short enough to be read at once."""
    for cell in cells:
        lines = len(cell.source.splitlines())
        if lines > CELL_LINES:
            yield f"{cell.id}: {lines} lines, at most {CELL_LINES} (best under 15)"


def pictures(cells: Cells) -> Iterator[str]:
    """PNG only, and small: nbval would compare other kinds byte for byte."""
    for cell in cells:
        for kind, data in _shown(cell):
            if kind.startswith("image/") and kind != "image/png":
                yield f"{cell.id}: shows {kind}; only PNG"
            elif kind == "image/png" and len(b64decode(data)) > PICTURE_BYTES:
                yield f"{cell.id}: a picture of {len(b64decode(data)) // 1000} KB, at most {PICTURE_BYTES // 1000}"


def figure_sentences(cells: Cells) -> Iterator[str]:
    """A cell with a figure also prints its numbers: those are compared, and can be heard by who cannot see it."""
    for cell in cells:
        if _has_picture(cell) and len(NUMBER.findall(_printed(cell))) < 2:
            yield f"{cell.id}: has a figure and prints no sentence with the two to four numbers that it is about"


def semicolons(cells: Cells) -> Iterator[str]:
    """No line ends with a semicolon, and no object's address is shown in place of a result."""
    for cell in cells:
        if any(line.rstrip().endswith(";") for line in cell.source.splitlines()):
            yield f"{cell.id}: ends a line with a semicolon, which nbval does not honour; assign to _ instead"
        if re.search(r"<[\w.]+ (?:object )?at 0x|<matplotlib\.", _text_shown(cell)):
            yield f"{cell.id}: shows an object, not a result; assign to _ instead"


def paths(cells: Cells) -> Iterator[str]:
    """Nothing tells on whose machine it ran."""
    for cell in cells:
        if ABSOLUTE.search(cell.source) or ABSOLUTE.search(_text_shown(cell)):
            yield f"{cell.id}: has an absolute path"


def read_figures(cells: Cells) -> Iterator[str]:
    """A sentence that reads a figure follows it."""
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if _has_picture(cell) and (following is None or following.cell_type != "markdown"):
            yield f"{cell.id}: no text follows its figure and reads it"


def exercises(cells: Cells) -> Iterator[str]:
    """Two to four exercises, each with a stub and a folded solution."""
    starts = [i for i, cell in enumerate(cells) if re.search(r"^### Exercise \d+\.\d", cell.source, re.MULTILINE)]
    if not 2 <= len(starts) <= 4:
        yield f"notebook: {len(starts)} exercises; two to four"
    for start, end in pairwise([*starts, len(cells)]):
        part = cells[start:end]
        if not any("..." in cell.source for cell in part if cell.cell_type == "code"):
            yield f"{cells[start].id}: an exercise without a stub that returns ..."
        if not any("<summary>Solution</summary>" in cell.source for cell in part):
            yield f"{cells[start].id}: an exercise without <details><summary>Solution</summary>"


RULES = (set_up, counts, errors, compared, marks, lengths, pictures, figure_sentences, semicolons, paths)


def _shown(cell: NotebookNode) -> list[tuple[str, str]]:
    return [item for output in cell.get("outputs", ()) for item in output.get("data", {}).items()]


def _has_picture(cell: NotebookNode) -> bool:
    return any(kind.startswith("image/") for kind, _ in _shown(cell))


def _printed(cell: NotebookNode) -> str:
    return "".join(output.text for output in cell.get("outputs", ()) if output.get("name") == "stdout")


def _text_shown(cell: NotebookNode) -> str:
    return _printed(cell) + "\n".join(str(data) for kind, data in _shown(cell) if kind.startswith("text/"))


def _is_compared(cell: NotebookNode) -> bool:
    exempt = re.search(r"^# NBVAL_(IGNORE_OUTPUT|SKIP)\s*$", cell.source, re.MULTILINE)
    figure = re.fullmatch(r"\s*<Figure size .*>\s*", _text_shown(cell))
    return bool(_text_shown(cell).strip()) and not exempt and not figure
