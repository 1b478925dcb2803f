from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import webdataset
import yaml
from typer.testing import CliRunner

from corpusflow import cli
from corpusflow.errors import RunError, StartError
from corpusflow.export import export as module
from corpusflow.export.export import export_run
from corpusflow.export.options import ExportOptions
from corpusflow.inspect.verify import verify
from corpusflow.store.paths import LocalStore
from tests.corpusflow.export.runs import finished_run, jpeg, jsons, members, order, sample

HERON = sample(
    "heron",
    1,
    "Herons stand. They wait.",
    "The tide falls.",
    2,
    assigned=[2, 1],
    matrix=[[0.1, 0.2], [0.1, 0.4], [0.3, 0.2]],
    units=[[0, 0, 0, 13], [0, 0, 14, 24], [1, 1, 0, 15]],
)
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
SCRIPTS = sample(
    "scripts", "白鹭在河边。", 3, "ไม่มีนก", 4, "مالك الحزين", "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f426"
)
UNMEASURED = sample("bare", "No picture was measured.", 5)
TEXTS_ONLY = sample("texts", "Nothing to see.", assigned=[], matrix=[[]])
ALL = (HERON, SCRIPTS, UNMEASURED, TEXTS_ONLY)


def export(folder: Path, *samples: Any, name: str = "out", **options: Any) -> LocalStore:
    run = finished_run(folder / "run", *samples)
    store = LocalStore(str(folder / name))
    export_run(run, store, ExportOptions(**options))
    return store


def files(store: LocalStore) -> dict[str, str]:
    found = [os.path.join(folder, name) for folder, _, names in os.walk(store.root) for name in names]
    return {os.path.relpath(path, store.root): hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in found}


def summary(store: LocalStore) -> dict[str, Any]:
    return dict(json.loads(store.read("manifest.json"))["summary"])


VIEWS: list[dict[str, Any]] = [
    {},
    {"placement": "assigned"},
    {"placement": "assigned", "images": "after"},
    {"placement": "assigned", "images": "either", "seed": 3},
    {"tokens": 5, "window": "all", "images": "either"},
    {"tokens": 4, "window": "random"},
    {"placement": "assigned", "tokens": 3, "window": "all", "max_images": 1},
    {"max_images": 1, "shard_bytes": 1},
]


@pytest.mark.parametrize("options", VIEWS, ids=str)
def test_an_export_is_sound_and_the_same_each_time(tmp_path: Path, options: dict[str, Any]) -> None:
    first = export(tmp_path, *ALL, **options)
    assert verify(first) == []
    second = export(tmp_path, *ALL, name="again", **options)
    assert files(first) == files(second)
    told = summary(first)
    assert told["images"] + sum(told["left_out"]["images"].values()) == told["document_images"] == 5
    for about in jsons(first):
        for info in about["image_info"]:
            assert about["texts"][info["text_pos"]] is not None


@pytest.mark.parametrize("options", VIEWS, ids=str)
def test_what_was_measured_is_told_of_what_is_left(tmp_path: Path, options: dict[str, Any]) -> None:
    unit_texts = ["Herons stand.", "They wait.", "The tide falls."]
    for about in jsons(export(tmp_path, HERON, **options)):
        texts = [text for text in about["texts"] if text is not None]
        for (first, last, start, end), row in zip(about["units"], about["similarity"], strict=True):
            assert first == last
            # A mark alone is what the window that begins with it has of the second sentence.
            left = texts[first][start:end]
            whole = "They wait." if left == "." else next(text for text in unit_texts if left in text)
            values = HERON["similarity"][unit_texts.index(whole)]
            shown = [int(info["url"][-5]) - 1 for info in about["image_info"]]
            assert row == [values[image] for image in shown]
        for info in about["image_info"]:
            row = info["assigned_unit"]
            assert info["assigned_text_index"] == (None if row is None else about["units"][row][0])


