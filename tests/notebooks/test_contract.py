"""Every committed notebook keeps the rules, and every rule notices a notebook that breaks it."""

import base64
import io
import re
from pathlib import Path

import nbformat
import numpy
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from clipit.course import contract, notebooks
from clipit.course.lessons import LESSONS

COMMITTED = sorted(notebooks.NOTEBOOKS.glob("*.ipynb"))
NAME = "00_start_here"


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_a_committed_notebook_keeps_every_rule(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert contract.complaints(notebook, path.stem) == []


def test_committed_notebooks_are_what_their_sources_say():
    assert notebooks.build(check=True) == []


def test_every_notebook_has_a_source_and_a_lesson():
    sources = {path.stem for path in notebooks.NOTEBOOKS.glob("source/*.py")}
    assert {path.stem for path in COMMITTED} == sources
    assert {path.stem for path in notebooks.NOTEBOOKS.glob("blank/*.ipynb")} == sources
    assert sources <= {lesson.name for lesson in LESSONS}


@pytest.mark.parametrize("path", sorted(notebooks.NOTEBOOKS.glob("blank/*.ipynb")), ids=lambda path: path.stem)
def test_a_blank_notebook_gives_nothing_away(path):
    blank = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in blank.cells)
    assert not any("<summary>Solution</summary>" in cell.source for cell in blank.cells)


# A notebook that keeps every rule, and what is done to it so that each rule in turn has something to say.


def png(side: int = 40) -> str:
    file = io.BytesIO()
    noise = numpy.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=numpy.uint8)
    Image.fromarray(noise).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def printed(text: str):
    return new_output("stream", name="stdout", text=text)


def shown(kind: str, data: str):
    return new_output("display_data", data={kind: data})


def good_notebook():
    header = (
        f"{notebooks.badge(NAME)} · Notebook 0 of 12 · machine 20 s · reading 10 min · exercises 15 min\n\n"
        "# 0 · Start here\n\n**You will show that** it adds.\n\n**Before:** nothing.\n\n**After this you can** add."
    )
    exercise = "def add(a, b):\n    return ..."
    solution = "<details><summary>Solution</summary>a + b</details>"
    closing = "## What this does not show\n\n## Take-aways\n\n## Further reading"
    cells = [
        new_markdown_cell(header),
        new_code_cell(notebooks.setup_cell(), outputs=[printed("scale: quick\n")]),
        new_code_cell('predict("a", ...)', outputs=[printed("No prediction yet.\n")]),
        new_code_cell("plot()", outputs=[shown("image/png", png()), printed("It rises from 1 to 2.5.\n")]),
        new_markdown_cell("The line rises.\n\n## A negative control\n\n## Play with it"),
        new_markdown_cell("### Exercise 0.1 · add"),
        new_code_cell(exercise),
        new_markdown_cell(solution),
        new_markdown_cell("### Exercise 0.2 · add again"),
        new_code_cell(exercise),
        new_markdown_cell(f"{solution}\n\n{closing}"),
    ]
    for position, cell in enumerate(cells, start=1):
        cell.id = f"c{position:03d}"
    for count, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count
    return new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


def replace(position: int, old: str, new: str):
    def damage(notebook):
        assert old in notebook.cells[position].source
        notebook.cells[position].source = notebook.cells[position].source.replace(old, new)

    return damage


def output(position: int, *outputs):
    def damage(notebook):
        notebook.cells[position].outputs = list(outputs)

    return damage


def put(**values):
    def damage(notebook):
        for key, value in values.items():
            notebook.cells[2][key] = value

    return damage


def drop(position: int):
    return lambda notebook: notebook.cells.pop(position)


def other_kernel(notebook):
    notebook.metadata.kernelspec.name = "python"


def too_big(notebook):
    notebook.cells[4].source += "x" * 300_000


