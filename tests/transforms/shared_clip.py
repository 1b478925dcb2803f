"""A small open_clip model that is shared though it runs on the CPU, and a process that uses it."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from PIL import Image

from corpusflow.models.open_clip import OpenClip
from corpusflow.models.open_clip_forward import Forward
from corpusflow.store.block import Block
from corpusflow.store.commit import BlockWriter
from tests.corpusflow.models.tiny_clip import NAME, library_with_tiny
from transforms.shared_model import share_gpu_models

TEXTS = ["a dog", "", "two red cars"]


@dataclass(frozen=True)
class SharedOnCpu(OpenClip):
    """folder: where every loading leaves the number of its process. deadly: loading kills the process."""

    folder: str = ""
    deadly: bool = False

    @property
    def on_gpu(self) -> bool:
        return True

    def own_forward(self) -> Forward:
        with (Path(self.folder) / "loaded").open("a") as loaded:
            loaded.write(f"{os.getpid()}\n")
        if self.deadly:
            os._exit(9)
        with tiny_of_this_process(self.folder):
            return super().own_forward()


@contextlib.contextmanager
def tiny_of_this_process(folder: str) -> Iterator[None]:
    """Its configuration in a file that no other process writes at the same time."""
    own = Path(folder) / f"config-{os.getpid()}"
    own.mkdir(exist_ok=True)
    with library_with_tiny(own):
        yield


def loaded_by(folder: Path) -> list[int]:
    """The processes that have loaded the model, in order."""
    return [int(line) for line in (folder / "loaded").read_text().split()]


def pictures() -> list[Image.Image]:
    noise = np.random.default_rng(0).integers(0, 256, (10, 60, 80, 3), np.uint8)
    return [Image.fromarray(pixels) for pixels in noise]


def rows(scorer: OpenClip) -> bytes:
    return scorer.embed_images(pictures()).tobytes() + scorer.embed_texts(TEXTS).tobytes()


EMBEDDED = pa.schema([("process", pa.int64()), ("rows", pa.binary())])


def embed_in_stage(block: Block, scorer: SharedOnCpu, out: BlockWriter) -> None:
    """What a stage does: one row with the number of its process and what it embedded."""
    with tiny_of_this_process(scorer.folder):
        out.table("parquet", EMBEDDED).add({"process": os.getpid(), "rows": rows(scorer)})


if __name__ == "__main__":
    share_gpu_models()
    with tiny_of_this_process(sys.argv[2]):
        rows(SharedOnCpu(NAME, sys.argv[1], folder=sys.argv[2]))
    print("done", flush=True)
    time.sleep(float(sys.argv[3]))
