"""Which batch size makes an open_clip model the fastest within a limit of memory, found by measuring."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import TypeVar

import numpy as np

from corpusflow.errors import StartError
from corpusflow.models.open_clip import OpenClip
from corpusflow.models.open_clip_forward import device_of
from corpusflow.peak_memory import peak_memory

T = TypeVar("T")

MAX_SIZE = 1024
NEAR_BEST = 0.95  # of the best rate: what is above it differs by noise, and a larger batch costs memory
PICTURE = (512, 384)  # pixels, as many stored images are; what they show changes no speed
TEXT = "two red cars in front of a house, and a dog"


@dataclass(frozen=True)
class Measured:
    """What a batch size gave.

    images, texts: items per second, of CPU time on a CPU and of the clock on a GPU, preprocessing included.
    peak_bytes: the most that the process held, or that torch held of the GPU.
    """

    size: int
    images: float
    texts: float
    peak_bytes: int

    @property
    def pairs(self) -> float:
        """An image and a text each, per second."""
        return 1 / (1 / self.images + 1 / self.texts)


def measure_sizes(measure: Callable[[int], Measured | None], memory: int | None = None) -> Iterator[Measured]:
    """1, 2, 4, ... until memory (bytes) is exceeded or two sizes in a row brought nothing.

    measure: None where memory did not suffice. The size that exceeds the limit is yielded, too.
    """
    best, without_gain, size = 0.0, 0, 1
    while size <= MAX_SIZE and without_gain < 2:
        measured = measure(size)
        if measured is None:
            return
        yield measured
        if memory is not None and measured.peak_bytes > memory:
            return
        without_gain = without_gain + 1 if measured.pairs * NEAR_BEST < best else 0
        best, size = max(best, measured.pairs), size * 2


def best_size(rows: Sequence[Measured], memory: int | None = None) -> Measured:
    """The smallest within 5 % of the best of those that fit. Raises StartError when none does."""
    fitting = [row for row in rows if memory is None or row.peak_bytes <= memory]
    if not fitting:
        held = f"takes {rows[0].peak_bytes / 1e9:.2f} GB" if rows else "takes more memory than there is"
        limit = f", the limit is {memory / 1e9:.2f} GB" if memory is not None else ""
        raise StartError(f"a batch of one {held}{limit}; give more, or take a smaller model")
    best = max(row.pairs for row in fitting)
    return min((row for row in fitting if row.pairs >= NEAR_BEST * best), key=lambda row: row.size)


def measure_apart(spec: OpenClip, size: int, seconds: float) -> Measured | None:
    """Measures in a new process, since the peak of memory never falls; None where memory did not suffice."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
        try:
            return processes.submit(measure_here, spec, size, seconds).result()
        except BrokenProcessPool:
            return None  # this is how the system ends a process that takes too much


def measure_here(spec: OpenClip, size: int, seconds: float) -> Measured | None:
    """Measures in this process, images for so many seconds and texts for as many; None where memory did not suffice."""
    import torch
    from PIL import Image

    scorer = replace(spec, batch_size=size)
    clock = time.perf_counter if scorer.on_gpu else time.process_time
    noise = np.random.default_rng(0).integers(0, 256, (PICTURE[1], PICTURE[0], 3), np.uint8)
    try:
        scorer.load()
        images = _rate(scorer.embed_images, [Image.fromarray(noise)] * size, clock, seconds)
        texts = _rate(scorer.embed_texts, [TEXT] * size, clock, seconds)
    except torch.OutOfMemoryError:
        return None
    peak = int(torch.cuda.max_memory_allocated(device_of(scorer))) if scorer.on_gpu else peak_memory()
    return Measured(size, images, texts, peak)


def _rate(
    embed: Callable[[Sequence[T]], np.ndarray], batch: Sequence[T], clock: Callable[[], float], seconds: float
) -> float:
    """Items a second of the clock."""
    embed(batch)  # the first call prepares what later ones find ready
    done, start = 0, clock()
    while (spent := clock() - start) < seconds or not done:
        embed(batch)
        done += len(batch)
    return done / spent
