"""Values of options as a recipe writes them."""

from __future__ import annotations

import math
from typing import Any

import yaml


def plain(value: Any) -> Any:
    """The value as YAML and JSON know it: a tuple is a list there, and what neither knows is its text."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(each) for each in value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def yaml_text(value: Any) -> str:
    """In one line: `null`, `true`, `150`, `[jpg, png]`."""
    text: str = yaml.safe_dump(plain(value), default_flow_style=True, allow_unicode=True, width=math.inf)
    return text.removesuffix("...\n").rstrip("\n")