def test_the_page_is_shown_as_it_is(tmp_path: Path) -> None:
    store = export(tmp_path, *ALL)
    found = jsons(store)
    assert [order(about) for about in found] == [order(about) for about in ALL]
    assert [about["document"] for about in found] == ["heron", "scripts", "bare", "texts"]
    assert [info["text_pos"] for info in found[0]["image_info"]] == [1, 2]
    assert {name: value for name, value in found[0].items() if name in HERON} == HERON | {
        "image_info": [info | {"text_pos": place} for info, place in zip(HERON["image_info"], [1, 2], strict=True)]
    }
    assert dict(members(store))["scripts.1.jpg"] == jpeg(4)


def test_the_previous_text_is_told_where_images_stand_after_theirs(tmp_path: Path) -> None:
    found = jsons(export(tmp_path, *ALL, images="after"))
    assert [info["text_pos"] for about in found for info in about["image_info"]] == [1, 2, 0, 2, 0]


def test_assigned_images_stand_at_their_sentences(tmp_path: Path) -> None:
    store = export(tmp_path, *ALL, placement="assigned")
    heron, scripts, *_ = jsons(store)
    assert order(heron) == ["Herons stand.", 2, "They wait.", 1, "The tide falls."]
    assert heron["images"] == [None, "heron.0.jpg", None, "heron.1.jpg", None]
    assert heron["units"] == [[0, 0, 0, 13], [1, 1, 0, 10], [2, 2, 0, 15]]
    assert heron["similarity"] == [[0.2, 0.1], [0.4, 0.1], [0.2, 0.3]]
    assert [info["assigned_text_index"] for info in heron["image_info"]] == [1, 2]
    assert [info["text_pos"] for info in heron["image_info"]] == [2, 4]
    assert dict(members(store))["heron.0.jpg"] == jpeg(2)
    assert order(scripts) == order(SCRIPTS)
    assert summary(store)["images_kept_in_place"] == 3


def test_a_unit_is_told_by_what_a_window_leaves_of_it(tmp_path: Path) -> None:
    first, second = jsons(export(tmp_path, HERON, tokens=5, window="all", name="windows"))
    assert (first["sample_id"], second["sample_id"]) == ("heron-0", "heron-1")
    assert (first["tokens"], second["tokens"]) == (5, 5)
    assert order(first) == [1, "Herons stand. They wait"]
    assert first["units"] == [[0, 0, 0, 13], [0, 0, 14, 23]]
    assert first["image_info"][0]["assigned_unit"] is None
    assert order(second) == [".", "The tide falls.", 2]
    assert second["units"] == [[0, 0, 0, 1], [1, 1, 0, 15]]
    assert second["image_info"][0]["assigned_unit"] == 0


def test_windows_cut_no_character_of_any_script(tmp_path: Path) -> None:
    found = jsons(export(tmp_path, SCRIPTS, tokens=2, window="all", images="after"))
    assert [order(about) for about in found] == [["边。", 3], ["ก", 4, "مالك"]]


