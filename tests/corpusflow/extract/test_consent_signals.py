from __future__ import annotations

import pytest

from corpusflow.document import Metadata
from corpusflow.extract.consent_signals import MAX_CONTENT, robots_directives, tdm_reservation, with_headers


@pytest.mark.parametrize(
    ("content", "directives"),
    [
        ("noai, noimageai", ["noai", "noimageai"]),
        ("NOINDEX,Follow", ["noindex", "follow"]),
        ("noindex nofollow; noarchive", ["noindex", "nofollow", "noarchive"]),
        ("max-snippet: -1,max-image-preview :large", ["max-snippet:-1", "max-image-preview:large"]),
        ("max-snippet:-1 noai", ["max-snippet:-1", "noai"]),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, noai", ["unavailable_after:25 jun 2030 15:00:00 pst", "noai"]),
        ("noindex:", ["noindex"]),
        (" , ;", []),
        ("", []),
    ],
)
def test_directives_are_told_one_by_one_however_they_are_parted(content: str, directives: list[str]) -> None:
    assert robots_directives(content) == directives


@pytest.mark.parametrize(("before", "found"), [(MAX_CONTENT - 4, True), (MAX_CONTENT, False)])
def test_directives_are_read_up_to_a_limit(before: int, found: bool) -> None:
    assert ("noai" in robots_directives(" " * before + "noai")) is found


@pytest.mark.parametrize(
    ("values", "reservation"),
    [([], ""), ([" "], ""), ([" 0 "], "0"), (["0", "1"], "1"), (["2", "0"], "2"), (["0, 1"], "1")],
)
def test_rights_that_are_reserved_once_are_reserved(values: list[str], reservation: str) -> None:
    assert tdm_reservation(values) == reservation


def test_without_headers_the_metadata_stay_as_they_are() -> None:
    metadata = Metadata("title", robots=("noai",), tdm_reservation="0", tdm_policy="https://a.example/")
    assert with_headers(metadata, ()) == metadata


def test_headers_add_to_what_the_page_says() -> None:
    metadata = Metadata("title", robots=("nofollow",), tdm_reservation="0")
    headers = (
        ("x-robots-tag", "noindex, NoAI"),
        ("x-robots-tag", "max-snippet: 5"),
        ("tdm-reservation", " 1 "),
        ("tdm-policy", " https://a.example/terms "),
    )
    assert with_headers(metadata, headers) == Metadata(
        "title",
        robots=("max-snippet:5", "noai", "nofollow", "noindex"),
        tdm_reservation="1",
        tdm_policy="https://a.example/terms",
    )


def test_a_page_that_reserves_its_rights_is_not_overruled_by_a_header() -> None:
    metadata = Metadata(tdm_reservation="1", tdm_policy="https://a.example/page")
    headers = (("tdm-reservation", "0"), ("tdm-policy", "https://a.example/site"))
    assert with_headers(metadata, headers) == metadata


@pytest.mark.parametrize(
    ("value", "robots"),
    [
        ("somebot: noindex, nofollow", ()),
        ("noai, somebot: noindex, nofollow", ("noai",)),
        ("corpusflow: noai, noindex", ("noai", "noindex")),
        ("somebot: noindex, CorpusFlow : noai", ("noai",)),
        ("corpusflow: noai, somebot: noindex", ("noai",)),
        ("corpusflow-images: noai", ()),
        ("unavailable_after: 2030-01-01, noai", ("noai", "unavailable_after:2030-01-01")),
    ],
)
def test_what_a_header_says_to_another_robot_is_not_said_to_us(value: str, robots: tuple[str, ...]) -> None:
    assert with_headers(Metadata(), (("x-robots-tag", value),)).robots == robots
