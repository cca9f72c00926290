"""Makes the notebooks from their sources, in that one direction: what `make notebooks` does.

`notebooks/source/NN_name.py` (jupytext's percent format) becomes `notebooks/NN_name.ipynb`, executed, and
`notebooks/blank/NN_name.ipynb`, the edition for classrooms and Colab without outputs and without solutions.
CONTRIBUTING.md says how a source is written.

>>> badge("00_start_here").startswith("[![Open in Colab]")
True
"""

import os
import re
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from clipit.course import contract
from clipit.course.pictures import shrink

CHECKOUT = Path(__file__).parents[2]
NOTEBOOKS = CHECKOUT / "notebooks"

# The source asks for the set-up in two lines; a notebook must also find its way on a machine without clipit. Neither
# numpy nor jax is named: on Colab they stay as they are, within the ranges that clipit was tested with.
SOURCE_SETUP = "import clipit.course\n\nclipit.course.setup()"
NOTEBOOK_SETUP = """\
# Set-up: installs clipit where it is missing. May be run again at any time.
try:
    import clipit.course
except ModuleNotFoundError:
    %pip install --quiet "clipit-course @ git+{address}"
    import clipit.course

clipit.course.setup()"""

SOLUTION = re.compile(r"<details>\s*<summary>Solution</summary>.*?</details>", re.DOTALL)
BLANK_SOLUTION = (
    "*The solution is folded under this exercise in [the edition with outputs]({address}/blob/main/{path}). "
    "Mind that it also shows all results, so write your predictions down first.*"
)


def build(
    names: Sequence[str] | None = None, check: bool = False, text: bool = False, folder: Path = NOTEBOOKS
) -> list[str]:
    """Make the notebooks with these names (all, when None); returns what is wrong with them, one sentence each.

    With `check`, nothing is executed or written: the complaints then say which notebook is not what its source says.
    With `text`, nothing is executed: the outputs stay, and a notebook whose code changed is a complaint.
    """
    make = drift if check else _make_text if text else _make
    return [complaint for source in _sources(names, folder) for complaint in make(source)]


def drift(source: Path) -> list[str]:
    """Where the two committed editions differ from the source, outputs aside."""
    lesson, executed, blank = _read(source), *_editions(source)
    if not executed.exists() or not blank.exists():
        return [f"{source.stem}: not built yet; run `make notebooks`"]
    committed = nbformat.read(executed, as_version=4)
    stale = [name for name, same in [
        (executed, _sources_of(committed) == _sources_of(lesson)),
        (blank, blank.read_text("utf-8") == _text(blank_edition(lesson, source.stem))),
    ] if not same]  # fmt: skip
    return [f"{source.stem}: {_short(path)} is not what the source says; run `make notebooks`" for path in stale]


def blank_edition(lesson: NotebookNode, name: str) -> NotebookNode:
    """The same lesson without outputs, counts and solutions."""
    blank = nbformat.from_dict(lesson)
    pointer = BLANK_SOLUTION.format(address=address(), path=f"notebooks/{name}.ipynb")
    for cell in blank.cells:
        cell.source = SOLUTION.sub(lambda _: pointer, cell.source)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return blank


def badge(name: str) -> str:
    """The Markdown of the button that opens the blank edition in Colab."""
    repository = address().removeprefix("https://github.com/")
    colab = f"https://colab.research.google.com/github/{repository}/blob/main/notebooks/blank/{name}.ipynb"
    return f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})"


def address() -> str:
    """The repository's public address, from the one place where it stands."""
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Repository"]


def setup_cell() -> str:
    """The set-up cell, the same in every notebook."""
    return NOTEBOOK_SETUP.format(address=address())


def _make(source: Path) -> list[str]:
    lesson, executed, blank = _read(source), *_editions(source)
    began = time.perf_counter()
    try:
        _execute(lesson, executed.parent)
    except CellExecutionError as error:
        return [f"{source.stem}: a cell stopped with {error.ename}: {error.evalue}, so nothing was written"]
    seconds = time.perf_counter() - began
    blank.parent.mkdir(exist_ok=True)
    _write(blank, blank_edition(lesson, source.stem))
    if not executed.exists() or _words(nbformat.read(executed, as_version=4)) != _words(lesson):
        _write(executed, lesson)
    print(f"{source.stem}: {seconds:.0f} s ({contract.header_seconds(lesson)} s in its header)")
    return [f"{source.stem}, {complaint}" for complaint in contract.complaints(lesson, source.stem)]


