"""Decisions and Failures: why something was dropped, what could not be processed, and the ledger of both."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Measured = float | str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Why a document (segment None) or one of its segments was dropped.

    reason: a snake_case constant that names the fault. measured and limit: the figures that were compared; text
    where the thing compared is text (a language), None where nothing is measured.
    """

    filter: str
    reason: str
    segment: int | None = None
    measured: Measured = None
    limit: Measured = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that could not be processed.

    stage: where. code: snake_case name of the fault. what: the URL, file or record. lost: False where the fault cost
    nothing (a header that lies about a body that can be read all the same) and is only told.
    """

    stage: str
    code: str
    message: str
    what: str
    lost: bool = True


Unit = Literal["record", "document", "text", "image"]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One Decision or Failure, with what it cost.

    unit: what was dropped or failed; `record` is something of a source that never became a document. block: the
    document block. document: its id, empty for a record. filter: the filter, or `select` and `fetch` for what these
    stages decide themselves; empty for a Failure. reason: the Decision's reason or the Failure's code.
    texts, images: for a document, how many segments went with it, so that the ledger alone adds up.
    """

    unit: Unit
    stage: str
    block: str
    document: str
    segment: int | None
    failed: bool
    lost: bool
    filter: str
    reason: str
    measured: float | None = None
    limit: float | None = None
    measured_text: str = ""
    limit_text: str = ""
    message: str = ""
    what: str = ""
    texts: int = 0
    images: int = 0

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LedgerRow:
        return cls(**data)


def decision_row(
    decision: Decision,
    *,
    stage: str,
    block: str,
    document: str,
    unit: Unit,
    what: str = "",
    texts: int = 0,
    images: int = 0,
) -> LedgerRow:
    """The ledger's row of a Decision."""
    measured, measured_text = _number_or_text(decision.measured)
    limit, limit_text = _number_or_text(decision.limit)
    return LedgerRow(
        unit=unit,
        stage=stage,
        block=block,
        document=document,
        segment=decision.segment,
        failed=False,
        lost=True,
        filter=decision.filter,
        reason=decision.reason,
        measured=measured,
        limit=limit,
        measured_text=measured_text,
        limit_text=limit_text,
        what=what,
        texts=texts,
        images=images,
    )


def failure_row(
    failure: Failure, *, block: str, document: str = "", segment: int | None = None, unit: Unit = "record"
) -> LedgerRow:
    """The ledger's row of a Failure."""
    return LedgerRow(
        unit=unit,
        stage=failure.stage,
        block=block,
        document=document,
        segment=segment,
        failed=True,
        lost=failure.lost,
        filter="",
        reason=failure.code,
        message=failure.message,
        what=failure.what,
    )


def _number_or_text(value: Measured) -> tuple[float | None, str]:
    if value is None or isinstance(value, str):
        return None, value or ""
    return float(value), ""


def ledger_schema() -> pa.Schema:
    """Arrow schema of the ledger: one column per field of LedgerRow, in their order."""
    import pyarrow as pa

    kinds = {
        "segment": pa.int64(),
        "failed": pa.bool_(),
        "lost": pa.bool_(),
        "measured": pa.float64(),
        "limit": pa.float64(),
        "texts": pa.int64(),
        "images": pa.int64(),
    }
    return pa.schema([(field.name, kinds.get(field.name, pa.string())) for field in dataclasses.fields(LedgerRow)])
