"""A page with nothing but a live figure, as in a book that has scripts beside its pages, or elsewhere."""

import json
from pathlib import Path

from modpack.live.base.figure import LiveFigure

PAGE = """<!doctype html><html lang="en"{root}><meta charset="utf-8"><title>A figure</title>
<style>{style}</style><body><main></main></body>
<script type="module">{module}
const [values, hear] = [{values}, {{}}];
globalThis.asked = [];
globalThis.hear = hear;
const on = (name, act) => (hear[name] ??= []).push(act);
const off = () => {{}};
const get = (name) => values[name];
const set = (name, value) => {{
  if (values[name] === value) return;
  values[name] = value;
  for (const act of hear[`change:${{name}}`] ?? []) act();
}};
const send = (message) => asked.push(message);
const model = {{ get, set, on, off, send, save_changes() {{}} }};
await widget.render({{ model, el: document.querySelector("main") }});
</script></html>"""


UNFOLD = "root => root.querySelectorAll('details').forEach((fold) => { fold.open = true; })"
"""What a reader does who wants all controls of a figure."""


def write_page(path: Path, shown: LiveFigure, root: str) -> str:
    """Write a page with the figure alone, as a book's (with where its root is) or another's."""
    names = {*shown.STATE, "limits", "initial", "question", "name", "chapter", "python", "description"}
    values = json.dumps({name: getattr(shown, name) for name in names})
    module = shown._esm.replace("export default", "const widget =")
    path.write_text(PAGE.format(root=root, style=shown._css, module=module, values=values), "utf8")
    return path.as_uri()
