"""The stages that embed and align beside the bare forward pass of the same model, a loop that a user writes, and
clip-retrieval.

    python -m benchmarks.align [--data DIR] [--rounds N] [--clip-retrieval PYTHON]

The model is a ViT-B-32 of random weights: what it costs does not depend on them. All run with one thread, by turns, in
CPU seconds, clip-retrieval in a process and an environment of its own and the others in one; of the rounds the median
counts. The stages read blocks of a run directory and write theirs into it. A picture or text that stands twice counts
once, save in the rows `with copies`, where each counts: the loop and clip-retrieval embed all of them. Without
clip-retrieval's environment the table comes without it, and says so. Prints the table and writes
benchmarks/results/align.json.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.align_clip_retrieval import PYTHON, clip_retrieval
from benchmarks.align_made import Pages, made_pages
from benchmarks.align_sides import BATCH, MODEL, ConseAlone, OpenClipAlone, Ours, Took, random_weights
from benchmarks.extract_score import DATA
from benchmarks.results import Figure, tell
from corpusflow.peak_memory import peak_memory

ROUNDS = 3
# Documents: so many that every batch is full, as nearly all are in a block of a thousand. Fewer in bf16, which takes
# four times as long as fp32 where the CPU has no AMX.
DOCUMENTS = {"fp32": 19, "bf16": 3, "conse": 7}
LARGE = (200, 2000)  # images and texts of the document that is measured for memory
PREPARING = {"images": "decoding and preprocessing", "texts": "tokenising"}
PEER = "clip-retrieval"
EMBEDS_COPIES = {"one by one": "loop", PEER: PEER}  # by title, what its works begin with
CLOCK = "by the clock"

Rates = dict[str, float]
"""Items a CPU second by what was done; with CLOCK behind the name, items a second."""


def timed(work: Callable[[], int]) -> Took:
    """work: returns how many items it did."""
    start, cpu_start = time.perf_counter(), time.process_time()
    items = work()
    return Took(items, time.process_time() - cpu_start, time.perf_counter() - start)


def rounds(
    sides: Sequence[Ours],
    works: Mapping[str, Callable[[], int]],
    count: int,
    elsewhere: Mapping[str, Callable[[], Took]] | None = None,
) -> list[Rates]:
    """Every work once a round, by turns. sides: those of our sides that work. elsewhere: works of other processes."""
    timers = {name: partial(timed, work) for name, work in works.items()} | dict(elsewhere or {})
    measured = []
    for _ in range(count):
        for side in sides:
            side.begin()
        rates = {}
        for name, timer in timers.items():
            took = timer()
            rates |= {name: took.items / took.cpu_s, f"{name} {CLOCK}": took.items / took.wall_s}
        measured.append(rates)
    return measured


def together(rates: Rates, *names: str) -> float:
    """Items a second where each takes its time at all of these rates, one after another; those not measured are left
    out."""
    return 1 / sum(1 / rates[name] for name in names if name in rates)


def figures(title: str, bare: str, measured: list[Rates], pages: Pages) -> Iterator[Figure]:
    """bare: what the work `forward` is called."""
    median = {name: statistics.median(each[name] for each in measured) for name in measured[0]}
    copies = {"images": len(pages.pictures) / len(pages.distinct_pictures)}
    copies["texts"] = sum(map(len, pages.texts)) / len(pages.distinct_texts)
    for side, of_each in copies.items():
        parts = {f"forward {side}": bare, f"prepare {side}": PREPARING[side]}
        shown = parts | {f"{PEER} {side}": PEER}
        peers = {title: round(median[name], 1) for name, title in shown.items() if name in median}
        allowed = [together(each, *parts) for each in measured]
        shares = [each[side] / limit for each, limit in zip(measured, allowed, strict=True)]
        yield Figure(f"{title}: {side}", f"{side}/s", round(median[side], 1), peers)
        yield Figure("    of what these allow together", "ratio", round(statistics.median(shares), 3))
        if openvino := median.get(f"openvino {side}"):
            yield Figure("    with the backend openvino", f"{side}/s", round(openvino, 1))
        yield from with_copies(title, side, median, of_each)


def with_copies(title: str, side: str, median: Rates, of_each: float) -> Iterator[Figure]:
    """Beside those that embed every copy. of_each: how often an item stands in the pages, on average."""
    peers = {peer: f"{works} {side}" for peer, works in EMBEDS_COPIES.items() if f"{works} {side}" in median}
    for figure, clock in (f"{title}: {side}, with copies", ""), (f"    {CLOCK}", f" {CLOCK}"):
        theirs = {peer: median[name + clock] for peer, name in peers.items()}
        ours = median[side + clock] * of_each
        if theirs:
            yield Figure(figure, f"{side}/s", round(ours, 1), {peer: round(rate, 1) for peer, rate in theirs.items()})
        if not clock:
            for peer, rate in theirs.items():
                yield Figure(f"    times as many as {peer}", "ratio", round(ours / rate, 2))


def of_open_clip(precision: str, count: int, data: Path, folder: Path, python: Path | None = None) -> list[Figure]:
    """fp32 also with the backend openvino, where it is installed, and one by one. python: of clip-retrieval."""
    pages, weights = made_pages(data, DOCUMENTS[precision]), random_weights(folder)
    options = {"architecture": MODEL, "pretrained": str(weights), "batch_size": BATCH}
    options |= {"precision": precision, "text_precision": precision}
    sides = [Ours({"name": "open_clip", "options": options}, pages, folder / precision)]
    alone = OpenClipAlone(weights, precision, pages, folder)
    works = {"images": sides[0].embed, "texts": sides[0].align}
    works |= {"forward images": alone.forward_images, "forward texts": alone.forward_texts}
    works |= {"prepare images": alone.prepare_images, "prepare texts": alone.prepare_texts}
    if precision == "fp32":
        works |= {"loop images": alone.images_one_by_one, "loop texts": alone.texts_one_by_one}
        if importlib.util.find_spec("openvino") is not None:
            backed = {"name": "open_clip", "options": options | {"backend": "openvino"}}
            sides.append(Ours(backed, pages, folder / "openvino"))
            works |= {"openvino images": sides[1].embed, "openvino texts": sides[1].align}
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(clip_retrieval(python, weights, pages, folder / PEER)) if python else {}
        elsewhere = {f"{PEER} {side}": work for side, work in peer.items()}
        measured = rounds(sides, works, count, elsewhere)
    return list(figures(f"{MODEL} {precision}", "bare forward pass", measured, pages))


def of_conse(count: int, data: Path, folder: Path) -> list[Figure]:
    pages = made_pages(data, DOCUMENTS["conse"])
    ours, alone = Ours({"name": "conse"}, pages, folder / "conse"), ConseAlone(pages)
    works = {"images": ours.embed, "texts": ours.align, "prepare images": alone.prepare_images}
    works |= {"forward images": alone.forward_images, "forward texts": alone.forward_texts}
    return list(figures("conse", "scorer called directly", rounds([ours], works, count), pages))


def memory(data: Path, folder: Path) -> Figure:
    """Of the align stage on one large document. Linux only. With conse, whose model is small and quick."""
    images, texts = LARGE
    ours = Ours({"name": "conse"}, made_pages(data, 1, images, texts), folder / "memory")
    ours.begin()
    ours.embed()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # from here on the peak is counted anew
    before = peak_memory()
    ours.align()
    title = f"peak memory of align, {images} x {texts:,}, conse"
    return Figure(title, "MB", peak_memory() // 2**20, {"before it, the model loaded": before // 2**20})


def gains(figures: Sequence[Figure]) -> Iterator[Figure]:
    """What bf16 brings: three times as many images is the aim where the CPU has AMX."""
    rates = {row.figure: row.ours for row in figures}
    for side in ("images", "texts"):
        ratio = rates[f"{MODEL} bf16: {side}"] / rates[f"{MODEL} fp32: {side}"]
        yield Figure(f"bf16 over fp32: {side}", "ratio", round(ratio, 2))
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    yield Figure("the CPU has amx_bf16", "1: yes", int("amx_bf16" in flags))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--clip-retrieval", type=Path, default=PYTHON, help="the Python that has it")
    given = parser.parse_args()
    python = given.clip_retrieval if given.clip_retrieval.exists() else None
    if python is None:
        print(f"Without {PEER}: {given.clip_retrieval} is missing; `make bench-align` installs it")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large = memory(given.data, folder)
        conse = of_conse(given.rounds, given.data, folder)
        clip = of_open_clip("fp32", given.rounds, given.data, folder, python)
        clip += of_open_clip("bf16", 1, given.data, folder)
    there = Figure(f"{PEER} was there", "1: yes", int(python is not None))
    tell("align", [*clip, *gains(clip), there, *conse, large])


if __name__ == "__main__":
    main()