DAMAGES = {
    "kernel": (other_kernel, "its kernel is not python3"),
    "big notebook": (too_big, "KB, at most 300"),
    "no header": (replace(0, " · machine 20 s", ""), "does not begin with the header line"),
    "badge of another": (replace(0, "blank/00_start_here", "blank/01_encoders"), "the badge opens 01_encoders"),
    "badge of executed": (replace(0, "notebooks/blank", "notebooks"), "does not begin with the header line"),
    "wrong number": (replace(0, "Notebook 0 of 12", "Notebook 1 of 12"), "this is notebook 0 of 12"),
    "over the cap": (replace(0, "machine 20 s", "machine 46 s"), "46 machine seconds, at most 45"),
    "no promise": (replace(0, "**You will show that**", "We show"), "says nowhere **You will show that**"),
    "no control": (replace(4, "control", "thing"), "no heading with the words 'control'"),
    "no play": (replace(4, "Play with it", "Go on"), "no heading with the words 'play with it'"),
    "no limits": (replace(10, "does not show", "shows"), "no heading with the words 'what this does not show'"),
    "no take-aways": (replace(10, "## Take-aways", "## End"), "no heading with the words 'take-aways'"),
    "no reading": (replace(10, "## Further reading", "Further reading"), "no heading with the words 'further reading'"),
    "no prediction": (replace(2, "predict(", "guess("), "asks for no prediction"),
    "changed set-up": (replace(1, "--quiet", "numpy==1"), "its first code cell is not the set-up cell"),
    "no count": (put(execution_count=None), "not counted 1, 2, 3"),
    "counts out of order": (put(execution_count=7), "not counted 1, 2, 3"),
    "error": (put(outputs=[new_output("error", ename="E", evalue="", traceback=[])]), "stopped with an error"),
    "nothing compared": (
        lambda notebook: [output(1)(notebook), output(2)(notebook)],
        "20% of its code cells print something compared",
    ),
    "only ignored": (
        lambda notebook: [
            replace(1, "# Set-up", "# not the same anywhere\n# NBVAL_IGNORE_OUTPUT\n# Set-up")(notebook),
            replace(2, "predict", "# not the same anywhere\n# NBVAL_IGNORE_OUTPUT\npredict")(notebook),
        ],
        "20% of its code cells print something compared",
    ),
    "exempt by tag": (put(metadata={"tags": ["nbval-skip"]}), "exempt by a tag"),
    "mark without reason": (put(source="# NBVAL_SKIP\npredict()"), "NBVAL_SKIP without a reason"),
    "overlooked mark": (put(source="predict()  # NBVAL_SKIP"), "nbval overlooks a mark"),
    "long cell": (put(source="predict()\n" * 21), "21 lines, at most 20"),
    "svg": (put(outputs=[shown("image/svg+xml", "<svg/>"), printed("From 1 to 2.")]), "shows image/svg+xml"),
    "big picture": (output(3, shown("image/png", png(200)), printed("From 1 to 2.")), "KB, at most 100"),
    "figure without numbers": (output(3, shown("image/png", png()), printed("It rises.")), "prints no sentence"),
    "figure without reading": (
        lambda notebook: notebook.cells.insert(4, new_code_cell("go_on()", id="c099")),
        "no text follows its figure",
    ),
    "semicolon": (put(source="predict();"), "ends a line with a semicolon"),
    "object shown": (put(outputs=[shown("text/plain", "[<matplotlib.lines.Line2D at 0x7f>]")]), "shows an object"),
    "path in source": (put(source='predict("/home/ada/cat.png")'), "has an absolute path"),
    "path in output": (put(outputs=[printed("written to C:\\Users\\ada\n")]), "has an absolute path"),
    "one exercise": (drop(8), "1 exercises; two to four"),
    "no stub": (replace(6, "...", "a + b"), "an exercise without a stub"),
    "no solution": (replace(7, "Solution", "Hint"), "an exercise without <details>"),
}


def test_a_good_notebook_has_no_complaints():
    assert contract.complaints(good_notebook(), NAME) == []


@pytest.mark.parametrize("damage, complaint", DAMAGES.values(), ids=DAMAGES)
def test_each_rule_notices(damage, complaint):
    notebook = good_notebook()
    damage(notebook)
    assert any(complaint in found for found in contract.complaints(notebook, NAME))


def test_an_exemption_with_a_reason_is_fine():
    notebook = good_notebook()
    put(source="# the order of the answers differs between machines\n# NBVAL_IGNORE_OUTPUT\npredict()")(notebook)
    assert contract.complaints(notebook, NAME) == []


def test_every_complaint_of_the_contract_is_provoked_above():
    source = Path(contract.__file__).read_text("utf-8")
    assert len(re.findall(r"yield f?\"|yield from \(f\"", source)) <= len(DAMAGES)
