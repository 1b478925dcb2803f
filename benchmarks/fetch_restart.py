"""A run that is killed twice in the middle of fetching, and what its web saw of it.

    python -m benchmarks.fetch_restart [--urls 10000] [--hosts 500] [--workers 2]

Nothing that was recorded when the run was killed may be asked for again, and nothing may be lost; ends with 1
otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.picture_web import host_names, picture_web
from corpusflow.store.journal import Journal
from corpusflow.store.journals import JOURNAL
from tests.web import jpeg, page, sentence, write_warc

PICTURES = 20
A_PAGE = 10  # pictures
KILLS = 2
CONCURRENCY = 32
DELAY_S = 0.02  # of each answer, so that some are under way at any time
SETTLE_S = 0.5  # until the web has told of the last requests of a killed run


@dataclass(frozen=True)
class Outcome:
    """requests: for pictures. in_flight: at each kill, URLs that the killed run had asked for and that were not
    recorded. again: URLs that were asked for although they had been recorded. twice: requests beyond the first one for
    a URL. lost: URLs never asked for. stored: pictures in the corpus. seconds: of all runs together.
    """

    urls: int
    requests: int
    recorded: tuple[int, ...]
    in_flight: tuple[int, ...]
    again: int
    twice: int
    lost: int
    stored: int
    seconds: float

    @property
    def is_right(self) -> bool:
        kept = self.again == self.lost == 0 and self.stored == self.urls
        return kept and self.twice <= sum(self.in_flight)


def kill_twice(folder: Path, urls: int, hosts: int, workers: int) -> Outcome:
    """Raises SystemExit when the last run fails, or one ended before it could be killed."""
    names = host_names(hosts)
    pictures = []
    for seed in range(PICTURES):
        pictures.append(folder / f"{seed}.jpg")
        pictures[-1].write_bytes(jpeg(seed))
    log, output = folder / "web.log", folder / "out"
    with picture_web(names, pictures, DELAY_S, log) as port:
        wanted = [f"http://{names[number % hosts]}:{port}/{number}.jpg" for number in range(urls)]
        command = [sys.executable, "-m", "corpusflow.cli", "run", str(_recipe(folder, wanted)), "--output", str(output)]
        command += ["--workers", str(workers)]
        begin = time.perf_counter()
        recorded: list[set[str]] = []
        asked: list[int] = []
        for kill in range(KILLS):
            _run_and_kill(command, log, until=(kill + 1) * urls // (KILLS + 1))
            asked.append(len(_requests(log, port)))
            recorded.append(recorded_urls(output, wanted))
        last = subprocess.run(command, capture_output=True, text=True, check=False)
        if last.returncode:
            raise SystemExit(f"the last run ended with {last.returncode}\n{last.stderr[-2000:]}")
        seconds = time.perf_counter() - begin
        requests = _requests(log, port)
    counts = Counter(requests)
    return Outcome(
        urls=urls,
        requests=len(requests),
        recorded=tuple(map(len, recorded)),
        in_flight=tuple(
            len({*requests[start:end]} - known)
            for start, end, known in zip((0, *asked), asked, recorded, strict=False)  # there is a start more
        ),
        again=sum(len(known & {*requests[end:]}) for end, known in zip(asked, recorded, strict=True)),
        twice=sum(counts.values()) - len(counts),
        lost=len(set(wanted) - set(counts)),
        stored=sum(row["status"] == "ok" for row in _table_rows(output)),
        seconds=seconds,
    )


def _recipe(folder: Path, urls: Sequence[str]) -> Path:
    """A recipe whose source is an archive of pages that show these pictures."""
    pages = []
    for number, start in enumerate(range(0, len(urls), A_PAGE)):
        parts = [part for url in urls[start : start + A_PAGE] for part in (sentence(number, 30), url)]
        pages.append((f"http://site.example/{number}.html", page(f"Story {number}", *parts, sentence(number, 30))))
    fetch = {"contact": "mailto:us@site.example", "allow_loopback": True, "concurrency": CONCURRENCY, "pause_s": 0}
    source = {"kind": "warc", "path": str(write_warc(folder / "pages.warc.gz", pages))}
    # YAML reads JSON.
    recipe = folder / "recipe.yaml"
    recipe.write_text(json.dumps({"name": "restart", "sources": [source], "fetch": fetch}), encoding="utf-8")
    return recipe


def _run_and_kill(command: list[str], log: Path, until: int) -> None:
    """Kills the run with all its workers when the web has had so many requests."""
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, start_new_session=True, **quiet) as process:
        while process.poll() is None and log.read_bytes().count(b"\n") < until:
            time.sleep(0.02)
        if process.returncode is not None:
            raise SystemExit(f"the run ended with {process.returncode} before it could be killed")
        os.killpg(process.pid, signal.SIGKILL)
    time.sleep(SETTLE_S)


def _requests(log: Path, port: int) -> list[str]:
    """The URLs that the web was asked for, in their order."""
    return [f"http://{line.replace(' ', f':{port}', 1)}" for line in log.read_text(encoding="utf-8").splitlines()]


def recorded_urls(output: Path, urls: Sequence[str]) -> set[str]:
    """Those of the URLs that the run directory knows the answers of."""
    known = {row["url"] for row in _table_rows(output)}
    for path in output.glob(f"stages/fetch-*/*.{JOURNAL}"):
        with Journal(str(path), read_only=True) as journal:
            known.update(url for url in urls if url in journal)
    return known


def _table_rows(output: Path) -> Iterator[dict[str, Any]]:
    """Of the blocks of images that are committed."""
    for sidecar in output.glob("stages/fetch-*/web-*.json"):  # and no temporary file that a killed process left
        yield from pq.read_table(sidecar.with_suffix(".parquet"), columns=["url", "status"]).to_pylist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("urls", 10_000), ("hosts", 500), ("workers", 2)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        came = kill_twice(Path(folder), chosen.urls, chosen.hosts, chosen.workers)
    print(f"{came.urls} URLs over {chosen.hosts} hosts, {chosen.workers} workers, {came.seconds:.0f} s in all")
    for recorded, in_flight in zip(came.recorded, came.in_flight, strict=True):
        print(f"killed with {recorded} recorded and {in_flight} in flight")
    print(f"{came.requests} requests: {came.twice} for what was in flight, {came.again} for what had been recorded")
    print(f"{came.lost} never asked for, {came.stored} stored")
    sys.exit(not came.is_right)


if __name__ == "__main__":
    main()
