"""Bytes live in files, keys go through shuffles: what a run's groupings hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.jobs.groupings import recorded
from tests.jobs.runs import run, warc
from tests.web import HOST, captures, jpeg, recipe, sentence, write_warc

PAGES = 12


def test_no_text_of_a_document_and_no_bytes_of_an_image_are_grouped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, filed = recorded(monkeypatch)
    manifest = run(tmp_path / "out", recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(PAGES))))))
    assert manifest["samples"] == PAGES
    data = b"".join(held + filed)
    assert f"{HOST}/3.jpg".encode() in data, "the groupings were seen"
    assert f"{HOST}/3.jpg".encode() not in b"".join(held), "the runner, which holds them in memory, has references only"
    for number in range(PAGES):
        assert sentence(number)[:30].encode() not in data
        assert jpeg(number)[200:216] not in data
