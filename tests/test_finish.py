"""Built pages as readers get them: words that explain themselves, what links say of a page, lost readers."""

import json

import pytest
from bs4 import BeautifulSoup
from built_book import BOOK, opened
from captions import number_live_figures
from cards import PLACE, card, link_tasks
from dist import version
from finish import NOT_FOUND, SNIPPET, published_at, quote_words
from glossary import Entry, entries, link_terms, spelled
from head import LONGEST, describe
from lighter import drop_idle_scripts
from node_replay import replay, written

from modpack.live.shipped import shipped_networks
from modpack.live.task_browser import TaskBrowser
from modpack.tasks import TASKS

GLOSSARY = """<article><dl class="simple glossary">
<dt id="term-slope">slope<a class="headerlink" href="#term-slope">#</a></dt><dd><p>How steeply.</p></dd>
<dt id="term-fixed-point">fixed point<a class="headerlink" href="#">#</a></dt>
<dd><p>A state of <em>rest</em>.</p></dd>
<dt id="term-N50">N50<a class="headerlink" href="#">#</a></dt><dd><p>A size.</p></dd>
</dl></article>"""

WORDS = entries(BeautifulSoup(GLOSSARY, "html.parser"))


def parsed(body: str) -> BeautifulSoup:
    return BeautifulSoup(f"<html><head></head><body><article>{body}</article></body></html>", "html.parser")


def test_words_of_the_glossary_and_their_meanings():
    assert [
        Entry("slope", "term-slope", "How steeply."),
        Entry("fixed point", "term-fixed-point", "A state of rest."),
        Entry("N50", "term-N50", "A size."),
    ] == WORDS


def linked(body: str) -> list[tuple[str, str]]:
    page = parsed(body)
    before = page.get_text()
    link_terms(page, WORDS, "../glossary.html")
    assert page.get_text() == before
    return [(link.text, link["href"]) for link in page.select("a.term")]


def test_a_word_is_linked_where_a_page_uses_it_first():
    page = parsed("<p>A slope, a <b>fixed point</b>; slopes.</p><ul><li><p>Fixed points.</p></li></ul>")
    link_terms(page, WORDS, "g.html")
    (slope, point) = page.select("a.term")
    assert (slope["href"], slope["data-means"]) == ("g.html#term-slope", "How steeply.")
    assert point.parent.name == "b" and page.select("li a") == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<p>Slopes and Fixed points</p>", ["Slopes", "Fixed points"]),
        ("<p>sloped, downslope, N500, n50, slope-free, a-slope</p>", []),
        ("<p>N50</p>", ["N50"]),
        ("<h2>slope</h2><p><code>slope</code> <a href='#'>slope</a> <span class='math'>slope</span></p>", []),
        ("<div class='cell_output'><p>slope</p></div><p>slope</p>", ["slope"]),
        ("<p>no such word</p>", []),
    ],
)
def test_which_words_are_linked(body, found):
    assert [text for text, _ in linked(body)] == found


def test_longer_words_are_found_first():
    words = {word: Entry(word, "", "") for word in ("point", "fixed point")}
    assert spelled(words).findall("a fixed point") == [("fixed point", "")]


# ---------------------------------------------------------------------------------- cards of tasks


def named(body: str) -> list[tuple[str, str]]:
    page = parsed(body)
    before = page.article.get_text()
    link_tasks(page, "../")
    assert page.article.get_text() == before
    links = page.select("a.task")
    assert {link["href"] for link in links} <= {f"../{PLACE}"}
    cards = page.select("#task-cards")
    assert sorted(json.loads(str(cards[0].string)) if cards else {}) == sorted(
        {link["data-task"] for link in links}
    )
    return [(link.text, link["data-task"]) for link in links]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<p>Dly Go, Go and Delayed Anti</p>", ["delaygo", "fdgo", "delayanti"]),
        ("<p>Go from here, go, Going, Go-like, Go to the next</p>", []),
        ("<p>Go to Anti</p>", ["fdgo", "fdanti"]),
        ("<p>Go, Go</p><section><p>Go, <b>Go</b></p></section><section><p>Go</p></section>", ["fdgo"] * 3),
        ("<h2>Go</h2><p><a href='#'>Go</a> <code>Go</code></p>", []),
        (
            "<div class='cell_output'><table><tr><th>DMS</th><td>DM 1</td></tr></table></div>",
            ["dmsgo", "dm1"],
        ),
        ("<div class='widget-subarea'><p>Go</p></div>", []),
    ],
)
def test_a_task_is_linked_where_a_section_names_it_first(body, found):
    assert [name for _, name in named(f"<section>{body}</section>")] == found


