"""Every fault that may happen to a run, against small real runs: what happened, and whether the shards are the same.

    python -m benchmarks.faults [--kills 60] [--seed 7]

Writes benchmarks/results/faults.json and the table faults.md beside it; ends with 1 when a shard differs. What needs a
small file system of its own (disk full, read-only) is mounted as root and told as not tried elsewhere.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.fault_damage import damage, interrupted_end, shard_damage, writes_that_fail
from benchmarks.fault_files import disk_full, other_outputs, read_only, source_changes
from benchmarks.fault_kills import clock_jumps, kill_runs, kill_workers, lock_removed, runs_at_once
from benchmarks.fault_runs import Outcome, make, table
from benchmarks.results import FOLDER, Figure, tell


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)
    rows: list[Outcome] = []
    begin = time.perf_counter()

    def add(*found: Outcome) -> None:
        rows.extend(found)
        for row in found:
            print(
                f"{time.perf_counter() - begin:5.0f} s  {row.fault}: {row.happened} ({row.same:d} of {row.times})",
                flush=True,
            )

    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder) / "made", range(24))
        add(kill_runs(made, 1, chosen.kills * 2 // 3, chance), kill_runs(made, 2, chosen.kills // 3, chance))
        add(kill_workers(made, 4, chance))
        add(*damage(made, chance), *shard_damage(made))
        add(interrupted_end(made), writes_that_fail(made, 12, chance))
        add(*disk_full(made), read_only(made), *other_outputs(made), *source_changes(made))
        add(runs_at_once(made, 3), lock_removed(made), clock_jumps(made, chance))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "faults.md").write_text(table(rows), encoding="utf-8")
    figures = [
        Figure(
            row.fault, "shards the same", int(row.same), {"times": row.times, "ended otherwise": row.times - row.same}
        )
        for row in rows
    ]
    tell("faults", [*figures, Figure("time", "seconds", round(time.perf_counter() - begin))])
    sys.exit(any(row.same < row.times for row in rows))


if __name__ == "__main__":
    main()
