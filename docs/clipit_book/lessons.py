r"""The lessons as pages: the executed notebooks, changed only where a book is not a notebook.

The title comes first and the line with the costs under it, the Colab badge, whose picture lies on another server,
becomes a link, figures get what their cell printed as their alternative text, and the set-up is folded.

>>> title_first("[![Open in Colab](a.svg)](b.ipynb) · Notebook 3 of 12\n\n# 3 · Space\n\nText")
'# 3 · Space\n\n[Open in Colab](b.ipynb){.colab} · Notebook 3 of 12\n\nText'
"""

import re

import nbformat
from nbformat import NotebookNode

from clipit_book import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
BADGE = re.compile(r"\[!\[Open in Colab\]\([^)]*\)\]\((?P<address>[^)]*)\)")
ALTERNATIVE_TEXT = 400  # letters at most; a screen reader reads them in half a minute


def pages() -> dict[str, str]:
    """All lessons that are written, by the names of their pages, and the list of them for the book's contents."""
    lessons = {path.stem: nbformat.read(path, as_version=4) for path in NOTEBOOKS}
    return {f"lessons/{name}.ipynb": nbformat.writes(page(lesson), indent=1) for name, lesson in lessons.items()}


def page(lesson: NotebookNode) -> NotebookNode:
    """A lesson as it stands in the book."""
    lesson.cells[0].source = title_first(lesson.cells[0].source)
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    code[0].metadata["tags"] = ["hide-input"]
    code[0].metadata["mystnb"] = {"code_prompt_show": "The set-up, the same in every lesson"}
    for cell in code:
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            cell.metadata.setdefault("mystnb", {})["image"] = {"alt": described(cell)}
    return lesson


def title_first(source: str) -> str:
    """The first cell with its title on top, as a page begins, and a link in place of the badge."""
    line, title, rest = re.match(r"(.*)\n+(# .*)\n*((?:.|\n)*)", source).groups()
    costs = BADGE.sub(r"[Open in Colab](\g<address>){.colab}", line)
    return f"{title}\n\n{costs}\n\n{rest}"


def described(cell: NotebookNode) -> str:
    """What a cell with a figure printed: the numbers that the figure is about."""
    printed = " ".join("".join(output.text for output in cell.outputs if output.get("name") == "stdout").split())
    return "Figure. " + (printed if len(printed) <= ALTERNATIVE_TEXT else f"{printed[:ALTERNATIVE_TEXT]} ...")


def markdown(lesson: NotebookNode) -> str:
    """All text of a lesson."""
    return "\n\n".join(cell.source for cell in lesson.cells if cell.cell_type == "markdown")
