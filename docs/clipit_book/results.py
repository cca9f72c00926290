"""The results of all studies on one page: what each asked, what came out, and the command that makes it.

All of it is read from data/results: the lines that begin with ``#`` say how a table was made, and the study itself says
in a few lines what is in it.

>>> read_header(["Which tea is warmer? Made by: clipit study tea", "Main comparison: green minus black."]).question
'Which tea is warmer?'
"""

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from clipit.studies import STUDIES
from clipit.studies.table import read_rows, results_file
from clipit_book import address, escape
from clipit_book.lessons import NOTEBOOKS

INTRODUCTION = """# Results of all studies

Every number below is computed from the tables in `data/results` when this page is built, by the study that wrote them.
Brackets hold 95 % intervals, over seeds unless the text above them says otherwise. A study that is running, or was not
run yet, says so. How a study has to be made is in [Contributing](contributing.md).
"""
RUNNING = "This study is still running: its table is not whole yet."


@dataclass(frozen=True)
class Header:
    """What the first lines of a table say."""

    question: str
    command: str
    how: str


def pages() -> dict[str, str]:
    """The one page."""
    lessons = {path.stem: path.read_text("utf-8") for path in NOTEBOOKS}
    head = "| study | what it asks | seeds | read in lesson | made by |\n|---|---|---|---|---|"
    rows = [_row(study, lessons) for study in STUDIES]
    sections = [_section(study) for study in STUDIES]
    return {"made/results.md": "\n\n".join([INTRODUCTION, "\n".join([head, *rows]), *sections]) + "\n"}


def read_header(lines: Sequence[str]) -> Header:
    """Takes the lines with ``#`` of a table apart: its question, its command, and how it was made."""
    text = " ".join(lines)
    made = re.search(r"\s*Made by: (.*?clipit study [\w-]+)\.?", text)
    question = lines[0].partition(" Made by:")[0]
    told = text.replace(made[0], "", 1) if made else text
    return Header(question, made[1] if made else "", told.removeprefix(question).strip())


def _row(study: str, lessons: dict[str, str]) -> str:
    name, readers = study.replace("_", "-"), [lesson for lesson, text in lessons.items() if _reads(text, study)]
    links = ", ".join(f"[{lesson[:2]}](../lessons/{lesson}.ipynb)" for lesson in readers)
    asks = _header(study).question if results_file(study).is_file() else _claim(study)
    return f"| [{study}](#{name}) | {escape(asks)} | {_seeds(study)} | {links} | `clipit study {study}` |"


def _seeds(study: str) -> str:
    if not results_file(study).is_file():
        return "not run yet"
    if _said(study) == RUNNING:
        return "running"
    rows = [row for row in read_rows(results_file(study)) if row["kind"] == "result"]
    return str(len({row["seed"] for row in rows})) if "seed" in rows[0] else "nothing is random"


def _section(study: str) -> str:
    title = f"({study.replace('_', '-')})=\n## {study}"
    code = f"[How it works]({address()}/blob/main/clipit/studies/{study}.py)"
    if not results_file(study).is_file():
        return f"{title}\n\n**{escape(_claim(study))}** Not run yet. {code}"
    header = _header(study)
    told = f"**{escape(header.question)}** {escape(header.how)}"
    table = f"Made by `{header.command}` · [The table]({address()}/blob/main/data/results/{study}.csv) · {code}"
    return "\n\n".join([title, told, _said(study), table])


def _said(study: str) -> str:
    module = importlib.import_module(f"clipit.studies.{study}")
    try:
        lines = module.summary(read_rows(results_file(study)))
    except Exception:  # whatever a summary misses: a table grows for an hour, and is committed when it is whole
        return RUNNING
    return "\n".join(f"- {escape(line)}" for line in lines)


def _header(study: str) -> Header:
    lines = results_file(study).read_text("utf-8").splitlines()
    return read_header([line.removeprefix("# ") for line in lines if line.startswith("#")])


def _claim(study: str) -> str:
    """The first sentence of the study's own description."""
    claim = importlib.import_module(f"clipit.studies.{study}").__doc__.split("\n\n")[0].replace("\n", " ")
    claim = claim.removeprefix("Study: ")
    return claim[0].upper() + claim[1:]


def _reads(lesson: str, study: str) -> bool:
    """Whether a lesson reads the table; in the file of a notebook, quotation marks are escaped."""
    return bool(re.search(rf'results_file\(\\?"{study}\\?"\)|clipit study {study.replace("_", "[_-]")}\b', lesson))
