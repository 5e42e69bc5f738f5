"""Cards of tasks in built pages: what a task asks for, and when (terms.js shows them)."""

import json
import re
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from bs4 import BeautifulSoup, Tag
from glossary import PLACES_OF_WORDS, replace_words

from modpack.tasks import COMPACT, TASKS, Stronger, Task
from modpack.tasks.rules import (
    anti,
    pro,
    respond_if_match,
    respond_if_same_category,
    respond_unless_match,
    respond_unless_same_category,
)
from modpack.tasks.timing import AFTER_GO, EPOCH_LABELS

PLACE = "notebooks/01_tasks.html#all-twenty"
"""Where the book has all tasks."""

NAMED = f"{PLACES_OF_WORDS}, th"
NOT_NAMES = "a, code, pre, button, summary, script, style, .math, .widget-subarea, h1, h2, h3, h4"

ALIASES = {"Delayed Go": "delaygo", "Delayed Anti": "delayanti"}
NO_NAME = r"(?! (?:from|on|back|through|down|up|over|to (?:the|a|your))\b)"
"""What follows "Go" where it is no task but asks the reader to go."""

TO_SECOND = "respond towards stimulus 2"
HALF = "the same half (0° to 180° or 180° to 360°)"
RULES = {
    pro: "respond towards the stimulus.",
    anti: "respond away from the stimulus, in the opposite direction.",
    Stronger((1,)): "respond towards the stimulus that is stronger in ring 1.",
    Stronger((2,)): "respond towards the stimulus that is stronger in ring 2.",
    Stronger((1, 2)): "respond towards the stimulus that is stronger in both rings together.",
    respond_if_match: f"{TO_SECOND} if it has the direction of stimulus 1; else go on fixating.",
    respond_unless_match: f"go on fixating if both stimuli have the same direction; else {TO_SECOND}.",
    respond_if_same_category: f"{TO_SECOND} if both are in {HALF}; else go on fixating.",
    respond_unless_same_category: f"go on fixating if both stimuli are in {HALF}; else {TO_SECOND}.",
}
"""The rules of the battery in words, as the task browser has them."""


def card(task: Task) -> dict[str, Any]:
    """Return what the card of a task says.

    Returns
    -------
    dict
        Its label, its rule in a sentence, and its epochs: name, middle of the duration (ms), and whether a
        stimulus is on.
    """
    timing = task.timing_in(COMPACT).middle()
    on = {epoch for shown in task.shown for epoch in shown}
    return {
        "label": task.label,
        "rule": RULES[task.rule],
        "epochs": [
            [EPOCH_LABELS.get(name, name), round(duration.middle()), bool(on & set(_parts(name)))]
            for name, duration in ((part.name, getattr(timing, part.name)) for part in fields(timing))
            if duration.middle() > 0
        ],
    }


def _parts(period: str) -> Iterable[str]:
    """Return the epochs that a period of a timing is made of."""
    return AFTER_GO if period == "response" else (period,)


NAMES = {task.label: name for name, task in TASKS.items()} | ALIASES
FOUND = re.compile(
    rf"(?<![\w-])(?P<word>{'|'.join(sorted(map(re.escape, NAMES), key=len, reverse=True))}){NO_NAME}(?![\w-])"
)


def link_tasks(page: BeautifulSoup, root: str) -> None:
    """Link every task where a section of a page names it first, and leave the cards of these in the page.

    Parameters
    ----------
    page : BeautifulSoup
        It is changed.
    root : str
        The way from the page to the root of the book, such as "../".
    """
    for section in page.select("article section"):
        seen = _named_in(section)

        def link(_text: str, word: str, seen: set[str] = seen) -> Tag | None:
            if NAMES[word] in seen:
                return None
            seen.add(NAMES[word])
            return _link(page, word, NAMES[word], root)

        replace_words(section, FOUND, link, NAMED, NOT_NAMES)
    named = sorted(_named_in(page))
    if named and page.body is not None:
        cards = page.new_tag("script", type="application/json", id="task-cards")
        cards.string = json.dumps({name: card(TASKS[name]) for name in named}, ensure_ascii=False)
        page.body.append(cards)


def _named_in(part: Tag) -> set[str]:
    return {str(link["data-task"]) for link in part.select("a[data-task]")}


def _link(page: BeautifulSoup, text: str, name: str, root: str) -> Tag:
    link = page.new_tag("a", href=f"{root}{PLACE}")
    link["class"], link["data-task"], link.string = "term task", name, text
    return link
