"""What a recipe can name, a filter or a model, in words: its options with their types and defaults."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Iterator
from textwrap import indent
from typing import Any, Literal, Union, get_args, get_origin

from corpusflow.inspect.yaml_value import plain, yaml_text
from corpusflow.text.sentences import split_sentences

_WORDS = {bool: "true or false", int: "whole number", float: "number", str: "text", types.NoneType: "null"}


def listed(title: str, cls: type[Any]) -> list[str]:
    """Lines of a list: the title, one sentence, the options and their defaults."""
    told = options(cls)
    return [title, f"    {summary(cls)}", *(f"    {option}: {_default_text(facts)}" for option, facts in told.items())]


def spec_yaml(name: str, cls: type[Any]) -> str:
    """What a recipe would write to name it with the defaults; the types are comments."""
    told = options(cls)
    pairs = [
        f"{option}: {'' if 'required' in facts else yaml_text(facts['default'])}" for option, facts in told.items()
    ]
    width = max((len(pair) for pair in pairs if len(pair) <= 40), default=0)
    lines = [f"name: {name}", "options:"] if told else [f"name: {name}"]
    for pair, facts in zip(pairs, told.values(), strict=True):
        lines.append(f"  {pair:{width}}  # {facts['type']}" + (", required" if "required" in facts else ""))
    return "\n".join(lines)


def list_item(yaml_lines: str) -> str:
    return "- " + indent(yaml_lines, "  ").removeprefix("  ")


def summary(cls: type[Any]) -> str:
    """The first sentence of the docstring."""
    opening = doc(cls).partition("\n\n")[0].replace("\n", " ")
    return next(iter(split_sentences(opening, "en")), "")


def doc(cls: type[Any]) -> str:
    return inspect.cleandoc(cls.__doc__ or "")


def options(cls: type[Any]) -> dict[str, dict[str, Any]]:
    hints = typing.get_type_hints(cls)
    return {field.name: {"type": type_text(hints[field.name])} | _default(field) for field in dataclasses.fields(cls)}


def type_text(hint: Any) -> str:
    """`whole number or null`, `image or document`, `list of text`."""
    return " or ".join(_kinds(hint))


def _kinds(hint: Any) -> Iterator[str]:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        for each in inner:
            yield from _kinds(each)
    elif origin is Literal:
        yield from map(yaml_text, inner)
    elif origin in (tuple, list):
        kinds = dict.fromkeys(kind for each in inner if each is not ... for kind in _kinds(each))
        yield f"list of {' or '.join(kinds)}"
    else:
        yield _WORDS.get(hint, str(getattr(hint, "__name__", hint)))


def _default(field: dataclasses.Field[Any]) -> dict[str, Any]:
    if field.default is not dataclasses.MISSING:
        return {"default": plain(field.default)}
    if field.default_factory is not dataclasses.MISSING:
        return {"default": plain(field.default_factory())}
    return {"required": True}


def _default_text(facts: dict[str, Any]) -> str:
    return "(required)" if "required" in facts else yaml_text(facts["default"])
