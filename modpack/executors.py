"""Many calls in this process, in others or on a cluster, all through the interface of `concurrent.futures`.

A worker that dies costs no more than the call that it was making.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

from tqdm import tqdm

from modpack._checks import require


@dataclass(frozen=True)
class Item:
    """A call whose first argument is the file that it leaves, and its name in messages."""

    name: str
    call: Callable[..., None]
    out: Path
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Place:
    """Where calls are made: what opens an executor, and how many calls it is given at a time."""

    open: Callable[[], AbstractContextManager[Executor]]
    width: int


class InProcess(Executor):
    """Makes every call where it is submitted."""

    def submit(self, call: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Make a call; an interrupt is not caught."""
        future: Future[Any] = Future()
        try:
            future.set_result(call(*arguments, **keywords))
        except Exception as error:
            future.set_exception(error)
        return future


def in_process() -> Place:
    """Return this process."""
    return Place(InProcess, 1)


def in_processes(n: int) -> Place:
    """Return `n` processes of this machine, which end with this one however it ends."""
    require(n >= 1, "workers", n, "at least 1")
    pool = partial(ProcessPoolExecutor, n, mp_context=get_context("spawn"), initializer=end_with_parent)
    return Place(pool, n)


def on_cluster(address: str) -> Place:
    """Return the workers of a Dask cluster by the address of its scheduler, which keeps the queue."""

    @contextmanager
    def connect() -> Iterator[Executor]:
        from distributed import Client  # in the extra `cluster`

        with Client(address) as client, client.get_executor() as executor:
            yield executor

    return Place(connect, 2**30)


def run(items: Sequence[Item], place: Place) -> dict[str, str]:
    """Make the calls of some items, and return by name why those failed that did.

    Whatever a call raises is its failure; the others go on. Where a process dies, the calls that were being
    made are made again, one by one.
    """
    waiting, failures = deque(items), dict[str, str]()
    silent: dict[str, Any] = {} if items else {"disable": True}  # if left out, TQDM_DISABLE decides
    with tqdm(total=len(items), **silent) as bar:

        def finish(item: Item, reason: str = "") -> None:
            bar.update()
            if reason:
                failures[item.name] = reason

        while waiting:
            for suspect in _drain(waiting, place.open, place.width, finish):
                if _drain(deque([suspect]), place.open, 1, finish):
                    finish(suspect, "its process died")
    return failures


def _drain(
    waiting: deque[Item],
    open_executor: Callable[[], AbstractContextManager[Executor]],
    width: int,
    finish: Callable[..., None],
) -> list[Item]:
    """Make calls until none waits, or until the executor breaks; return the items it broke with."""
    running: dict[Future[Any], Item] = {}
    broken = False
    with open_executor() as executor:
        while (waiting or running) and not broken:
            while waiting and len(running) < width:
                item = waiting.popleft()
                running[executor.submit(_once, item)] = item
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                error = future.exception()
                if isinstance(error, BrokenExecutor):
                    broken = True
                else:
                    finish(running.pop(future), f"{type(error).__name__}: {error}" if error else "")
    return list(running.values())


def _once(item: Item) -> None:
    """Make a call unless it was made: with a worker, it may be lost that its file is whole."""
    if not item.out.exists():
        item.call(item.out, *item.arguments)


def end_with_parent() -> None:
    """End this process when the one that started it is gone, even if that was killed."""
    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
