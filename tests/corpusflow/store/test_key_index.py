from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusflow.store.key_index import ABOUT, SCHEMA, read_index, write_index
from corpusflow.store.paths import LocalStore

SIGNATURES = {"shingle": "word", "sizes": [5], "permutations": 16}


def row(name: str, **more: Any) -> dict[str, Any]:
    fields = {"id": name, "url": f"https://{name}", "url_key": name, "text_key": "t", "language": "en"}
    return fields | {"signature": b"12", "images_key": "", "images": ["i"], "paragraphs": None} | more


def written(folder: Path, *blocks: list[dict[str, Any]]) -> Path:
    write_index(LocalStore(str(folder)), "pages", SIGNATURES, blocks)
    return folder / "index.parquet"


def test_what_is_written_is_read_a_block_at_a_time(tmp_path: Path) -> None:
    file = written(tmp_path / "run", [row("a"), row("b", paragraphs=["k"])], [], [row("c", signature=None)])
    for path in (file, file.parent):
        index = read_index(str(path))
        assert (index.corpus, index.signatures, index.groups) == ("pages", SIGNATURES, (2, 1))
        assert list(index.rows(0, SCHEMA.names)) == [row("a"), row("b", paragraphs=["k"])]
        assert list(index.rows(1, ["id", "signature"])) == [{"id": "c", "signature": None}]


def test_a_corpus_that_kept_nothing_has_an_index(tmp_path: Path) -> None:
    assert read_index(str(written(tmp_path))).groups == ()


def test_equal_rows_make_equal_indexes_and_their_name_tells_of_no_folder(tmp_path: Path) -> None:
    one, other = (read_index(str(written(tmp_path / name, [row("a")]))) for name in ("one", "other"))
    assert one.digest == other.digest
    assert one.name == other.name == f"corpus 'pages', index {one.digest[:8]}"
    assert read_index(str(written(tmp_path / "two", [row("b")]))).digest != one.digest


def test_a_run_directory_without_an_index_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "index.parquet", tmp_path / "none" / "index.parquet"):
        with pytest.raises(ValueError, match=r"index\.parquet is not there; run that corpus to its end"):
            read_index(str(path))


def test_what_is_no_index_is_told(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text")
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "other.parquet")
    whole = written(tmp_path, [row("a")])
    (tmp_path / "cut").write_bytes(whole.read_bytes()[:-9])
    for name in ("text", "other.parquet", "cut"):
        with pytest.raises(ValueError, match=f"{name} is no index of a corpus, or damaged"):
            read_index(str(tmp_path / name))


def test_an_index_of_another_version_is_told(tmp_path: Path) -> None:
    about = b'{"version": 9, "corpus": "a", "signatures": null}'
    pq.write_table(pa.Table.from_pylist([row("a")], schema=SCHEMA.with_metadata({ABOUT: about})), tmp_path / "new")
    with pytest.raises(ValueError, match="new is of version 9, not 1"):
        read_index(str(tmp_path / "new"))


def test_an_index_can_be_moved(tmp_path: Path) -> None:
    file = written(tmp_path / "run", [row("a")])
    shutil.copy(file, tmp_path / "kept.parquet")
    assert list(read_index(str(tmp_path / "kept.parquet")).rows(0, ["id"])) == [{"id": "a"}]
