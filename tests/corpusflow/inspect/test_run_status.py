from __future__ import annotations

from pathlib import Path

from corpusflow.inspect.run_status import run_status
from corpusflow.store.paths import LocalStore
from corpusflow.store.run_files import PARTS, RUN


def begun(folder: Path, *sidecars: str, parts: int = 3) -> LocalStore:
    store = LocalStore(str(folder))
    store.write(RUN, b"{}")
    store.write(PARTS, b"{}\n" * parts)
    for name in sidecars:
        store.write(name, b"{}")
    return store


def test_stages_are_told_by_their_names_in_the_order_of_the_data(tmp_path: Path) -> None:
    store = begun(tmp_path, "stages/extract-9b15cffd/a.json", "stages/load-12ab/a.json", "stages/load-12ab/b.json")
    status = run_status(store)
    assert list(status.committed.items()) == [("load", 2), ("extract", 1)]
    lines = [line.split() for line in str(status).splitlines()]
    assert lines[0][1:] == ["3", "parts", "planned"]
    assert lines[1:] == [["load", "2", "blocks", "of", "3"], ["extract", "1", "block"], ["not", "finished"]]


def test_two_recipes_of_a_stage_are_told_apart(tmp_path: Path) -> None:
    store = begun(tmp_path, "stages/load-12ab/a.json", "stages/judge-77/a.json", "stages/judge-66/a.json", parts=1)
    assert run_status(store).committed == {"load": 1, "judge 66": 1, "judge 77": 1}
    assert "1 part planned" in str(run_status(store))


def test_nothing_begun_is_told(tmp_path: Path) -> None:
    assert str(run_status(LocalStore(str(tmp_path)))).splitlines()[0].endswith("no run has begun")
