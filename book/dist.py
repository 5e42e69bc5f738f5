"""What a reader takes home: the book as one zip and as one PDF, the package as sdist and wheel."""

import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urljoin, urlsplit

from browser import CHROMIUM, chromium
from bs4 import BeautifulSoup, Tag
from chapters import Book
from playwright.sync_api import Browser, PdfMargins

from modpack._files import write_bytes

HEAD = "meta, title, link[rel=stylesheet], script[src*=mathjax], script:-soup-contains('window.MathJax')"
"""What a printed page needs of a head."""

SCREEN = ".headerlink, .copybtn, script, noscript"
"""What it does without: what only a screen can use."""

MARGIN: PdfMargins = {"top": "18mm", "bottom": "18mm", "left": "16mm", "right": "16mm"}

PATIENCE = 300_000
"""Milliseconds to wait for all mathematics of a book."""

PRINTED = """
.bd-article { padding: 0; }
.bd-article:not(:first-of-type) { break-before: page; }
.cell_output, figure, img, pre { break-inside: avoid; }
pre { white-space: pre-wrap; }
.output { overflow: visible; }
table { font-size: 0.75em; }
"""


MATHJAX = "vendor/mathjax/"
"""What pages with formulas load, and no others: the head of such a page sets those of all."""

HAS_FORMULAS_SET = "window.MathJax === undefined || MathJax.startup?.promise?.then(() => true)"


def version(root: Path) -> str:
    """Return the version of the project, which pyproject.toml alone holds."""
    return str(tomllib.loads((root / "pyproject.toml").read_text("utf8"))["project"]["version"])


def pack(book: Book, target: Path) -> list[Path]:
    """Write the book and the package into a folder, under names with the version.

    Parameters
    ----------
    book : Book
        A built one.
    target : Path
        The folder; what is there already under these names is replaced.

    Raises
    ------
    SystemExit
        If there is no built book, or no Chromium to print it.
    """
    if not (book.html / "index.html").exists():
        raise SystemExit("There is no built book: run `make book` first.")
    if CHROMIUM is None:
        raise SystemExit("The PDF is printed by Chromium, and there is none on this machine.")
    target.mkdir(parents=True, exist_ok=True)
    name = f"{book.package}-book-{version(book.root)}"
    pages = [page for page in book.pages() if not page.startswith("reference/")]
    with chromium() as browser:
        pdf = printed(browser, book.html, pages, target / f"{name}.pdf")
    return [zipped(book.html, target / f"{name}.zip"), pdf, *packages(book.root, target)]


def zipped(html: Path, target: Path) -> Path:
    """Put a built book into a zip that unpacks to one folder, named as the zip."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(html.rglob("*")):
            archive.write(file, Path(target.stem, file.relative_to(html)))
    write_bytes(target, packed.getvalue())
    return target


def printed(browser: Browser, html: Path, pages: Sequence[str], target: Path) -> Path:
    """Print pages of a built book one after the other, as one document whose links lead on within it."""
    with TemporaryDirectory() as folder:
        together = Path(folder, "together.html")
        together.write_text(joined(html, pages), "utf8")
        page = browser.new_page(color_scheme="light")
        page.goto(together.as_uri(), wait_until="networkidle", timeout=PATIENCE)
        page.wait_for_function(HAS_FORMULAS_SET, timeout=PATIENCE)
        pdf = page.pdf(
            format="A4",
            scale=0.8,
            margin=MARGIN,
            print_background=True,
            outline=True,
            tagged=True,
        )
        page.close()
    write_bytes(target, pdf)
    return target


def joined(html: Path, pages: Sequence[str]) -> str:
    """Return one page of the articles of several; what it loads it finds from any folder."""
    files = [html / f"{page}.html" for page in pages]
    frame = next((file for file in files if MATHJAX in file.read_text("utf8")), files[0])
    whole = BeautifulSoup(frame.read_text("utf8"), "html.parser")
    for part in whole.select(f"head > :not({HEAD})"):
        part.decompose()
    find_from(whole, frame.as_uri())
    for head, body in zip(whole.select("head"), whole.select("body"), strict=True):
        head.append(style := whole.new_tag("style"))
        style.string = PRINTED
        body.clear()
        body.extend(article(html, page, pages) for page in pages)
    return str(whole)


def article(html: Path, page: str, pages: Sequence[str]) -> Tag:
    """Return what a page says, named and linked so that it can stand beside others of `pages`."""
    address = (html / f"{page}.html").as_uri()
    found = BeautifulSoup((html / f"{page}.html").read_text("utf8"), "html.parser").select("article")[0]
    for part in found.select(SCREEN):
        part.decompose()
    for named in [found, *found.select("[id]")]:
        named["id"] = own_name(page, str(named.get("id", "")))
    for link in found.select("a[href]"):
        link["href"] = within(urljoin(address, str(link["href"])), f"{html.as_uri()}/", pages)
        if not link["href"]:
            link.unwrap()
    find_from(found, address)
    return found


def own_name(page: str, fragment: str) -> str:
    """Return the name that a place of a page has among the places of all."""
    return f"{page}--{fragment}" if fragment else page


def within(link: str, top: str, pages: Sequence[str]) -> str:
    """Return where a link leads in a document of these pages: nowhere, if to the rest of the book."""
    if not link.startswith(top):
        return link
    place = urlsplit(link.removeprefix(top))
    page = unquote(place.path).removesuffix(".html")
    return f"#{own_name(page, place.fragment)}" if page in pages else ""


def find_from(part: Tag, address: str) -> None:
    """Let a part of a page find what it loads from any place: `address` is that of the page."""
    for loading in part.select("[src], link[href]"):
        attribute = "src" if loading.has_attr("src") else "href"
        loading[attribute] = urljoin(address, str(loading[attribute]))
        loading.attrs.pop("loading", None)  # nobody scrolls to what is printed


def packages(root: Path, target: Path) -> list[Path]:
    """Build the sdist, and the wheel from it, with the tools that pyproject.toml asks for."""
    asked = tomllib.loads((root / "pyproject.toml").read_text("utf8"))["build-system"]["requires"]
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    with TemporaryDirectory() as tools:
        subprocess.run([*pip, "install", "--target", tools, *asked], check=True)
        build = f"from setuptools.build_meta import build_sdist; build_sdist({str(target)!r})"
        subprocess.run(
            [sys.executable, "-c", build],
            cwd=root, env=os.environ | {"PYTHONPATH": tools}, stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip
    (sdist,) = target.glob(f"*-{version(root)}.tar.gz")
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(target), str(sdist)], check=True)
    (wheel,) = target.glob(f"*-{version(root)}-*.whl")
    return [sdist, wheel]
