"""How many chapters a change of one file of the package executes again, by the builder's own rule.

Run from the root: ``python benchmarks/chapters_reexecuted.py``. It prints the mean over the files and, per
room, how many files it has and the mean of theirs.
"""

import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from statistics import mean

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "book"))

import grimp  # noqa: E402
from chapters import Book, inputs  # noqa: E402


def reexecuted(book: Book) -> dict[Path, int]:
    """Return for every committed file of the package how many chapters depend on it."""
    graph = grimp.build_graph(book.package, exclude_type_checking_imports=True, cache_dir=None)
    needs = [set(inputs(book, chapter, graph)) for chapter in book.chapters()]
    listed = subprocess.run(
        ["git", "ls-files", book.package], cwd=book.root, capture_output=True, text=True, check=True
    )
    files = [book.root / name for name in listed.stdout.splitlines()]
    return {file: sum(file in needed for needed in needs) for file in files if file.exists()}


def room_of(file: Path, book: Book) -> str:
    """Return the folder or module of the package that a file belongs to."""
    return file.relative_to(book.root / book.package).parts[0]


def main() -> None:
    """Print the table."""
    book = Book(ROOT)
    counts = reexecuted(book)
    rooms = defaultdict(list)
    for file, count in counts.items():
        rooms[room_of(file, book)].append(count)
    for room, found in sorted(rooms.items(), key=lambda item: -sum(item[1])):
        print(f"{room:<20} {len(found):4d} files {mean(found):6.2f}")
    print(
        f"{'all':<20} {len(counts):4d} files {mean(counts.values()):6.2f} of {len(book.chapters())} chapters"
    )


if __name__ == "__main__":
    main()
