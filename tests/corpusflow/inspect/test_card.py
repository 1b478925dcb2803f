from __future__ import annotations

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from corpusflow.inspect.card import front_matter, rule_text, source_text, write_card
from corpusflow.inspect.contents import Contents, read_contents
from corpusflow.inspect.report import write_report
from corpusflow.inspect.sample_form import SampleForm, fields
from corpusflow.store.manifest import read_manifest
from corpusflow.store.sample import sample_json
from tests.corpusflow.inspect.runs import HERON, finished_run, kept_documents
from tests.documents import compared_texts


def card_of(folder: Path) -> str:
    store = finished_run(folder)
    write_card(store)
    return store.read("README.md").decode()


def test_the_card_tells_counts_languages_filters_and_what_became_of_the_input(tmp_path: Path) -> None:
    card = card_of(tmp_path)
    assert "# birds\n\nBirds of the \\*marsh\\* \\& the sea.\n" in card
    assert "| samples | 3 |" in card
    assert "| en | 2 |\n| ar | 1 |\n" in card
    assert "- text\\_length: min\\_words = 3\n- image\\_size: min\\_side = 150, formats = \\[jpg, png\\]\n" in card
    assert "- similarity of images and texts: conse\n- safety of images: none\n" in card
    assert "  kept" in card


def test_the_card_does_not_tell_the_maker_s_folders(tmp_path: Path) -> None:
    card = card_of(tmp_path)
    assert "- warc: birds.warc.gz" in card
    assert "private" not in card


def test_folders_of_pages_are_told_apart_by_where_they_stood() -> None:
    sources = [{"kind": "html", "path": "www", "base_url": f"https://{host}.example/", "name": ""} for host in "ab"]
    assert [source_text(source) for source in sources] == ["html: https://a.example/", "html: https://b.example/"]
    assert source_text(sources[0] | {"name": "old"}) == "html: https://a.example/, old"


def test_options_are_told_as_a_recipe_writes_them() -> None:
    options = {"max_share": None, "drop_labels": False, "wanted": [], "path": "/home/someone/private/list.txt"}
    told = rule_text({"name": "rule", "options": options})
    assert told == "rule: max_share = null, drop_labels = false, wanted = [], path = list.txt"


@pytest.mark.parametrize("preset", ["", "obelics"])
def test_a_preset_is_told_where_there_is_one(tmp_path: Path, preset: str) -> None:
    store = finished_run(tmp_path)
    store.write("recipe.yaml", store.read("recipe.yaml") + f"based_on: '{preset}'\n".encode())
    write_card(store)
    write_report(store)
    told = [store.read(name).decode() for name in ("README.md", "report.html")]
    assert [f"starts from the preset {preset}" in text for text in told] == [bool(preset)] * 2
    assert ["preset" in text for text in told] == [bool(preset)] * 2


def test_the_front_matter_is_yaml_and_norwegian_is_no_boolean() -> None:
    contents = Contents()
    contents.languages.update(["no", "en", "", "und"])
    assert yaml.safe_load(front_matter("birds", contents, "train", "jpg"))["language"] == ["en", "no"]


def test_the_card_begins_with_its_front_matter(tmp_path: Path) -> None:
    _, header, _ = card_of(tmp_path).split("---\n", 2)
    assert yaml.safe_load(header)["language"] == ["ar", "en"]


def test_the_card_names_the_tars_and_every_file_of_a_sample_to_loaders(tmp_path: Path) -> None:
    header = yaml.safe_load(card_of(tmp_path).split("---\n")[1])
    (config,) = header["configs"]
    assert config["data_files"] == [{"split": "train", "path": "shards/train-*.tar"}]
    told = {feature["name"]: feature for feature in header["dataset_info"]["features"]}
    tars = [path for path in tmp_path.glob("shards/*") if fnmatch(f"shards/{path.name}", "shards/train-*.tar")]
    assert tars == sorted(tmp_path.glob("shards/*.tar"))
    with tarfile.open(tars[0]) as tar:
        files = {name.partition(".")[2] for name in tar.getnames()}
    assert set(told) == {*files, "__key__", "__url__"}
    assert told["0.jpg"]["dtype"] == "image"
    assert [field["name"] for field in told["json"]["struct"]] == list(SampleForm.model_fields)


@pytest.mark.parametrize(("most", "pictures"), [(0, []), (1, ["0.png"]), (11, [f"{n}.png" for n in range(11)])])
def test_as_many_pictures_are_named_to_loaders_as_a_sample_has_at_most(most: int, pictures: list[str]) -> None:
    header = yaml.safe_load(front_matter("birds", Contents(most_images=most), "no", "png"))
    assert header["configs"][0]["data_files"] == [{"split": "no", "path": "shards/no-*.tar"}]
    assert [feature["name"] for feature in header["dataset_info"]["features"]][:-3] == pictures


def test_the_most_images_are_those_of_one_sample_of_all_shards(tmp_path: Path) -> None:
    store = finished_run(tmp_path, shards=2)
    paths = [shard["name"].removesuffix(".tar") + ".parquet" for shard in read_manifest(store)["shards"]]
    for path, images in zip(paths, ([3, 4], [2]), strict=True):
        table = pq.read_table(tmp_path / path)
        number = table.column_names.index("images")
        with store.create(path) as file:
            pq.write_table(table.set_column(number, table.schema.field(number), [images]), file)
        store.publish(path)
    assert (read_contents(store).most_images, read_contents(store).images) == (4, 9)


def test_the_same_run_has_the_same_card(tmp_path: Path) -> None:
    assert card_of(tmp_path / "a") == card_of(tmp_path / "b")


def test_the_snippet_of_the_card_reads_the_shards(tmp_path: Path) -> None:
    snippet = re.search(r"```python\n(.*?)\n```", card_of(tmp_path), re.DOTALL)
    assert snippet is not None
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", snippet.group(1)], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "It stands still for hours.\n" in run.stdout
    assert f"{HERON.id}.0.jpg (320, 200)\n" in run.stdout
    assert run.stdout.count(".0.jpg (") == 3


def test_every_field_of_a_sample_is_explained_and_no_other(tmp_path: Path) -> None:
    doc, pictures, matrix = kept_documents()[0]
    names = [f"{doc.id}.{number}.jpg" for number in range(len(pictures))]
    assert sorted(paths(sample_json(doc, names, compared_texts(doc, matrix)))) == sorted(name for name, _ in fields())
    assert all(f"| `{name}` | {explanation} |" in card_of(tmp_path) for name, explanation in fields())
    assert all(explanation for _, explanation in fields())


def paths(sample: dict[str, Any]) -> Iterator[str]:
    yield from sample
    for part in ("text_info", "image_info"):
        yield from (f"{part}[].{name}" for name in sample[part][0])
    yield from (f"metadata.{name}" for name in sample["metadata"])
