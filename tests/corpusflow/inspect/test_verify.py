from __future__ import annotations

import hashlib
import io
import json
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import webdataset

from corpusflow.inspect.problem import Problem
from corpusflow.inspect.verify import verify
from corpusflow.store.paths import LocalStore
from corpusflow.store.sample import END, member
from tests.corpusflow.inspect.runs import ARABIC, HERON, HOSTILE, finished_run, jpeg

SHARD = "shards/train-000000.tar"
TABLE = "shards/train-000000.parquet"
Files = list[tuple[str, bytes]]


def faults(problems: list[Problem]) -> set[str]:
    return {problem.fault for problem in problems}


def members(store: LocalStore, shard: str = SHARD) -> Files:
    with tarfile.open(store.path(shard)) as tar:
        return [(info.name, tar.extractfile(info).read()) for info in tar]  # type: ignore[union-attr]


def rewrite(store: LocalStore, files: Files) -> None:
    """Puts a sound tar of other files in the shard's place, and its length and digest into the manifest."""
    store.write(SHARD, b"".join(member(name, data) for name, data in files) + END)
    bless(store)


def bless(store: LocalStore) -> None:
    manifest = json.loads(store.read("manifest.json"))
    for shard in manifest["shards"]:
        data = store.read(shard["name"])
        table = store.read(shard["name"].replace(".tar", ".parquet"))
        shard |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        shard["table_sha256"] = hashlib.sha256(table).hexdigest()
    store.write("manifest.json", json.dumps(manifest).encode())


def with_json(files: Files, key: str, change: Callable[[dict], object]) -> Files:
    changed = []
    for name, data in files:
        if name == f"{key}.json":
            sample = json.loads(data)
            change(sample)
            data = json.dumps(sample, ensure_ascii=False, separators=(",", ":")).encode()
        changed.append((name, data))
    return changed


@pytest.mark.parametrize("shards", [1, 2, 3])
@pytest.mark.parametrize("deep", [True, False])
def test_a_sound_run_has_no_problems(tmp_path: Path, shards: int, deep: bool) -> None:
    assert verify(finished_run(tmp_path, shards), deep) == []


def test_webdataset_reads_every_sample_with_all_its_pictures(tmp_path: Path) -> None:
    store = finished_run(tmp_path, shards=2)
    paths = sorted(str(path) for path in (tmp_path / "shards").glob("*.tar"))
    samples = list(webdataset.WebDataset(paths, shardshuffle=False).decode("pil"))
    assert {sample["__key__"] for sample in samples} == {HERON.id, HOSTILE.id, ARABIC.id}
    for sample in samples:
        names = [name for name in sample["json"]["images"] if name]
        sizes = [sample[name.removeprefix(sample["__key__"] + ".")].size for name in names]
        assert sizes == [(info["width"], info["height"]) for info in sample["json"]["image_info"]]
        assert len([name for name in sample if not name.startswith("__")]) == 1 + len(names)
    assert verify(store) == []


def test_a_run_that_has_not_ended_is_told(tmp_path: Path) -> None:
    assert faults(verify(LocalStore(str(tmp_path)))) == {"file_missing"}


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"samples": 1}', b'{"samples": 1, "shards": [3]}', b"\xff"])
def test_a_damaged_manifest_is_told(tmp_path: Path, text: bytes) -> None:
    store = finished_run(tmp_path)
    store.write("manifest.json", text)
    assert faults(verify(store)) == {"manifest_unreadable"}


