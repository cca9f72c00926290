"""Links that nobody has to write: terms lead to the glossary, "lesson 3, section 2" and "exercise 3.1" to their places.

>>> targets = {"lesson 3": "03", "lesson 3, section 2": "03#two"}
>>> find_links("The loss of lesson 3; a loss.", {"loss": "g#loss"}, targets, used=set())
[(4, 8, 'g#loss'), (12, 20, '03')]
>>> find_links("In Lesson 3, section 2", {}, targets, used=set())
[(3, 22, '03#two')]
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from clipit_book import ROOT
from clipit_book.lessons import NOTEBOOKS, markdown

ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| \[\d\d\]", re.MULTILINE)
PLACE = r"\b(?P<place>lessons? \d+, section \d+|lessons? \d+|exercise \d+\.\d+|sections? \d+)\b"
# No link inside these: they are links already, or are read letter by letter.
LINKS = (nodes.reference, addnodes.pending_xref, addnodes.download_reference)
LEFT_ALONE = (*LINKS, nodes.title, nodes.literal, nodes.literal_block, nodes.math, nodes.raw)


@dataclass(frozen=True)
class Term:
    """A row of the glossary."""

    term: str
    italian: str
    meaning: str

    @property
    def anchor(self) -> str:
        """The name of its place on the page."""
        return anchor(self.term)


def anchor(term: str) -> str:
    """The name of a term's place on the glossary's page.

    >>> anchor("learning rate")
    'term-learning-rate'
    """
    return "term-" + re.sub(r"\W+", "-", term.lower())


GLOSSARY = [Term(*row) for row in ROW.findall((ROOT / "docs" / "glossary.md").read_text("utf-8"))]
BY_ANCHOR = {term.anchor: term for term in GLOSSARY}


def setup(app: Sphinx) -> dict[str, bool]:
    """Connects the steps below with Sphinx."""
    app.connect("source-read", _lessons_of_the_book)
    app.connect("doctree-read", _link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def find_links(text: str, terms: Mapping[str, str], places: Mapping[str, str], used: set[str]) -> list[tuple]:
    """What should be links in a text: start, end, target.

    Args:
        text: one run of text.
        terms: for each term of the glossary, in small letters, its target; only the first use on a page is linked.
        places: the same for places, such as "lesson 3", which are always linked.
        used: the terms that the page has linked already; those found are added.
    """
    longest_first = "|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True)) or "(?!)"
    found = []
    for match in re.finditer(rf"{PLACE}|(?<![\w-])(?P<term>{longest_first})s?(?![\w-])", text, re.IGNORECASE):
        place = re.sub(r"(lesson|section)s", r"\1", (match["place"] or "").lower())
        term = (match["term"] or "").lower()
        if place in places:
            found.append((*match.span(), places[place]))
        elif term and term not in used:
            used.add(term)
            found.append((*match.span(), terms[term]))
    return found


def places_in(path: Path) -> dict[str, str]:
    """A lesson, its numbered sections and its exercises, and where in the book they are."""
    number, page = int(path.stem[:2]), f"lessons/{path.stem}.html"
    found = {f"lesson {number}": page}
    headings = re.findall(r"^###? (.*)$", markdown(nbformat.read(path, as_version=4)), re.MULTILINE)
    for heading in headings:
        name = f"{page}#{nodes.make_id(heading)}"
        if section := re.match(r"(\d+) · ", heading):
            found[f"lesson {number}, section {section[1]}"] = name
        elif exercise := re.match(r"Exercise \d+\.\d+", heading):
            found[exercise[0].lower()] = name
    return found


PLACES = {name: target for path in NOTEBOOKS for name, target in places_in(path).items()}


def _lessons_of_the_book(app: Sphinx, docname: str, source: list[str]) -> None:
    """On GitHub the glossary leads to the notebooks, in the book to its own pages."""
    source[0] = source[0].replace("](../notebooks/", "](lessons/")


def _link(app: Sphinx, document: nodes.document) -> None:
    name = app.env.current_document.docname
    if name == "glossary":
        _name_rows(document)
    up, used = "../" * name.count("/"), set()
    in_lesson = name.startswith("lessons/")
    terms = {term.term.lower(): f"{up}glossary.html#{term.anchor}" for term in GLOSSARY} if in_lesson else {}
    places = {place: up + target for place, target in _places_for(name).items()}
    for paragraph in list(document.findall(nodes.paragraph)):
        for text in list(paragraph.findall(nodes.Text)):
            if not _inside(text, LEFT_ALONE, paragraph):
                _split(text, find_links(str(text), terms, places, used))


def _places_for(name: str) -> dict[str, str]:
    """All places but the page itself; in a lesson, "section 3" is one of its own."""
    number = re.match(r"lessons/(\d\d)_", name)
    if not number:
        return PLACES
    mine = f"lesson {int(number[1])}"
    own = {place.removeprefix(f"{mine}, "): target for place, target in PLACES.items() if place.startswith(f"{mine}, ")}
    return {place: target for place, target in PLACES.items() if place != mine} | own


def _name_rows(document: nodes.document) -> None:
    for row in document.findall(nodes.row):
        name = anchor(row[0].astext())
        if name in BY_ANCHOR:
            row["ids"].append(name)


def _inside(node: nodes.Node, kinds: tuple[type, ...], outermost: nodes.Element) -> bool:
    while node is not outermost:
        node = node.parent
        if isinstance(node, kinds):
            return True
    return False


def _split(text: nodes.Text, found: list[tuple[int, int, str]]) -> None:
    """Puts links into one run of text."""
    if not found:
        return
    words, parts, at = str(text), [], 0
    for start, end, target in found:
        link = nodes.reference("", words[start:end], refuri=target, internal=True)
        if term := BY_ANCHOR.get(target.rpartition("#")[2]):
            link["reftitle"] = f"{term.meaning} (in Italian: {term.italian})"
            link["classes"].append("term")
        parts += [nodes.Text(words[at:start]), link]
        at = end
    text.parent.replace(text, [*parts, nodes.Text(words[at:])])
