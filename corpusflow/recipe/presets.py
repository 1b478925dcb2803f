"""A recipe that starts from another one: `preset: obelics` and only what shall be different."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from corpusflow.errors import RecipeError
from corpusflow.recipe.names import nearest

PlainRecipe = dict[str, Any]


def start_from_preset(data: PlainRecipe, presets: Mapping[str, str], read: Callable[[str], PlainRecipe]) -> PlainRecipe:
    """The recipe with everything that it does not say itself taken from the preset it names.

    presets: path by name. read: gives the plain data of such a file. Mappings are joined key by key, unless they name
    another filter or model. A filter that the preset has, too, keeps its place and its other options; one that it has
    not goes before the preset's, so that what counts the images that are left stays last. Raises RecipeError.
    """
    name = data.get("preset")
    if name is None:
        return data
    if not isinstance(name, str) or name not in presets:
        raise RecipeError(f"preset: there is no preset {name!r}{nearest(str(name), presets)}")
    preset = start_from_preset(read(presets[name]), presets, read)  # a preset may start from another one
    own = {key: value for key, value in data.items() if key not in ("preset", "filters")}
    whole = preset | {key: _joined(preset.get(key), value) for key, value in own.items()}
    whole["based_on"] = name
    whole["filters"] = _joined_filters(preset.get("filters") or [], data.get("filters") or [])
    return whole


def without_unused_filters(data: PlainRecipe) -> None:
    """Takes out the filters that say `use: false`, and the word from the others. Raises RecipeError."""
    specs = data.get("filters")
    if not isinstance(specs, list):
        return  # told when the recipe is validated
    left = []
    for number, spec in enumerate(specs):
        use = spec.get("use", True) if isinstance(spec, dict) else True
        if not isinstance(use, bool):
            raise RecipeError(f"filters[{number}].use: true or false is wanted, got {use!r}")
        if use:
            left.append({key: spec[key] for key in spec if key != "use"} if isinstance(spec, dict) else spec)
    data["filters"] = left


def _joined(base: Any, own: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(own, dict):
        return own
    if "name" in base and "name" in own and base["name"] != own["name"]:
        return own  # another filter or model, whose options are its own
    return base | {key: _joined(base[key], value) if key in base else value for key, value in own.items()}


def _joined_filters(base: list[Any], own: Any) -> Any:
    if not isinstance(own, list):
        return own
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
