"""The slides: chosen by a rule from the executed lessons, nothing from elsewhere, and moved by keys."""

import html.parser
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from clipit.apps import slides
from clipit.apps.slides.choosing import choose
from clipit.cli import main
from clipit.course.lessons import LESSONS

ROOT = Path(__file__).parents[2]
LESSON_FILES = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Reader(html.parser.HTMLParser):
    """Notes what a page asks for, and pictures without words."""

    def __init__(self):
        super().__init__()
        self.asked, self.wordless = [], 0

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        wanted = [given[name] for name in ("src", "href") if name in given]
        self.asked += [address for address in wanted if not address.startswith("data:")]
        self.wordless += tag == "img" and "alt" not in given


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    written = tmp_path_factory.mktemp("slides")
    slides.write_slides(written)
    return written


def printing(text):
    return new_output("stream", name="stdout", text=text)


def small_lesson():
    """A lesson with one of each thing that a slide is made of, and some that are not."""
    figure = new_output("execute_result", data={"image/png": PNG, "text/plain": "<Figure>"})
    return new_notebook(cells=[
        new_markdown_cell("badge\n\n# 3 · Space\n\n**You will show that** it [works](a.md).\n\n**Before:** nothing."),
        new_markdown_cell("## 1 · A circle\n\nTwo points. Where do they go? Write a number in place of the dots."),
        new_code_cell('clipit.course.predict("the loss, \\"in the end\\"", ...)'),
        new_code_cell("plot()", outputs=[
            printing('the loss, "in the end": it is 1 < 2 (you made no prediction).\nThe loss is 1.\n'), figure]),
        new_markdown_cell("It went down. Now look:\n\n- a list\n\n### Optional: more"),
        new_code_cell("plot()", outputs=[figure]),
        new_markdown_cell("## What this does not show\n\n- **No photos.** None."),
        new_markdown_cell("## Take-aways\n\n1. Look.\n2. Think."),
    ])  # fmt: skip


def test_the_rule():
    title, question, figure, limits, lessons = choose(small_lesson())
    assert (title.heading, title.text) == ("3 · Space", "We will show that it works.")
    assert (question.large, question.later) == ('The loss, "in the end"', "It is 1 < 2.")
    assert question.text == "Two points. Where do they go? Write a number."
    assert (figure.heading, figure.printed, figure.later) == ("1 · A circle", "The loss is 1.", "It went down.")
    assert figure.described == "Figure. The loss is 1."
    assert (limits.text, lessons.text) == ("- No photos.", "1. Look.\n2. Think.")


def test_what_a_lesson_prints_is_shown_and_not_obeyed():
    page = slides.page(choose(small_lesson()))
    assert "It is 1 &lt; 2." in page and 'alt="Figure. The loss is 1."' in page


@pytest.mark.parametrize("path", LESSON_FILES, ids=lambda path: path.stem)
def test_every_lesson_has_slides_that_are_short_enough(path):
    lesson = nbformat.read(path, as_version=4)
    chosen = choose(lesson)
    asked = sum(cell.source.count("clipit.course.predict(") for cell in lesson.cells if cell.cell_type == "code")
    questions = [slide for slide in chosen if slide.kind == "question"]
    assert chosen[0].kind == "title" and chosen[-1].heading == "Take-aways"
    assert 0 < len(questions) <= asked and sum(not slide.later for slide in questions) <= 1, "answers to questions"
    assert 8 <= len(chosen) <= 30
    texts = [text for slide in chosen for text in (slide.text, slide.large, slide.later) if slide.kind != "list"]
    assert all(len(text) < 650 and "](" not in text and "<details>" not in text and "$" not in text for text in texts)


def test_pages_ask_nothing_from_elsewhere_and_describe_their_pictures(folder):
    names = {path.name for path in folder.iterdir()}
    assert names == {"index.html", *(f"{lesson.name}.html" for lesson in LESSONS)}
    for path in folder.iterdir():
        reader, text = Reader(), path.read_text("utf-8")
        reader.feed(text)
        assert set(reader.asked) <= names and not reader.wordless, path.name
        assert not re.search(r"url\(\s*['\"]?http|@import|fetch\(", text)


def test_a_command_writes_them(tmp_path, capsys, monkeypatch):
    main(["slides", str(tmp_path / "mine")])
    assert f"{len(LESSONS)} lessons" in capsys.readouterr().out and (tmp_path / "mine" / "index.html").is_file()
    monkeypatch.setattr(slides, "NOTEBOOKS", tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["slides", str(tmp_path / "other")])
    assert ended.value.code == 2 and "clone the repository" in capsys.readouterr().err


@pytest.fixture
def open_page(browser, folder):
    wrong = []

    def opened(name, **settings):
        page = browser.new_page(viewport={"width": 1280, "height": 720}, **settings)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.goto((folder / name).as_uri())
        return page

    yield opened
    assert wrong == []


def test_keys_go_on_and_an_answer_comes_with_the_next(open_page):
    page = open_page("02_contrastive_loss.html")
    place = page.locator(".bar .place")
    assert place.inner_text().startswith("1 / ")
    page.keyboard.press("ArrowRight")
    assert place.inner_text().startswith("2 / ")
    answer = page.locator("section.shown .step")
    assert not answer.is_visible()
    page.keyboard.press("ArrowRight")
    assert answer.is_visible() and place.inner_text().startswith("2 / ")
    page.keyboard.press("ArrowRight")
    assert place.inner_text().startswith("3 / ")
    page.keyboard.press("Home")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.keyboard.press("d")
    assert place.inner_text().startswith("1 / ") and page.evaluate(ground) != before


# Goes through a page as a press of "on" does, and notes each slide that is larger than its window.
TOO_LARGE = """() => {
    const wide = {}, shown = () => document.querySelector("section.shown"), on = document.querySelector(".bar .on");
    for (const _ of document.querySelectorAll("section")) {
        const s = shown(), over = Math.max(s.scrollHeight - s.clientHeight, s.scrollWidth - s.clientWidth);
        if (over > 2) wide[document.querySelector(".bar .place").innerText] = over;
        on.click();
        if (shown().querySelector(".step:not(.later)")) on.click();
    }
    return wide;
}"""


def test_every_slide_fits_its_window(open_page, folder):
    for name in sorted(path.name for path in folder.glob("[0-9]*.html")):
        page = open_page(name)
        assert page.evaluate(TOO_LARGE) == {}, name
        place, slides = page.locator(".bar .place").inner_text().split(" / ")
        assert place == slides, "not every slide was looked at"
        page.locator(".bar .back").click()
        assert page.locator(".bar .place").inner_text() == f"{int(slides) - 1} / {slides}"
        page.keyboard.press("Home")
        assert page.locator(".bar .place").inner_text() == f"1 / {slides}"
        page.close()


def test_slides_that_do_not_fit_are_found(open_page):
    page = open_page("02_contrastive_loss.html")
    page.add_style_tag(content="section * { font-size: 20vh !important }")
    assert len(page.evaluate(TOO_LARGE)) > 5


def test_without_scripts_all_slides_can_be_read(open_page):
    page = open_page("00_start_here.html", java_script_enabled=False)
    assert page.locator("section:visible").count() == page.locator("section").count() > 5
    assert page.locator(".step:visible").count() == page.locator(".step").count() > 2
