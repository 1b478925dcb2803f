from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from corpusflow.inspect.card import write_card
from corpusflow.inspect.negative_pools import PoolSize, pool_sizes
from corpusflow.inspect.report import write_report
from corpusflow.store.commit import BlockWriter
from corpusflow.store.paths import LocalStore
from tests.corpusflow.inspect.runs import RECIPE, finished_run
from tests.corpusflow.inspect.test_report import report_of, tables

POOLS = {"texts-en": {0: 1, 16: 11, 32: 6, 64: 10}, "images": {0: 14}, "texts-": {16: 2}}


def run_with_negatives(folder: Path, pools: dict[str, dict[int, int]], wanted: int = 10) -> LocalStore:
    """pools: negatives by length class."""
    store = finished_run(folder)
    store.write("recipe.yaml", yaml.safe_dump(yaml.safe_load(RECIPE) | {"align": {"negatives": wanted}}).encode())
    lines = store.read("plan/commits.jsonl").decode()
    for name, classes in pools.items():
        with BlockWriter(store, "negatives", "stages/negatives-k", name, "k") as out:
            rows = [{"least": least} for least, count in classes.items() for _ in range(count)]
            out.table("parquet", pa.schema([("least", pa.int64())])).extend(rows)
        lines += f"{json.dumps(out.commit.to_json())}\n"
    store.write("plan/commits.jsonl", lines.encode())
    return store


def test_a_pool_tells_its_fewest_and_its_median_and_no_more_than_is_compared(tmp_path: Path) -> None:
    assert pool_sizes(run_with_negatives(tmp_path, POOLS)).pools == (
        PoolSize("images", 1, 10, 10),
        PoolSize("texts, unknown", 1, 2, 2),
        PoolSize("texts, en", 4, 1, 6),
    )


def test_the_report_and_the_card_tell_how_many_negatives_there_were(tmp_path: Path) -> None:
    store = run_with_negatives(tmp_path, POOLS)
    page = report_of(store)
    found = tables(page)["Negatives"]
    assert found == [["images", "1", "10", "10"], ["texts, unknown", "1", "2", "2"], ["texts, en", "4", "1", "6"]]
    assert "asks for 10 of each" in page.text()
    assert "fewer than 8 give no rank" in page.text()
    write_card(store)
    assert (
        "Negatives for ranks, of 10 that were asked for; fewer than 8 give no rank:\n\n- images: 10\n"
        "- texts, unknown: 2\n- texts, en: 6 (median of 4 length classes; fewest 1)\n\nWhat came in"
    ) in store.read("README.md").decode()


def test_without_negatives_neither_speaks_of_them(tmp_path: Path) -> None:
    store = run_with_negatives(tmp_path, {}, wanted=0)
    assert "Negatives" not in report_of(store).text()
    write_card(store)
    assert "Negatives" not in store.read("README.md").decode()
    store.write("recipe.yaml", RECIPE.encode())
    assert pool_sizes(store).pools == (), "the recipe of an older run says nothing of them"


@pytest.mark.parametrize(("more", "told"), [(0, False), (1, True)])
def test_of_many_languages_those_with_the_fewest_are_told(tmp_path: Path, more: int, told: bool) -> None:
    pools = {f"texts-l{number}": {16: 3} for number in range(20)} | {f"texts-a{n}": {16: 9} for n in range(more)}
    store = run_with_negatives(tmp_path, pools)
    write_card(store)
    write_report(store)
    for file in ("README.md", "report.html"):
        text = store.read(file).decode()
        assert ("1 more" in text) is told
        assert "texts, a0" not in text
