"""A small open_clip model that is shared though it runs on the CPU, and a process that uses it."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from corpusflow.models.open_clip import OpenClip
from corpusflow.models.open_clip_forward import Forward
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
        with library_with_tiny(Path(self.folder)):
            return super().own_forward()


def loaded_by(folder: Path) -> list[int]:
    """The processes that have loaded the model, in order."""
    return [int(line) for line in (folder / "loaded").read_text().split()]


def pictures() -> list[Image.Image]:
    noise = np.random.default_rng(0).integers(0, 256, (10, 60, 80, 3), np.uint8)
    return [Image.fromarray(pixels) for pixels in noise]


def rows(scorer: OpenClip) -> bytes:
    return scorer.embed_images(pictures()).tobytes() + scorer.embed_texts(TEXTS).tobytes()


def use(weights: str, folder: str, together: Any = None) -> None:
    """Writes what it embedded into the folder. together: a barrier, so that none ends before all have done so."""
    share_gpu_models()
    with library_with_tiny(Path(folder)):
        (Path(folder) / f"{os.getpid()}.rows").write_bytes(rows(SharedOnCpu(NAME, weights, folder=folder)))
        if together is not None:
            together.wait(60)


if __name__ == "__main__":
    use(*sys.argv[1:3])
    print("done", flush=True)
    time.sleep(float(sys.argv[3]))