def test_a_manifest_cannot_point_outside_the_run(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    store.write("manifest.json", store.read("manifest.json").replace(b"shards/train", b"../train"))
    assert faults(verify(store)) == {"manifest_unreadable"}


@pytest.mark.parametrize("name", [SHARD, TABLE])
def test_a_missing_file_is_told(tmp_path: Path, name: str) -> None:
    store = finished_run(tmp_path)
    store.remove(name)
    assert Problem(name, "", "file_missing") in verify(store)


def test_a_shard_that_the_manifest_does_not_know_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    store.write("shards/train-000007.tar", END)
    assert verify(store) == [Problem("shards/train-000007.tar", "", "not_in_manifest")]


def test_a_truncated_shard_is_told_with_the_samples_that_are_gone(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    data = store.read(SHARD)
    last = members(store)[-1][0].partition(".")[0]
    store.write(SHARD, data[: len(data) - len(END) - 512])
    assert faults(verify(store, deep=False)) == {"bytes_differ", "digest_differs"}
    problems = verify(store)
    assert {"bytes_differ", "digest_differs", "member_truncated"} <= faults(problems)
    assert Problem(SHARD, last, "not_in_shard", "the table has it, the tar has not") in problems


def test_a_shard_cut_between_samples_is_told_though_tar_readers_take_it(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    offset = pq.read_table(store.path(TABLE))["offset"].to_pylist()[-1]
    store.write(SHARD, store.read(SHARD)[:offset])
    bless(store)
    assert faults(verify(store)) == {"tar_ends_early", "not_in_shard"}


def test_a_flipped_byte_in_a_picture_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    data = bytearray(store.read(SHARD))
    data[data.index(b"JFIF") + 300] ^= 0xFF
    store.write(SHARD, bytes(data))
    assert faults(verify(store, deep=False)) == {"digest_differs"}
    bless(store)
    assert "picture_digest_differs" in faults(verify(store))


def test_a_damaged_header_in_the_middle_is_told_though_tarfile_ends_there_in_silence(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    offset = pq.read_table(store.path(TABLE))["offset"].to_pylist()[1]
    data = bytearray(store.read(SHARD))
    data[offset + 150] ^= 0xFF
    store.write(SHARD, bytes(data))
    bless(store)
    assert {"tar_ends_early", "not_in_shard"} <= faults(verify(store))


def test_a_missing_picture_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    rewrite(store, [(name, data) for name, data in members(store) if name != f"{HERON.id}.0.jpg"])
    problems = verify(store)
    assert Problem(SHARD, HERON.id, "pictures_differ", "the tar has none") in problems
    assert {"pictures_differ", "range_differs"} == faults(problems)


def test_a_sample_without_its_json_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    rewrite(store, [(name, data) for name, data in members(store) if name != f"{HERON.id}.json"])
    assert "json_not_first" in faults(verify(store))


def test_a_json_behind_its_picture_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    rewrite(store, sorted(members(store), key=lambda file: (file[0].partition(".")[0], file[0].endswith("json"))))
    assert "json_not_first" in faults(verify(store))


def test_files_of_a_sample_that_stand_apart_are_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    files = members(store)
    rewrite(store, [*files[1:], files[0]])
    assert "members_apart" in faults(verify(store))


def test_a_key_twice_in_a_shard_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    files = members(store)
    rewrite(store, files + files[:2])
    assert faults(verify(store)) == {"members_apart", "range_differs"}
    rewrite(store, files[:2] + files)
    assert {"pictures_differ", "range_differs"} <= faults(verify(store))


def test_a_key_in_two_shards_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path, shards=3)
    for ending in (".tar", ".parquet"):
        store.write(f"shards/train-000002{ending}", store.read(f"shards/train-000000{ending}"))
    bless(store)
    for deep in (True, False):
        (problem,) = verify(store, deep)
        assert (problem.file, problem.fault) == ("shards/train-000002.parquet", "key_repeated")


def test_a_sample_that_the_table_does_not_know_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    table = pq.read_table(store.path(TABLE))
    pq.write_table(table.slice(0, 2), store.path(TABLE))
    bless(store)
    assert faults(verify(store)) == {"samples_differ", "not_in_table"}


@pytest.mark.parametrize("column", ["url", "language", "texts", "images", "characters", "offset", "length"])
def test_a_table_that_tells_something_else_is_told(tmp_path: Path, column: str) -> None:
    store = finished_run(tmp_path)
    table = pq.read_table(store.path(TABLE))
    values = table[column].to_pylist()
    values[0] = values[0] + ("x" if isinstance(values[0], str) else 1)
    number = table.column_names.index(column)
    pq.write_table(table.set_column(number, column, [values]), store.path(TABLE))
    assert "digest_differs" in faults(verify(store, deep=False))
    bless(store)
    assert faults(verify(store)) == {"range_differs" if column in ("offset", "length") else "row_differs"}


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:50], lambda data: b"x" * len(data)])
def test_a_damaged_table_is_told(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    store = finished_run(tmp_path)
    store.write(TABLE, damage(store.read(TABLE)))
    assert "table_unreadable" in faults(verify(store))


def test_a_table_without_a_column_or_with_nulls_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    table = pq.read_table(store.path(TABLE))
    pq.write_table(table.drop_columns(["offset"]), store.path(TABLE))
    assert "table_unreadable" in faults(verify(store))
    pq.write_table(table.set_column(0, "key", [[None, "a", "b"]]), store.path(TABLE))
    assert "table_unreadable" in faults(verify(store))


def test_a_tar_that_is_none_is_told(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    for data in (b"", b"no tar at all", bytes(5000), b"\xff" * 2048):
        store.write(SHARD, data)
        assert {"bytes_differ", "digest_differs", "not_in_shard"} <= faults(verify(store))


def test_a_link_in_a_tar_is_not_followed(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        info = tarfile.TarInfo(f"{HERON.id}.json")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    store.write(SHARD, out.getvalue())
    assert "member_no_file" in faults(verify(store))


def double(sample: dict) -> None:
    sample["texts"][2] = "and a text"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda sample: sample.update(sample_id="x"), "sample_id_differs"),
        (lambda sample: sample["texts"].append("one more"), "positions_differ"),
        (double, "position_not_one"),
        (lambda sample: sample["images"].__setitem__(2, None), "position_not_one"),
        (lambda sample: sample["images"].__setitem__(2, "other.0.jpg"), "pictures_differ"),
        (lambda sample: sample["text_info"].pop(), "text_info_differs"),
        (lambda sample: sample["image_info"].clear(), "image_info_differs"),
        (lambda sample: sample["similarity"].pop(), "similarity_shape"),
        (lambda sample: sample["similarity"][0].append(0.5), "similarity_shape"),
        (lambda sample: sample["units"].pop(), "similarity_shape"),
        (lambda sample: sample["units"][-1].__setitem__(1, 5), "unit_outside"),
        (lambda sample: sample["units"][0].__setitem__(3, 999), "unit_outside"),
        (lambda sample: sample["units"][0].__setitem__(2, -1), "unit_outside"),
        (lambda sample: sample["units"][2].__setitem__(2, 5), "unit_outside"),
        (lambda sample: sample["image_info"][0].update(assigned_unit=0), "unit_differs"),
        (lambda sample: sample["image_info"][0].update(assigned_unit=99), "unit_differs"),
        (lambda sample: sample["image_info"][0].update(matched_unit=99, matched_text_index=None), "unit_differs"),
        (lambda sample: sample["image_info"][0].update(matched_text_index=None), "unit_differs"),
        (lambda sample: sample["units"][0].pop(), "json_unreadable"),
        (lambda sample: sample["image_info"][0].update(width=321), "picture_size_differs"),
        (lambda sample: sample["image_info"][0].update(sha256="0" * 64), "picture_digest_differs"),
        (lambda sample: sample["image_info"][0].update(width="320"), "json_unreadable"),
        (lambda sample: sample.update(texts="text"), "json_unreadable"),
        (lambda sample: sample.pop("metadata"), "json_unreadable"),
        (lambda sample: sample["texts"].__setitem__(0, "other"), "row_differs"),
    ],
)
def test_a_json_that_contradicts_itself_or_its_pictures_is_told(
    tmp_path: Path, change: Callable[[dict], object], fault: str
) -> None:
    store = finished_run(tmp_path)
    rewrite(store, with_json(members(store), HERON.id, change))
    assert fault in {problem.fault for problem in verify(store) if problem.key == HERON.id}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_json_that_is_none_is_told(tmp_path: Path, data: bytes) -> None:
    store = finished_run(tmp_path)
    rewrite(store, [(name, data if name == f"{HERON.id}.json" else old) for name, old in members(store)])
    assert "json_unreadable" in faults(verify(store))


@pytest.mark.parametrize("data", [b"", b"no picture", jpeg(320, 200, "red")[:-300]])
def test_a_picture_that_cannot_be_decoded_is_told(tmp_path: Path, data: bytes) -> None:
    store = finished_run(tmp_path)
    rewrite(store, [(name, data if name == f"{HERON.id}.0.jpg" else old) for name, old in members(store)])
    assert {"picture_broken", "picture_digest_differs"} <= faults(verify(store))


def test_no_damage_raises_and_none_goes_untold(tmp_path: Path) -> None:
    store = finished_run(tmp_path)
    whole, chance = store.read(SHARD), random.Random(0)
    for _ in range(300):
        data = bytearray(whole)
        # Half of the damage hits headers, where a tar reader is easily led astray.
        place = chance.randrange(512) if chance.random() < 0.5 else chance.randrange(len(data))
        data[place] ^= chance.randrange(1, 256)
        store.write(SHARD, bytes(data))
        assert "digest_differs" in faults(verify(store))
