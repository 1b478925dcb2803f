"""What a recipe names may stand at an address: it stays as it is written, and lists are read from there."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
import yaml

from corpusflow.consent.opt_out import OptOutList
from corpusflow.errors import RecipeError, StartError
from corpusflow.export.tokens import open_tokens
from corpusflow.recipe import Recipe, load_recipe
from corpusflow.safety.list_file import list_file
from filters.registry import available_filters
from tests.remote_files import put


def load(folder: Path, sources: list[dict[str, Any]], **sections: Any) -> Recipe:
    path = folder / "recipe.yaml"
    data = {"name": "small", "sources": sources, "fetch": {"contact": "https://us.example"}, **sections}
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return load_recipe(str(path), available_filters())


def warc(path: str) -> dict[str, Any]:
    return {"kind": "warc", "path": path}


def test_addresses_stay_as_they_are_and_paths_go_by_the_folder(tmp_path: Path) -> None:
    crawl = {"kind": "commoncrawl", "index": "s3://b/i/*.parquet", "base_url": "s3://b/./copy//"}
    given = ["gs://b/in/../x//*.warc.gz", "s3://b/a b", "file:///data/x", "in/x"]
    recipe = load(tmp_path, [*map(warc, given), crawl])
    paths = [source.path for source in recipe.sources[:4]]  # type: ignore[union-attr]
    assert paths == [given[0], given[1], "/data/x", str(tmp_path / "in" / "x")]
    assert recipe.sources[4].index == "s3://b/i/*.parquet"  # type: ignore[union-attr]
    assert recipe.sources[4].base_url == "s3://b/./copy//"  # type: ignore[union-attr]


def test_an_opt_out_list_is_read_at_its_address(bucket: str, tmp_path: Path) -> None:
    path = put(f"{bucket}/out.txt", b"a.example\n")
    assert load(tmp_path, [warc("x")], consent={"opt_out": path}).consent.opt_out == path
    assert OptOutList.read(path).entry_for("https://www.a.example/x") is not None
    with pytest.raises(RecipeError, match=rf"consent.opt_out: {bucket}/none: the opt-out list cannot be read"):
        load(tmp_path, [warc("x")], consent={"opt_out": f"{bucket}/none"})


def test_a_list_of_a_filter_is_read_at_its_address(bucket: str, tmp_path: Path) -> None:
    path = put(f"{bucket}/lists/domains.gz", gzip.compress(b"bad.example\n"))
    rules = [{"name": "blocked_urls", "options": {"path": path}}]
    assert load(tmp_path, [warc("x")], filters=rules).filters[0].options["path"] == path
    rules[0]["options"] = {"path": f"{bucket}/lists/none"}
    with pytest.raises(RecipeError, match=f"{bucket}/lists/none"):
        load(tmp_path, [warc("x")], filters=rules)


def test_a_list_in_a_folder_of_a_store_and_its_change(bucket: str) -> None:
    put(f"{bucket}/adult/domains", b"a.example")
    put(f"{bucket}/adult/urls", b"b.example/x")
    put(f"{bucket}/other/readme", b"c.example")
    found = list_file(f"{bucket}/adult")
    assert found.parsed(list) == ["a.example", "b.example/x"]
    put(f"{bucket}/adult/urls", b"c.example/x")
    with pytest.raises(StartError, match="was changed"):
        found.parsed(sorted)
    with pytest.raises(ValueError, match=f"{bucket}/other: the folder has no file domains or urls"):
        list_file(f"{bucket}/other")


def test_an_earlier_corpus_that_is_not_there_is_told(bucket: str, tmp_path: Path) -> None:
    put(f"{bucket}/run/run.json", b"{}")
    for place in ("run", "none/index.parquet"):
        with pytest.raises(RecipeError, match=rf"select.earlier\[0\]: {bucket}/.*index.parquet is not there"):
            load(tmp_path, [warc("x")], select={"earlier": [f"{bucket}/{place}"]})


def test_embeddings_are_kept_in_a_folder_of_a_store_not_in_a_file(bucket: str, tmp_path: Path) -> None:
    assert load(tmp_path, [warc("x")], embed={"known": f"{bucket}/known"}).embed.known == f"{bucket}/known"
    put(f"{bucket}/known", b"")
    with pytest.raises(RecipeError, match=f"embed.known: {bucket}/known is a file; name a folder"):
        load(tmp_path, [warc("x")], embed={"known": f"{bucket}/known"})


def test_a_tokenizer_that_cannot_be_had_is_told(bucket: str) -> None:
    pytest.importorskip("tokenizers", reason="needs tokenizers")
    with pytest.raises(StartError, match=f"--tokenizer {bucket}/tokenizer.json: .*"):
        open_tokens(f"{bucket}/tokenizer.json")
