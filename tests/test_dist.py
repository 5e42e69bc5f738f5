"""What a reader takes home: it opens, prints and installs where nothing else of the project is."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from built_book import BOOK, PAGES, opened
from dist import joined, packages, printed, version, within, zipped
from rooms import EXTRAS

ROOT = BOOK.root
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The sdist, and the wheel that was built from it."""
    return packages(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def alone(built, tmp_path_factory):
    """Python with the wheel, packages of others as they are here, and no folder of the project in sight."""
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "--quiet", "install"]
    subprocess.run([*pip, "--no-deps", "--no-index", "--ignore-installed", built[1]], check=True)
    return python


def shipped() -> set[str]:
    """The files of the package that are committed."""
    said = subprocess.run(
        ["git", "ls-files", "modpack"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(said.stdout.split())


def test_sdist_and_wheel_hold_the_whole_package(built):
    sdist, wheel = built
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert shipped() <= names
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if name.startswith("modpack/")} == shipped()


def test_the_wheel_says_what_its_extras_need(built):
    with zipfile.ZipFile(built[1]) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        said = message_from_bytes(archive.read(name))
    assert said["Version"] == version(ROOT)
    extras = {extra for extras in EXTRAS.values() for extra in extras.split(",")}
    assert extras | {"book", "test"} == set(said.get_all("Provides-Extra"))


@pytest.mark.parametrize("extras", sorted({"", *EXTRAS.values()}))
def test_every_room_can_be_imported_from_the_wheel(alone, extras, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [alone, ROOT / "tests" / "rooms.py", extras]
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert f"modules of {alone.parents[1]}" in said.stdout


@pytest.mark.browser
def test_the_zip_opens_from_disk(browser, tmp_path):
    archive = zipped(BOOK.html, tmp_path / "the-book.zip")
    with zipfile.ZipFile(archive) as opened_archive:
        opened_archive.extractall(tmp_path / "home")
    archive.unlink()
    book = tmp_path / "home" / "the-book"
    for name in (PAGES[0], "notebooks/08_packing"):  # whose networks lie in files of their own
        with opened(browser, book.as_uri(), name) as page:
            assert page.locator(".modpack-live").count() > 0


@pytest.mark.browser
def test_pages_are_printed(browser, tmp_path):
    text = printed(browser, BOOK.html, [PAGES[0], "cluster"], tmp_path / "two.pdf").read_bytes()
    assert text.startswith(b"%PDF-") and b"/Outlines" in text
    assert text.count(b"/Type /Page\n") > 2 and b"file:" not in text


def test_what_is_printed_sets_its_formulas():
    names = [PAGES[0], "cluster", "notebooks/02_modulation"]
    texts = [joined(BOOK.html, names[:k]) for k in (2, 3)]
    assert ["vendor/mathjax/tex-mml-chtml.js" in text for text in texts] == [False, True]


def test_what_is_printed_finds_its_pictures_and_leads_on_within_it():
    pages = [page for page in BOOK.pages() if not page.startswith("reference/")]
    whole = BeautifulSoup(joined(BOOK.html, pages), "html.parser")
    names = [part["id"] for part in whole.select("[id]")]
    assert len(set(names)) == len(names) and set(pages) <= set(names)
    links = {unquote(link["href"]) for link in whole.select("a[href]")}
    assert {link[1:] for link in links if link.startswith("#")} <= set(names)
    assert not {link for link in links if not link.startswith(("#", "http:", "https:"))}
    loaded = {part.get("src") or part["href"] for part in whole.select("[src], link")}
    assert loaded and all(Path(unquote(urlsplit(address).path)).is_file() for address in loaded)


@pytest.mark.parametrize(
    ("link", "there"),
    [
        ("file:///book/notebooks/x.html", "#notebooks/x"),
        ("file:///book/z.html#b", "#z--b"),
        ("file:///book/reference/m.html#c", ""),
        ("https://doi.org/1", "https://doi.org/1"),
    ],
)
def test_where_links_lead_in_print(link, there):
    assert within(link, "file:///book/", ("notebooks/x", "z")) == there
