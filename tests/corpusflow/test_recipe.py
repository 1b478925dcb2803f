from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml

from corpusflow.decision import Decision
from corpusflow.document import Document
from corpusflow.errors import RecipeError
from corpusflow.models.registry import IMAGE_TEXT_SCORERS
from corpusflow.recipe import Recipe, build, build_filters, load_recipe, parse_recipe, recipe_schema, to_yaml
from corpusflow.recipe.build import keyed_spec
from filters.registry import BUILT_IN


@dataclass(frozen=True)
class Size:
    """A filter for these tests."""

    name: ClassVar[str] = "image_size"
    needs: ClassVar[str] = "pixels"
    measures: ClassVar[tuple[str, ...]] = ()
    min_side: int = 150
    max_side: int = 20_000

    def __post_init__(self) -> None:
        if self.min_side > self.max_side:
            raise ValueError(f"min_side {self.min_side} is over max_side {self.max_side}")

    def judge(self, document: Document) -> Iterable[Decision]:
        return ()


@dataclass(frozen=True)
class Safe(Size):
    """A filter that reads a score."""

    name: ClassVar[str] = "safe"
    measures: ClassVar[tuple[str, ...]] = ("nsfw",)


@dataclass(frozen=True)
class Ranked(Size):
    """A filter that reads what is measured against negatives."""

    name: ClassVar[str] = "ranked"
    measures: ClassVar[tuple[str, ...]] = ("text_rank",)


REGISTRY = {"image_size": Size, "safe": Safe, "ranked": Ranked}


def data(**changes: Any) -> dict[str, Any]:
    return {"name": "c", "sources": [{"kind": "warc", "path": "w"}], "fetch": {"web": False}} | changes


def message(**changes: Any) -> str:
    with pytest.raises(RecipeError) as error:
        parse_recipe(data(**changes), REGISTRY)
    return str(error.value)


def sized(**options: Any) -> list[dict[str, Any]]:
    return [{"name": "image_size"}, {"name": "image_size", "options": options}]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"filters": sized(min_sid=1)}, "filters[1].options: image_size has no 'min_sid'; did you mean 'min_side'?"),
        ({"filters": sized(min_side="x")}, "filters[1].options.min_side: Input should be a valid integer"),
        ({"filters": sized(min_side=9, max_side=8)}, "filters[1].options: min_side 9 is over max_side 8"),
        (
            {"filters": [{"name": "image_sise"}]},
            "filters[0].name: there is no filter 'image_sise'; did you mean 'image_size'?",
        ),
        ({"filters": [{"nam": "image_size"}]}, "filters[0]: has no 'nam'; did you mean 'name'?"),
        ({"filters": [{"name": "safe"}]}, "filters[0]: safe reads the score 'nsfw'; name a model in embed.safety"),
        (
            {"embed": {"similarity": {"name": "conse"}}, "align": {"negatives": 7}, "filters": [{"name": "ranked"}]},
            "filters[0]: ranked compares with negatives; set align.negatives to 8 or more, or take the filter out",
        ),
        ({"align": {"negatives": 1001}}, "align.negatives: Input should be less than or equal to 1000, got 1001"),
        ({"sorces": []}, "recipe: has no 'sorces'; did you mean 'sources'?"),
        ({"fetch": {"web": False, "max_byte": 1}}, "fetch: has no 'max_byte'; did you mean 'max_bytes'?"),
        ({"fetch": {"web": False, "max_bytes": "many"}}, "fetch.max_bytes: Input should be a valid integer, unable to"),
        ({"fetch": {"web": False, "timeout_s": 0}}, "fetch.timeout_s: Input should be greater than 0, got 0"),
        ({"fetch": {"web": False, "format": "gif"}}, "fetch.format: Input should be 'jpeg', 'webp' or 'png'"),
        (
            {"fetch": {"web": False, "quality": 101}},
            "fetch.quality: Input should be less than or equal to 100, got 101",
        ),
        (
            {"fetch": {"web": False, "format": "webp", "max_side": 16_384}},
            "fetch: max_side is 16384, but webp holds at most 16383 pixels a side",
        ),
        ({"fetch": {"contact": "me"}}, "fetch.contact: 'me' is neither a URL nor a mailto: address; write"),
        ({"fetch": {"contact": "u@x.example"}}, "fetch.contact: a mail address is told as `mailto:u@x.example`"),
        ({"fetch": {"contact": "mailto:me"}}, "fetch.contact: 'mailto:me' is neither"),
        ({"fetch": {"contact": "https://x.example", "pause_s": float("inf")}}, "fetch.pause_s: "),
        ({"fetch": {"contact": "https://x.example", "retries": 11}}, "fetch.retries: "),
        ({"fetch": None}, "fetch: a mapping is wanted"),
        ({"fetch": {}}, "fetch.contact: web sites must be told who asks; write `contact: https://"),
        ({"limits": {"failed_images": 1.5}}, "limits.failed_images: Input should be less than or equal to 1, got 1.5"),
        ({"sources": []}, "sources: at least one is wanted"),
        ({"sources": [{"kind": "warc", "pth": "w"}]}, "sources[0]: has no 'pth'; did you mean 'path'?"),
        ({"sources": [{"kind": "zip", "path": "w"}]}, "sources[0]: there is no kind 'zip'; there are: commoncrawl"),
        ({"sources": [{"kind": "html", "path": "w"}]}, "sources[0].base_url: Field required"),
        ({"sources": [{"kind": "html", "path": "w", "base_url": "a.b"}]}, "sources[0].base_url: 'a.b' is not an http"),
        ({"extract": {"language": {"name": "lang"}}}, "extract.language.name: there is no model 'lang'; "),
        ({"name": "No spaces"}, "name: String should match pattern"),
        ({"output": {"split": "all"}}, "output.split: Hugging Face datasets keeps 'all' for all splits together; give"),
        ({"text": {"urls": "drop"}}, "text.urls: Input should be 'keep' or 'remove', got 'drop'"),
        ({"sources": [{"kind": "urls", "path": 5}]}, "sources[0].path: Input should be a valid string, got 5"),
        (
            {"select": {"near_text": True}},
            "select.near_text: a mapping is wanted, or a name (obelics, omnicorpus, moscar), or null; got True",
        ),
        ({"select": {"near_text": "obelic"}}, "select.near_text: there is no set 'obelic'; did you mean 'obelics'?"),
        ({"preset": "obelics"}, "preset: only a recipe in a file can start from one"),
    ],
)
def test_a_mistake_is_told_with_its_path(changes: dict[str, Any], expected: str) -> None:
    assert message(**changes).startswith(expected)


