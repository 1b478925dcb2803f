from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from corpusflow.inspect.markdown import escape_markdown, fenced, to_markdown
from corpusflow.inspect.matches import Match
from corpusflow.inspect.samples import read_documents
from tests.corpusflow.inspect.runs import HERON, HOSTILE, LONELY, finished_run

LEFT, RIGHT = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"


def test_a_document_is_headings_text_and_pictures_in_order(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [HERON.id])
    text = to_markdown(view, lambda member: f"pictures/{member}")
    assert text.startswith("# The grey heron\n\n- url: <https://site.example/heron>\n- language: en (0.98)\n")
    assert text.endswith(
        "## The grey heron\n\n"
        "It stands still for hours.\n\n"
        f"![A heron](<pictures/{HERON.id}.0.jpg>)\n\n*At dusk*\n\n"
        f"- best and assigned 0.31: {LEFT}It stands still for hours.{RIGHT}\n\n"
        "> *dropped: text\\_length/text\\_too\\_short measured 1, limit 3*\n>\n> Share\n\n"
        "> *dropped: image\\_size/image\\_too\\_small measured 16, limit 150*\n>\n> <https://site.example/icon.png>\n\n"
        "- Fish\n\n"
        "````\nprint('heron')\n```\nend\n````\n\n"
        "> *failed: fetch/http\\_status: 404*\n>\n> <https://dead.example/gone.jpg>\n\n"
        "> Patience is all.\n"
    )


def test_what_a_picture_goes_with_is_quoted_and_marks_up_nothing(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [HERON.id])
    matches = Match("best", None, None, 0.4, ""), Match("assigned", 1, 1, 0.314, "<b>*one*\N{BULLET} " + "x" * 80)
    part = dataclasses.replace(view.parts[2], matches=matches, rank=0.0)
    text = to_markdown(dataclasses.replace(view, parts=(part,)), str)
    assert f"\n\n- best 0.40: a text that was dropped\n- assigned 0.31: {LEFT}\\<b\\>\\*one\\*" in text
    assert text.endswith(f"x\N{HORIZONTAL ELLIPSIS}{RIGHT}\n- better than 100 % of other texts\n")


def test_a_document_dropped_as_a_whole_says_why(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [LONELY.id])
    assert "\n\n**dropped: document\\_shape/no\\_images measured 0, limit 1**\n\n" in to_markdown(view, str)


def test_hostile_text_marks_up_nothing(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [HOSTILE.id])
    html = MarkdownIt("commonmark", {"html": True}).render(to_markdown(view, str))
    assert "<script" not in html
    assert "href" not in html
    assert html.count("<img") == 1
    assert "\x1b" not in html


@pytest.mark.parametrize(
    "text",
    [
        "# no heading",
        "1. no list",
        "- no list",
        "+ no list",
        "title\n=====",
        "title\n---",
        "> no quote",
        "*a* _b_ `c` ~~d~~ | e | $f$",
        "[a]: http://b",
        "&amp; <b>",
        "back\\slash\\*",
        "    four spaces",
        "a\n\nb",
        "",
    ],
)
def test_escaped_text_is_one_paragraph_that_reads_as_before(text: str) -> None:
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(escape_markdown(text))
    assert [token.type for token in tokens if token.level == 0 and token.nesting == 1] in (["paragraph_open"], [])
    shown = ["\n" if child.type == "softbreak" else child.content for token in tokens for child in token.children or []]
    assert "".join(shown) == "\n".join(line.strip() for line in text.splitlines() if line.strip())


def test_a_fence_is_longer_than_any_in_the_code() -> None:
    assert fenced("a") == "```\na\n```"
    assert fenced("````") == "`````\n````\n`````"