def test_cards_say_what_the_task_browser_says(tmp_path):
    networks = shipped_networks(["combined"], [0])
    states = [TaskBrowser(networks, task=name).state for name in TASKS]
    moments = replay("browser.mjs", "moments", states=states, **written(networks, tmp_path))
    for task, moment in zip(TASKS.values(), moments, strict=True):
        about = card(task)
        assert moment["rule"] == f"The rule: {about['rule']}"
        epochs = [name for name, _, _ in about["epochs"]]
        assert [name for name in (band["name"] for band in moment["bands"]) if name != "go"] == epochs


def test_a_card_shows_when_a_stimulus_is_on():
    assert card(TASKS["delaygo"])["epochs"] == [
        ["fixation", 200, False],
        ["stimulus 1", 300, True],
        ["delay 1", 500, False],
        ["response", 500, False],
    ]


# ------------------------------------------------------------------------ numbers of live figures


@pytest.mark.parametrize(
    ("heading", "prefix"), [("<span class='section-number'>6. </span>A", "6."), ("A", "")]
)
def test_live_figures_are_numbered_and_other_widgets_are_not(heading, prefix):
    kinds = ["modpack.live.mixer.figure.Mixer", "", "modpack.live.bench.figure.Bench"]
    state = {str(k): {"state": {"_anywidget_id": kind}} for k, kind in enumerate(kinds)}
    view = '<script type=\'application/vnd.jupyter.widget-view+json\'>{{"model_id": "{}"}}</script>'
    views = [view.format(k) for k in range(3)]
    held = f"<script type='application/vnd.jupyter.widget-state+json'>{json.dumps({'state': state})}</script>"
    page = parsed(f"{held}<h1>{heading}</h1>{views[0]}{views[1]}<div class='modpack-place'>{views[2]}</div>")
    number_live_figures(page, BOOK)
    assert [(figure["id"], figure.figcaption.get_text()) for figure in page.select("figure")] == [
        (f"live-figure-{prefix.replace('.', '-')}1", f"Live figure {prefix}1: context mixer."),
        (f"live-figure-{prefix.replace('.', '-')}2", f"Live figure {prefix}2: lesion and noise bench."),
    ]
    assert [link["href"][1:] for link in page.select("figcaption a")] == [
        figure["id"] for figure in page.select("figure")
    ]


# ------------------------------------------------------------------------- what links say of a page


def meta(body: str, address: str = "") -> dict[str, str]:
    page = parsed(body)
    describe(page, "notebooks/x", address)
    return {str(tag.get("property") or tag["name"]): str(tag["content"]) for tag in page.head.select("meta")}


FIRST = (
    "<section><h1><span class='section-number'>2. </span>Two &amp; two<a class='headerlink'>#</a></h1>"
    "<p>What is <span class='math'>\\(x\\)</span> it?</p>"
)


def test_a_page_is_described_in_words():
    said = meta(f"{FIRST}<p>{'long ' * 100}</p></section>")
    assert said["og:title"] == "Two & two" and said["og:type"] == "article"
    assert said["description"] == said["og:description"]
    assert said["description"].startswith("What is it? long long") and len(said["description"]) <= LONGEST
    assert "og:image" not in said and "og:url" not in said


def test_the_picture_of_a_page_is_its_first_still_or_figure():
    figure = "<img src='../_images/a.png' alt='A curve.'>"
    still = "<img class='modpack-still' src='../_stills/notebooks/x/0.png' alt='B.'>"
    assert meta(f"{FIRST}{figure}</section>")["og:image"] == "../_images/a.png"
    said = meta(f"{FIRST}{figure}{still}</section>", "https://book.org/b/")
    assert said["og:image"] == "https://book.org/b/_stills/notebooks/x/0.png" and said["og:image:alt"] == "B."
    assert said["og:url"] == "https://book.org/b/notebooks/x.html"


def test_a_page_that_says_nothing_is_not_described():
    assert meta("<p>none</p>") == {}


@pytest.mark.parametrize(
    ("config", "address"),
    [("html: {}", ""), ("html: {baseurl: https://a.org/b}", "https://a.org/b/")],
)
def test_where_the_book_is_published(tmp_path, config, address):
    (tmp_path / "_config.yml").write_text(config)
    assert published_at(type(BOOK)(tmp_path)) == address


def test_a_lost_reader_is_led_to_the_book():
    page = BeautifulSoup(NOT_FOUND.format(address="https://a.org/b/"), "html.parser")
    assert page.base["href"] == "https://a.org/b/"
    assert {link["href"] for link in page.select("a")} == {"index.html", "search.html"}


