from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import pytest
import yaml

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.filtering import Needs
from corpusflow.inspect.filter_help import filter_json, filter_text, filters_text
from filters.registry import BUILT_IN


@dataclass(frozen=True)
class Gulls:
    """Drops pictures of gulls, e.g. those of
    terns. Both are birds.

    least: how many.
      indented
    """

    least: int
    share: float | None = None
    kind: Literal["gull", "tern"] = "gull"
    loud: bool = True
    names: tuple[str, ...] = ("no", "Möwe")
    more: list[int] = field(default_factory=list)

    name: ClassVar[str] = "gulls"
    needs: ClassVar[Needs] = "pixels"
    measures: ClassVar[tuple[str, ...]] = ()

    def judge(self, document: Document) -> Iterator[Decision]:
        yield from ()


def test_the_list_tells_one_whole_sentence_and_the_defaults_as_yaml() -> None:
    text = filters_text({"gulls": Gulls})
    assert text.startswith(
        "gulls  (needs pixels)\n    Drops pictures of gulls, e.g. those of terns.\n    least: (required)\n"
    )
    assert "\n    share: null\n    kind: gull\n    loud: true\n    names: ['no', Möwe]\n    more: []\n" in text


def test_one_filter_is_told_with_all_its_docstring_and_as_a_recipe_names_it() -> None:
    text = filter_text(Gulls)
    assert "\nDrops pictures of gulls, e.g. those of\nterns. Both are birds.\n\nleast: how many.\n  indented\n" in text
    assert "least:               # whole number, required\n" in text
    assert "share: null          # number or null\n" in text
    options = yaml.safe_load(text.partition("defaults:")[2])[0]["options"]
    assert options == {"least": None, "share": None, "kind": "gull", "loud": True, "names": ["no", "Möwe"], "more": []}


def test_json_has_values_not_texts() -> None:
    told = filter_json(Gulls)
    assert told["options"]["least"] == {"type": "whole number", "required": True}
    assert told["options"]["share"] == {"type": "number or null", "default": None}
    assert told["options"]["names"] == {"type": "list of text", "default": ["no", "Möwe"]}
    assert told["doc"].endswith("least: how many.\n  indented")


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_what_is_told_of_a_filter_is_yaml_that_names_it_with_its_defaults(name: str) -> None:
    (spec,) = yaml.safe_load(filter_text(BUILT_IN[name]).partition("with the defaults:\n")[2])
    assert spec["name"] == name
    options = filter_json(BUILT_IN[name])["options"]
    assert spec.get("options", {}) == {option: facts.get("default") for option, facts in options.items()}