def test_a_tokenizer_file_says_what_a_token_is(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    words = tokenizers.models.WordLevel({"[UNK]": 0}, "[UNK]")
    made = tokenizers.Tokenizer(words)
    made.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    path = tmp_path / "tokenizer.json"
    made.save(str(path))
    store = export(tmp_path, HERON, tokens=4, tokenizer=str(path))
    assert [order(about) for about in jsons(store)] == [[1, "Herons stand. They wait."]]
    assert summary(store)["options"]["tokenizer"].startswith("tokenizer.json ")
    assert verify(store) == []


def test_shards_are_bounded_and_none_is_empty(tmp_path: Path) -> None:
    samples = [sample(f"k{number}", "Herons", number % 9) for number in range(12)]
    whole = export(tmp_path, *samples, shard_bytes=10**9, name="one")
    assert len(list(whole.names("shards"))) == 5
    length = pq.read_table(whole.path("shards/train-000000.parquet"))["length"].to_pylist()[0]
    exact, less = (
        export(tmp_path, *samples, shard_bytes=10240 + 3 * length - under, name=f"under{under}") for under in (0, 1)
    )
    assert json.loads(exact.read("shards/sizes.json")) == {f"train-{n:06d}.tar": 3 for n in range(4)}
    assert json.loads(less.read("shards/sizes.json")) == {f"train-{n:06d}.tar": 2 for n in range(6)}
    assert less.read("shards/__len__") == b"12"
    alone = export(tmp_path, *samples, shard_bytes=1, name="alone")
    assert len(json.loads(alone.read("manifest.json"))["shards"]) == 12
    assert members(whole) == members(exact) == members(less) == members(alone)
    assert verify(alone) == []


def test_the_recipes_size_of_shards_is_the_default(tmp_path: Path) -> None:
    assert summary(export(tmp_path, *ALL))["options"]["shard_bytes"] == 1_000_000


def test_tables_tell_what_is_in_a_shard(tmp_path: Path) -> None:
    store = export(tmp_path, *ALL, tokens=5, window="all")
    rows = pq.read_table(store.path("shards/train-000000.parquet")).to_pylist()
    assert [(row["key"], row["document"], row["texts"], row["images"], row["tokens"]) for row in rows] == [
        (about["sample_id"], about["document"], len(about["text_info"]), len(about["image_info"]), about["tokens"])
        for about in jsons(store)
    ]


def test_webdataset_reads_an_export(tmp_path: Path) -> None:
    store = export(tmp_path, *ALL, placement="assigned", shard_bytes=1)
    shards = [store.path(shard["name"]) for shard in json.loads(store.read("manifest.json"))["shards"]]
    found = {}
    for read in webdataset.WebDataset(shards, shardshuffle=False).decode("pil"):
        about = read["json"]
        found[read["__key__"]] = [
            text if name is None else read[name.removeprefix(read["__key__"] + ".")].size[0] - 20
            for text, name in zip(about["texts"], about["images"], strict=True)
        ]
    assert found == {about["sample_id"]: order(about) for about in jsons(store)}
    assert len(found) == 4


def test_mmc4_has_what_its_readers_take(tmp_path: Path) -> None:
    store = export(tmp_path, *ALL, form="mmc4")
    shard = store.path("shards/train-000000.tar")
    (read,) = list(webdataset.WebDataset([shard], shardshuffle=False).decode())
    about = read["json"]
    assert read["__key__"] == "heron"
    assert about["text_list"] == ["Herons stand.", "They wait.", "The tide falls."]
    assert about["similarity_matrix"] == [[0.1, 0.1, 0.3], [0.2, 0.4, 0.2]]
    assert [(info["matched_text_index"], info["matched_sim"]) for info in about["image_info"]] == [(2, 0.3), (1, 0.4)]
    assert [base64.b64decode(info["image_base64"]) for info in about["image_info"]] == [jpeg(1), jpeg(2)]
    assert [info["image_name"] for info in about["image_info"]] == ["heron.0.jpg", "heron.1.jpg"]
    assert about["image_info"][1]["raw_url"] == "https://marsh.example/2.jpg"
    assert json.loads(store.read("shards/sizes.json")) == {"train-000000.tar": 1}
    assert store.read("shards/__len__") == b"1"
    assert summary(store)["left_out"]["samples"] == {"not_measured": 3}
    assert summary(store)["left_out"]["images"] == {"not_measured": 3}
    assert verify(store) == []
    assert files(store) == files(export(tmp_path, *ALL, form="mmc4", name="again"))


def test_a_unit_of_several_texts_is_one_text_of_mmc4(tmp_path: Path) -> None:
    about = sample("a", "One", "Two", 1, "Three", assigned=[0], matrix=[[0.5]], units=[[0, 2, 1, 2]])
    (found,) = jsons(export(tmp_path, about, form="mmc4"))
    assert found["text_list"] == ["ne\nTwo\nTh"]


@pytest.mark.parametrize("options", [{"placement": "assigned"}, {"form": "mmc4"}])
def test_without_similarities_what_needs_them_is_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    run = finished_run(tmp_path / "run", HERON, scorer="null")
    with pytest.raises(StartError, match="this run measured no similarity"):
        export_run(run, LocalStore(str(tmp_path / "out")), ExportOptions(**options))
    assert not (tmp_path / "out").exists()


def test_samples_of_an_older_run_are_exported_as_the_page_has_them(tmp_path: Path) -> None:
    old = json.loads(json.dumps(HERON))
    for info in old["image_info"]:
        for name in [*(name for name in info if name.startswith(("matched", "assigned"))), "faces"]:
            del info[name]
    del old["units"]
    for text in old["text_info"]:
        del text["lang"]
    assert [order(about) for about in jsons(export(tmp_path, old))] == [order(old)]
    assert jsons(export(tmp_path, old, tokens=4, window="random", name="windows"))
    with pytest.raises(RunError, match="older"):
        export(tmp_path, old, placement="assigned", name="assigned")
    assert files(LocalStore(str(tmp_path / "assigned"))) == {}


def test_an_empty_run_gives_an_empty_export(tmp_path: Path) -> None:
    store = export(tmp_path)
    assert json.loads(store.read("manifest.json"))["shards"] == []
    assert verify(store) == []


def test_a_run_that_has_not_ended_is_refused(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", HERON)
    run.remove("manifest.json")
    with pytest.raises(RunError, match="has not ended"):
        export_run(run, LocalStore(str(tmp_path / "out")), ExportOptions())
    assert not (tmp_path / "out").exists()


def test_an_output_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out" / "notes").mkdir(parents=True)
    note = tmp_path / "out" / "notes" / "mine.txt"
    note.write_text("mine", encoding="utf-8")
    with pytest.raises(StartError, match="not empty"):
        export(tmp_path, HERON)
    assert list((tmp_path / "out").rglob("*.*")) == [note]
    with pytest.raises(StartError, match="is a file"):
        export(tmp_path, HERON, name="out/notes/mine.txt")


@pytest.mark.parametrize("name", ["run", "run/view", "run/shards/view", "link/view"])
def test_an_output_inside_the_run_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "run")
    with pytest.raises(StartError, match="the run's own"):
        export(tmp_path, HERON, name=name)
    assert sorted(files(LocalStore(str(tmp_path / "run")))) == [
        "manifest.json",
        "recipe.yaml",
        "run.json",
        "shards/train-000000.tar",
    ]


def test_beside_the_run_is_another_place(tmp_path: Path) -> None:
    assert verify(export(tmp_path, HERON, name="run-view")) == []


def test_what_is_no_run_is_told(tmp_path: Path) -> None:
    view = export(tmp_path, HERON)
    for store in (view, LocalStore(str(tmp_path / "nothing"))):
        with pytest.raises(StartError, match="no run directory"):
            export_run(store, LocalStore(str(tmp_path / "again")), ExportOptions())
    assert not (tmp_path / "again").exists()


def test_what_a_killed_export_left_is_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "out" / "shards").mkdir(parents=True)
    with pytest.raises(StartError, match="at work or was killed"):
        export(tmp_path, HERON)
    export(tmp_path, HERON, name="whole")
    with pytest.raises(StartError, match=r"not empty: it has README\.md; give"):
        export(tmp_path, HERON, name="whole")


