"""Built pages without what they need not hold: widgets that nobody sees, and scripts that all pages share."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bs4 import BeautifulSoup

from modpack.live.base.beside import to_come

STATE = re.compile(
    r'(<script type="application/vnd\.jupyter\.widget-state\+json">)(.*?)(</script>)', re.DOTALL
)
VIEW = re.compile(r'"model_id": "(\w+)"')
MODEL = re.compile(r'"IPY_MODEL_(\w+)"')

ICONS = "script[src*='scripts/fontawesome.js']"
"""What makes icons a second time, which the style sheet of the theme has made already."""

SEARCHING = "script[src*='searchtools.js'], script[src*='language_data.js'], script[src*='searchindex.js']"
MATHEMATICS = "script[src*='mathjax'], script:-soup-contains('window.MathJax = ')"

Models = Mapping[str, Mapping[str, Any]]


def lighter(html: str, package: str) -> str:
    """Return a page with the widgets on show alone; those of the package get their scripts from beside it."""
    return STATE.sub(lambda found: found[1] + _lighter(found[2], _on_show(html), package) + found[3], html)


def drop_idle_scripts(page: BeautifulSoup, name: str) -> None:
    """Take the scripts from a page that have nothing to do there: for a search, formulas, icons."""
    idle = page.select(ICONS)
    if name != "search":
        idle += page.select(SEARCHING)
    if not page.select(".math"):
        idle += page.select(MATHEMATICS)
    for script in idle:
        script.decompose()


def _on_show(html: str) -> set[str]:
    return set(VIEW.findall(STATE.sub("", html)))


def _lighter(text: str, shown: set[str], package: str) -> str:
    page = json.loads(text)
    models = page["state"]
    page["state"] = {name: models[name] for name in models if name in _needed(shown, models)}
    for model in page["state"].values():
        _leave_scripts_out(model["state"], package)
    return json.dumps(page, ensure_ascii=False).replace("</", "<\\/")


def _needed(names: Iterable[str], models: Models) -> set[str]:
    """Return widgets and all of which they speak."""
    needed, open_ends = set(), set(names) & set(models)
    while open_ends:
        needed |= open_ends
        text = "".join(json.dumps(models[name]["state"]) for name in open_ends)
        open_ends = set(MODEL.findall(text)) & set(models) - needed
    return needed


def _leave_scripts_out(state: dict[str, Any], package: str) -> None:
    module = state.get("_anywidget_id", "").rpartition(".")[0].split(".")
    if module[0] != package or module[-1] != "figure":
        return
    state["_esm"] = to_come(module[-2])
    if "scripts" in state:
        state["scripts"] = {}
