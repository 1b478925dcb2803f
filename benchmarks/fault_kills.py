"""Runs that are killed, that meet each other, or whose clock jumps."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.fault_runs import TIMEOUT_S, Made, Outcome, command, end, last_line, shards, start

KILLS_A_RUN = 5  # then it is left to end
SPAN_S = {1: 4.0, 2: 9.0}  # in which a run of so many workers is killed, once it has its directory
JUMPS = (
    "import random, sys, time, runpy; real = time.time; chance = random.Random(1); "
    "time.time = lambda: real() + chance.choice((-4e7, 0, 4e7)); "
    "sys.argv[0] = 'corpusflow'; runpy.run_module('corpusflow.cli', run_name='__main__')"
)


def kill_runs(made: Made, workers: int, kills: int, chance: random.Random) -> Outcome:
    """A run is killed with all its processes some times, then left to end and compared; then another begins."""
    done = runs = same = right = 0
    while done < kills:
        output = made.folder / f"killed-{workers}" / str(runs)
        here = 0
        while here < min(KILLS_A_RUN, kills - done) and _killed(made, output, workers, chance):
            here += 1
        if not shards(output):
            end(made.recipe, output, "--workers", str(workers))
        runs += 1
        done += here
        if shards(output) == made.shards and not list(output.rglob(".tmp-*")):
            same, right = same + here, right + 1
    who = "the launcher" if workers == 1 else f"all processes of {workers} workers"
    happened = f"{done} kills in {runs} runs, each then left to end; {right} ended with the same shards"
    return Outcome(f"{who} killed at random moments", done, happened, same)


def _killed(made: Made, output: Path, workers: int, chance: random.Random) -> bool:
    """Whether the run was killed before it had ended."""
    # The workers of a run that was killed may be at their last block.
    with start(made.recipe, output, "--workers", str(workers)) as process:
        while process.poll() is None and not _has_begun(output, process.pid):
            time.sleep(0.01)
        deadline = time.monotonic() + chance.uniform(0, SPAN_S[workers])
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        killed = process.poll() is None
        if killed:
            os.killpg(process.pid, signal.SIGKILL)
    return killed


def _has_begun(output: Path, pid: int) -> bool:
    """Whether the process holds the directory: before, there is nothing that a kill could spoil."""
    lock = output / "run.lock"
    return lock.exists() and str(pid) in lock.read_text().split()


def kill_workers(made: Made, times: int, chance: random.Random) -> Outcome:
    """One of two workers is killed; the run goes on by itself."""
    same = ended = kills = 0
    for number in range(times):
        output = made.folder / f"worker-killed-{number}"
        with start(made.recipe, output, "--workers", "2") as process:
            while process.poll() is None and not list(output.glob("stages/extract-*/*.json")):
                time.sleep(0.02)
            workers = _children(process.pid)
            time.sleep(chance.uniform(0, 1.5))
            if process.poll() is None and workers:
                os.kill(chance.choice(workers), signal.SIGKILL)
                kills += 1
            ended += process.wait(TIMEOUT_S) == 0
        if not shards(output):
            end(made.recipe, output, "--workers", "2")
        same += shards(output) == made.shards
    return Outcome("one of two workers killed", times, f"{kills} kills; {ended} of {times} runs went on alone", same)


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    own = [int(word) for word in found.read_text().split()]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        own += [int(word) for word in task.read_text().split()]
    return sorted(set(own))


def runs_at_once(made: Made, number: int) -> Outcome:
    """Several runs started in one directory at the same instant: one works, the others are refused."""
    output = made.folder / "at-once"
    processes = [
        subprocess.Popen(command(made.recipe, output), text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(number)
    ]
    said = [process.communicate(timeout=TIMEOUT_S)[1] for process in processes]
    refused = sum("another run works here" in text for text in said)
    ok = sum(process.returncode == 0 for process in processes)
    return Outcome(f"{number} runs started at once", 1, f"{ok} ended, {refused} refused", shards(output) == made.shards)


def lock_removed(made: Made) -> Outcome:
    """The lock is removed by hand while a run works, and another one begins."""
    output = made.folder / "lock-removed"
    with start(made.recipe, output) as first:
        while first.poll() is None and not list(output.glob("stages/extract-*/*.json")):
            time.sleep(0.02)
        (output / "run.lock").unlink(missing_ok=True)
        second = end(made.recipe, output)
        first.wait(TIMEOUT_S)
    third = end(made.recipe, output)
    happened = f"first run {first.returncode}, second {second.returncode}, a run after them {third.returncode}"
    return Outcome("lock removed by hand, two runs at work", 1, happened, shards(output) == made.shards)


def clock_jumps(made: Made, chance: random.Random) -> Outcome:
    """The wall clock jumps by more than a year at every look, there and back."""
    output = made.folder / "clock"
    words = [sys.executable, "-c", JUMPS, *command(made.recipe, output)[3:]]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)
    happened = "ended as usual" if ended.returncode == 0 else last_line(ended.stderr)
    return Outcome("wall clock jumps by a year and back", 1, happened, shards(output) == made.shards)
