from __future__ import annotations

from corpusflow.decision import Decision
from corpusflow.document import ImageSegment
from filters.personal_data import DropPersonalData
from tests.documents import document


def test_a_text_with_personal_data_goes_and_the_kinds_are_told_but_not_the_data() -> None:
    doc = document("Tel. 212-555-0142 or a@b.example", "12.03.2010", ImageSegment(0, "x", alt="a@b.example"))
    expected = Decision("personal_data", "text_has_personal_data", 0, "email, phone")
    assert list(DropPersonalData().judge(doc)) == [expected]


def test_an_empty_document_stays() -> None:
    assert list(DropPersonalData().judge(document())) == []