def _make_text(source: Path) -> list[str]:
    lesson, executed, blank = _read(source), *_editions(source)
    committed = nbformat.read(executed, as_version=4) if executed.exists() else nbformat.v4.new_notebook()
    if _code_of(committed) != _code_of(lesson):
        return [f"{source.stem}: its code changed too, so it has to be executed: leave out --text"]
    done = {cell.id: cell for cell in committed.cells}
    for cell in lesson.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = done[cell.id].outputs, done[cell.id].execution_count
    _write(executed, lesson)
    _write(blank, blank_edition(lesson, source.stem))
    return []


def _read(source: Path) -> NotebookNode:
    """The lesson as a notebook without outputs: the same bytes from the same source, always."""
    lesson = jupytext.read(source)
    lesson.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    lesson.nbformat, lesson.nbformat_minor = 4, 5
    for position, cell in enumerate(lesson.cells, start=1):
        cell.id = f"c{position:03d}"
        cell.metadata = {"tags": cell.metadata.tags} if "tags" in cell.metadata else {}
        if cell.cell_type == "code" and cell.source == SOURCE_SETUP:
            cell.source = setup_cell()
        cell.source = cell.source.replace("{badge}", badge(source.stem))
    return nbformat.from_dict(lesson)


def _execute(lesson: NotebookNode, folder: Path) -> None:
    client = NotebookClient(
        lesson,
        timeout=600,
        kernel_name="python3",
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": folder}},
    )
    client.execute(env=os.environ | {"CLIPIT_SCALE": "quick"})
    lesson.metadata["language_info"] = {"name": "python"}  # the kernel adds the Python version, which says nothing
    code = [cell for cell in lesson.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, start=1):
        cell.execution_count, cell.metadata = count, {key: cell.metadata[key] for key in cell.metadata if key == "tags"}
        cell.outputs = [_normal(output, count) for output in cell.outputs if output.get("name") != "stderr"]


def _normal(output: NotebookNode, count: int) -> NotebookNode:
    if "execution_count" in output:
        output.execution_count = count
    if "image/png" in output.get("data", {}):
        output.data["image/png"] = shrink(output.data["image/png"])
    return output


def _words(notebook: NotebookNode) -> str:
    """All that matters for whether to write a notebook anew: everything but the bytes of its pictures."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = ""
    return _text(copy)


def _sources(names: Sequence[str] | None, folder: Path) -> list[Path]:
    sources = sorted((folder / "source").glob("[0-9][0-9]_*.py"))
    if names is None:
        return sources
    # "03" is enough of a name.
    chosen = [source for source in sources if any(source.stem.startswith(Path(name).stem) for name in names)]
    if not chosen:
        raise ValueError(f"No source is called {', '.join(names)}: there is {', '.join(s.stem for s in sources)}.")
    return chosen


def _editions(source: Path) -> tuple[Path, Path]:
    folder = source.parents[1]
    return folder / f"{source.stem}.ipynb", folder / "blank" / f"{source.stem}.ipynb"


def _sources_of(notebook: NotebookNode) -> list[tuple]:
    return [(cell.id, cell.cell_type, cell.source, cell.metadata.get("tags")) for cell in notebook.cells]


def _code_of(notebook: NotebookNode) -> list[tuple]:
    return [cell for cell in _sources_of(notebook) if cell[1] == "code"]


def _text(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook, indent=1, ensure_ascii=False).rstrip("\n") + "\n"


def _write(path: Path, notebook: NotebookNode) -> None:
    path.write_text(_text(notebook), encoding="utf-8", newline="\n")


def _short(path: Path) -> str:
    return "/".join(path.parts[path.parts.index("notebooks") :]) if "notebooks" in path.parts else path.name
