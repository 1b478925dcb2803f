"""The part of the benchmark of alignment that runs in clip-retrieval's environment, as a program asked on its input.

    PYTHON benchmarks/align_peer.py MODEL BATCH

MODEL is as clip-retrieval names it, BATCH the size of its batches. For a line `SIDE FOLDER`, SIDE being images or
texts, it prints how many files of the folder it embedded, the CPU seconds that this took, and the seconds by the clock.

Reading, batching, embedding and writing are clip-retrieval's own, in one process with one thread. Only its statistics
are left out: for them it starts a process of its own. The model stays loaded from one line to the next.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from pathlib import Path

from corpusflow.models.torchvision_shim import ensure_torchvision

ensure_torchvision()

import numpy as np  # noqa: E402
import torch  # noqa: E402
from clip_retrieval.clip_inference import worker  # noqa: E402

WRITTEN = {"images": "img_emb", "texts": "text_emb"}


class NoStatistics:
    def __init__(self, **_: object) -> None:
        pass

    def start(self) -> None:
        pass

    def __call__(self, _: object) -> None:
        pass

    def end(self) -> None:
        pass


def embed(side: str, folder: str, model: str, batch: int) -> tuple[int, float, float]:
    """Files, CPU seconds, seconds."""
    with tempfile.TemporaryDirectory() as output:
        start, cpu_start = time.perf_counter(), time.process_time()
        worker.worker(
            tasks=[0],
            input_dataset=folder,
            output_folder=output,
            output_partition_count=1,
            batch_size=batch,
            num_prepro_workers=0,  # in this process
            enable_image=side == "images",
            enable_text=side == "texts",
            clip_model=model,
            use_jit=False,
        )
        cpu_s, took_s = time.process_time() - cpu_start, time.perf_counter() - start
        (written,) = Path(output, WRITTEN[side]).glob("*.npy")
        return len(np.load(written)), cpu_s, took_s


def main() -> None:
    model, batch = sys.argv[1], int(sys.argv[2])
    torch.set_num_threads(1)
    worker.LoggerWriter = NoStatistics
    for line in sys.stdin:
        side, folder = line.rstrip("\n").split(" ", 1)
        with contextlib.redirect_stdout(sys.stderr):  # it tells what it does
            answer = embed(side, folder, model, batch)
        print(*answer, flush=True)


if __name__ == "__main__":
    main()