def test_what_is_quoted_of_a_page(tmp_path):
    script = tmp_path / "searchtools.js"
    script.write_text(f"for (const each of {SNIPPET}) {{}}")
    quote_words(script)
    assert '".math"' in script.read_text() and SNIPPET not in script.read_text()
    with pytest.raises(SystemExit, match="pinned Sphinx"):
        quote_words(script)


SCRIPTS = ("scripts/fontawesome.js", "searchtools.js", "searchindex.js", "mathjax/tex.js", "require.js")


@pytest.mark.parametrize(
    ("name", "body", "kept"),
    [
        ("notebooks/x", "", ["require.js"]),
        ("notebooks/x", "<span class='math'>x</span>", ["mathjax/tex.js", "require.js"]),
        ("search", "", ["searchtools.js", "searchindex.js", "require.js"]),
    ],
)
def test_a_page_loads_no_script_that_has_nothing_to_do_there(name, body, kept):
    scripts = "".join(f"<script src='_static/{script}?v=1'></script>" for script in SCRIPTS)
    page = parsed(f"{body}<script>window.MathJax = {{}}</script>{scripts}")
    drop_idle_scripts(page, name)
    assert [script["src"] for script in page.select("script[src]")] == [
        f"_static/{each}?v=1" for each in kept
    ]
    assert ("MathJax" in str(page)) == ("math" in body)  # which widgets would take for the whole of it


# ----------------------------------------------------------------------------------- in built pages

PAGE = "notebooks/02_modulation"


@pytest.fixture(scope="module")
def page(browser):
    with opened(browser, BOOK.html.as_uri(), PAGE, viewport={"width": 390, "height": 800}) as page:
        yield page


@pytest.mark.browser
def test_a_task_shows_its_card_and_a_second_touch_leads_to_the_tasks(browser):
    touch = {"viewport": {"width": 390, "height": 800}, "has_touch": True, "is_mobile": True}
    with opened(browser, BOOK.html.as_uri(), "notebooks/06_ambiguity", **touch) as page:
        task, shown = page.locator("a.task:visible").first, page.locator("[role=tooltip]")
        task.tap()
        about = card(TASKS[task.get_attribute("data-task")])
        assert shown.inner_text().startswith(f"{about['label']}: {about['rule']}")
        strip = shown.locator(".epochs > span")
        assert strip.count() == len(about["epochs"])
        box = shown.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390
        task.tap()
        page.wait_for_url(f"**/{PLACE}")


@pytest.mark.browser
def test_a_word_says_what_it_means_to_pointer_and_keyboard(page):
    word, meaning = page.locator("a.term[data-means]").first, page.locator("[role=tooltip]")
    word.hover()
    assert meaning.inner_text() == word.get_attribute("data-means")
    box = meaning.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    meaning.hover()
    page.wait_for_timeout(400)
    assert meaning.is_visible()  # one may move onto it
    page.keyboard.press("Escape")
    assert meaning.count() == 1 and meaning.is_hidden()
    word.evaluate("word => word.previousElementSibling?.focus()")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.className") != "term":
        page.keyboard.press("Tab")
    assert meaning.is_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == meaning.get_attribute(
        "id"
    )
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelectorAll('[aria-describedby=meaning]').length") <= 1


def test_every_word_of_the_glossary_is_linked_somewhere():
    words = entries(BeautifulSoup((BOOK.html / "glossary.html").read_text(), "html.parser"))
    assert len({word.word for word in words}) == len(words) > 30
    pages = [page for page in BOOK.pages() if not page.startswith("reference/")]
    text = "".join((BOOK.html / f"{page}.html").read_text() for page in pages)
    unused = {word.place for word in words if f"glossary.html#{word.place}" not in text}
    assert unused <= {"term-d"}  # which is written as a formula


def test_every_reference_has_a_link():
    references = (BOOK.source / "references.bib").read_text().split("\n@")
    linked = [text for text in references if "doi = {" in text or "url = {" in text]
    assert all(text.startswith("book{") for text in set(references) - set(linked))


def test_the_version_is_the_same_everywhere():
    wanted = version(BOOK.root)
    texts = {
        name: (BOOK.root / name).read_text()
        for name in ("CITATION.cff", "CHANGELOG.md", "notebooks/00_start.ipynb")
    }
    assert f"\nversion: {wanted}\n" in texts["CITATION.cff"]
    assert f"\n## {wanted}\n" in texts["CHANGELOG.md"]
    assert f"version {wanted}." in texts["notebooks/00_start.ipynb"]
    assert f"version = {{{wanted}}}" in texts["notebooks/00_start.ipynb"]
