"""Which parts of a lesson become slides: a rule, so that no cell needs a mark and every lesson has slides at once.

They are the title with what will be shown; each prediction, whose answer comes with the next key; each figure or
animation with the numbers that its cell printed and the sentences that read it; what was not shown; the take-aways.
Sections marked optional are left out.

>>> sentences("One. Two, 2.5 of it. Three?", 25)
'Two, 2.5 of it. Three?'
>>> sentences("One (a number. Two.) Three.", 20, from_end=False)
'One (a number. Two.)'
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

CONTEXT, READING = 420, 300  # letters: what a room reads while somebody speaks
HEADING = re.compile(r"^(#{2,3}) (.*)$", re.MULTILINE)
FOLD = re.compile(r"<details>.*?</details>", re.DOTALL)
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
QUESTION = re.compile(r"^clipit\.course\.predict\((\"(?:[^\"\\]|\\.)*\"),", re.MULTILINE)
ANSWERED = re.compile(r"^(?P<question>.*?): it is (?P<answer>.*) \(you made no prediction\)\.$", re.MULTILINE)


@dataclass(frozen=True)
class Slide:
    """One slide; all texts are Markdown, but for ``html``.

    Attributes:
        heading: the section of the lesson that it belongs to.
        kind: "title", "question", "figure" or "list".
        large: what is to be read from the last row.
        text: beside it, in smaller letters.
        printed: lines of a cell, with their spaces.
        png: a picture in base64.
        html: an animation or a game, with its scripts.
        later: what appears with the next key.
    """

    heading: str
    kind: str
    large: str = ""
    text: str = ""
    printed: str = ""
    png: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    later: str = ""

    @property
    def described(self) -> str:
        """The picture in words, for those who do not see it."""
        said = " ".join((self.printed or self.text or self.later or self.heading).split())
        return f"Figure. {said}"


def choose(lesson: NotebookNode) -> list[Slide]:
    """The slides of an executed lesson, in its order."""
    cells, found = lesson.cells, [title(lesson.cells[0].source)]
    answers = {one["question"]: one["answer"] for cell in cells for one in ANSWERED.finditer(printed(cell))}
    section = subsection = ""
    for place, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            found += lists(cell.source)
            for level, heading in HEADING.findall(cell.source):
                section, subsection = (heading, "") if level == "##" else (section, heading)
        elif "optional" not in f"{section} {subsection}".lower():
            heading = section if subsection.startswith("Exercise") or not subsection else subsection
            found += questions(cell.source, heading, before(cells[:place]), answers)
            found += figures(cell, heading, after(cells[place + 1 :]))
    closing = {"What this does not show", "Take-aways"}
    return [one for one in found if one.heading not in closing] + [one for one in found if one.heading in closing]


def title(source: str) -> Slide:
    """The first slide: the lesson's question, and what the reader will have shown."""
    heading, shown = re.search(r"^# (.*)$", source, re.M), re.search(r"^\*\*You will show that\*\* (.*)$", source, re.M)
    assert heading and shown, "the contract of the lessons asks for both"
    return Slide(plain(heading[1]), "title", text=f"We will show that {plain(shown[1])}")


def questions(source: str, heading: str, context: str, answers: dict[str, str]) -> Iterator[Slide]:
    """A slide for each prediction of a cell."""
    for quoted in QUESTION.findall(source):
        question = ast.literal_eval(quoted)
        later = f"It is {answers[question]}." if question in answers else ""
        yield Slide(heading, "question", question[0].upper() + question[1:], context, later=later)


def figures(cell: NotebookNode, heading: str, reading: str) -> Iterator[Slide]:
    """A slide for each picture or animation of a cell."""
    numbers = ANSWERED.sub("", printed(cell)).strip("\n")
    for output in cell.outputs:
        shown = output.get("data", {})
        if "image/png" in shown:
            yield Slide(heading, "figure", printed=numbers, png=shown["image/png"].strip(), later=reading)
        elif "text/html" in shown:
            yield Slide(heading, "figure", printed=numbers, html=shown["text/html"], text=reading)


def lists(source: str) -> Iterator[Slide]:
    """What the lesson does not show, in the words that are printed bold, and its take-aways."""
    for heading, start in (("What this does not show", r"- "), ("Take-aways", r"\d+\. ")):
        part = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", source, re.M | re.S)
        points = re.findall(rf"^{start}(.*)$", part[1], re.M) if part else []
        if points:
            short = [re.sub(r"^\*\*(.*?)\*\*.*", r"\1", plain(point)) for point in points]
            marks = [f"{number}." if start != "- " else "-" for number in range(1, len(points) + 1)]
            text = "\n".join(f"{mark} {point}" for mark, point in zip(marks, short, strict=True))
            yield Slide(heading, "list", text=text)


def before(cells: Sequence[NotebookNode]) -> str:
    """The end of the text that leads to a cell: its last paragraph, or the last that asks something."""
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    paragraphs = prose(texts[-1]) if texts else []
    asking = [paragraph for paragraph in paragraphs if "?" in paragraph] or paragraphs
    return sentences(asking[-1].replace(" in place of the dots", ""), CONTEXT) if asking else ""


def after(cells: Sequence[NotebookNode]) -> str:
    """The beginning of the text that reads a figure."""
    paragraphs = prose(cells[0].source) if cells and cells[0].cell_type == "markdown" else []
    return sentences(paragraphs[0], READING, from_end=False) if paragraphs else ""


def prose(source: str) -> list[str]:
    """The paragraphs of a cell that are neither headings, lists, tables, formulas nor folded."""
    parts = [part.strip() for part in FOLD.sub("", source).split("\n\n")]
    return [plain(part) for part in parts if part and not re.match(r"#|- |\d+\. |\||\$|```|●|<|!\[", part)]


def sentences(paragraph: str, most: int, from_end: bool = True) -> str:
    """As many whole sentences as fit into so many letters, from the end or from the beginning; at least one."""
    parts = re.split(r"(?<=[.?!:)])\s+(?=[A-Z(*`])", paragraph)
    while len(parts) > 1 and (len(" ".join(parts)) > most or not balanced(" ".join(parts))):
        parts = parts[1:] if from_end else parts[:-1]
    if len(parts) > 1 and parts[-1].endswith(":"):  # it leads to what is not on the slide
        parts = parts[:-1]
    said = " ".join(parts)
    said = said if balanced(said) else said.strip("()")
    return re.sub(r":$", ".", said)


def balanced(text: str) -> bool:
    """Whether every bracket is closed."""
    return text.count("(") == text.count(")")


def printed(cell: NotebookNode) -> str:
    """What a code cell printed."""
    outputs = cell.get("outputs", ())
    return "".join(output.text for output in outputs if output.get("name") == "stdout")


def plain(text: str) -> str:
    """Without links: what they lead to lies elsewhere on a projector's machine."""
    return LINK.sub(r"\1", text).strip()
