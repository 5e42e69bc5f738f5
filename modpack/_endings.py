"""How a command line ends where something foreseeable goes wrong: with one line, and without a traceback."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from subprocess import CalledProcessError

import torch

from modpack._checks import choose

FORESEEN = (
    ArithmeticError,
    CalledProcessError,
    MemoryError,
    ModuleNotFoundError,
    OSError,
    ValueError,
    torch.OutOfMemoryError,
)
"""What can go wrong without a fault in the program: all else is one, and shows where."""


@contextmanager
def in_one_line(program: str) -> Iterator[None]:
    """End the program with a line where something goes wrong: 130 after Ctrl-C, else 1."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read what is printed is gone; what is left of it goes nowhere, and is no second error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except FORESEEN as error:
        words = "; ".join([str(error) or type(error).__name__, *getattr(error, "__notes__", ())])
        sys.exit(f"{program}: {' '.join(words.split())}")
    except KeyboardInterrupt:
        sys.exit(130)


def check_words(program: str, words: Sequence[str], options: Mapping[str, Iterable[str]]) -> None:
    """End the program with 2 for a command or an option that there is not, suggesting the nearest.

    Parameters
    ----------
    program : str
    words : sequence of str
        What was typed after its name.
    options : mapping of str to iterable of str
        The names of the options of every command.
    """
    if not words or words[0].startswith("-"):
        return
    try:
        names = [name.replace("_", "-") for name in options[choose("command", words[0], options)]]
        negated = {f"--no-{name}" for name in names}
        for word in words[1:]:
            option = word.partition("=")[0].replace("_", "-")
            if option.startswith("--") and option not in negated:
                choose("option", option, [f"--{name}" for name in (*names, "help")])
    except ValueError as error:
        print(f"{program}: {error}", file=sys.stderr)
        sys.exit(2)
