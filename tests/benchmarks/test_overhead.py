from __future__ import annotations

from pathlib import Path

from benchmarks.made_web import write_web
from benchmarks.overhead import in_a_loop, recipe, through_beam, timed


def test_the_plain_loop_does_what_the_graph_does(tmp_path: Path) -> None:
    write_web(tmp_path / "web.warc.gz", 2)
    wanted = recipe(tmp_path / "web.warc.gz")
    _, expected = timed(in_a_loop, wanted, tmp_path / "loop")
    assert expected
    assert timed(through_beam, wanted, tmp_path / "beam")[1] == expected
