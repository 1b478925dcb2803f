from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from corpusflow.errors import StartError
from corpusflow.sources.capture_index import read_captures
from corpusflow.sources.page import Capture

ROWS: list[dict[str, Any]] = [
    {
        "url": f"http://a.example/{number}?q={{1}}",
        "fetch_status": 200,
        "warc_filename": "crawl-data/a.warc.gz",
        "warc_record_offset": 10 * number,
        "warc_record_length": 7,
        "content_digest": "X",
    }
    for number in range(3)
]
CAPTURES = [
    Capture(f"http://a.example/{number}?q={{1}}", "crawl-data/a.warc.gz", 10 * number, 7) for number in range(3)
]


def parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def csv(rows: list[dict[str, Any]]) -> bytes:
    lines = [",".join(rows[0]), *(",".join(f'"{value}"' for value in row.values()) for row in rows)]
    return "\r\n".join(lines).encode()


def cdxj(rows: list[dict[str, Any]]) -> bytes:
    short = {"warc_filename": "filename", "warc_record_offset": "offset", "warc_record_length": "length"}
    told = [{short.get(name, name): str(value) for name, value in row.items()} for row in rows]
    return "\n".join(
        f"example,a)/{number} 20240101000000 {json.dumps(row)}" for number, row in enumerate(told)
    ).encode()


def json_lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n\n" for row in rows).encode()


@pytest.mark.parametrize("text", [csv(ROWS), b"\xef\xbb\xbf" + csv(ROWS), cdxj(ROWS), json_lines(ROWS)])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_text_in_every_form_gives_the_same_rows(tmp_path: Path, text: bytes, pack: Any) -> None:
    path = tmp_path / "rows.any"
    path.write_bytes(pack(text))
    assert list(read_captures(str(path))) == CAPTURES


def test_parquet_gives_the_same_rows_and_a_folder_those_of_its_files(tmp_path: Path) -> None:
    parquet(tmp_path / "0.parquet", ROWS[:2])
    (tmp_path / "1.csv").write_bytes(csv(ROWS[2:]))
    (tmp_path / "_SUCCESS").write_bytes(b"")
    assert list(read_captures(str(tmp_path))) == CAPTURES


def test_an_index_without_rows_gives_none(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(csv(ROWS[:1]).partition(b"\r\n")[0])
    (tmp_path / "b.csv").write_bytes(b"")
    assert list(read_captures(str(tmp_path))) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"url": ""}, "row 2: has no 'url'"),
        ({"warc_filename": None}, "row 2: has no 'warc_filename' or 'filename'"),
        ({"warc_record_offset": "x"}, "row 2: offset and length must be numbers"),
        ({"warc_record_offset": -1}, "row 2: 7 bytes at -1 are no record"),
        ({"warc_record_length": 0}, "row 2: 0 bytes at 10 are no record"),
    ],
)
def test_a_row_that_names_no_record_is_told_with_its_number(
    tmp_path: Path, change: dict[str, Any], expected: str
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(json_lines([ROWS[0], ROWS[1] | change]))
    with pytest.raises(StartError, match=expected) as error:
        list(read_captures(str(path)))
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize(
    "data",
    [b"PAR1 but no table", gzip.compress(csv(ROWS), mtime=0)[:-30], b"\x1f\x8bno gzip", b'{"url": ', b"\xff\xfe\xff\n"],
)
def test_a_file_that_is_no_index_is_told_with_its_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "rows.any"
    path.write_bytes(data)
    with pytest.raises(StartError) as error:
        list(read_captures(str(path)))
    assert str(error.value).startswith(str(path))


def test_a_missing_index_is_told_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"none\.parquet: no such file"):
        list(read_captures(str(tmp_path / "none.parquet")))
