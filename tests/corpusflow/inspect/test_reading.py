from __future__ import annotations

import dataclasses
import io

from rich.cells import cell_len
from rich.console import Console

from corpusflow.document import Document, ImageSegment, Provenance, Segment
from corpusflow.extract.html import PageReading, read_page
from corpusflow.extract.left_out import LeftOut
from corpusflow.inspect.reading import MOST_NAME, page_facts, reading_to_json, reading_to_terminal
from tests.documents import document, text


def reading(*parts: str | Segment, left_out: tuple[LeftOut, ...] = (), **vectors: int) -> PageReading:
    return PageReading(document(*parts), left_out, vectors)


def printed(shown: PageReading, why: bool = False, width: int = 100) -> list[str]:
    """The lines on a terminal without colours."""
    out = io.StringIO()
    Console(file=out, width=width).print(reading_to_terminal(shown, why))
    return out.getvalue().splitlines()


def body(shown: PageReading, why: bool = False, width: int = 100) -> list[str]:
    """The lines below the heading and the facts."""
    lines = printed(shown, why, width)
    return lines[lines.index("") + 1 :]


def left_out(*parts: LeftOut) -> list[str]:
    lines = printed(reading("kept", left_out=parts), why=True)
    return [line.strip() for line in lines[lines.index("") + 4 :]]


def test_a_page_is_headed_by_its_source_its_facts_and_its_counts() -> None:
    html = b"<html lang=en><title>Herons</title><p>They wait.<img src=a.jpg><p>They eat."
    lines = printed(read_page(html, "https://a.example/b", provenance=Provenance("b.html")))
    assert lines[0].startswith("b.html ──")
    assert lines[1:6] == ["title: Herons", "url: https://a.example/b", "language: en", "content: 2 texts, 1 image", ""]


def test_facts_that_a_page_does_not_declare_are_left_out_and_nested_ones_are_told() -> None:
    page = Document("0", "https://a.example/", Provenance("a.warc.gz", 7))
    assert page_facts(page) == {"url": "https://a.example/"}
    dated = dataclasses.replace(page, provenance=Provenance("a.warc.gz", 7, "2026-01-02T03:04:05Z"))
    assert page_facts(dated) == {"url": "https://a.example/", "fetched at": "2026-01-02T03:04:05Z"}


def test_texts_stand_in_order_with_index_role_and_level() -> None:
    parts = [text("Herons", "heading", 2), "They wait.", text("eels", "list_item", 1), text("a | b", "table_row")]
    assert body(reading(*parts)) == [
        "0  heading 2    Herons",
        "1  paragraph    They wait.",
        "2  list_item 1  eels",
        "3  table_row    a | b",
    ]


def test_indices_are_those_of_the_document_and_stand_below_each_other() -> None:
    page = document(*"abcdefghijkl").without(range(1, 10))
    assert [line[:2] for line in body(PageReading(page, (), {}))] == [" 0", "10", "11"]


def test_nested_list_items_are_indented_up_to_a_depth() -> None:
    lines = body(reading(*(text("x", "list_item", level) for level in (1, 2, 9, 10, 900))))
    assert [line.index("x") - lines[0].index("x") for line in lines] == [0, 2, 16, 16, 16]


def test_long_texts_are_wrapped_beside_their_role_and_code_keeps_its_lines() -> None:
    lines = body(reading("word " * 12, text("if a:\n    b\n\n    c", "code")), width=40)
    assert lines == [
        "0  paragraph  word word word word word",
        "              word word word word word",
        "              word word",
        "1  code       if a:",
        "                  b",
        "",
        "                  c",
    ]


def test_no_line_ends_with_blanks_nor_is_wider_than_the_terminal() -> None:
    image = ImageSegment(0, "https://site.example/" + "long" * 40 + ".jpg", alt="A heron")
    for width in (40, 80):
        lines = printed(reading("word " * 50, image, text("鷺" * 100)), width=width)
        assert [line for line in lines if line != line.rstrip()] == []
        assert all(cell_len(line) <= width for line in lines)
        assert "".join(line[14:] for line in lines).count("long") >= 39


def test_images_tell_address_alt_caption_size_and_candidates() -> None:
    image = ImageSegment(0, "https://a.example/h.jpg", "A heron", "At dusk", 800, 533, ("https://a.example/h2.jpg",))
    assert body(reading(image)) == [
        "0  image  https://a.example/h.jpg",
        "          alt: A heron",
        "          caption: At dusk",
        "          800 x 533 declared, 1 more candidate",
    ]


