"""Values given on the command line, put into a recipe's plain data: `a.b=c`."""

from __future__ import annotations

import re
from typing import Any

import yaml

from corpusflow.errors import RecipeError
from corpusflow.recipe.names import nearest


def is_preset(override: str) -> bool:
    return override.partition("=")[0] == "preset"


def override(data: dict[str, Any], override: str) -> None:
    path, equals, text = override.partition("=")
    steps = [step for step in re.split(r"[.\[\]]+", path) if step]
    if not equals or not steps:
        raise RecipeError(f"--set {override}: write it as path=value, such as fetch.web=false")
    target: Any = data
    for step in steps[:-1]:
        target = _descend(target, step, override)
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"--set {override}: the value is not YAML: {error}") from error
    last = steps[-1]
    if isinstance(target, list):
        target[_position(target, last, override)] = value
    elif isinstance(target, dict):
        target[last] = value
    else:
        raise RecipeError(f"--set {override}: '{last}' would stand inside a single value")


def _descend(target: Any, step: str, override: str) -> Any:
    if isinstance(target, list):
        return target[_position(target, step, override)]
    if isinstance(target, dict):
        if target.get(step) is None:
            target[step] = {}
        return target[step]
    raise RecipeError(f"--set {override}: '{step}' would stand inside a single value")


def _position(items: list[Any], step: str, override: str) -> int:
    """A list's item by its number or by its `name`."""
    for number, item in enumerate(items):
        if step == str(number) or (isinstance(item, dict) and item.get("name") == step):
            return number
    names = [str(item["name"]) for item in items if isinstance(item, dict) and "name" in item]
    raise RecipeError(f"--set {override}: no item '{step}' among {len(items)}{nearest(step, names) if names else ''}")
