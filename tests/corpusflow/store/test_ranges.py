from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.store import ranges
from corpusflow.store.paths import open_store
from corpusflow.store.ranges import RangeReader


@pytest.mark.parametrize("kind", ["local", "gcs_bucket", "s3_bucket"])
def test_ranges_come_in_their_order(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "WINDOW", 10)
    store = open_store(str(tmp_path) if kind == "local" else request.getfixturevalue(kind))
    store.write("a", b"0123456789")
    store.write("b", bytes(range(200)))
    asked = [("b", 3, 20), ("a", 9, 1), ("a", 0, 0), ("a", 0, 10), *(("b", number, 1) for number in range(150))]
    with RangeReader(store) as reader:
        assert list(reader.read_all(asked)) == [store.read(name)[start : start + size] for name, start, size in asked]
        assert reader.read("b", 7, 2) == b"\x07\x08"
        assert list(reader.read_all([])) == []
