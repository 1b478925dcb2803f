"""Looks for pages that break the extraction or hold it up.

    python -m benchmarks.fuzz_extract [--seconds 60] [--seed N] [--size BYTES] [--max-s 1]

First every hostile shape at full size, then random tag soup until the time is over. Every page is read in a process of
its own or one that only reads pages, so that a crash, a hang or a flood of memory is told like everything else. Prints
the slowest pages, leaves those that broke something in build/fuzz, and ends with 1 when there are any.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from benchmarks.hostile_pages import GIANTS, SHAPES, odd_page, well_formed
from corpusflow.document import ROLES, Document, ImageSegment, TextSegment
from corpusflow.errors import ExtractError
from corpusflow.extract.html import extract_document

URL = "https://site.example/dir/page.html"
KEPT = Path(__file__).resolve().parents[1] / "build" / "fuzz"
MAX_S = 1.0  # CPU seconds a page of up to 1 MB may take
GIVE_UP_S = 30.0
MAX_MEMORY = 8 << 30  # bytes of address space of the process that reads
SIZE = 1_000_000  # bytes of a shape
MOST_PIECES = 400
TOLD = 12  # slowest pages
WELL_FORMED = "(well-formed)"


@dataclass(frozen=True)
class Outcome:
    """seconds: of CPU. peak_mb: resident memory of the process so far. fault: what went wrong, empty for nothing."""

    name: str
    size: int
    seconds: float
    peak_mb: float
    gave: str
    fault: str


def oddities(document: Document) -> list[str]:
    """What no document may have, whatever the page was."""
    found = []
    indices = [segment.index for segment in document.segments]
    if any(second <= first for first, second in pairwise([-1, *indices])):
        found.append("indices do not grow")
    for segment in document.segments:
        found += _oddities_of_image(segment) if isinstance(segment, ImageSegment) else _oddities_of_text(segment)
    try:
        json.dumps(document.to_json(), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as error:
        found.append(f"cannot be written: {error}")
    return found


def _oddities_of_text(segment: TextSegment) -> Iterator[str]:
    text = segment.text
    if not text or text != text.strip("\n") or text.isspace():
        yield f"blank text or blank around it: {text[:40]!r}"
    white = "\n\t\v\f" if segment.role == "code" else "\n"
    if any(character < " " and character not in white for character in text):
        yield f"control characters: {text[:40]!r}"
    deepest = {"heading": range(1, 7), "list_item": range(1, 10**6)}.get(segment.role, range(1))
    if segment.role not in ROLES or segment.level not in deepest:
        yield f"{segment.role} of level {segment.level}"


def _oddities_of_image(segment: ImageSegment) -> Iterator[str]:
    urls = (segment.url, *segment.candidates)
    for url in urls:
        if not url.startswith(("http://", "https://")) or not url.isascii() or any(blank in url for blank in " \n\t"):
            yield f"not a web address: {url[:80]!r}"
    if len(set(urls)) < len(urls):
        yield f"the same candidate twice: {segment.url[:80]!r}"
    for side in (segment.declared_width, segment.declared_height):
        if side is not None and side <= 0:
            yield f"a side of {side} pixels"


class Reader:
    """A process that reads pages; a new one takes its place when it died."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pages, theirs = context.Pipe()
        self._process = context.Process(target=_read_pages, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        self._pages.recv()  # it is ready

    def read(self, name: str, page: bytes) -> Outcome:
        self._pages.send_bytes(page)
        try:
            if self._pages.poll(GIVE_UP_S):
                return Outcome(name, len(page), *self._pages.recv())
            fault = f"no answer in {GIVE_UP_S:.0f} s"
        except EOFError:
            self._process.join()
            fault = f"the process died with {self._process.exitcode}"
        self.close()
        self._start()
        return Outcome(name, len(page), GIVE_UP_S, 0.0, "", fault)

    def close(self) -> None:
        self._process.kill()
        self._process.join()
        self._pages.close()


def _read_pages(pages: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    warnings.simplefilter("error")
    extract_document(b"<p>x", URL)  # loads what is loaded late
    pages.send(None)
    while True:
        page = pages.recv_bytes()
        start = time.process_time()
        gave, fault = _attempt(page)
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
        pages.send((seconds, peak, gave, fault))


def _attempt(page: bytes) -> tuple[str, str]:
    try:
        document = extract_document(page, URL)
    except ExtractError as error:
        return error.code, ""
    except Exception as error:  # any is a find
        return "", repr(error)
    return f"{len(document.segments)} segments", "; ".join(oddities(document)[:3])


def shapes(size: int) -> Iterator[Outcome]:
    """Every shape in a fresh process, so that its memory is its own; the well-formed page first."""
    for name in (WELL_FORMED, *SHAPES):
        reader = Reader()
        yield reader.read(name, page_of(name, size))
        reader.close()


def soups(seconds: float, seed: int) -> Iterator[Outcome]:
    reader = Reader()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        name = f"seed {seed}"
        yield reader.read(name, page_of(name))
        seed += 1
    reader.close()


def page_of(name: str, size: int = SIZE) -> bytes:
    """The page that an outcome is named for: a shape, or `seed N`."""
    if name.startswith("seed "):
        choose = Random(int(name.removeprefix("seed ")))
        return odd_page(choose, choose.randrange(1, MOST_PIECES))
    shape = well_formed if name == WELL_FORMED else SHAPES[name]
    return shape(GIANTS.get(name, size))


def keep(outcome: Outcome, page: bytes) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{outcome.name.replace(' ', '_')}.html").write_bytes(page)


def tell(title: str, outcomes: list[Outcome]) -> None:
    print(f"{title}: {len(outcomes)} pages, the slowest:")
    for outcome in sorted(outcomes, key=lambda outcome: -outcome.seconds)[:TOLD]:
        told = f"{outcome.seconds:8.3f} s {outcome.size / 1000:9.0f} kB {outcome.peak_mb:8.0f} MB"
        print(f"{told}  {outcome.name:<32} {outcome.gave}")
    print(f"{max(outcome.peak_mb for outcome in outcomes):29.0f} MB  peak of all")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="of random pages")
    parser.add_argument("--seed", type=int, default=0, help="of the first random page; the next has the next")
    parser.add_argument("--size", type=int, default=SIZE, help="bytes of a hostile shape")
    parser.add_argument(
        "--max-s", type=float, default=MAX_S, help="CPU seconds a page may take, and a megabyte of larger ones"
    )
    options = parser.parse_args()
    made, found = list(shapes(options.size)), list(soups(options.seconds, options.seed))
    tell("hostile shapes", made)
    tell("random pages", found)
    limits = {outcome: options.max_s * max(1, outcome.size / SIZE) for outcome in (*made, *found)}
    bad = [outcome for outcome, limit in limits.items() if outcome.fault or outcome.seconds > limit]
    for outcome in bad:
        keep(outcome, page_of(outcome.name, options.size))
        print(f"FAULT {outcome.name}: {outcome.fault or f'{outcome.seconds:.2f} s, limit {limits[outcome]:.2f} s'}")
    if bad:
        raise SystemExit(f"{len(bad)} pages at fault, left in {KEPT}")


if __name__ == "__main__":
    main()
