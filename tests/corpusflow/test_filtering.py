from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs, apply
from tests.documents import document


@dataclass(frozen=True)
class Says:
    """Gives the same Decisions for every document, for the segments that are there."""

    decisions: tuple[Decision, ...]

    name: ClassVar[str] = "says"
    needs: ClassVar[Needs] = "text"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document: Document) -> Iterable[Decision]:
        here = {segment.index for segment in document.segments} | {None}
        return [decision for decision in self.decisions if decision.segment in here]


def drop(reason: str, segment: int | None = None) -> Decision:
    return Decision("says", reason, segment)


def test_a_document_without_a_decision_stays_as_it_is() -> None:
    doc = document("a", "b")
    assert apply(doc, [Says(())]) == (doc, [])


def test_a_segment_goes_once_whatever_else_is_wrong_with_it() -> None:
    doc = document("a", "b")
    rules = [Says((drop("first", 1), drop("second", 1))), Says((drop("third", 1),))]
    assert apply(doc, rules) == (doc.without([1]), [drop("first", 1)])


def test_a_filter_sees_what_the_earlier_ones_left() -> None:
    kept, decisions = apply(document("a", "b", "c"), [Says((drop("x", 0),)), Says((drop("y", 0), drop("z", 2)))])
    assert kept is not None
    assert [segment.index for segment in kept.segments] == [1]
    assert decisions == [drop("x", 0), drop("z", 2)]


def test_a_decision_about_the_whole_document_ends_the_asking() -> None:
    rules = [Says((drop("x", 0),)), Says((drop("y", 1), drop("whole"))), Says((drop("never"),))]
    assert apply(document("a", "b"), rules) == (None, [drop("x", 0), drop("whole")])
