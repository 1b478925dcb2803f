from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from corpusflow.errors import RecipeError
from corpusflow.recipe import Named, Recipe, load_recipe, to_yaml
from filters.registry import BUILT_IN

PRESET: dict[str, Any] = {
    "name": "shape",
    "fetch": {"web": False, "max_side": 800},
    "embed": {"similarity": {"name": "open_clip", "options": {"architecture": "ViT-B-32"}}},
    "filters": [
        {"name": "text_length", "options": {"min_words": 10, "max_words": 2000}},
        {"name": "image_size", "options": {"min_side": 150}},
        {"name": "document_shape"},
    ],
}


def started(folder: Path, own: dict[str, Any], *overrides: str) -> Recipe:
    preset, recipe = folder / "shape.yaml", folder / "own.yaml"
    preset.write_text(yaml.safe_dump(PRESET), encoding="utf-8")
    data = {"preset": "shape", "name": "own", "sources": [{"kind": "warc", "path": "w"}]} | own
    recipe.write_text(yaml.safe_dump(data), encoding="utf-8")
    return load_recipe(str(recipe), BUILT_IN, overrides, presets={"shape": str(preset)})


def options(recipe: Recipe) -> list[tuple[str, dict[str, Any]]]:
    return [(spec.name, spec.options) for spec in recipe.filters]


def test_what_a_recipe_does_not_say_is_the_presets(tmp_path: Path) -> None:
    recipe = started(tmp_path, {})
    assert (recipe.name, recipe.based_on, recipe.fetch.max_side, recipe.fetch.web) == ("own", "shape", 800, False)
    assert options(recipe) == [
        ("text_length", {"min_words": 10, "max_words": 2000}),
        ("image_size", {"min_side": 150}),
        ("document_shape", {}),
    ]


def test_one_number_can_be_another(tmp_path: Path) -> None:
    own = {"filters": [{"name": "text_length", "options": {"min_words": 99}}], "fetch": {"max_side": 512}}
    recipe = started(tmp_path, own)
    assert options(recipe)[0] == ("text_length", {"min_words": 99, "max_words": 2000})
    assert (recipe.fetch.max_side, recipe.fetch.web) == (512, False)


def test_a_filter_that_the_preset_has_not_goes_first(tmp_path: Path) -> None:
    own = {"filters": [{"name": "image_size", "options": {"max_aspect": 3}}, {"name": "url_words"}]}
    assert options(started(tmp_path, own)) == [
        ("url_words", {}),
        ("text_length", {"min_words": 10, "max_words": 2000}),
        ("image_size", {"min_side": 150, "max_aspect": 3}),
        ("document_shape", {}),
    ]


def test_a_filter_is_switched_off_in_the_file_or_on_the_command_line(tmp_path: Path) -> None:
    recipe = started(tmp_path, {"filters": [{"name": "text_length", "use": False}]}, "filters.image_size.use=false")
    assert options(recipe) == [("document_shape", {})]


def test_another_model_does_not_inherit_the_options_of_the_presets(tmp_path: Path) -> None:
    similarity = started(tmp_path, {"embed": {"similarity": {"name": "conse"}}}).embed.similarity
    assert similarity == Named(name="conse")
    same = started(tmp_path, {"embed": {"similarity": {"options": {"precision": "bf16"}}}}).embed.similarity
    assert same == Named(name="open_clip", options={"architecture": "ViT-B-32", "precision": "bf16"})


def test_a_resolved_recipe_needs_the_preset_no_more(tmp_path: Path) -> None:
    recipe = started(tmp_path, {"filters": [{"name": "text_length", "use": False}]})
    again = tmp_path / "resolved.yaml"
    again.write_text(to_yaml(recipe), encoding="utf-8")
    assert load_recipe(str(again), BUILT_IN) == recipe


def test_an_unknown_preset_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no preset 'shap'; did you mean 'shape'"):
        started(tmp_path, {"preset": "shap"})


def test_use_is_true_or_false(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"filters\[0\].use: true or false is wanted, got 'never'"):
        started(tmp_path, {"filters": [{"name": "url_words", "use": "never"}]})


def test_a_recipe_without_sources_says_how_to_name_one(tmp_path: Path) -> None:
    path = tmp_path / "shape.yaml"
    path.write_text(yaml.safe_dump(PRESET), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"sources: say where pages come from, such as"):
        load_recipe(str(path), BUILT_IN)


def test_a_preset_may_start_from_another_one(tmp_path: Path) -> None:
    core = {"preset": "shape", "name": "core", "filters": [{"name": "text_length", "options": {"min_words": 40}}]}
    (tmp_path / "core.yaml").write_text(yaml.safe_dump(core), encoding="utf-8")
    (tmp_path / "shape.yaml").write_text(yaml.safe_dump(PRESET), encoding="utf-8")
    own = {"preset": "core", "name": "own", "sources": [{"kind": "warc", "path": "w"}]}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(own), encoding="utf-8")
    presets = {name: str(tmp_path / f"{name}.yaml") for name in ("core", "shape")}
    recipe = load_recipe(str(tmp_path / "own.yaml"), BUILT_IN, presets=presets)
    assert recipe.based_on == "core"
    assert options(recipe)[0] == ("text_length", {"min_words": 40, "max_words": 2000})
