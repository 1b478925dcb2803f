"""Peak memory of a whole run, on an input and on four times as much: it must not grow with the input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.made_web import write_web
from benchmarks.results import Figure, tell

COPIES = 50  # of the demo's 26 pages
TIMES = 4


def peak_mb(archive: Path, output: Path) -> float:
    """Peak resident memory, in MB, of `corpusflow run` on an archive with one worker and no models: those would hide
    what grows."""
    recipe = archive.with_suffix(".yaml")
    text = {
        "name": "memory",
        "sources": [{"kind": "warc", "path": str(archive)}],
        "load": {"block_pages": 200},
        "fetch": {"web": False, "block_images": 200},
        "filters": [{"name": "text_length"}, {"name": "image_size"}, {"name": "document_shape"}],
    }
    recipe.write_text(json.dumps(text), encoding="utf-8")
    command = [sys.executable, "-m", "corpusflow.cli", "run", str(recipe), "--output", str(output), "--json"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the run failed with exit code {process.returncode}")
    return usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)  # told in bytes there, else in kB


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        peaks = []
        for name, copies in (("once", COPIES), ("often", COPIES * TIMES)):
            write_web(folder / f"{name}.warc.gz", copies)
            peaks.append(peak_mb(folder / f"{name}.warc.gz", folder / name))
    tell(
        "memory",
        [
            Figure("peak memory of a run", "MB", peaks[0]),
            Figure(f"peak memory on {TIMES} times the input", "MB", peaks[1]),
            Figure("growth", "ratio", peaks[1] / peaks[0]),
        ],
    )


if __name__ == "__main__":
    main()
