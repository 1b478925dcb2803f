from __future__ import annotations

import pytest

from corpusflow.models.ccnet_text import ccnet_text


@pytest.mark.parametrize(
    ("line", "wanted", "cased"),
    [
        ("  The Heron of 1984 ", "the heron of 0000", "The Heron of 0000"),
        ("Crème brûlée, Été", "creme brulee, ete", "Crème brûlée, Été"),
        ("\u201eHe said\u201d \u2013 and left\u2026", '"he said" - and left...', '"He said" - and left...'),
        ("鳥。\u3001\uff1f", "鳥.,?", "鳥.,?"),
        ("٣ apples\x07\x85", "0 apples", "0 apples"),
        ("a\ud83db", "ab", "ab"),
        ("", "", ""),
    ],
)
def test_text_becomes_what_the_models_know(line: str, wanted: str, cased: str) -> None:
    assert ccnet_text(line) == wanted
    assert ccnet_text(line, cased=True) == cased
