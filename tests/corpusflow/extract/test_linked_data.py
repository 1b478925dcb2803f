from __future__ import annotations

import json
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from corpusflow.extract.linked_data import MAX_BLOCKS, MAX_CHARACTERS, MAX_THINGS, linked_data, texts

THING = {"@type": "Article", "license": "L"}


def things(*blocks: str, wanted: tuple[str, ...] = ("license",), kind: str = "application/ld+json") -> list[Any]:
    html = "".join(f"<script type='{kind}'>{block}</script>" for block in blocks)
    root = LexborHTMLParser(html).root
    assert root is not None
    return linked_data(root, wanted)


@pytest.mark.parametrize(
    "data",
    [
        THING,
        [THING],
        {"@graph": [THING]},
        [{"@graph": [{"@type": "WebPage", "mainEntity": THING}]}],
        {"@graph": THING},
    ],
)
def test_a_thing_is_found_wherever_it_stands_for_the_page(data: Any) -> None:
    assert THING in things(json.dumps(data))


def test_things_come_in_the_order_of_the_page() -> None:
    first, second, third = ({"license": name} for name in "abc")
    assert things(json.dumps([first, second]), json.dumps(third)) == [first, second, third]


@pytest.mark.parametrize("data", [{"author": THING}, {"itemListElement": [THING]}, {"hasPart": THING}])
def test_a_thing_inside_another_is_not_the_page(data: Any) -> None:
    assert things(json.dumps(data)) == [data]


@pytest.mark.parametrize("kind", ["ImageObject", "VideoObject", "Comment", ["Thing", "ImageObject"]])
def test_pictures_and_comments_are_not_the_page(kind: Any) -> None:
    assert things(json.dumps([{"@type": kind, "license": "x"}, THING])) == [THING]


@pytest.mark.parametrize("kind", [None, 3, [], [None], "WebPage"])
def test_a_thing_of_any_other_or_odd_kind_is_told(kind: Any) -> None:
    assert len(things(json.dumps({"@type": kind, "license": "x"}))) == 1


@pytest.mark.parametrize(
    "around", ["{}", " \n{};\n", "<![CDATA[ {} ]]>", "//<![CDATA[\n{}\n//]]>", "/* <![CDATA[ */ {} /* ]]> */"]
)
def test_what_stands_around_the_json_does_no_harm(around: str) -> None:
    assert things(around.replace("{}", json.dumps(THING))) == [THING]


def test_line_breaks_inside_texts_do_no_harm() -> None:
    assert things('{"license": "a\nb\tc"}') == [{"license": "a\nb\tc"}]


@pytest.mark.parametrize(
    "block",
    [
        "",
        "null",
        '"license"',
        '{"license": }',
        '{"license": "L"',
        "[" * 100_000 + '"license"',
        '"license" ' + "9" * 5_000,
    ],
)
def test_a_broken_block_declares_nothing_and_the_next_one_is_read(block: str) -> None:
    assert things(block, json.dumps(THING)) == [THING]


def test_blocks_that_name_nothing_wanted_are_left_alone() -> None:
    assert things(json.dumps({"license": "x"}), wanted=("datePublished",)) == []


@pytest.mark.parametrize(
    ("kind", "number"),
    [("application/ld+json", 1), ("Application/LD+JSON; charset=utf-8", 1), ("application/json", 0), ("", 0)],
)
def test_only_scripts_of_the_type_are_read(kind: str, number: int) -> None:
    assert len(things(json.dumps(THING), kind=kind)) == number


@pytest.mark.parametrize(("over", "number"), [(0, 1), (1, 0)])
def test_a_block_at_the_limit_of_size_is_read_and_one_over_it_is_not(over: int, number: int) -> None:
    block = json.dumps(THING)
    assert len(things(block + " " * (MAX_CHARACTERS - len(block) + over))) == number


def test_blocks_and_things_beyond_the_limits_are_left_out() -> None:
    assert len(things(*[json.dumps(THING)] * (MAX_BLOCKS + 1))) == MAX_BLOCKS
    assert len(things(json.dumps([THING] * (MAX_THINGS + 1)))) == MAX_THINGS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", ["a"]),
        (["a", "b"], ["a", "b"]),
        ({"@id": "a", "url": "b"}, ["a"]),
        ([{"url": "b"}, None, 3], ["b"]),
        (None, []),
        ({}, []),
    ],
)
def test_a_value_tells_its_texts(value: Any, expected: list[str]) -> None:
    assert list(texts(value)) == expected
