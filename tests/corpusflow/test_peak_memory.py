from __future__ import annotations

import subprocess
import sys


def test_the_peak_is_what_was_held_even_after_it_is_let_go_but_not_what_the_parent_holds() -> None:
    code = "from corpusflow.peak_memory import peak_memory as peak; before = peak(); held = b'x' * 90_000_000; "
    code += "most = peak(); del held; print(before, most, peak())"
    parents = b"x" * 300_000_000
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    before, most, after = map(int, said.split())
    assert before < len(parents)
    assert before + 80_000_000 < most
    assert after > most - 1_000_000  # the system counts in steps
