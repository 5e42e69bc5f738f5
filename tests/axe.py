"""axe-core, which finds in a page what assistive technology cannot use."""

from pathlib import Path
from tempfile import TemporaryDirectory

from built_book import BOOK
from vendor import unpack

from modpack._files import write_bytes

VERSION = "4.14.1"

# Without `preload`, which reads style sheets anew: a page on disk may not, and no rule that is on needs it
FOUND = """async () => {
  const { violations } = await axe.run(document, { preload: false, resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html }) => `${id}: ${target} ${html.slice(0, 200)}`));
}"""


def script() -> str:
    """The library; it is fetched once."""
    path = BOOK.built / f"axe-{VERSION}.js"
    if not path.exists():
        with TemporaryDirectory() as folder:
            unpack({"axe-core": VERSION}, Path(folder))
            write_bytes(path, (Path(folder) / "axe-core" / "package" / "axe.min.js").read_bytes())
    return path.read_text("utf8")


def violations(page) -> list[str]:
    """Every rule of axe-core that an element of the page violates, with the element."""
    if not page.evaluate("() => 'axe' in globalThis"):
        page.evaluate(script())
    return page.evaluate(FOUND)
