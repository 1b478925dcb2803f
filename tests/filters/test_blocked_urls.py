from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import pytest

from corpusflow.decision import Decision
from corpusflow.document import Metadata
from corpusflow.errors import RecipeError
from corpusflow.recipe import build_filters, load_recipe, to_yaml, with_defaults
from corpusflow.store.paths import LocalStore
from filters.blocked_urls import BlockedUrls
from filters.registry import BUILT_IN, available_filters
from tests.documents import document, image_not_fetched
from transforms.screen import filter_section, screen_stage

REGISTRY = available_filters()
RECIPE = """
name: small
sources: [{kind: warc, path: pages}]
fetch: {web: false}
filters:
- name: blocked_urls
  options: {path: lists/blocked.txt}
"""


@pytest.fixture
def rule(tmp_path: Path) -> BlockedUrls:
    (tmp_path / "list").write_text("bad.example\nsite.example/ads\n")
    return BlockedUrls(str(tmp_path / "list"))


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "blocked.txt").write_text("bad.example\n")
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    return tmp_path / "recipe.yaml"


def test_a_document_goes_by_its_url_or_its_canonical_one(rule: BlockedUrls) -> None:
    blocked = Decision("blocked_urls", "document_url_blocked", None, "bad.example")
    assert list(rule.judge(document("a", url="https://www.bad.example/x"))) == [blocked]
    doc = dataclasses.replace(document("a"), metadata=Metadata(canonical_url="https://bad.example/"))
    assert list(rule.judge(doc)) == [blocked]
    assert list(rule.judge(document("a"))) == []
    assert list(rule.judge(document())) == []


def test_an_image_goes_by_its_own_url(rule: BlockedUrls) -> None:
    doc = document(
        "a", image_not_fetched("https://site.example/ads/1.jpg"), image_not_fetched("https://site.example/1.jpg")
    )
    assert list(rule.judge(doc)) == [Decision("blocked_urls", "image_url_blocked", 1, "site.example/ads")]


def test_it_goes_to_the_workers_by_its_path(rule: BlockedUrls) -> None:
    sent = pickle.loads(pickle.dumps(rule))
    assert sent == rule
    assert len(list(sent.judge(document(url="https://bad.example/")))) == 1


def test_the_list_is_looked_for_beside_the_recipe(recipe: Path) -> None:
    loaded = load_recipe(str(recipe), REGISTRY)
    (rule,) = build_filters(loaded, REGISTRY)
    assert rule == BlockedUrls(str(recipe.parent / "lists" / "blocked.txt"))
    again = recipe.parent / "again.yaml"
    again.write_text(to_yaml(with_defaults(loaded, REGISTRY)))
    assert build_filters(load_recipe(str(again), REGISTRY, folder="/elsewhere"), REGISTRY) == (rule,)


def test_a_mistake_in_the_list_is_told_before_anything_starts(recipe: Path) -> None:
    (recipe.parent / "lists" / "blocked.txt").write_text("ok.example\nno domain\n")
    with pytest.raises(RecipeError, match=r"filters\[0\].options.*blocked.txt:2: 'no domain' is neither"):
        load_recipe(str(recipe), REGISTRY)
    (recipe.parent / "lists" / "blocked.txt").unlink()
    with pytest.raises(RecipeError, match=r"filters\[0\].options.*cannot be read: No such file"):
        load_recipe(str(recipe), REGISTRY)


@pytest.mark.parametrize(
    "filters", ["x", "[x]", "[{name: [1], options: {path: x}}]", "[{name: blocked_urls, options: 3}]"]
)
def test_filters_that_are_none_are_told_as_ever(recipe: Path, filters: str) -> None:
    recipe.write_text(RECIPE.partition("filters:")[0] + f"filters: {filters}")
    with pytest.raises(RecipeError, match="filters"):
        load_recipe(str(recipe), REGISTRY)


def test_what_is_made_is_keyed_by_the_content_of_the_list_and_not_by_its_place(recipe: Path, tmp_path: Path) -> None:
    store, path = LocalStore(str(tmp_path)), recipe.parent / "lists" / "blocked.txt"
    first = screen_stage(load_recipe(str(recipe), REGISTRY), REGISTRY, store).key
    moved = tmp_path / "moved.txt"
    moved.write_text(path.read_text())
    assert filter_section((BlockedUrls(str(moved)),)) == filter_section((BlockedUrls(str(path)),))
    path.write_text("other.example\n")
    assert screen_stage(load_recipe(str(recipe), REGISTRY), REGISTRY, store).key != first


def test_options_that_name_files_are_options() -> None:
    for rule in BUILT_IN.values():
        assert set(getattr(rule, "files", ())) <= {field.name for field in dataclasses.fields(rule)}
