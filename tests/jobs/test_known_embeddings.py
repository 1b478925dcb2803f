"""Whole runs in which nothing is embedded twice: not within one, not by a later one, not by another recipe."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from PIL import Image

from corpusflow.errors import RecipeError, RunError, StartError
from corpusflow.inspect.calibration_pairs import run_pairs, run_scorer
from corpusflow.models.registry import IMAGE_SCORERS, IMAGE_TEXT_SCORERS
from corpusflow.recipe import load_recipe, parse_recipe
from corpusflow.store.paths import LocalStore
from corpusflow.work_done import WorkDone
from filters.registry import available_filters
from jobs.begin import RunOptions, check_known
from jobs.launch import run_corpus
from tests.jobs.runs import made, run, samples, shards, warc, worked
from tests.transforms.scorers import Colours, Redness, plain_jpeg
from tests.web import HOST, page, recipe, write_warc

COLOURS = ("red", "green", "blue")


class Counted(Colours):
    """made: how many images and texts were embedded, whoever loads it."""

    made: ClassVar[dict[str, int]] = {}

    def embed_images(self, images: Iterable[Image.Image]) -> np.ndarray:
        rows = super().embed_images(images)
        self.made["images"] = self.made.get("images", 0) + len(rows)
        return rows

    def embed_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.made["texts"] = self.made.get("texts", 0) + len(texts)
        return super().embed_texts(texts)


class CountedRedness(Redness):
    name: ClassVar[str] = "nsfw/counted-1"
    made: ClassVar[list[int]] = []

    def score(self, images: Sequence[Image.Image]) -> list[float]:
        self.made.append(len(images))
        return super().score(images)


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(IMAGE_TEXT_SCORERS, "counted", Counted)
    monkeypatch.setitem(IMAGE_SCORERS, "counted", CountedRedness)
    monkeypatch.setitem(IMAGE_SCORERS, "redness", Redness)
    Counted.made.clear()
    CountedRedness.made.clear()


def picture(number: int) -> bytes:
    return plain_jpeg(COLOURS[number % 3], 200 + number)


def archive(path: Path, site: str, pictures: Iterable[int]) -> Path:
    """Pages of one picture each, under URLs of the site; equal numbers are equal bytes."""
    items = []
    for place, number in enumerate(pictures):
        words = " ".join(f"word{number}x{at}" for at in range(20))
        text = f"{COLOURS[number % 3]} {words} {site}{place}"
        items.append((f"{HOST}/{site}/{place}", page(f"P{site}{place}", text, f"/{site}/{place}.jpg")))
        items.append((f"{HOST}/{site}/{place}.jpg", picture(number)))
    return write_warc(path, items)


def corpus(*archives: Path, safety: str = "counted", **changes: Any) -> dict[str, Any]:
    embed = {"similarity": {"name": "counted"}, "safety": {"name": safety}} | changes.pop("embed", {})
    return recipe(*(warc(path) for path in archives), embed=embed, **changes)


def scores(output: Path) -> dict[str, tuple[float, float]]:
    """By the picture's URL, its best similarity and its safety."""
    infos = [info for sample in samples(output) for info in sample["image_info"]]
    return {info["url"]: (round(info["matched_sim"], 2), round(info["nsfw"], 1)) for info in infos}


def test_a_picture_under_many_urls_is_embedded_and_judged_once_and_every_one_has_its_scores(tmp_path: Path) -> None:
    numbers = [0, 1, 2, 3, 2, 1, 0, 0, 1]
    run(tmp_path / "out", corpus(archive(tmp_path / "a.warc.gz", "a", numbers)))
    assert Counted.made["images"] == sum(CountedRedness.made) == 4
    expected = {f"{HOST}/a/{place}.jpg": (1.0, float(number % 3 == 0)) for place, number in enumerate(numbers)}
    assert scores(tmp_path / "out") == expected
    store = LocalStore(str(tmp_path / "out"))
    assert len(run_pairs(store, run_scorer(store), 200)) == len(numbers), "calibration finds all vectors too"


def test_another_recipe_with_the_same_pictures_under_other_urls_embeds_none_of_them(tmp_path: Path) -> None:
    known = {"embed": {"known": str(tmp_path / "known")}}
    run(tmp_path / "one", corpus(archive(tmp_path / "a.warc.gz", "a", range(6)), **known))
    other = archive(tmp_path / "b.warc.gz", "b", range(6))
    Counted.made.clear()
    rules = [{"name": "alignment", "options": {"min_score": 0.1}}]
    manifest = run(tmp_path / "two", corpus(other, safety="redness", filters=rules, **known))
    assert Counted.made.get("images", 0) == 0
    # Of a page of `b` text and heading differ.
    assert Counted.made["texts"] == 12
    Counted.made.clear()
    assert run(tmp_path / "three", corpus(other, safety="redness", filters=rules, **known)) == manifest
    assert Counted.made == {}
    alone = run(tmp_path / "alone", corpus(other, safety="redness", filters=rules))
    assert Counted.made == {"images": 6, "texts": 12}
    assert alone == manifest


