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


def told(folder: Path, own: dict[str, Any], *overrides: str) -> str:
    with pytest.raises(RecipeError) as error:
        started(folder, own, *overrides)
    return str(error.value)


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
    with pytest.raises(RecipeError, match=r"filters\.url_words\.use: true or false is wanted, got 'never'"):
        started(tmp_path, {"filters": [{"name": "url_words", "use": "never"}]})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("text_lenght", "filters.text_lenght.name: there is no filter 'text_lenght'; did you mean 'text_length'?"),
        ("stop_words", "filters.stop_words.use: there is no stop_words to switch off"),
    ],
)
def test_a_filter_that_the_preset_has_not_cannot_be_switched_off(tmp_path: Path, name: str, expected: str) -> None:
    assert told(tmp_path, {"filters": [{"name": name, "use": False}]}) == expected


def test_without_a_preset_a_filter_may_be_switched_off_where_it_stands_but_not_one_that_is_unknown(
    tmp_path: Path,
) -> None:
    own = PRESET | {"sources": [{"kind": "warc", "path": "w"}], "filters": [{"name": "image_size", "use": False}]}
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(own), encoding="utf-8")
    assert load_recipe(str(path), BUILT_IN).filters == ()
    path.write_text(yaml.safe_dump(own | {"filters": [{"name": "stop_wrds", "use": False}]}), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"filters\[0\]\.name: there is no filter 'stop_wrds'; did you mean 'stop_w"):
        load_recipe(str(path), BUILT_IN)


def test_a_filter_of_the_preset_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    own = {"filters": [{"name": "image_size"}, {"name": "image_size", "options": {"min_side": 50}}]}
    assert told(tmp_path, own) == "filters: image_size is named twice; say all of its options at once"


def test_a_filter_that_the_preset_has_not_may_be_named_twice(tmp_path: Path) -> None:
    own = [{"name": "image_uses", "options": {f"max_{key}_uses": 3}} for key in ("phash", "dhash")]
    recipe = started(tmp_path, {"filters": [*own, {"name": "image_uses", "use": False}]})
    assert [spec.name for spec in recipe.filters[:3]] == ["image_uses", "image_uses", "text_length"]
    assert [spec.options for spec in recipe.filters[:2]] == [each["options"] for each in own]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (
            [{"name": "url_words"}, {"name": "image_size", "options": {"min_sid": 5}}],
            "filters.image_size.options: image_size has no 'min_sid'; did you mean 'min_side'?",
        ),
        (
            [{"name": "image_size", "options": {"min_side": "x"}}],
            "filters.image_size.options.min_side: Input should be",
        ),
        ([{"name": "image_size", "options": 5}], "filters.image_size.options: a mapping is wanted"),
        ([{"name": "image_size", "uze": False}], "filters.image_size: has no 'uze'; did you mean 'use'?"),
        ([{"name": "image_size", "off": 1}], "filters.image_size: has no 'off'; there are: name, options, use"),
        ([{"name": "url_wrds"}], "filters.url_wrds.name: there is no filter 'url_wrds'; did you mean 'url_words'?"),
        ([{"use": False}], "filters[0].name: Field required"),
        (
            [{"name": "url_words"}, {"name": "url_words", "options": {"x": 1}}],
            "filters[1].options: url_words has no 'x'",
        ),
        (
            [{"name": "image_safety"}],
            "filters.image_safety: image_safety reads the score 'nsfw'; name a model in embed.safety, or take the "
            "filter out: {name: image_safety, use: false}",
        ),
    ],
)
def test_a_mistake_in_a_filter_is_told_with_its_name_as_set_understands_it(
    tmp_path: Path, filters: list[dict[str, Any]], expected: str
) -> None:
    assert told(tmp_path, {"filters": filters}).startswith(expected)


def test_without_a_preset_a_filter_is_told_with_its_position_in_the_file(tmp_path: Path) -> None:
    filters = [{"name": "url_words", "use": False}, {"name": "image_size", "options": {"min_sid": 5}}]
    own = PRESET | {"sources": [{"kind": "warc", "path": "w"}], "filters": filters}
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(own), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"^filters\[1\]\.options: image_size has no 'min_sid'"):
        load_recipe(str(path), BUILT_IN)


def test_the_preset_may_be_named_on_the_command_line_and_goes_before_what_else_is_said_there(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({"name": "own", "sources": [{"kind": "warc", "path": "w"}]}), encoding="utf-8")
    (tmp_path / "shape.yaml").write_text(yaml.safe_dump(PRESET), encoding="utf-8")
    words = ["filters.image_size.options.min_side=7", "preset=shape"]
    recipe = load_recipe(str(path), BUILT_IN, words, presets={"shape": str(tmp_path / "shape.yaml")})
    assert (recipe.name, recipe.based_on, options(recipe)[1]) == ("own", "shape", ("image_size", {"min_side": 7}))


@pytest.mark.parametrize(
    ("own", "overrides", "expected"),
    [
        ({"presets": "shape"}, [], "recipe: has no 'presets'; did you mean 'preset'?"),
        ({"base_on": "shape"}, [], "recipe: has no 'base_on'; there are: align, consent, description, embed, "),
        ({"preset": None}, [], "preset: a name is wanted, got None; there are: shape"),
        ({}, ["preset=shap"], "preset: there is no preset 'shap'; did you mean 'shape'?"),
        (
            {},
            ["filters.text_lenght.options.min_words=1"],
            "--set filters.text_lenght.options.min_words=1: no item 'text_lenght' among 3; did you mean 'text_length'?",
        ),
    ],
)
def test_a_wrong_key_is_told_with_the_one_that_was_meant(
    tmp_path: Path, own: dict[str, Any], overrides: list[str], expected: str
) -> None:
    assert told(tmp_path, own, *overrides).startswith(expected)


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
