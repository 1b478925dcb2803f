from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from corpusflow.commands.batch_size import memory_of
from corpusflow.errors import StartError
from corpusflow.models import batch_size as ours
from corpusflow.models.batch_size import MAX_SIZE, Measured, best_size, measure_apart, measure_sizes
from corpusflow.models.open_clip import OpenClip
from tests.command_line import call
from tests.corpusflow.models.tiny_clip import CONFIG, NAME, library_with_tiny, save_weights

needs_library = pytest.mark.skipif(
    any(importlib.util.find_spec(package) is None for package in ("torch", "open_clip")),
    reason="the extra clip is not installed",
)


def row(size: int, pairs: float, peak: int = 0) -> Measured:
    return Measured(size, 2 * pairs, 2 * pairs, peak)


def sizes(rates: Mapping[int, float], memory: int | None = None) -> list[int]:
    """Those that are measured, where a size has such a rate (0: memory does not suffice) and holds 10 bytes an item."""
    made = {size: row(size, rate, 10 * size) if rate else None for size, rate in rates.items()}
    return [row.size for row in measure_sizes(made.__getitem__, memory)]


def test_a_pair_takes_as_long_as_its_image_and_its_text() -> None:
    assert Measured(1, 10, 40, 0).pairs == pytest.approx(1 / (0.1 + 0.025))


def test_sizes_are_doubled_until_two_in_a_row_bring_nothing() -> None:
    assert sizes({1: 10, 2: 20, 4: 20.9, 8: 30, 16: 31, 32: 31.2, 64: 99}) == [1, 2, 4, 8, 16, 32]
    assert sizes({2**power: 2.0**power for power in range(20)})[-1] == MAX_SIZE


def test_sizes_end_with_the_first_over_the_limit() -> None:
    rates = {2**power: 2.0**power for power in range(6)}
    assert sizes(rates, memory=40) == [1, 2, 4, 8]
    assert sizes(rates, memory=39) == [1, 2, 4]
    assert sizes({1: 1, 2: 2, 4: 0}) == [1, 2]
    assert sizes({1: 0}) == []


def test_the_smallest_size_within_five_percent_of_the_best_is_chosen() -> None:
    rows = [row(1, 50), row(2, 94.9), row(4, 95), row(8, 100)]
    assert best_size(rows).size == 4


def test_only_what_fits_the_memory_is_chosen() -> None:
    rows = [row(1, 10, 100), row(2, 20, 200), row(4, 40, 300)]
    assert best_size(rows, memory=300).size == 4
    assert best_size(rows, memory=299).size == 2


def test_memory_that_not_even_one_fits_is_told() -> None:
    with pytest.raises(StartError, match=r"a batch of one takes 1\.50 GB, the limit is 1\.00 GB"):
        best_size([row(1, 10, 1_500_000_000)], memory=10**9)
    with pytest.raises(StartError, match="a batch of one takes more memory than there is; give more"):
        best_size([])


def test_memory_is_said_with_its_unit() -> None:
    assert memory_of("4GB") == memory_of("4000 MB") == 4 * 10**9
    assert memory_of("1.5GiB") == 3 * 2**29
    for text in ("4", "4gb", "-1GB", "GB", "1.GB"):
        with pytest.raises(typer.BadParameter, match="such as 4GB"):
            memory_of(text)


@pytest.fixture
def on_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small model as a hub's cache holds it, so that a new process knows its architecture, too."""
    snapshot = tmp_path / "models--owner--tiny" / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (tmp_path / "models--owner--tiny" / "refs").mkdir()
    (tmp_path / "models--owner--tiny" / "refs" / "main").write_text("0" * 40)
    (snapshot / "open_clip_config.json").write_text(json.dumps({"model_cfg": CONFIG, "preprocess_cfg": {}}))
    with library_with_tiny(tmp_path) as library:
        save_weights(library.create_model(NAME), snapshot / "open_clip_model.safetensors")
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    return "hf-hub:owner/tiny"


@needs_library
def test_a_size_is_measured_in_a_process_of_its_own(on_hub: str) -> None:
    measured = measure_apart(OpenClip(on_hub, batch_size=8), 3, 0.01)
    assert measured is not None
    assert measured.size == 3
    assert measured.images > 0
    assert measured.texts > 0
    assert measured.peak_bytes > 50_000_000


@needs_library
def test_every_batch_is_full_and_has_the_size_that_is_measured(on_hub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int]] = []

    def embed(scorer: OpenClip, batch: list[Any]) -> None:
        seen.append((scorer.batch_size, len(batch)))

    monkeypatch.setattr(OpenClip, "embed_images", embed)
    monkeypatch.setattr(OpenClip, "embed_texts", embed)
    assert ours.measure_here(OpenClip(on_hub, batch_size=8), 5, 0) is not None
    assert seen == [(5, 5)] * 4  # each once before the clock runs


@needs_library
def test_a_gpu_without_memory_ends_the_sizes(on_hub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def full(scorer: OpenClip, batch: list[Any]) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(OpenClip, "embed_texts", full)
    assert ours.measure_here(OpenClip(on_hub), 1, 0) is None


def batch_size(*words: str, code: int = 0) -> str:
    return call("batch-size", *words, code=code)


def recipe(folder: Path, **embed: Any) -> str:
    file = folder / "recipe.yaml"
    source = {"kind": "html", "path": str(folder), "base_url": "https://a.example/"}
    data = {"name": "small", "sources": [source], "fetch": {"web": False}, "embed": embed}
    file.write_text(yaml.safe_dump(data))
    return str(file)


@needs_library
def test_the_command_prints_the_line_for_the_recipe(
    on_hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int, float]] = []

    def measured(spec: OpenClip, size: int, seconds: float) -> Measured:
        asked.append((spec.architecture, size, seconds))
        return row(size, min(size, 4), size * 10**9)

    monkeypatch.setattr(ours, "measure_apart", measured)
    file = recipe(tmp_path, similarity={"name": "open_clip", "options": {"architecture": on_hub}})
    assert batch_size(file, "--seconds", "0.5").endswith("\nbatch_size: 4\n")
    assert asked == [(on_hub, size, 0.5) for size in (1, 2, 4, 8, 16)]
    told = batch_size(file, "--memory", "2GB")
    assert told.endswith("\nbatch_size: 2\n")
    assert [line.split()[0] for line in told.splitlines()[:4]] == ["batch_size", "1", "2", "4"]
    assert "a batch of one takes 1.00 GB, the limit is 0.90 GB" in batch_size(file, "--memory", "0.9GB", code=2)


def test_a_recipe_without_open_clip_is_told(tmp_path: Path) -> None:
    assert "embed.similarity: nothing is named, but only open_clip" in batch_size(recipe(tmp_path), code=2)
    assert "embed.similarity: conse is named" in batch_size(recipe(tmp_path, similarity={"name": "conse"}), code=2)


def test_a_memory_without_a_unit_is_told(tmp_path: Path) -> None:
    assert "such as 4GB" in batch_size(recipe(tmp_path), "--memory", "4", code=2)


def test_the_help_says_why_a_run_does_not_do_it_by_itself() -> None:
    assert "same bytes on every machine" in " ".join(batch_size("--help").split())
