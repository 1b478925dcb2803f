"""Quality and speed of the extraction of main content, beside other extractors in the same run.

    python -m benchmarks.extract [--data DIR] [--rounds N] [--peers NAME ...]

Prints a table and writes benchmarks/results/extract.json. Peers that are not installed are left out; a page on which
one fails counts as empty.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.util
import json
import logging
import statistics
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.extract_peers import Peer, characters, parsing, parsing_and_walking, peers
from benchmarks.extract_score import DATA, GoldPage, Part, figures_of, gold_sets, parts_of, score_page
from benchmarks.results import Figure, tell
from corpusflow.errors import ExtractError
from corpusflow.extract.encoding import decode_html
from corpusflow.extract.html import extract_document

OURS = "corpusflow"
COMPARED = "trafilatura"  # the peer of the ratio of speeds
ROUNDS = 3
STRETCH = 12  # pages
TIMED_SET = "aeb"
ABOUT_IMAGES = ("placed_f1", "noimg_ok")

# What browsers read where a page says the former: its superset.
SUPERSETS = {
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "euc-jp": "euc_jis_2004",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "iso-8859-1": "cp1252",
    "iso-8859-9": "cp1254",
    "shift_jis": "cp932",
    "tis-620": "cp874",
}


def ours(html: bytes, url: str) -> list[Part]:
    try:
        return parts_of(extract_document(html, url))
    except ExtractError:
        return []


def quality(found: Mapping[str, Peer], sets: Mapping[str, Sequence[GoldPage]]) -> list[Figure]:
    """Every figure of every set that its gold can tell."""
    rows = []
    for name, pages in sets.items():
        figures = {}
        for peer in found.values():
            scored = figures_of([score_page(page, peer.extract(page.read(), page.url)) for page in pages])
            figures[peer.name] = {key: value for key, value in scored.items() if peer.images or key not in ABOUT_IMAGES}
        for key in figures[OURS]:
            told = {peer: round(values[key], 2) for peer, values in figures.items() if key in values}
            rows.append(Figure(f"{name} {key}", "%", told.pop(OURS), told))
    return rows


def speeds(run: Mapping[str, Callable[[bytes, str], object]], pages: Sequence[GoldPage], rounds: int) -> list[Figure]:
    """Pages per CPU second and thread; the median of the rounds."""
    bodies = [(page.read(), page.url) for page in pages]
    taken = [_round(run, bodies) for _ in range(rounds + 1)][1:]  # in the first, what is needed later is loaded
    per_second = {name: statistics.median(len(pages) / seconds[name] for seconds in taken) for name in run}
    ratio = statistics.median(seconds[COMPARED] / seconds[OURS] for seconds in taken) if COMPARED in run else None
    told = {name: round(value, 1) for name, value in per_second.items()}
    size = sum(len(html) for html, _ in bodies) / len(bodies)
    rows = [Figure(f"pages of {size / 1000:.0f} kB", "per cpu-s", told.pop(OURS), told)]
    if ratio is not None:
        rows.append(Figure(f"speed over {COMPARED}, with images", "times", round(ratio, 2)))
    return rows


def _round(run: Mapping[str, Callable[[bytes, str], object]], bodies: Sequence[tuple[bytes, str]]) -> dict[str, float]:
    """CPU seconds of each over all pages. All take a stretch of pages before any takes the next one, each time another
    one first, so that what else the machine does falls on all alike; and each reads page after page, as it would in
    use, with its own code and data in the caches of the processor."""
    seconds = dict.fromkeys(run, 0.0)
    names = list(run)
    gc.collect()
    gc.freeze()  # the collector would go through the modules of all for the garbage of one
    for number, begin in enumerate(range(0, len(bodies), STRETCH)):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            start = time.process_time()
            for html, url in bodies[begin : begin + STRETCH]:
                run[name](html, url)
            seconds[name] += time.process_time() - start
    gc.unfreeze()
    return seconds


def encodings(folder: Path, names: Collection[str] | None) -> list[Figure]:
    """Share of documents that are read as their true encoding reads them."""
    entries = json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
    documents = [((folder / entry["file"]).read_bytes(), entry["encoding"]) for entry in entries]
    shares = {}
    for name, decode in decoders():
        if names is not None and name not in (OURS, *names):
            continue
        right = sum(_same(decode(html), html, encoding) for html, encoding in documents)
        shares[name] = round(100 * right / len(documents), 2)
    return [Figure("encoding found", "%", shares.pop(OURS), shares)]


def decoders() -> Iterator[tuple[str, Callable[[bytes], str]]]:
    yield OURS, decode_html
    if importlib.util.find_spec("trafilatura"):
        yield "trafilatura", importlib.import_module("trafilatura.utils").decode_file
    if importlib.util.find_spec("resiliparse"):
        yield "resiliparse", characters()
    if importlib.util.find_spec("charset_normalizer"):
        best = importlib.import_module("charset_normalizer").from_bytes
        yield "charset-normalizer", lambda html: str(best(html).best() or "")


def _same(text: str, html: bytes, encoding: str) -> bool:
    return any(_bare(text) == _bare(truth) for truth in _readings(html, encoding.lower()))


def _readings(html: bytes, encoding: str) -> Iterator[str]:
    for codec in (encoding, SUPERSETS.get(encoding)):
        try:
            yield html.decode(codec, "replace") if codec else ""
        except LookupError:  # Python does not know EUC-TW
            continue


def _bare(text: str) -> str:
    """Less the byte order mark, which some leave in, and with one kind of line end."""
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with extraction/, sites/ and charset/")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of the measure of speed")
    parser.add_argument("--peers", nargs="*", metavar="NAME", help="these only; all that are installed by default")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # peers complain about pages
    warnings.simplefilter("ignore")
    try:
        sets = gold_sets(options.data)
    except FileNotFoundError as error:
        raise SystemExit(str(error)) from error
    found = {peer.name: peer for peer in (Peer(OURS, ours, True, Counter()), *peers(options.peers))}
    rows = quality(found, sets) + encodings(options.data / "charset", options.peers)
    for peer in found.values():
        if peer.failed:
            print(f"{peer.name} failed on pages: {dict(peer.failed)}", file=sys.stderr)
    run: dict[str, Callable[[bytes, str], object]] = {name: peer.extract for name, peer in found.items()}
    run["parsing alone"] = lambda html, _: parsing(html)
    run["parsing and walking every node"] = lambda html, _: parsing_and_walking(html)
    tell("extract", rows + speeds(run, sets[TIMED_SET], options.rounds))


if __name__ == "__main__":
    main()
