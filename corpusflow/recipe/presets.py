"""A recipe that starts from another one: `preset: obelics` and only what shall be different."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from corpusflow.errors import RecipeError
from corpusflow.recipe.names import nearest

PlainRecipe = dict[str, Any]


def start_from_preset(
    data: PlainRecipe, presets: Mapping[str, str], read: Callable[[str], PlainRecipe], known: Collection[str]
) -> PlainRecipe:
    """The recipe with everything that it does not say itself taken from the preset it names.

    presets: path by name. read: gives the plain data of such a file. known: names of all filters. Mappings are joined
    key by key, unless they name another filter or model. A filter that the preset has, too, keeps its place and its
    other options; one that it has not goes before the preset's, so that what counts the images that are left stays
    last. Raises RecipeError.
    """
    if "preset" not in data:
        return data
    name = data["preset"]
    if not isinstance(name, str):
        raise RecipeError(f"preset: a name is wanted, got {name!r}; there are: {', '.join(sorted(presets))}")
    if name not in presets:
        raise RecipeError(f"preset: there is no preset '{name}'{nearest(name, presets)}")
    preset = start_from_preset(read(presets[name]), presets, read, known)  # a preset may start from another one
    own = {key: value for key, value in data.items() if key not in ("preset", "filters")}
    whole = preset | {key: _joined(preset.get(key), value) for key, value in own.items()}
    whole["based_on"] = name
    whole["filters"] = _joined_filters(preset.get("filters") or [], data.get("filters") or [], known)
    return whole


def _joined(base: Any, own: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(own, dict):
        return own
    if "name" in base and "name" in own and base["name"] != own["name"]:
        return own  # another filter or model, whose options are its own
    return base | {key: _joined(base[key], value) if key in base else value for key, value in own.items()}


def _joined_filters(base: list[Any], own: Any, known: Collection[str]) -> Any:
    if not isinstance(own, list):
        return own
    named = [spec for spec in own if isinstance(spec, dict) and "name" in spec]
    _check_own_filters([spec["name"] for spec in base], named, known)
    left = list(own)
    whole = []
    for spec in base:
        same = next((each for each in left if isinstance(each, dict) and each.get("name") == spec["name"]), None)
        if same is None:
            whole.append(spec)
        else:
            left.remove(same)
            whole.append(_joined(spec, same))
    return [*left, *whole]


def _check_own_filters(base: list[str], own: list[dict[str, Any]], known: Collection[str]) -> None:
    """Raises RecipeError where something else would happen than what was meant; what is not known is told later.

    base: names of the preset's filters.
    """
    names = [str(spec["name"]) for spec in own]
    for spec, name in zip(own, names, strict=True):
        if base.count(name) == 1 and names.count(name) > 1:
            raise RecipeError(f"filters: {name} is named twice; say all of its options at once")
        if spec.get("use") is False and name in known and name not in base and names.count(name) == 1:
            raise RecipeError(f"filters.{name}.use: there is no {name} to switch off")