def test_a_run_tells_how_many_pictures_it_embedded_and_how_many_it_knew(tmp_path: Path) -> None:
    known, registry = {"embed": {"known": str(tmp_path / "known")}}, available_filters()
    told: list[WorkDone] = []
    one = corpus(archive(tmp_path / "one.warc.gz", "one", range(4)), **known)
    two = corpus(archive(tmp_path / "two.warc.gz", "two", range(2, 7)), **known)
    for name, data in (("one", one), ("two", two), ("two", two)):
        run_corpus(parse_recipe(data, registry), registry, str(tmp_path / name), RunOptions(), tell=told.append)
    first, second, again = (work.pictures for work in told)
    assert first == {"embedded": 4, "known": 0}
    assert second == {"embedded": 3, "known": 2}
    assert again == {}, "no block was made"


def test_a_run_that_lost_its_stages_embeds_nothing_again(tmp_path: Path) -> None:
    data = corpus(archive(tmp_path / "a.warc.gz", "a", range(4)))
    manifest = run(tmp_path / "out", data)
    Counted.made.clear()
    for sidecar in (tmp_path / "out" / "stages").glob("*/*.json"):
        sidecar.unlink()
    assert run(tmp_path / "out", data) == manifest
    assert Counted.made == {}
    folder = tmp_path / "out" / "embeddings" / "similarity_colours-1"
    assert sum(len(list(path.iterdir())) for path in folder.iterdir()) < 5, "merged"


@pytest.mark.parametrize("more", [[2, 1, 9], [8, 7, 0]])
def test_a_corpus_that_grows_makes_no_old_embed_block_again(tmp_path: Path, more: list[int]) -> None:
    folder = tmp_path / "in"
    archive(folder / "a.warc.gz", "a", [0, 1, 2, 3, 0, 1])
    data = corpus(folder)
    run(tmp_path / "out", data)
    looked = made(tmp_path / "out")
    old = {name for name in looked if "/embed-" in name}
    archive(folder / "b.warc.gz", "b", more)
    CountedRedness.made.clear()
    grown = run(tmp_path / "out", data)
    after = made(tmp_path / "out")
    assert all(after[name] == looked[name] for name in old)
    assert worked(looked, after)["embed"] == 2
    assert sum(CountedRedness.made) == len({*more} - {0, 1, 2, 3})
    assert shards(grown) == shards(run(tmp_path / "fresh", data))
    # Blocks of the first archive go with it, and what they had embedded for others.
    (folder / "a.warc.gz").unlink()
    assert shards(run(tmp_path / "out", data)) == shards(run(tmp_path / "left", data))


def test_a_run_that_breaks_at_any_file_of_embeddings_goes_on_to_the_same_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = corpus(archive(tmp_path / "a.warc.gz", "a", [0, 1, 2, 0, 3]))
    whole = run(tmp_path / "whole", data)
    publish = LocalStore.publish
    names: list[str] = []

    def breaking(self: LocalStore, name: str) -> None:
        names.append(name)
        if len([each for each in names if each.startswith(("embeddings/", "stages/embed"))]) == last:
            raise OSError("the disk went away")
        publish(self, name)

    for last in (1, 3):
        output = tmp_path / f"broken-{last}"
        names.clear()
        monkeypatch.setattr(LocalStore, "publish", breaking)
        with pytest.raises((RunError, OSError), match="the disk went away"):
            run(output, data)
        monkeypatch.setattr(LocalStore, "publish", publish)
        assert run(output, data) == whole


@pytest.mark.parametrize("similarity", [{"name": "counted"}, None])
def test_a_folder_that_cannot_be_written_is_told_before_anything_is_made(
    tmp_path: Path, similarity: dict[str, str] | None
) -> None:
    (tmp_path / "file").write_text("")
    embed = {"known": str(tmp_path / "file" / "known"), "similarity": similarity}
    data = corpus(archive(tmp_path / "a.warc.gz", "a", range(2)), embed=embed)
    if similarity is None:
        assert run(tmp_path / "out", data)["samples"] == 2, "nothing is to be kept"
        return
    with pytest.raises(StartError, match=r"embed.known: .*file/known cannot be written: Not a directory; name a fold"):
        run(tmp_path / "out", data)
    assert not (tmp_path / "out").exists()


def test_looking_whether_a_folder_can_be_written_leaves_nothing_in_it(tmp_path: Path) -> None:
    data = corpus(tmp_path / "a.warc.gz", embed={"known": str(tmp_path / "known")})
    check_known(parse_recipe(data, available_filters()))
    assert list((tmp_path / "known").iterdir()) == []


@pytest.mark.parametrize("given", ["known", "./deeper/../known"])
def test_the_folder_is_relative_to_the_recipe(tmp_path: Path, given: str) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text(json.dumps(corpus(tmp_path / "a.warc.gz", embed={"known": given})), encoding="utf-8")
    assert load_recipe(str(file), available_filters()).embed.known == str(tmp_path / "known")
    (tmp_path / "known").write_text("")
    with pytest.raises(RecipeError, match=r"embed.known: .*known is a file; name a folder"):
        load_recipe(str(file), available_filters())
