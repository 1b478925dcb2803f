"""Whole runs that compare with negatives: what is measured, what goes, and what is made again as the corpus grows."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from corpusflow.models.registry import IMAGE_TEXT_SCORERS
from corpusflow.progress import STAGES
from corpusflow.recipe import parse_recipe
from filters.registry import available_filters
from jobs.begin import RunOptions
from jobs.launch import run_corpus
from tests.jobs.runs import made, run, samples, shards, worked
from tests.transforms.mixtures import MIXTURES
from tests.transforms.scorers import COLOURS, Colours
from tests.web import page, recipe, sentence

FOREIGN = len(MIXTURES) - 1  # the page that shows the picture of another one


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE_TEXT_SCORERS, "colours", Colours)


def site(folder: Path, pages: range) -> None:
    """Each page speaks of a mixture of colours and shows it; the last one shows pure blue besides."""
    folder.mkdir(exist_ok=True)
    for number in pages:
        words = [colour for colour, times in zip(COLOURS, MIXTURES[number], strict=True) for _ in range(times)]
        shown = [f"{number}.png", *(["foreign.png"] if number == FOREIGN else [])]
        text = f"{sentence(number, 36).replace('green', 'old')} {' '.join(words)}"
        (folder / f"{number}.html").write_bytes(page(f"P{number}", text, *shown))
        (folder / f"{number}.png").write_bytes(png(*MIXTURES[number]))
    (folder / "foreign.png").write_bytes(png(0, 0, 3))


def png(red: int, green: int, blue: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (200, 160), (80 * red, 80 * green, 80 * blue)).save(out, "PNG")
    return out.getvalue()


def wanted(folder: Path, negatives: int = 10, **changes: Any) -> dict[str, Any]:
    source = {"kind": "html", "path": str(folder), "base_url": "https://docs.example/"}
    data = {"fetch": {"web": False, "block_images": 2, "format": "png"}}
    return recipe(source, embed={"similarity": {"name": "colours"}}, align={"negatives": negatives}, **data, **changes)


def test_a_foreign_picture_goes_by_its_rank_and_all_others_stay(tmp_path: Path) -> None:
    site(tmp_path / "site", range(len(MIXTURES)))
    run(tmp_path / "all", wanted(tmp_path / "site"))
    whole = samples(tmp_path / "all")
    ranks = {info["url"]: info["text_rank"] for each in whole for info in each["image_info"]}
    assert {url.rpartition("/")[2] for url, rank in ranks.items() if rank > 0.112} == {"foreign.png"}
    texts = [info["image_rank"] for each in whole for info in each["text_info"] if info["role"] == "paragraph"]
    assert texts == [0.0] * len(MIXTURES)
    run(
        tmp_path / "kept",
        wanted(tmp_path / "site", filters=[{"name": "alignment_rank", "options": {"drop": "images"}}]),
    )
    report, rows = (tmp_path / "kept" / "report.html").read_text(), r"images</td>\D*1</td>\D*10</td>\D*10</td>"
    assert re.search(rows, report)
    assert "texts, en: " in (tmp_path / "kept" / "README.md").read_text()
    left = [info["url"] for each in samples(tmp_path / "kept") for info in each["image_info"]]
    assert set(ranks) - set(left) == {"https://docs.example/foreign.png"}


def test_without_negatives_nothing_is_drawn_and_the_keys_are_there_all_the_same(tmp_path: Path) -> None:
    site(tmp_path / "site", range(9))
    run(tmp_path / "out", wanted(tmp_path / "site", negatives=0))
    infos = [info for each in samples(tmp_path / "out") for info in each["image_info"]]
    assert [info["text_rank"] for info in infos] == [None] * 9
    assert not list((tmp_path / "out" / "stages").glob("negatives-*"))


@pytest.mark.parametrize("until", ["draw", "negatives"])
def test_a_run_may_end_after_its_negatives_and_goes_on_from_there(tmp_path: Path, until: str) -> None:
    site(tmp_path / "site", range(9))
    data, registry = wanted(tmp_path / "site"), available_filters()
    assert run_corpus(parse_recipe(data, registry), registry, str(tmp_path / "out"), RunOptions(until=until)) is None
    before = made(tmp_path / "out")
    run(tmp_path / "out", data)
    gone_on = {*STAGES[STAGES.index(until) + 1 :]} - {"measure", "pdq", "faces"}
    assert set(worked(before, made(tmp_path / "out"))) == gone_on


def test_more_input_draws_from_what_is_new_and_gives_the_shards_of_a_fresh_run(tmp_path: Path) -> None:
    site(tmp_path / "one", range(9))
    site(tmp_path / "two", range(9, len(MIXTURES)))
    first, second = (wanted(tmp_path / name, negatives=100) for name in ("one", "two"))
    run(tmp_path / "out", first)
    before = made(tmp_path / "out")
    assert not worked(before, again(tmp_path, first))
    both = first | {"sources": first["sources"] + second["sources"]}
    found = shards(run(tmp_path / "out", both))
    after = worked(before, made(tmp_path / "out"))
    assert (after["extract"], after["draw"], after["negatives"], after["align"]) == (3, 3, 2, 6)
    assert found == shards(run(tmp_path / "fresh", both))


def again(tmp_path: Path, data: dict[str, Any]) -> dict[str, int]:
    run(tmp_path / "out", data)
    return made(tmp_path / "out")
