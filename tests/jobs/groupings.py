"""What a run groups: by the runner, and through files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from apache_beam.runners.portability.fn_api_runner.execution import GroupingBuffer

from transforms.group_keys import WriteSections


def recorded(monkeypatch: pytest.MonkeyPatch) -> tuple[list[bytes], list[bytes]]:
    """From now on, what the runner holds, and what goes into files meanwhile."""
    held: list[bytes] = []
    filed: list[bytes] = []
    append, process = GroupingBuffer.append, WriteSections.process

    def holding(self: GroupingBuffer, elements_data: bytes) -> None:
        held.append(bytes(elements_data))
        append(self, elements_data)

    def filing(self: WriteSections, element: tuple[Any, Any]) -> Iterator[Any]:
        filed.append(repr(element).encode("utf-8", "surrogatepass"))
        yield from process(self, element)

    monkeypatch.setattr(GroupingBuffer, "append", holding)
    monkeypatch.setattr(WriteSections, "process", filing)
    return held, filed
