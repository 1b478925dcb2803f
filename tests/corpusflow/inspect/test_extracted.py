from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from corpusflow.document import TextSegment
from corpusflow.inspect.extracted import extracted_documents
from corpusflow.inspect.ledger import rows_by_document
from corpusflow.text.patch import patch_of
from tests.corpusflow.inspect.runs import HERON, SHORT, add_cleaning, finished_run

MAIL = "jane@site.example"


def test_documents_are_shown_with_what_was_masked_and_whole(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    rows = rows_by_document(store, [SHORT.id, HERON.id])
    assert extracted_documents(store, rows) == {HERON.id: HERON, SHORT.id: SHORT}
    masked = dataclasses.replace(SHORT, segments=(TextSegment(0, "[EMAIL]"),))
    patches = [patch_of(HERON, HERON.without([3]), {"urls": 1}), patch_of(SHORT, masked, {"email": 1})]
    add_cleaning(store, [patch for patch in patches if patch])
    # What cleaning left nothing of is there still: the ledger's row of it stands beside it.
    assert extracted_documents(store, rows) == {HERON.id: HERON, SHORT.id: masked}


@pytest.mark.parametrize(("personal_data", "shown"), [("mask", "[EMAIL]"), ("drop", "[EMAIL]"), ("keep", MAIL)])
def test_a_text_that_went_for_its_personal_data_is_shown_masked(tmp_path: Path, personal_data: str, shown: str) -> None:
    store = finished_run(tmp_path)
    store.write(
        "recipe.yaml",
        store.read("recipe.yaml").replace(b"text: {", b"text: {personal_data: %b, " % personal_data.encode()),
    )
    # Masked in no patch: the text was dropped, or nothing was left of it.
    written = dataclasses.replace(SHORT, segments=(TextSegment(0, MAIL),))
    add_cleaning(store, [patch for patch in [patch_of(SHORT, written, {})] if patch])
    (found,) = extracted_documents(store, rows_by_document(store, [SHORT.id])).values()
    assert [text.text for text in found.texts] == [shown]


def test_a_run_whose_stages_are_gone_has_no_documents_and_does_not_fail(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    add_cleaning(store, [])
    rows = rows_by_document(store, [SHORT.id])
    store.remove("stages/extract-k/part-0-0.parquet")
    assert extracted_documents(store, rows) == {}
