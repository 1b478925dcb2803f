from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from corpusflow.consent.opt_out import OptOutList
from corpusflow.consent.rules import ConsentRules
from corpusflow.decision import Decision
from corpusflow.document import Document, Metadata
from corpusflow.filtering import apply
from filters.consent import Consent
from filters.registry import BUILT_IN
from tests.documents import document, image_not_fetched


def declaring(doc: Document, **metadata: Any) -> Document:
    return dataclasses.replace(doc, metadata=Metadata(**metadata))


def judged(doc: Document, **rules: Any) -> list[Decision]:
    return list(Consent(ConsentRules(**rules)).judge(doc))


def dropped(reason: str, signal: str, segment: int | None = None) -> Decision:
    return Decision("consent", reason, segment, signal)


DOC = document("intro", image_not_fetched(), "body", image_not_fetched())


def test_a_page_that_says_nothing_stays() -> None:
    assert judged(DOC) == []
    assert judged(document()) == []


@pytest.mark.parametrize("directive", ["noai", "noindex", "noml", "none"])
def test_a_page_that_does_not_want_it_goes_with_all_its_images(directive: str) -> None:
    doc = declaring(DOC, robots=("nofollow", directive))
    assert judged(doc) == [dropped("opted_out_by_robots_tag", f"robots: {directive}")]
    assert judged(doc, directives=("noimageai",)) == []
    assert apply(doc, [Consent()])[0] is None


@pytest.mark.parametrize("directive", ["noimageai", "noimageindex"])
def test_a_page_may_keep_back_its_images_alone(directive: str) -> None:
    doc = declaring(DOC, robots=(directive,))
    reason, signal = "opted_out_by_robots_tag", f"robots: {directive}"
    assert judged(doc) == [dropped(reason, signal, 1), dropped(reason, signal, 3)]
    assert judged(doc, directives=("noai",)) == []


def test_what_is_said_of_the_page_goes_before_what_is_said_of_its_images() -> None:
    doc = declaring(DOC, robots=("noimageai", "noml"), tdm_reservation="1")
    assert judged(doc) == [dropped("opted_out_by_robots_tag", "robots: noml")]


@pytest.mark.parametrize("robots", [("all",), ("nofollow", "noarchive", "max-snippet:-1"), ("noaim",)])
def test_other_directives_are_no_refusal(robots: tuple[str, ...]) -> None:
    assert judged(declaring(DOC, robots=robots)) == []


@pytest.mark.parametrize(("reservation", "gone"), [("1", True), ("0", False), ("", False), ("2", False)])
def test_a_page_whose_rights_are_reserved_goes(reservation: str, gone: bool) -> None:
    doc = declaring(DOC, tdm_reservation=reservation)
    assert judged(doc) == ([dropped("tdm_reserved", "tdm-reservation: 1")] if gone else [])
    assert judged(doc, tdm=False) == []


def test_the_opt_out_list_is_asked_for_the_page_its_canonical_url_and_each_image(tmp_path: Path) -> None:
    path = tmp_path / "list.txt"
    path.write_text("a.example\nhttps://cdn.example/x/*\n")
    opt_out = OptOutList.read(str(path))
    page = document("text", url="https://www.a.example/1")
    assert judged(page, opt_out=opt_out) == [dropped("opted_out_by_list", "line 1: a.example")]
    copy = declaring(document("text", url="https://b.example/1"), canonical_url="https://a.example/1")
    assert judged(copy, opt_out=opt_out) == [dropped("opted_out_by_list", "line 1: a.example")]
    urls = ("https://cdn.example/y/1.jpg", "https://cdn.example/x/1.jpg", "https://a.example/1.jpg")
    shown = document("text", *(image_not_fetched(url) for url in urls))
    assert judged(shown, opt_out=opt_out) == [
        dropped("opted_out_by_list", "line 2: https://cdn.example/x/*", 2),
        dropped("opted_out_by_list", "line 1: a.example", 3),
    ]
    assert judged(shown) == []


def test_an_image_goes_once() -> None:
    left, decisions = apply(declaring(DOC, robots=("noimageai", "noimageindex")), [Consent()])
    assert left is not None
    assert [decision.segment for decision in decisions] == [1, 3]
    assert list(Consent().judge(left)) == []


def test_a_recipe_cannot_name_it_among_its_filters() -> None:
    assert Consent.name not in BUILT_IN
