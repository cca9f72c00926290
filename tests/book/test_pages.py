"""The book as files: it builds without a warning, asks nobody for anything, and its links lead somewhere."""

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
# What a page loads by itself, and the attribute that says from where.
LOADED = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "image": "href",
}


class Page(HTMLParser):
    """What a page holds: links, names that links lead to, what it loads, headings and pictures."""

    def __init__(self, text: str):
        super().__init__()
        self.links, self.names, self.loaded, self.headings = [], set(), [], 0
        self.without_text, self.tags = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.names |= {values[name] for name in ("id", "name") if values.get(name)}
        self.headings += tag == "h1"
        self.tags.add(tag)
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        # An empty text says that a picture only decorates, as the thumbnails of an animation; a figure never does.
        if tag == "img" and not (values.get("alt") or "alt" in values and values["src"].startswith("data:")):
            self.without_text.append(values.get("src", "")[:80])
        # A link to the next page loads nothing, one to a stylesheet does.
        only_says = tag == "link" and not {"stylesheet", "icon", "preload"} & set(values.get("rel", "").split())
        if tag in LOADED and values.get(LOADED[tag]) and not only_says:
            self.loaded.append(values[LOADED[tag]])


@pytest.fixture(scope="session")
def pages(book) -> dict[str, Page]:
    found = {path.relative_to(book).as_posix(): path for path in book.rglob("*.html")}
    return {name: Page(path.read_text("utf-8")) for name, path in found.items() if not name.startswith("_static/")}


def test_every_lesson_and_every_page_is_there(book, pages):
    lessons = {f"lessons/{path.stem}.html" for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")}
    others = {"index", "glossary", "notation", "limits", "teaching", "show_of_hands", "student_sheet", "made/results"}
    assert lessons | {f"{name}.html" for name in others} <= set(pages)


def test_nothing_is_loaded_from_elsewhere(book, pages):
    away = {
        (name, at) for name, page in pages.items() for at in page.loaded if urlsplit(at).scheme in ("http", "https")
    }
    assert away == set() and not any(at.startswith("//") for page in pages.values() for at in page.loaded)
    for style in book.rglob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", style.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", text), style.name


def test_what_is_loaded_is_there(book, pages):
    for name, page in pages.items():
        for at in page.loaded:
            parts = urlsplit(at)
            if parts.scheme != "data":
                assert (book / name).parent.joinpath(unquote(parts.path)).resolve().is_file(), (name, at)


def test_links_within_the_book_lead_somewhere(book, pages):
    broken = []
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or link in ("#", ""):
                continue
            target = (book / name).parent.joinpath(unquote(parts.path)).resolve() if parts.path else book / name
            home = target.relative_to(book.resolve() if parts.path else book).as_posix()
            known = home in pages and (not parts.fragment or unquote(parts.fragment) in pages[home].names)
            if not known and not (target.is_file() and not parts.fragment):
                broken.append((name, link))
    assert broken == []


def test_pictures_have_alternative_texts(pages):
    assert {name: page.without_text for name, page in pages.items() if page.without_text} == {}


def test_a_page_has_one_title(pages):
    assert {name: page.headings for name, page in pages.items() if page.headings != 1} == {}


def test_no_link_is_empty_or_inside_another(book, pages):
    """Such as a term that is linked by itself within the words of a link that somebody wrote."""
    for name in pages:
        article = (
            (book / name).read_text("utf-8").partition('<article class="bd-article">')[2].partition("</article>")[0]
        )
        links = re.findall(r'<a class="[^"]*(?:reference|term)[^"]*"[^>]*>(.*?)</a>', article, re.DOTALL)
        assert all(re.sub(r"<(?!img)[^>]+>", "", words).strip() and "<a " not in words for words in links), name


def test_formulas_need_no_script(pages):
    assert "math" in pages["lessons/04_italian_captions.html"].tags
    assert "math" in pages["notation.html"].tags


def test_colab_opens_the_edition_without_solutions(pages):
    for name, page in pages.items():
        if name.startswith("lessons/"):
            colab = [link for link in page.links if "colab.research.google.com" in link]
            assert len(colab) == 1 and colab[0].endswith(f"/notebooks/blank/{Path(name).stem}.ipynb")


def test_lessons_lead_to_the_glossary_and_to_one_another(pages):
    for name, page in pages.items():
        if name.startswith("lessons/"):
            assert sum(link.startswith("../glossary.html#term-") for link in page.links) >= 5, name
    assert "01_encoders.html" in {Path(link).name for link in pages["lessons/02_contrastive_loss.html"].links}


def test_every_study_that_is_committed_says_what_came_out(book):
    text = (book / "made" / "results.html").read_text("utf-8")
    sections = {part.partition('"')[0].replace("-", "_"): part for part in text.split('<section id="')[2:]}
    running = {name for name, section in sections.items() if "This study is still running" in section}
    assert running <= under_work(), "a table that is whole cannot be summed up"
    assert "Main comparison" in sections["counting"]


def under_work() -> set[str]:
    """The studies whose tables differ from what is committed, because they run just now."""
    command = ["git", "status", "--porcelain", "--", "data/results"]
    changed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {Path(line[3:]).stem for line in changed.stdout.splitlines()}


def test_solutions_and_notes_for_teachers_are_folded(book):
    for lesson in (book / "lessons").glob("*.html"):
        text = lesson.read_text("utf-8")
        assert text.count("<summary>Solution</summary>") >= 2, lesson.name
        assert "<details open" not in text
