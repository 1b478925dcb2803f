"""Hands work out to the processes of a local run as they become free.

FnApiRunner deals the elements of a step out to its processes before it begins, whatever each of them costs: one slow
host, and the others wait. Here each element becomes a file of a folder that all processes see, and whoever is free
takes the next one. What comes out does not depend on who took it.
"""

from __future__ import annotations

import itertools
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam

TICKETS = 64  # of each process that sets out; so many processes can take part in what one of them sets out
TAKEN, NEW = ".taken", ".new"
_numbers = itertools.count()


def set_out(element: Any, folder: str) -> tuple[str, None]:
    """Writes the element into the folder. Returns a ticket for whoever takes one, as a key."""
    os.makedirs(folder, exist_ok=True)
    number = next(_numbers)
    path = Path(folder, f"{number:08d}-{os.getpid()}")
    new = path.with_suffix(NEW)
    new.write_bytes(pickle.dumps(element))
    new.rename(path)
    return f"{os.getpid()}-{number % TICKETS}", None


def take(folder: str) -> Iterator[Any]:
    """The elements that nobody has taken yet, each when it is asked for, in the order in which they were set out.

    All have been set out before the first is taken.
    """
    # What has an ending is being taken: renamed once more, to the same name, two processes would have it.
    for path in sorted(path for path in Path(folder).iterdir() if not path.suffix):
        taken = path.with_suffix(TAKEN)
        try:
            path.rename(taken)
        except FileNotFoundError:
            continue  # another process was faster: what is renamed is nobody else's
        data = taken.read_bytes()
        taken.unlink()
        yield pickle.loads(data)


class HandOut(beam.PTransform):
    """Elements to the same elements, each in the process that was free first.

    progress: folder of a local run; None elsewhere, where the engine itself sees to it: then they stay where they are.
    step: names the place in the graph.
    """

    def __init__(self, progress: str | None, step: str) -> None:
        super().__init__()
        self.folder = None if progress is None else os.path.join(progress, f"work-{step}")

    def expand(self, elements: beam.PCollection[Any]) -> beam.PCollection[Any]:
        if self.folder is None:
            return elements
        return (
            elements
            | "Set out" >> beam.Map(set_out, self.folder)
            | "Deal tickets" >> beam.GroupByKey()
            | "Take" >> beam.FlatMap(lambda _, folder: take(folder), self.folder)
        )