def test_of_two_exports_to_one_place_the_second_leaves_the_first_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = export(tmp_path, *ALL)
    before = files(first)
    monkeypatch.setattr(module.os, "listdir", lambda path: [])  # both looked before one of them wrote
    with pytest.raises(FileExistsError):
        export(tmp_path, HERON)
    assert files(first) == before


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError])
def test_whatever_ends_it_nothing_is_left_and_it_can_begin_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: type[BaseException]
) -> None:
    def break_off(*args: Any) -> Iterator[Any]:
        samples = real(*args)
        yield next(samples)
        yield next(samples)
        raise fault

    real = module.exported
    with monkeypatch.context() as patched:
        patched.setattr(module, "exported", break_off)
        with pytest.raises(fault):
            export(tmp_path, *ALL, shard_bytes=1)
    assert files(LocalStore(str(tmp_path / "out"))) == {}
    with monkeypatch.context() as patched:
        patched.setattr(module, "card_text", break_off)
        with pytest.raises(AttributeError):
            export(tmp_path, *ALL, shard_bytes=1)
    assert files(LocalStore(str(tmp_path / "out"))) == {}
    assert verify(export(tmp_path, *ALL, shard_bytes=1)) == []


@pytest.mark.parametrize("place", [b"Herons stand", b"JFIF"])
def test_a_damaged_shard_ends_the_export(tmp_path: Path, place: bytes) -> None:
    run = finished_run(tmp_path / "run", *ALL)
    tar = run.read("shards/train-000000.tar")
    assert place in tar
    run.write("shards/train-000000.tar", tar.replace(place, place.swapcase(), 1))
    with pytest.raises(RunError, match="corpusflow verify"):
        export_run(run, LocalStore(str(tmp_path / "out")), ExportOptions())
    assert files(LocalStore(str(tmp_path / "out"))) == {}


