from __future__ import annotations

import dataclasses
import io
from pathlib import Path

from rich.console import Console

from corpusflow.inspect.samples import read_documents
from corpusflow.inspect.terminal import to_terminal
from corpusflow.inspect.view import SampleView
from tests.corpusflow.inspect.runs import HERON, HOSTILE, LONELY, finished_run


def printed(folder: Path, key: str, colour: bool = False) -> str:
    return shown(*read_documents(finished_run(folder), [key]), colour=colour)


def shown(view: SampleView, *, colour: bool = False) -> str:
    out = io.StringIO()
    system = "standard" if colour else None
    Console(file=out, width=100, force_terminal=colour, color_system=system).print(to_terminal(view))
    return out.getvalue()


def test_pictures_are_lines_with_size_similarity_and_alt(tmp_path: Path) -> None:
    text = printed(tmp_path, HERON.id)
    assert f"[{HERON.id}.0.jpg, 320 x 200, best and assigned ¶1 0.31] A heron At dusk" in text
    assert [line.strip() for line in text.splitlines() if line.startswith("¶")] == ["¶1 It stands still for hours."]


def test_a_document_that_nobody_measured_has_no_numbers(tmp_path: Path) -> None:
    assert "¶" not in printed(tmp_path, HOSTILE.id)


def test_the_rank_among_other_texts_is_told_shortly(tmp_path: Path) -> None:
    (view,) = read_documents(finished_run(tmp_path), [HERON.id])
    part = dataclasses.replace(view.parts[2], rank=0.0625)
    text = shown(dataclasses.replace(view, parts=(part,)))
    assert "assigned ¶1 0.31, better than 93 % of other texts]" in " ".join(text.split())


def test_dropped_segments_are_dimmed_and_tell_the_reason(tmp_path: Path) -> None:
    lines = [line.strip() for line in printed(tmp_path, HERON.id).splitlines()]
    place = lines.index("dropped: text_length/text_too_short measured 1, limit 3")
    assert lines[place + 1] == "Share"
    assert "\x1b[2mShare\x1b[0m" in printed(tmp_path, HERON.id, colour=True)


def test_a_document_dropped_as_a_whole_says_why(tmp_path: Path) -> None:
    assert "dropped: document_shape/no_images measured 0, limit 1" in printed(tmp_path, LONELY.id)


def test_pages_do_not_steer_the_terminal(tmp_path: Path) -> None:
    text = printed(tmp_path, HOSTILE.id)
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "[link](javascript:alert(2))" in text