def test_only_the_whole_name_of_a_split_is_reserved() -> None:
    assert parse_recipe(data(output={"split": "all2"}), REGISTRY).output.split == "all2"


def test_pages_of_a_list_are_fetched_so_the_web_and_a_contact_are_needed() -> None:
    lists = [{"kind": "urls", "path": "w"}]
    assert message(sources=lists).startswith("sources[0]: the pages of a list are fetched from the web")
    assert message(sources=lists, fetch={}).startswith("fetch.contact:")


def write(path: Path, content: Any) -> str:
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: [", "not YAML"),
        ("- a", "a recipe is a mapping"),
        ("", "a recipe is a mapping"),
        ("a: 1\nb: 2\na: 3", "'a' is given twice"),
    ],
)
def test_an_unreadable_file_is_told_with_its_name(tmp_path: Path, content: str, expected: str) -> None:
    path = write(tmp_path / "r.yaml", content)
    with pytest.raises(RecipeError, match=expected) as error:
        load_recipe(path, REGISTRY)
    assert str(error.value).startswith(path)


def test_a_missing_file_is_told_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none\.yaml: cannot be read"):
        load_recipe(str(tmp_path / "none.yaml"), REGISTRY)


def test_paths_of_sources_are_relative_to_the_recipe(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path / "r.yaml", data()), REGISTRY)
    assert recipe.sources[0].path == str(tmp_path / "w")


@pytest.mark.parametrize(
    ("pretrained", "placed"),
    [
        ("vit.pt", "{folder}/vit.pt"),
        ("../weights/vit", "{above}/weights/vit"),
        ("/weights/vit.safetensors", "/weights/vit.safetensors"),
        ("gs://bucket/vit.pt", "gs://bucket/vit.pt"),
        ("laion2b_s34b_b79k", "laion2b_s34b_b79k"),
        ("hf-hub:owner/model", "hf-hub:owner/model"),
        ("", ""),
    ],
)
def test_weights_of_open_clip_in_a_file_are_relative_to_the_recipe(
    tmp_path: Path, pretrained: str, placed: str
) -> None:
    options = {"architecture": "ViT-B-32", "pretrained": pretrained}
    file = write(tmp_path / "r.yaml", data(embed={"similarity": {"name": "open_clip", "options": options}}))
    similarity = load_recipe(file, REGISTRY).embed.similarity
    assert similarity is not None
    assert similarity.options["pretrained"] == placed.format(folder=tmp_path, above=tmp_path.parent)


