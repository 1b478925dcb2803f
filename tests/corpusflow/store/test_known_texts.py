from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpusflow.store import known_texts
from corpusflow.store.embeddings import KnownEmbeddings
from corpusflow.store.known_texts import TextRows
from corpusflow.store.paths import LocalStore
from tests.transforms.scorers import Colours


def known(folder: Path) -> KnownEmbeddings:
    return KnownEmbeddings(LocalStore(str(folder)), "", Colours().name, "texts")


def pieces(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


@pytest.fixture(autouse=True)
def nothing_asked() -> None:
    Colours.asked.clear()


def test_texts_that_are_known_are_not_made_again(tmp_path: Path) -> None:
    first = TextRows(Colours(), known(tmp_path))
    made = first.rows(["red green", "blue"])
    first.keep()
    second = TextRows(Colours(), known(tmp_path))
    np.testing.assert_array_equal(second.rows(["blue", "green", "red green"])[::2], made[::-1])
    assert Colours.asked == [("texts", 1)]
    assert {row.dtype for row in made} == {np.dtype(np.float16)}
    third = TextRows(Colours(), known(tmp_path))
    third.rows(["blue"])
    assert Colours.asked == [("texts", 1)], "neither asked nor loaded"


def test_nothing_is_kept_where_nothing_is_known(tmp_path: Path) -> None:
    rows = TextRows(Colours())
    np.testing.assert_array_equal(rows.rows(["red"]), [[1, 0, 0]])
    rows.rows(["red"])
    rows.keep()
    assert Colours.asked == [("texts", 1), ("texts", 1)]
    assert rows.rows([]) == []


@pytest.mark.parametrize(("count", "kept"), [(3, 0), (4, 1)])
def test_texts_wait_for_a_piece_that_is_worth_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int, kept: int
) -> None:
    monkeypatch.setattr(known_texts, "PIECE", 3)
    rows = TextRows(Colours(), known(tmp_path))
    rows.rows([f"red {number}" for number in range(count)])
    assert pieces(tmp_path) == kept
    rows.keep()
    assert pieces(tmp_path) == 1
