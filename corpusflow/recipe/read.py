"""Recipes from their YAML files."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import yaml

from corpusflow.consent.from_recipe import consent_rules
from corpusflow.errors import RecipeError
from corpusflow.filtering import Registry
from corpusflow.recipe.build import parse_recipe
from corpusflow.recipe.earlier import earlier_indexes
from corpusflow.recipe.overrides import is_preset, override
from corpusflow.recipe.presets import start_from_preset
from corpusflow.recipe.source_sections import CommonCrawlSource, Source
from corpusflow.recipe.used_filters import take_out_unused
from corpusflow.recipe.whole import Recipe
from corpusflow.store.address import is_address, is_file


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that is given twice; YAML would silently take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{key}' is given twice", key_node.start_mark)
            seen.add(str(key))
        return super().construct_mapping(node, deep)


def load_recipe(
    path: str,
    registry: Registry,
    overrides: Sequence[str] = (),
    folder: str | None = None,
    presets: Mapping[str, str] | None = None,
) -> Recipe:
    """Reads, overrides (`a.b=c`), validates; paths become absolute. Raises RecipeError.

    folder: what these paths are relative to; None for the recipe's own folder. presets: paths of the recipes that
    one can start from, by name.
    """
    data = _read(path)
    # First, since the others may change what the preset has.
    for each in filter(is_preset, overrides):
        override(data, each)
    data = start_from_preset(data, presets or {}, _read, registry)
    for each in itertools.filterfalse(is_preset, overrides):
        override(data, each)
    places = take_out_unused(data, registry)
    folder = os.path.dirname(os.path.abspath(path)) if folder is None else os.path.abspath(folder)
    _place_files(data.get("filters"), registry, folder)
    _place_files_of_models(data, folder)
    recipe = parse_recipe(data, registry, places)
    opt_out = recipe.consent.opt_out and _place(recipe.consent.opt_out, folder)
    known = recipe.embed.known and _place_new(recipe.embed.known, folder)
    recipe = recipe.model_copy(
        update={
            "sources": tuple(_placed(source, folder) for source in recipe.sources),
            "consent": recipe.consent.model_copy(update={"opt_out": opt_out}),
            "embed": recipe.embed.model_copy(update={"known": known}),
            "select": recipe.select.model_copy(
                update={"earlier": tuple(_place(path, folder) for path in recipe.select.earlier)}
            ),
        }
    )
    consent_rules(recipe)  # a mistake in the opt-out list is told here, before anything starts
    earlier_indexes(recipe)
    return recipe


def _read(path: str) -> dict[str, Any]:
    """A recipe's plain data. Raises RecipeError."""
    try:
        with open(path, encoding="utf-8") as file:
            data = yaml.load(file, _UniqueKeys)
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path}: not YAML: {error}") from error
    if not isinstance(data, dict):
        raise RecipeError(f"{path}: a recipe is a mapping of `name`, `sources` and the rest, this is not one")
    return data


def _place(path: str, folder: str) -> str:
    path = path.removeprefix("file://")
    return path if is_address(path) else os.path.normpath(os.path.join(folder, os.path.expanduser(path)))


def _place_new(path: str, folder: str) -> str:
    """Of a folder that need not be there."""
    placed = _place(path, folder)
    try:
        if is_file(placed):
            raise RecipeError(f"embed.known: {placed} is a file; name a folder")
    except OSError as error:
        raise RecipeError(f"embed.known: {error}") from error
    return placed


def _place_files_of_models(data: Mapping[str, Any], folder: str) -> None:
    from corpusflow.models.open_clip_weights import is_file_of_weights
    from corpusflow.models.registry import FACE_DETECTORS, IMAGE_TEXT_SCORERS, LANGUAGE_SCORERS, TEXT_SCORERS

    sections = (data.get(name) for name in ("extract", "text", "embed"))
    extract, text, embed = (section if isinstance(section, dict) else {} for section in sections)
    _place_files([extract.get("language")], LANGUAGE_SCORERS, folder)
    _place_files(text.get("models"), TEXT_SCORERS, folder)
    _place_files([embed.get("faces")], FACE_DETECTORS, folder)
    # What does not look like a file is the tag of published weights.
    _place_files([embed.get("similarity")], IMAGE_TEXT_SCORERS, folder, is_file_of_weights)


def _place_files(specs: Any, registry: Registry, folder: str, is_file: Callable[[str], bool] = lambda _: True) -> None:
    """Of filters and models, before they are built: filters look into their files then. What is no list of them is told
    later."""
    for spec in specs if isinstance(specs, list) else ():
        options = spec.get("options") if isinstance(spec, dict) else None
        if isinstance(options, dict):
            for name in getattr(registry.get(str(spec.get("name"))), "files", ()):
                if isinstance(options.get(name), str) and is_file(options[name]):
                    options[name] = _place(options[name], folder)


def _placed(source: Source, folder: str) -> Source:
    """The source with its paths below the folder, where they are not absolute."""
    if not isinstance(source, CommonCrawlSource):
        return source.model_copy(update={"path": _place(source.path, folder)})
    given = {"index": source.index, "paths": source.paths, "base_url": None if source.on_web else source.base_url}
    return source.model_copy(update={key: _place(path, folder) for key, path in given.items() if isinstance(path, str)})
