from __future__ import annotations

from dataclasses import dataclass

from corpusflow.align.units import Unit
from corpusflow.align.windows import WINDOW_CHARACTERS, WINDOW_TEXTS, windows


@dataclass(frozen=True)
class Page:
    units: tuple[Unit, ...]
    size: int = 1


def page(*texts: str, size: int = 1) -> Page:
    return Page(tuple(Unit(0, 0, 0, len(text), text) for text in texts), size)


def lengths(*pages: Page, known: frozenset[str] = frozenset()) -> list[int]:
    return [len(window) for window in windows(pages, known)]


def numbered(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_nothing_has_no_window() -> None:
    assert lengths() == []


def test_a_window_ends_where_enough_new_texts_wait() -> None:
    for enough, expected in ((WINDOW_TEXTS, [2, 1]), (WINDOW_TEXTS - 1, [3])):
        first, *others = numbered(enough)
        assert lengths(page(first), page(*others), page("last")) == expected


def test_a_text_that_stands_twice_or_is_known_does_not_count() -> None:
    texts = numbered(WINDOW_TEXTS)
    assert lengths(page(*texts[1:]), page("1"), page("0")) == [3]
    assert lengths(page(*texts[1:]), page("known"), page("0"), page("z"), known=frozenset({"known"})) == [3, 1]


def test_a_document_waits_for_nothing_where_nothing_is_new() -> None:
    assert lengths(page(), page("known"), page("a"), page(), known=frozenset({"known"})) == [1, 1, 2]


def test_a_window_ends_where_its_documents_are_long() -> None:
    for size, expected in ((WINDOW_CHARACTERS - 1, [2, 1]), (WINDOW_CHARACTERS - 2, [3])):
        assert lengths(page("a", size=size), page("b"), page("c")) == expected


def test_what_a_window_has_is_known_to_the_next() -> None:
    known: set[str] = set()
    pages = [page(*numbered(WINDOW_TEXTS)), page("0"), page("new"), page("0")]
    found = []
    for window in windows(pages, known):
        known.update(unit.text for each in window for unit in each.units)
        found.append(len(window))
    assert found == [1, 1, 2]
