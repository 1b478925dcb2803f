"""Whole runs that compare with negatives: what is measured, what goes, and what is made again as the corpus grows."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from corpusflow.models.registry import IMAGE_TEXT_SCORERS
from tests.jobs.runs import made, run, shards, worked
from tests.transforms.scorers import COLOURS, Colours
from tests.web import page, recipe, sentence

MIXTURES = [(red, green, blue) for red in (1, 2, 3) for green in (1, 2, 3) for blue in (1, 3)][:-1]
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


def samples(output: Path) -> dict[str, dict[str, Any]]:
    """By URL."""
    found = {}
    for file in sorted((output / "shards").glob("*.tar")):
        with tarfile.open(file) as tar:
            for member in tar.getmembers():
                if member.name.endswith(".json"):
                    data = tar.extractfile(member)
                    assert data is not None
                    sample = json.loads(data.read())
                    found[sample["url"]] = sample
    return found


def test_a_foreign_picture_goes_by_its_rank_and_all_others_stay(tmp_path: Path) -> None:
    site(tmp_path / "site", range(len(MIXTURES)))
    run(tmp_path / "all", wanted(tmp_path / "site"))
    whole = samples(tmp_path / "all")
    ranks = {info["url"]: info["text_rank"] for each in whole.values() for info in each["image_info"]}
    assert {url.rpartition("/")[2] for url, rank in ranks.items() if rank > 0.112} == {"foreign.png"}
    texts = [info["image_rank"] for each in whole.values() for info in each["text_info"] if info["role"] == "paragraph"]
    assert texts == [0.0] * len(MIXTURES)
    run(
        tmp_path / "kept",
        wanted(tmp_path / "site", filters=[{"name": "alignment_rank", "options": {"drop": "images"}}]),
    )
    left = [info["url"] for each in samples(tmp_path / "kept").values() for info in each["image_info"]]
    assert set(ranks) - set(left) == {"https://docs.example/foreign.png"}


def test_without_negatives_nothing_is_drawn_and_the_keys_are_there_all_the_same(tmp_path: Path) -> None:
    site(tmp_path / "site", range(9))
    run(tmp_path / "out", wanted(tmp_path / "site", negatives=0))
    infos = [info for each in samples(tmp_path / "out").values() for info in each["image_info"]]
    assert [info["text_rank"] for info in infos] == [None] * 9
    assert not list((tmp_path / "out" / "stages").glob("negatives-*"))


def test_more_input_draws_anew_and_gives_the_shards_of_a_fresh_run(tmp_path: Path) -> None:
    site(tmp_path / "site", range(9))
    data = wanted(tmp_path / "site", negatives=100)
    run(tmp_path / "out", data)
    before = made(tmp_path / "out")
    assert not worked(before, again(tmp_path, data))
    site(tmp_path / "site", range(len(MIXTURES)))
    found = shards(run(tmp_path / "out", data))
    after = worked(before, made(tmp_path / "out"))
    assert (after["negatives"], after["align"]) == (2, 6)
    assert found == shards(run(tmp_path / "fresh", data))


def again(tmp_path: Path, data: dict[str, Any]) -> dict[str, int]:
    run(tmp_path / "out", data)
    return made(tmp_path / "out")
