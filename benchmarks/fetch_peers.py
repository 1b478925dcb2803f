"""What fetching is compared with: img2dataset, and the two halves of the work alone, each with any number of processes.

Every function gives pictures a second, start-up left out.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

IN_FLIGHT = 32  # a process: threads of img2dataset, requests of aiohttp


def img2dataset(program: Path, urls: Sequence[str], workers: int, folder: Path, max_side: int, quality: int) -> float:
    """The time is from the first shard's beginning to the last one's end, as its statistics tell.

    It gets what it is fastest with and what makes the same pictures: a WebDataset, two shards a process, the longest
    side cut to max_side, the same JPEG quality, no look for a newer albumentations. Raises SystemExit unless all
    pictures were stored.
    """
    folder.mkdir(parents=True)
    listing = folder / "urls.txt"
    listing.write_text("\n".join(urls), encoding="utf-8")
    options = {
        "url_list": listing,
        "input_format": "txt",
        "output_folder": folder / "out",
        "output_format": "webdataset",
        "number_sample_per_shard": -(-len(urls) // (2 * workers)),
        "processes_count": workers,
        "thread_count": IN_FLIGHT,
        "image_size": max_side,
        "resize_mode": "keep_ratio_largest",
        "encode_quality": quality,
    }
    command = [str(program), *(f"--{name}={value}" for name, value in options.items())]
    quiet = os.environ | {"NO_ALBUMENTATIONS_UPDATE": "1"}
    done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
    shards = [json.loads(path.read_text()) for path in (folder / "out").glob("*_stats.json")]
    stored = sum(shard["successes"] for shard in shards)
    if done.returncode or stored != len(urls):
        raise SystemExit(f"img2dataset stored {stored} of {len(urls)} pictures\n{done.stderr[-2000:]}")
    return stored / (max(shard["end_time"] for shard in shards) - min(shard["start_time"] for shard in shards))


def plain_aiohttp(urls: Sequence[str], workers: int) -> float:
    """Requests and bodies, nothing else."""
    return _rate(_read_all, urls, workers)


def decoding(pictures: Sequence[Path], workers: int, max_side: int, count: int) -> float:
    """Our own decoding and encoding of bytes that are in memory."""
    return _rate(_Store(tuple(pictures), max_side), range(count), workers)


def _rate(work: Callable[[Sequence[Any]], None], items: Sequence[Any], workers: int) -> float:
    slices = [items[number::workers] for number in range(workers)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        # Every process imports and warms up. One process may take two of the slices, hence more of them.
        pool.map(work, [part[:20] for part in slices] * 4, chunksize=1)
        begin = time.perf_counter()
        pool.map(work, slices, chunksize=1)
        return len(items) / (time.perf_counter() - begin)


def _read_all(urls: Sequence[str]) -> None:
    asyncio.run(_read_with_aiohttp(urls))


async def _read_with_aiohttp(urls: Sequence[str]) -> None:
    import aiohttp

    left = iter(urls)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:

        async def read() -> None:
            for url in left:
                async with session.get(url) as answer:
                    answer.raise_for_status()
                    await answer.read()

        await asyncio.gather(*(read() for _ in range(IN_FLIGHT)))


class _Store:
    """Stores pictures by their numbers; reads their files once, before the clock runs."""

    def __init__(self, pictures: tuple[Path, ...], max_side: int) -> None:
        self._pictures = pictures
        self._max_side = max_side

    def __call__(self, numbers: Sequence[int]) -> None:
        from corpusflow.images.decode import Limits, store_form

        limits = Limits(max_side=self._max_side)
        for number in numbers:
            path = self._pictures[number % len(self._pictures)]
            if path not in _read:
                _read[path] = path.read_bytes()
            store_form(_read[path], path.name, limits)


_read: dict[Path, bytes] = {}
