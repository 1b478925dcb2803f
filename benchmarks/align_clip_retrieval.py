"""clip-retrieval beside our stages: the same pictures and texts as files, in a process of its own that is asked."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.align_made import Pages
from benchmarks.align_sides import BATCH, MODEL, Took

HERE = Path(__file__).parent
PYTHON = HERE.parent / ".venv" / "clip-retrieval" / "bin" / "python"


@contextlib.contextmanager
def clip_retrieval(python: Path, weights: Path, pages: Pages, folder: Path) -> Iterator[dict[str, Callable[[], Took]]]:
    """What it embeds by each call, by side: all pictures and all texts, copies too. The model is loaded.

    It gets our weights, our batches and one thread. Raises SystemExit when its process ends or embeds less than all.
    """
    files = {
        "images": _written(folder / "images", "jpg", list(pages.pictures)),
        "texts": _written(folder / "texts", "txt", [text.encode() for text in itertools.chain(*pages.texts)]),
    }
    command = [str(python), str(HERE / "align_peer.py"), f"open_clip:{MODEL}/{weights.resolve()}", str(BATCH)]
    environment = os.environ | {"PYTHONPATH": str(HERE.parent), "OMP_NUM_THREADS": "1"}
    with (
        (folder / "said.txt").open("w+", encoding="utf-8") as said,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True, env=environment
        ) as process,
    ):

        def ask(side: str, asked: Path) -> Took:
            assert process.stdin
            assert process.stdout
            with contextlib.suppress(BrokenPipeError):  # what it said tells why
                print(side, asked, file=process.stdin, flush=True)
            told = process.stdout.readline().split()
            wanted = len(list(asked.iterdir()))
            if not told or int(told[0]) != wanted:
                said.seek(0)
                raise SystemExit(f"clip-retrieval did not embed all {wanted} {side}\n{said.read()[-2000:]}")
            return Took(int(told[0]), float(told[1]), float(told[2]))

        for side, written in files.items():
            (first, *_) = sorted(written.iterdir())
            # What it does first takes longer.
            ask(side, _written(folder / f"first {side}", first.suffix[1:], [first.read_bytes()]))
        yield {side: partial(ask, side, written) for side, written in files.items()}


def _written(folder: Path, suffix: str, contents: list[bytes]) -> Path:
    folder.mkdir(parents=True)
    for number, content in enumerate(contents):
        (folder / f"{number:06}.{suffix}").write_bytes(content)
    return folder
