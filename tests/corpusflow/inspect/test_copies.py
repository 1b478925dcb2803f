from __future__ import annotations

import dataclasses
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from corpusflow.decision import Decision, LedgerRow, decision_row, ledger_schema
from corpusflow.inspect.copies import copies_of, copies_text
from corpusflow.inspect.reason import reason_text
from corpusflow.store.paths import LocalStore
from corpusflow.store.run_files import LEDGER_FILE


def copy(name: str, survivor: str, reason: str = "same_url") -> LedgerRow:
    """As select writes it; of a near copy the similarity is measured."""
    decision = Decision("select", reason, None, 0.9 if reason.startswith("near") else survivor)
    row = decision_row(decision, stage="select", block="b", document=name, unit="document")
    return dataclasses.replace(row, measured_text=survivor, message="it is newer")


def store(tmp_path: Path, *rows: LedgerRow) -> LocalStore:
    file = tmp_path / LEDGER_FILE
    file.parent.mkdir()
    pq.write_table(pa.Table.from_pylist([row.to_json() for row in rows], schema=ledger_schema()), file)
    return LocalStore(str(tmp_path))


def test_the_copies_of_a_document_are_those_that_went_for_it_and_for_its_copies(tmp_path: Path) -> None:
    rows = [copy("a", "b"), copy("b", "c", "near_same_text"), copy("d", "c"), copy("x", "y"), copy("e", "a")]
    language = decision_row(Decision("language", "r", None, "c"), stage="judge", block="b", document="f", unit="text")
    found = copies_of(store(tmp_path, *rows, language), ["c", "y", "alone"])
    assert {key: [row.document for row in rows] for key, rows in found.items()} == {
        "c": ["b", "d", "a", "e"],
        "y": ["x"],
        "alone": [],
    }


def test_of_many_copies_some_are_named_and_the_number_is_told() -> None:
    assert copies_text([]) == ""
    assert copies_text([copy("a", "b"), copy("c", "b", "same_text")]) == "2: a (same_url), c (same_text)"
    assert copies_text([copy(name, "z") for name in "abcde"]).endswith("d (same_url), e (same_url)")
    assert copies_text([copy(name, "z") for name in "abcdefg"]).endswith("e (same_url), and 2 more")


def test_why_a_copy_went_is_told_with_its_reason() -> None:
    assert reason_text(copy("a", "b")) == "dropped: select/same_url b: it is newer"
