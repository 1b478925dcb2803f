"""Which of the filters that a recipe names are used, and where each of them stands."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from corpusflow.errors import RecipeError
from corpusflow.recipe.names import nearest, unknown_key

KEYS = ("name", "options", "use")


def take_out_unused(data: dict[str, Any], known: Collection[str]) -> tuple[str, ...]:
    """Takes out the filters that say `use: false`, and the word from the others. known: names of all filters.

    Returns the places of those that are left, as `--set` understands them. Raises RecipeError, also where one is
    switched off that is not known: else the one that was meant would stay.
    """
    specs = data.get("filters")
    if not isinstance(specs, list):
        return ()  # told when the recipe is validated
    left = []
    for place, spec in zip(_places(specs, by_name=bool(data.get("based_on"))), specs, strict=True):
        if not isinstance(spec, dict):
            left.append((place, spec))  # likewise
        elif _is_used(spec, place, known):
            left.append((place, {key: value for key, value in spec.items() if key != "use"}))
    data["filters"] = [spec for _, spec in left]
    return tuple(place for place, _ in left)


def way_without(name: str) -> str:
    """How to do without a filter."""
    return f"or take the filter out: {{name: {name}, use: false}}"


def _is_used(spec: dict[str, Any], place: str, known: Collection[str]) -> bool:
    for key in spec:
        if key not in KEYS:
            raise RecipeError(f"{place}: {unknown_key(str(key), KEYS)}")
    if "name" not in spec:
        return True  # told when the recipe is validated
    use = spec.get("use", True)
    if not isinstance(use, bool):
        raise RecipeError(f"{place}.use: true or false is wanted, got {use!r}")
    name = str(spec["name"])
    if not use and name not in known:
        raise RecipeError(f"{place}.name: there is no filter '{name}'{nearest(name, known)}")
    return use


def _places(specs: list[Any], by_name: bool) -> list[str]:
    """by_name: a preset has filters, too, so that nobody can count them. A name that stands twice tells nothing."""
    names = [spec.get("name") if isinstance(spec, dict) else None for spec in specs]
    return [
        f"filters.{name}" if by_name and isinstance(name, str) and names.count(name) == 1 else f"filters[{number}]"
        for number, name in enumerate(names)
    ]
