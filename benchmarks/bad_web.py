"""Fetches a web in which most hosts misbehave, and prints what each got.

    python -m benchmarks.bad_web

Ends with 1 when something else came of a host than it deserves.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from tests.bad_web import bad_web, fetch_all, outcome_of


def main() -> None:
    wrong = 0
    came = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, bad_web(Path(folder)) as web:
        begin = time.perf_counter()
        for transfer in fetch_all(list(web)):
            host, outcome = web[transfer.url], outcome_of(transfer)
            wrong += outcome not in host.wanted.split(" or ") or transfer.attempts not in host.attempts
            came[host.name, host.does, outcome, transfer.attempts].append(transfer.milliseconds)
        seconds = time.perf_counter() - begin
        order = list(dict.fromkeys(host.name for host in web.values()))
    print(f"{'host':<24} {'what it does':<58} {'what it got':<22} {'attempts':>8} {'URLs':>5} {'ms, most':>9}")
    for (name, does, outcome, attempts), times in sorted(came.items(), key=lambda item: order.index(item[0][0])):
        print(f"{name:<24} {does:<58} {outcome:<22} {attempts:>8} {len(times):>5} {max(times):>9}")
    print(f"{len(web)} URLs of {len(order)} hosts in {seconds:.1f} s; {wrong} not as they should")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