def test_the_name_of_a_model_does_not_go_by_the_folder_of_its_weights(tmp_path: Path) -> None:
    names = []
    options = {"architecture": "ViT-B-32", "pretrained": "vit.pt"}
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "vit.pt").write_bytes(b"weights")
        file = write(folder / "r.yaml", data(embed={"similarity": {"name": "open_clip", "options": options}}))
        spec = load_recipe(file, REGISTRY).embed.similarity
        assert spec is not None
        names.append(build(spec, IMAGE_TEXT_SCORERS, "embed.similarity", "model").name)
        assert keyed_spec(spec, IMAGE_TEXT_SCORERS) == {"name": "open_clip", "options": {"architecture": "ViT-B-32"}}
    assert names[0] == names[1]


@pytest.mark.parametrize("path", ["filters.1.options.min_side", "filters[1].options.min_side"])
def test_an_override_reaches_into_lists(tmp_path: Path, path: str) -> None:
    file = write(tmp_path / "r.yaml", data(filters=sized()))
    recipe = load_recipe(file, REGISTRY, [f"{path}=7", "fetch.timeout_s=3", "limits.failed_images=1"])
    assert build_filters(recipe, REGISTRY) == (Size(), Size(7))
    assert (recipe.fetch.timeout_s, recipe.limits.failed_images) == (3, 1)


def test_an_override_finds_a_filter_by_its_name(tmp_path: Path) -> None:
    file = write(tmp_path / "r.yaml", data(filters=[{"name": "image_size"}]))
    recipe = load_recipe(file, REGISTRY, ["filters.image_size.options.min_side=7"])
    assert build_filters(recipe, REGISTRY) == (Size(7),)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("fetch.web", "write it as path=value"),
        (".=3", "write it as path=value"),
        ("filters.zip.options=1", "no item 'zip' among 1"),
        ("name.first=1", "'first' would stand inside a single value"),
        ("fetch.webb=1", "fetch: has no 'webb'; did you mean 'web'?"),
    ],
)
def test_a_wrong_override_is_told(tmp_path: Path, override: str, expected: str) -> None:
    file = write(tmp_path / "r.yaml", data(filters=[{"name": "image_size"}]))
    with pytest.raises(RecipeError, match=expected.replace("?", r"\?")):
        load_recipe(file, REGISTRY, [override])


def test_a_resolved_recipe_reads_back_as_itself() -> None:
    recipe = parse_recipe(data(filters=sized(min_side=7)), REGISTRY)
    assert parse_recipe(yaml.safe_load(to_yaml(recipe)), REGISTRY) == recipe


def test_the_schema_knows_every_section_and_the_options_of_every_filter() -> None:
    schema = recipe_schema(REGISTRY)
    assert set(schema["properties"]) == {*Recipe.model_fields, "preset"}
    by_name = {item["properties"]["name"]["const"]: item for item in schema["properties"]["filters"]["items"]["oneOf"]}
    assert set(by_name["image_size"]["properties"]["options"]["properties"]) == {"min_side", "max_side"}
    assert set(by_name["image_size"]["properties"]) == {"name", "options", "use"}


def test_the_schema_asks_for_nothing_that_a_preset_may_have() -> None:
    schema = recipe_schema(BUILT_IN)
    assert schema["anyOf"] == [{"required": ["preset"]}, {"required": ["name", "sources"]}]
    assert "required" not in schema
    for rule in schema["properties"]["filters"]["items"]["oneOf"]:
        assert (rule["required"], rule["properties"]["options"]["required"]) == (["name"], [])
    assert not schema["$defs"]["Named"]["required"]  # `similarity: {options: {...}}` changes the preset's


def test_the_schema_knows_the_names_of_near_text() -> None:
    near = recipe_schema(REGISTRY)["$defs"]["Select"]["properties"]["near_text"]
    assert {"enum": ["obelics", "omnicorpus", "moscar"]} in near["anyOf"]


def test_a_scorer_that_reads_one_language_judges_no_other() -> None:
    embed = {"similarity": {"name": "conse"}}
    options = {"min_score": 0.1}
    for wrong in ({}, {"languages": ["fr"]}, {"languages": ["en", "fr"]}):
        filters = [{"name": "alignment", "options": options | wrong}]
        with pytest.raises(RecipeError, match=r"filters\[0\]\.options: conse reads en only; add `languages: \[en\]`"):
            parse_recipe(data(embed=embed, filters=filters), BUILT_IN)
    filters = [{"name": "alignment", "options": options | {"languages": ["en"]}}]
    assert parse_recipe(data(embed=embed, filters=filters), BUILT_IN).filters[0].name == "alignment"


def test_with_eight_negatives_a_filter_may_compare_with_them() -> None:
    embed = {"similarity": {"name": "conse"}}
    recipe = parse_recipe(data(embed=embed, align={"negatives": 8}, filters=[{"name": "ranked"}]), REGISTRY)
    assert recipe.align.negatives == 8
    assert parse_recipe(data(), REGISTRY).align.negatives == 0
