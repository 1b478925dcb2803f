from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from corpusflow.inspect.samples import read_documents
from corpusflow.inspect.terminal import to_terminal
from tests.corpusflow.inspect.runs import HERON, HOSTILE, LONELY, finished_run


def printed(folder: Path, key: str, colour: bool = False) -> str:
    (view,) = read_documents(finished_run(folder), [key])
    out = io.StringIO()
    system = "standard" if colour else None
    Console(file=out, width=100, force_terminal=colour, color_system=system).print(to_terminal(view))
    return out.getvalue()


def test_pictures_are_lines_with_size_similarity_and_alt(tmp_path: Path) -> None:
    assert f"[{HERON.id}.0.jpg, 320 x 200, similarity 0.31] A heron At dusk" in printed(tmp_path, HERON.id)


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
