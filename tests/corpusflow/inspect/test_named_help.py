from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest
import yaml

from corpusflow.inspect.named_help import list_item, spec_yaml, type_text


@dataclass(frozen=True)
class Plain:
    """Has no options."""


@dataclass(frozen=True)
class Gulls:
    """Counts gulls."""

    least: int = 1


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        (bool, "true or false"),
        (str | None, "text or null"),
        (Literal["a", "b"] | None, "a or b or null"),
        (tuple[int, ...], "list of whole number"),
        (tuple[str | float, ...], "list of text or number"),
        (Any, "Any"),
    ],
)
def test_types_are_told_in_words(hint: Any, told: str) -> None:
    assert type_text(hint) == told


def test_what_has_no_options_is_named_without_them() -> None:
    assert spec_yaml("plain", Plain) == "name: plain"
    assert spec_yaml("gulls", Gulls) == "name: gulls\noptions:\n  least: 1  # whole number"


def test_an_item_of_a_list_is_the_same_yaml() -> None:
    spec = spec_yaml("gulls", Gulls)
    assert yaml.safe_load(list_item(spec)) == [yaml.safe_load(spec)]
