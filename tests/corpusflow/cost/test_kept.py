from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpusflow.cost.estimate import DataflowCost, Estimate, Range, StageCost, certain
from corpusflow.cost.kept import compare, keep_estimate, read_estimate
from corpusflow.cost.sums import AMOUNTS
from corpusflow.cost.table import dollars, hours, span, to_text
from corpusflow.store.before import BEFORE
from corpusflow.store.commit import Commit, StoredFile
from corpusflow.store.paths import LocalStore
from corpusflow.store.run_files import ESTIMATE, MANIFEST, write_commits


def estimate(**amounts: Range) -> Estimate:
    return Estimate(
        corpus="birds",
        rates="a sample of 20 pages",
        parts=3,
        amounts={name: certain(10) for name in AMOUNTS} | amounts,
        stages=(
            StageCost("extract", certain(4), 1, Range(2, 1, 3), Range(1.5, 1, 2), certain(1000)),
            StageCost("embed", Range(4, 3, 5), None, Range(2, 1, 3), Range(2, 1, 3), certain(1000), on_gpu=True),
        ),
        workers=2,
        hours=Range(1, 0.5, 2),
        memory=None,
        dataflow=DataflowCost("n1-standard-4", 10, "nvidia-l4", certain(1), {"vCPU": Range(2, 1, 3)}, "list prices"),
        notes=("copies grow",),
    )


def manifest(documents: int, kept: int) -> dict[str, Any]:
    return {"summary": {"documents": {"in": documents, "kept": kept}}, "shards": []}


def commit(stage: str, block: str, seconds: float, size: int, **counts: int) -> Commit:
    return Commit(stage, block, stage, "key", {"x": StoredFile(f"{stage}/{block}", size, "ab")}, counts, seconds)


def test_an_estimate_written_and_read_is_the_same(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    keep_estimate(estimate(), store)
    assert read_estimate(store) == estimate()


def test_the_last_estimate_stays(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    keep_estimate(estimate(documents_in=certain(99)), store)
    keep_estimate(estimate(), store)
    assert read_estimate(store) == estimate()


def test_an_estimate_is_of_the_next_finished_run_alone(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    keep_estimate(estimate(), store)
    store.write(MANIFEST, b"first")
    assert read_estimate(store) == estimate()
    # The corpus grows: the launcher keeps the manifest.
    store.write(f"{BEFORE}/{MANIFEST}", b"first")
    store.write(MANIFEST, b"second")
    assert read_estimate(store) is None
    keep_estimate(estimate(), store)
    store.write(f"{BEFORE}/{MANIFEST}", b"second")
    store.remove(MANIFEST)
    assert read_estimate(store) == estimate()
    keep_estimate(estimate(documents_in=certain(99)), store)  # while the run is interrupted
    store.write(MANIFEST, b"third")
    assert read_estimate(store) == estimate(documents_in=certain(99))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"stages": []}'])
def test_a_damaged_estimate_is_none_and_told(tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    store = LocalStore(str(tmp_path))
    assert read_estimate(store) is None
    assert not caplog.messages
    store.write(ESTIMATE, text.encode())
    assert read_estimate(store) is None
    assert "estimate.json is damaged" in caplog.messages[0]
    assert compare(store, manifest(1, 1)) == []


def test_the_truth_stands_beside_what_was_expected(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    expected = estimate(documents_in=certain(10), documents_kept=Range(5, 4, 6), images_unique=Range(30, 20, 40))
    keep_estimate(expected, store)
    write_commits(
        store,
        [
            commit("extract", "a", 3600, 7),
            commit("embed", "w", 9, 1),
            commit("fetch", "web-01-ab", 1, 20, items=12),
            commit("fetch", "archive-01-ab", 1, 20, items=4),
        ],
    )
    rows = {row.name: row for row in compare(store, manifest(10, 7))}
    assert (rows["documents in"].ratio, rows["documents in"].inside) == (1.0, True)
    assert (rows["documents kept"].truth, rows["documents kept"].inside) == ("7", False)
    assert rows["documents kept"].estimate == "5 (4 to 6)"
    assert (rows["unique images"].truth, rows["to fetch from the web"].truth) == ("16", "12")
    assert rows["run directory"].truth == "48 B"
    assert rows["shards"].ratio is None
    assert (rows["work of extract"].ratio, rows["work of extract"].inside) == (2.0, True)
    assert "work of embed" not in rows  # it was to be done on a GPU


def test_the_bounds_of_a_range_hold_the_truth(tmp_path: Path) -> None:
    store = LocalStore(str(tmp_path))
    keep_estimate(estimate(documents_in=Range(5, 4, 6), documents_kept=Range(5, 4, 6)), store)
    inside = {row.name: row.inside for row in compare(store, manifest(4, 6))}
    assert (inside["documents in"], inside["documents kept"]) == (True, True)
    outside = {row.name: row.inside for row in compare(store, manifest(3, 7))}
    assert (outside["documents in"], outside["documents kept"]) == (False, False)


def test_hours_left_are_summed_by_where_they_are_spent() -> None:
    assert estimate().cpu_hours() == Range(1.5, 1, 2)
    assert estimate().gpu_hours() == Range(2, 1, 3)
    assert json.loads(json.dumps(estimate().to_json()))["totals"]["dollars"] == {"value": 2, "low": 1, "high": 3}


def test_the_table_tells_what_is_made_and_what_is_not_known() -> None:
    lines = to_text(estimate()).splitlines()
    extract, embed = (next(line for line in lines if line.startswith(stage)) for stage in ("extract", "embed"))
    assert extract.split()[1:3] == ["4", "1"]
    assert "?" in embed
    assert embed.endswith("GPU")
    assert any(line.startswith("on Dataflow") and "10 x n1-standard-4 + nvidia-l4" in line for line in lines)
    assert "$2.00 ($1.00 to $3.00)" in to_text(estimate())
    assert "- copies grow" in lines


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (119 / 3600, "119 s"),
        (0.99 / 3600, "< 1 s"),
        (1 / 3600, "1 s"),
        (2 / 60, "2 min"),
        (2, "2 h"),
        (4600, "4,600 h"),
    ],
)
def test_hours_are_told_in_the_unit_that_says_most(value: float, text: str) -> None:
    assert hours(value) == text


def test_an_equal_range_is_one_value() -> None:
    assert span(certain(3), dollars) == "$3.00"
    assert span(Range(3, 2, 400), dollars) == "$3.00 ($2.00 to $400)"


def test_work_that_is_all_made_costs_no_dollars_on_dataflow() -> None:
    stages = tuple(replace(stage, left=certain(0)) for stage in estimate().stages)
    told = to_text(replace(estimate(), stages=stages, parts=1))
    assert "Dataflow" not in told
    assert "$" not in told
    assert "birds: 1 part of the input" in told
