"""Links lead somewhere: files and headings that exist; addresses elsewhere are looked at only for their form.

What the book writes itself (docs/made) is checked when it is built, where a link that leads nowhere is an error.
"""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from clipit.course.notebooks import address, badge

ROOT = Path(__file__).parents[1]
GENERATED = ("made", "lessons")
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSES.md")),
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if not set(GENERATED) & set(path.parts)),
    *sorted((ROOT / "data").glob("*/README.md")),
    *sorted((ROOT / "notebooks").glob("**/[0-9]*.ipynb")),
]
CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|<(https?:[^>\s]+)>|(?:href|src)=\"([^\"]+)\"")
BARE = re.compile(r"https?://[^\s\"'`<>)\]}]+")
HEADING = re.compile(r"^#{1,6} (.*?)\s*(?:\{#([\w-]+)\})?$", re.MULTILINE)
LABEL = re.compile(r"^\(([\w-]+)\)=$|\bid=\"([\w-]+)\"", re.MULTILINE)


@cache
def text_of(path: Path) -> str:
    """The Markdown of a page or a notebook, without code."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, as_version=4).cells
        source = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    else:
        source = path.read_text("utf-8")
    return CODE.sub(lambda code: " " if "\n" in code[0] else code[0].replace("](", "] ("), source)


@cache
def anchors(path: Path) -> set[str]:
    """The places of a page that one can link to, named as GitHub, Jupyter and the book name them."""
    text = text_of(path)
    titles = [re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", r"\1", title) for title, _ in HEADING.findall(text)]
    found = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    found |= {title.replace(" ", "-") for title in titles}  # as Jupyter does
    return found | {name for pair in LABEL.findall(text) for name in pair if name}


def links(path: Path) -> list[str]:
    return [next(filter(None, found)) for found in LINK.findall(text_of(path))]


def fault(link: str, page: Path) -> str:
    """What is wrong with a link on a page; nothing when it is in order."""
    parts = urlsplit(link)
    if parts.scheme in ("http", "https"):
        return fault_elsewhere(link)
    if parts.scheme:
        return "" if parts.scheme == "mailto" else f"{link}: what is {parts.scheme}:?"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if page.parent == ROOT / "docs" and parts.path.split("/")[0] in GENERATED:
        lesson = ROOT / "notebooks" / target.name
        return "" if parts.path.startswith("made/") or lesson.is_file() else f"{link}: there is no such lesson"
    if not target.exists():
        return f"{link}: there is no such file"
    if parts.fragment and target.suffix in (".md", ".ipynb") and unquote(parts.fragment) not in anchors(target):
        return f"{link}: there is no such heading"
    return ""


def fault_elsewhere(link: str) -> str:
    """What is wrong with the form of an address; of those of this repository also whether the file is there."""
    parts = urlsplit(link)
    if parts.scheme != "https" or not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", parts.netloc):
        return f"{link}: not an address of the form https://name.org/..."
    if link[-1] in ".,;:" or "//" in parts.path:
        return f"{link}: ends or continues oddly"
    if parts.netloc == "arxiv.org" and not re.fullmatch(r"/(abs|pdf)/\d{4}\.\d{4,5}", parts.path):
        return f"{link}: not the number of an article"
    own = link.removeprefix(address()) if link.startswith(address()) else ""
    path = re.match(r"/(?:blob|tree)/main/(.*?)(?:#.*)?$", own)
    return f"{link}: there is no such file" if path and not (ROOT / path[1]).exists() else ""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(path):
    assert [said for said in (fault(link, path) for link in links(path)) if said] == []


def test_addresses_in_settings_have_the_right_form():
    for name in ("pyproject.toml", "CITATION.cff"):
        found = BARE.findall((ROOT / name).read_text("utf-8"))
        assert found and [said for link in found if (said := fault_elsewhere(link))] == []


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("**/[0-9]*.ipynb")), ids=lambda path: path.stem)
def test_the_badge_of_a_lesson_opens_its_own_blank_edition(path):
    first = nbformat.read(path, as_version=4).cells[0].source
    assert first.startswith(badge(path.stem)) and (ROOT / "notebooks" / "blank" / path.name).is_file()


@pytest.mark.parametrize(
    "link",
    [
        "no-such.md",
        "CONTRIBUTING.md#no-such-heading",
        "#no-such-heading",
        "http://arxiv.org/abs/2103.00020",
        "https://arxiv.org/abs/210300020",
        "https://nowhere/page",
        "https://openmoji.org/.",
        "javascript:alert(1)",
    ],
)
def test_a_link_that_leads_nowhere_is_noticed(link):
    assert fault(link, ROOT / "README.md")


@pytest.mark.parametrize("link", ["CONTRIBUTING.md#what-stays-stable", "LICENSE", "https://arxiv.org/abs/2103.00020"])
def test_a_good_link_is_not_complained_about(link):
    assert not fault(link, ROOT / "README.md")
    assert fault(f"{address()}/blob/main/no-such-file", ROOT / "README.md")