def test_the_card_tells_what_was_made(tmp_path: Path) -> None:
    store = export(tmp_path, *ALL, tokens=5, window="all")
    text = store.read("README.md").decode()
    header = yaml.safe_load(text.split("---\n")[1])
    assert header["pretty_name"] == "marsh"
    assert header["configs"][0]["data_files"] == [{"split": "train", "path": "shards/train-*.tar"}]
    assert "`image_info[].text_pos`" in text
    assert "- tokens: 5" in text
    assert "window_without_image" in text
    assert "--train_num_samples_mmc4 1" in export(tmp_path, *ALL, form="mmc4", name="m").read("README.md").decode()


def named(fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {field.pop("name"): field for field in fields}


@pytest.mark.parametrize(("options", "pictures"), [({"max_images": 3}, ["0.jpg", "1.jpg"]), ({"form": "mmc4"}, [])])
def test_the_card_names_every_field_and_picture_to_loaders(
    tmp_path: Path, options: dict[str, Any], pictures: list[str]
) -> None:
    store = export(tmp_path, *ALL, **options)
    header = yaml.safe_load(store.read("README.md").decode().split("---\n")[1])
    features = named(header["dataset_info"]["features"])
    assert list(features) == [*pictures, "json", "__key__", "__url__"]
    assert {name: features[name]["dtype"] for name in pictures} == dict.fromkeys(pictures, "image")
    told = named(features["json"]["struct"])
    (about, *_) = jsons(store)
    assert set(told) == set(about)
    assert set(named(told["image_info"]["list"])) == set(about["image_info"][0])
    assert told["url"] == {"dtype": "string"}
    assert told["similarity_matrix" if "form" in options else "similarity"] == {"list": {"list": "float64"}}
    if "metadata" in told:
        assert set(named(told["metadata"]["struct"])) == set(about["metadata"])
        assert told["tokens"] == {"dtype": "int64"}
        assert told["texts"] == {"list": "string"}


def call(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli.app, [*words])
    assert result.exit_code == code, result.output
    return result.output


def test_the_command_exports_and_verify_takes_the_export(tmp_path: Path) -> None:
    finished_run(tmp_path / "run", *ALL)
    run, out = str(tmp_path / "run"), str(tmp_path / "out")
    told = call("export", run, out, "--placement", "assigned", "--tokens", "64", "--max-images", "1")
    assert "3 samples of 4 documents, 3 images" in told
    assert "left out: 1 sample, window_without_image" in told
    assert "assigned to nothing, as the page has them: 3 images" in told
    assert "problems 0" in call("verify", out)
    assert json.loads(call("export", run, str(tmp_path / "json"), "--json"))["samples"] == 4
    call("export", run, str(tmp_path / "other"), "--tokens", "63", code=cli.EXIT_USAGE)


def test_the_command_tells_of_an_interrupt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "export_run", interrupted)
    assert "Nothing is left" in call("export", str(tmp_path), str(tmp_path / "out"), code=130)
