from __future__ import annotations

import pytest

from corpusflow.decision import Decision, Failure, LedgerRow, Unit, decision_row, failure_row
from corpusflow.errors import AccountingError
from corpusflow.store.accounting import Accounts, account_block


def dropped(document: str, unit: Unit = "document", texts: int = 0, images: int = 0) -> LedgerRow:
    decision = Decision("f", "r", None if unit == "document" else 0)
    return decision_row(decision, stage="judge", block="b", document=document, unit=unit, texts=texts, images=images)


def failed(document: str, unit: Unit = "document", lost: bool = True) -> LedgerRow:
    return failure_row(Failure("extract", "c", "", "u", lost), block="b", document=document, unit=unit)


def test_sums_add_up_over_kept_dropped_and_failed() -> None:
    accounts = Accounts()
    rows = [
        dropped("b", texts=2, images=1),
        failed("c"),
        dropped("a", "text"),
        failed("a", "image"),
        failed("a", lost=False),
    ]
    account_block(accounts, "b", ["a", "b", "c"], {"a": (3, 2), "b": (2, 1)}, rows, {"a": (2, 1)})
    data = accounts.to_json()
    assert data["documents"] == {
        "in": 3,
        "kept": 1,
        "gone_with_document": 0,
        "dropped": {"f/r": 1},
        "failed": {"extract/c": 1},
    }
    assert data["texts"] == {"in": 5, "kept": 2, "gone_with_document": 2, "dropped": {"f/r": 1}, "failed": {}}
    assert data["images"] == {"in": 3, "kept": 1, "gone_with_document": 1, "dropped": {}, "failed": {"extract/c": 1}}
    assert data["noted"] == {"extract/c": 1}


@pytest.mark.parametrize(
    ("inputs", "rows", "kept", "message"),
    [
        (["a"], [], {}, "document a came in once and has 0 ends"),
        (["a"], [dropped("a")], {"a": (0, 0)}, "document a came in once and has 2 ends"),
        (["a"], [dropped("a"), failed("a")], {}, "document a came in once and has 2 ends"),
        (["a"], [dropped("a"), dropped("z")], {}, "document z has an end but never came in"),
        (["a"], [], {"a": (1, 0)}, "had 0 texts and 0 images, 1 and 0 of them"),
    ],
)
def test_a_sum_that_is_wrong_is_an_error(
    inputs: list[str], rows: list[LedgerRow], kept: dict[str, tuple[int, int]], message: str
) -> None:
    with pytest.raises(AccountingError, match=message):
        account_block(Accounts(), "b", inputs, {}, rows, kept)


def test_a_segment_that_is_lost_without_a_row_is_an_error() -> None:
    with pytest.raises(AccountingError, match="had 2 texts and 1 images, 1 and 1 of them"):
        account_block(Accounts(), "b", ["a"], {"a": (2, 1)}, [], {"a": (1, 1)})


def test_a_record_that_failed_is_no_document() -> None:
    accounts = Accounts()
    accounts.add_row(failed("", "record"))
    assert accounts.to_json()["records"]["failed"] == {"extract/c": 1}
    assert accounts.documents.came_in == 0
