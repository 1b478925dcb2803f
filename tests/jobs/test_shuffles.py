"""Bytes live in files, keys go through shuffles: what a run's groupings hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from apache_beam.runners.portability.fn_api_runner.execution import GroupingBuffer

from tests.jobs.runs import run, warc
from tests.web import HOST, captures, jpeg, recipe, sentence, write_warc

PAGES = 12


def test_no_text_of_a_document_and_no_bytes_of_an_image_are_grouped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grouped: list[bytes] = []
    append = GroupingBuffer.append

    def recording(self: GroupingBuffer, elements_data: bytes) -> None:
        grouped.append(bytes(elements_data))
        append(self, elements_data)

    monkeypatch.setattr(GroupingBuffer, "append", recording)
    manifest = run(tmp_path / "out", recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(PAGES))))))
    assert manifest["samples"] == PAGES
    data = b"".join(grouped)
    assert f"{HOST}/3.jpg".encode() in data, "the groupings were seen"
    for number in range(PAGES):
        assert sentence(number)[:30].encode() not in data
        assert jpeg(number)[200:216] not in data
