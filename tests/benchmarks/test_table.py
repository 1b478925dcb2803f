from __future__ import annotations

import json
from pathlib import Path

from benchmarks.machine import this_machine
from benchmarks.results import Figure, tell
from benchmarks.table import MACHINES, PAGE, page, told_of, write_table

ROW = {"figure": "speed", "unit": "per s", "ours": 1234.5678, "peers": {"other": 2.0}}


def test_each_benchmark_has_its_table_with_its_peers() -> None:
    lines = list(page({"fast": [ROW]}, {}))
    assert "## fast" in lines
    assert lines[-1] == "| speed | 1,235.0 | per s | other 2 |"


def test_a_bar_in_a_name_ends_no_cell() -> None:
    assert list(page({"fast": [ROW | {"figure": "a|b"}]}, {}))[-1].startswith("| a\\|b |")


def test_the_page_tells_day_and_machine_where_they_were_noted() -> None:
    machine = this_machine() | {"date": "2026-01-02", "processor": "Fast 9", "cores": 3}
    assert told_of(machine).startswith("2026-01-02, Fast 9, 3 cores, ")
    assert "noted" in told_of(None)


def test_a_benchmark_writes_its_figures_as_a_plain_list_and_the_page_of_all(tmp_path: Path) -> None:
    tell("one", [Figure("speed", "per s", 1.0, {"other": 2.0})], tmp_path)
    tell("two", [Figure("size", "MB", 3.0)], tmp_path)
    assert json.loads((tmp_path / "one.json").read_text()) == [
        {"figure": "speed", "unit": "per s", "ours": 1.0, "peers": {"other": 2.0}}
    ]
    assert set(json.loads((tmp_path / MACHINES).read_text())) == {"one", "two"}
    text = (tmp_path / PAGE).read_text()
    assert "| speed | 1 | per s | other 2 |" in text
    assert "| size | 3 | MB |  |" in text
    assert text.index("## one") < text.index("## two")


def test_the_page_is_the_same_when_it_is_written_again(tmp_path: Path) -> None:
    tell("one", [Figure("speed", "per s", 1.0)], tmp_path)
    before = (tmp_path / PAGE).read_text()
    write_table(tmp_path)
    assert (tmp_path / PAGE).read_text() == before


def test_the_page_in_the_repository_is_what_the_benchmarks_left() -> None:
    folder = Path(__file__).parents[2] / "benchmarks" / "results"
    results = {
        path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json")) if path.stem != "machines"
    }
    machines = folder / MACHINES
    known = json.loads(machines.read_text()) if machines.exists() else {}
    assert (folder / PAGE).read_text() == "\n".join(page(results, known)) + "\n"
