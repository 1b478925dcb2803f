from __future__ import annotations

import json

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from corpusflow.decision import Decision, Failure, LedgerRow, decision_row, failure_row, ledger_schema
from corpusflow.document import (
    ROLES,
    Document,
    ImageSegment,
    Metadata,
    Picture,
    Provenance,
    Score,
    TextSegment,
    arrow_schema,
    document_id,
)

text = st.text(st.characters(codec="utf-8"), max_size=20)
texts = st.lists(text, max_size=3).map(tuple)
count = st.integers(0, 2**40)
number = st.floats(allow_nan=False)
picture = st.builds(Picture, text, count, count, text, count, text, count, count, text, text, st.booleans())
segment = st.one_of(
    st.builds(TextSegment, count, text, st.sampled_from(ROLES), st.integers(0, 6)),
    st.builds(
        ImageSegment,
        index=count,
        url=text,
        alt=text,
        caption=text,
        declared_width=st.none() | count,
        declared_height=st.none() | count,
        candidates=texts,
        picture=st.none() | picture,
    ),
)
metadata = st.builds(Metadata, text, text, text, text, texts, texts, text, text)
documents = st.builds(
    Document,
    id=text,
    url=text,
    provenance=st.builds(Provenance, text, count, text),
    segments=st.lists(segment, max_size=4).map(tuple),
    scores=st.lists(st.builds(Score, text, number, st.none() | count, text), max_size=3).map(tuple),
    metadata=metadata,
)
measured = st.none() | text.filter(bool) | number
decisions = st.builds(Decision, text, text, st.none() | count, measured, measured)
failures = st.builds(Failure, text, text, text, text, st.booleans())


@given(documents)
def test_a_document_survives_json(document: Document) -> None:
    assert Document.from_json(json.loads(json.dumps(document.to_json()))) == document


@given(st.lists(documents, max_size=3))
def test_documents_survive_arrow(some: list[Document]) -> None:
    table = pa.Table.from_pylist([document.to_json() for document in some], schema=arrow_schema())
    assert [Document.from_json(row) for row in table.to_pylist()] == some


@given(st.lists(decisions, max_size=3), st.lists(failures, max_size=3))
def test_ledger_rows_survive_json_and_arrow(some: list[Decision], others: list[Failure]) -> None:
    rows = [decision_row(decision, stage="s", block="b", document="d", unit="text") for decision in some]
    rows += [failure_row(failure, block="b", document="d", segment=3, unit="image") for failure in others]
    assert [LedgerRow.from_json(json.loads(json.dumps(row.to_json()))) for row in rows] == rows
    table = pa.Table.from_pylist([row.to_json() for row in rows], schema=ledger_schema())
    assert [LedgerRow.from_json(row) for row in table.to_pylist()] == rows


@given(decisions)
def test_a_ledger_row_tells_what_a_decision_measured(decision: Decision) -> None:
    row = decision_row(decision, stage="s", block="b", document="d", unit="text")
    shown = row.measured if isinstance(decision.measured, float) else row.measured_text or None
    assert (row.filter, row.reason, row.segment, shown) == (
        decision.filter,
        decision.reason,
        decision.segment,
        decision.measured,
    )


def test_an_id_names_the_place_and_has_no_dot() -> None:
    ids = {document_id(source, position, "http://a.example/") for source in ("a", "b") for position in (0, 1)}
    assert len(ids) == 4
    assert all(len(name) == 24 and name.isalnum() for name in ids)


def test_dropping_segments_renumbers_nothing_and_takes_their_scores() -> None:
    document = Document(
        "d",
        "u",
        Provenance("s"),
        (TextSegment(0, "a"), ImageSegment(1, "i"), TextSegment(2, "b")),
        (Score("language/x", 1, None, "en"), Score("nsfw/x", 0.1, 1), Score("nsfw/x", 0.2, 2)),
    )
    left = document.without([1])
    assert [segment.index for segment in left.segments] == [0, 2]
    assert left.score("nsfw", 1) is None
    assert left.score("nsfw", 2) == Score("nsfw/x", 0.2, 2)
    assert left.score("language") == Score("language/x", 1, None, "en")