def test_what_an_image_does_not_say_is_not_told() -> None:
    assert body(reading(ImageSegment(0, "https://a.example/h.jpg"))) == [
        "0  image  https://a.example/h.jpg",
        "          no declared size",
    ]
    assert body(reading(ImageSegment(0, "https://a.example/h.jpg", declared_height=40)))[1].strip() == "? x 40 declared"


def test_a_page_without_content_has_its_facts_only() -> None:
    assert printed(reading())[-2:] == ["content: 0 texts, 0 images", ""]


def test_what_was_left_out_is_told_on_request_only() -> None:
    part = LeftOut("navigation", "nav.menu", "Home Birds", 10)
    assert "navigation" not in "".join(printed(reading("kept", left_out=(part,), inline_svg=2)))
    assert body(reading("kept", left_out=(part,), inline_svg=2, css_background=0), why=True) == [
        "0  paragraph  kept",
        "",
        "left out: 1 part, 0 images",
        "  navigation  nav.menu",
        "              10 characters: Home Birds",
        "drawn by the page itself, never taken: 2 inline_svg",
    ]


def test_parts_tell_the_figures_that_were_compared() -> None:
    compared = LeftOut("list_of_links", "div#side.box", "Gulls", 5, None, 0.9, 0.65)
    below = LeftOut("few_words", "p", "Hm", 2, None, 1, 3)
    measured = LeftOut("outside_main_content", "aside", "Tides", 5, None, 0)
    assert left_out(compared, below, measured) == [
        "list_of_links         div#side.box",
        "measured 0.9, limit 0.65, 5 characters: Gulls",
        "few_words             p",
        "measured 1, limit 3, 2 characters: Hm",
        "outside_main_content  aside",
        "measured 0, 5 characters: Tides",
    ]


def test_an_excerpt_shows_that_it_is_one() -> None:
    assert left_out(LeftOut("hidden", "p", "abc", 3), LeftOut("hidden", "p", "abc", 4))[1::2] == [
        "3 characters: abc",
        "4 characters: abc…",
    ]


def test_images_left_out_tell_their_index_address_and_alt() -> None:
    pixel = LeftOut("image_too_small", "https://a.example/p.gif", "dot", 0, 3, 1, 16)
    silent = LeftOut("image_too_small", "https://a.example/q.gif", segment=4)
    lines = printed(reading("kept", left_out=(pixel, silent)), why=True)
    assert lines[-4:] == [
        "left out: 0 parts, 2 images",
        "3  image_too_small  https://a.example/p.gif",
        "                    measured 1, limit 16: dot",
        "4  image_too_small  https://a.example/q.gif",
    ]


def test_equal_parts_in_a_row_are_one_entry() -> None:
    button, other = LeftOut("hidden", "a.share", "", 0), LeftOut("hidden", "p", "", 0)
    lines = left_out(button, button, other, button)
    assert lines[1::2] == ["0 characters, 2 times", "0 characters", "0 characters"]
    assert lines[0::2] == ["hidden  a.share", "hidden  p", "hidden  a.share"]


def test_long_names_are_cut() -> None:
    at_limit, over = (left_out(LeftOut("hidden", "x" * length, "", 0)) for length in (MOST_NAME, MOST_NAME + 1))
    assert "".join(at_limit).count("x") == MOST_NAME
    assert "".join(over).count("x") == MOST_NAME - 1
    assert "…" in "".join(over)


def test_pages_do_not_steer_the_terminal() -> None:
    hostile = "[bold]a[/bold] :smile: \x1b[31mb\x07\u202e"
    image = ImageSegment(0, f"https://a.example/{hostile}", hostile, hostile)
    page = dataclasses.replace(document(hostile, image, url=hostile), provenance=Provenance(hostile))
    part = LeftOut("hidden", hostile, hostile, 99)
    shown = "\n".join(printed(PageReading(page, (part,), {}), why=True))
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert shown.count("[bold]a[/bold] :smile: �[31mb��") == 8


def test_json_has_the_document_and_on_request_what_was_left_out() -> None:
    part = LeftOut("list_of_links", "div#side.box", "Gulls", 5, None, 0.9, 0.65)
    shown = reading("kept", left_out=(part,), inline_svg=2)
    assert reading_to_json(shown, why=False) == {"document": shown.document.to_json()}
    told = reading_to_json(shown, why=True)
    assert LeftOut(**told["left_out"][0]) == part
    assert told["vectors"] == {"inline_svg": 2}
