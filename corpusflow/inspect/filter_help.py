"""What a filter is, in words: what it drops, and its options with their types and defaults."""

from __future__ import annotations

from textwrap import indent
from typing import Any

from corpusflow.filtering import Registry
from corpusflow.inspect.named_help import doc, list_item, listed, options, spec_yaml, summary


def filters_text(registry: Registry) -> str:
    """Every filter with one sentence, its options and their defaults."""
    lines = [line for name, cls in sorted(registry.items()) for line in listed(f"{name}  (needs {cls.needs})", cls)]
    return "\n".join([*lines, "", "corpusflow filters NAME tells all about one of them."])


def filter_text(cls: type[Any]) -> str:
    """All of a filter's docstring, and what a recipe would write to name it with the defaults."""
    lines = [f"{cls.name}  (needs {cls.needs})", "", doc(cls), "", "In a recipe, with the defaults:", ""]
    return "\n".join([*lines, indent(list_item(spec_yaml(cls.name, cls)), "  ")])


def filter_json(cls: type[Any]) -> dict[str, Any]:
    """The same for a script. options: by name `type`, and `default` or, where there is none, `required`."""
    told = {"name": cls.name, "needs": cls.needs, "summary": summary(cls), "doc": doc(cls)}
    return {**told, "options": options(cls)}
