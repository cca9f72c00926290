"""Every page of the book in a real browser, at the width of a laptop and of a phone, in light and in dark.

Skipped by name where there is no Chromium, or where the extra `browser` is not installed.
"""

import pytest

LAPTOP, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 800}
LESSON = "lessons/02_contrastive_loss.html"


@pytest.fixture(scope="session")
def address(book, serve):
    return serve(book)


@pytest.fixture
def tab(browser, address):
    """Opens tabs that note what goes wrong in them."""
    contexts, wrong = [], []

    def opened(size=LAPTOP, scheme="light"):
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else wrong.append(asked.url))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def names(book):
    return sorted(path.relative_to(book).as_posix() for path in book.rglob("*.html") if "_static" not in path.parts)


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_no_page_complains_asks_elsewhere_or_scrolls_sideways(book, address, tab, size):
    page, wide = tab(size), {}
    for name in names(book):
        page.goto(address + name)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > size["width"]:
            wide[name] = width
        missing = page.evaluate("[...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)")
        assert missing == [], name
    assert wide == {}


CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast", "image-alt", "link-name", "label", "button-name"]}}
CHECKED = ("index", "glossary", "teaching", "made/results", "made/reference/evaluation", "lessons/10_use_clip_italian")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read(address, tab, scheme):
    """The rules of axe-core on contrast, and on names for what is seen or pressed."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="the extra `browser` is not installed")
    page, found = tab(LAPTOP, scheme), {}
    for name in CHECKED:
        page.goto(f"{address}{name}.html")
        result = axe.Axe().run(page, options=CONTRAST)
        for violation in result.response["violations"]:
            found[name, violation["id"]] = [node["html"][:120] for node in violation["nodes"]][:5]
    assert found == {}


def test_dark_and_light_can_be_chosen(address, tab):
    page = tab(LAPTOP, "light")
    page.goto(address + "index.html")
    ground = "getComputedStyle(document.querySelector('.clipit-playground')).backgroundColor"
    before = page.evaluate(ground)
    page.locator(".theme-switch-button:visible").first.click()
    page.locator(".theme-change-button[data-mode=dark]:visible").first.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark" and page.evaluate(ground) != before


def test_the_playground_takes_steps(address, tab):
    page = tab()
    page.goto(address + "index.html")
    steps, loss = page.locator(".clipit-playground .steps"), page.locator(".clipit-playground .loss")
    before = float(loss.inner_text())
    for _ in range(5):
        page.locator(".clipit-playground .step").click()
    assert steps.inner_text() == "5" and float(loss.inner_text()) < before


def test_an_animation_moves(address, tab):
    page = tab()
    page.goto(address + LESSON)
    block = page.locator(".clipit-space").first
    before = block.locator("svg.plane").inner_html()
    block.locator("input[type=range]").evaluate(
        "slider => { slider.value = 5; slider.dispatchEvent(new Event('input')) }"
    )
    assert block.locator("svg.plane").inner_html() != before


def test_a_solution_unfolds(address, tab):
    page = tab()
    page.goto(address + LESSON)
    fold = page.locator("details:has(> summary:text-is('Solution'))").first
    code = fold.locator("pre").first
    assert not code.is_visible()
    fold.locator("summary").click()
    assert code.is_visible() and "def my_info_nce" in code.inner_text()


# What the Tab key stops at, and what a pointer could press or drag though no key reaches it.
STOPS = """() => {
    const seen = e => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length > 0;
    return [...document.querySelectorAll("a[href], button, input, select, summary, textarea, [tabindex='0']")]
        .filter(e => e.tabIndex >= 0 && !e.disabled && seen(e)
            && !(e.type === "radio" && !e.checked));
}"""
OUT_OF_REACH = f"""() => {{
    const stops = new Set(({STOPS})());
    const near = e => {{
        for (let at = e; at; at = at.parentElement) if (stops.has(at) || at.tagName === "LABEL") return true;
        return [...e.querySelectorAll("*")].some(inside => stops.has(inside));
    }};
    const pressed = e => ["pointer", "grab", "move"].includes(getComputedStyle(e).cursor)
        && e.checkVisibility({{visibilityProperty: true}});
    const lost = [...document.querySelectorAll("body *")].filter(e => pressed(e) && !near(e));
    return lost.map(e => e.outerHTML.slice(0, 90));
}}"""


@pytest.mark.parametrize("name", ["index.html", LESSON, "demo.html", "made/results.html"])
def test_keys_reach_everything(address, tab, name):
    page = tab()
    page.goto(address + name)
    assert page.evaluate(OUT_OF_REACH) == []
    page.evaluate(f"() => ({STOPS})().forEach((e, index) => e.dataset.stop = index)")
    wanted = set(page.evaluate("[...document.querySelectorAll('[data-stop]')].map(e => e.dataset.stop)"))
    reached = set()
    for _ in range(len(wanted) + 10):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.stop"))
    names = "numbers => numbers.map(n => document.querySelector(`[data-stop='${n}']`)?.outerHTML.slice(0, 90))"
    assert page.evaluate(names, sorted(wanted - reached)) == []


def test_keys_take_steps_unfold_and_move_the_animation(address, tab):
    page = tab()
    page.goto(address + "index.html")
    page.locator(".clipit-playground .step").focus()
    page.keyboard.press("Enter")
    assert page.locator(".clipit-playground .steps").inner_text() == "1"
    page.goto(address + LESSON)
    fold = page.locator("details:has(> summary:text-is('Solution'))").first
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.locator("pre").first.is_visible()
    block = page.locator(".clipit-space").first
    before = block.locator("svg.plane").inner_html()
    block.locator("input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    assert block.locator("svg.plane").inner_html() != before


def test_search_finds(address, tab):
    page = tab()
    page.goto(address + "search.html?q=projection")
    page.wait_for_selector("#search-results li a", timeout=15_000)
    assert any("lessons/" in link.get_attribute("href") for link in page.locator("#search-results li a").all())


def test_the_sheet_for_students_is_one_printed_page(address, tab):
    page = tab()
    page.goto(address + "student_sheet.html")
    printed = page.pdf(format="A4")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") + printed.count(b"/Type /Page/") == 1
