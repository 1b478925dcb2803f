"""Whatever happens to what a run made, or to what it reads, the next run ends with the same shards."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from corpusflow.errors import RunError, SourceChangedError, StartError
from corpusflow.filtering import Registry
from corpusflow.progress import read_boards
from corpusflow.recipe import Recipe
from corpusflow.store import output_file
from corpusflow.store.paths import LocalStore, Store
from corpusflow.store.run_files import ASIDE, COMMITS, KNOWN, PARTS, RUN
from corpusflow.work_done import Memory
from jobs.take_up import LocalRun
from tests.command_line import call
from tests.jobs.runs import run, warc
from tests.web import captures, recipe, write_warc
from transforms import extract


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """A finished run, its recipe and its manifest."""
    folder = tmp_path_factory.mktemp("whole")
    data = recipe(warc(write_warc(folder / "a.warc.gz", captures(range(6)))))
    return folder / "out", data, run(folder / "out", data)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def replace(file: Path) -> None:
    other = next(path for path in sorted(file.parent.iterdir()) if path != file)
    shutil.copy(other, file)


@pytest.mark.parametrize("hurt", [flip, cut, empty, replace, Path.unlink])
def test_damaged_files_of_every_stage_are_made_again(
    tmp_path: Path, whole: tuple[Path, dict[str, Any], dict[str, Any]], hurt: Callable[[Path], None]
) -> None:
    output, data, manifest = whole
    copy = Path(shutil.copytree(output, tmp_path / "out"))
    hurts: dict[Path, bytes] = {}
    for folder in [*sorted((copy / "stages").iterdir()), copy / "shards"]:
        # The first block's tables and blobs, and the sidecar of the last one.
        first = min(path.name.partition(".")[0] for path in folder.glob("*.json"))
        chosen = [path for path in sorted(folder.glob(f"{first}.*")) if path.suffix != ".json"]
        chosen.append(max(folder.glob("*.json")))
        hurts |= {path: path.read_bytes() for path in chosen if path.stat().st_size}
    assert len(hurts) > 20
    for path in hurts:
        hurt(path)
    assert run(copy, data) == manifest
    assert [path for path, content in hurts.items() if path.suffix != ".json" and path.read_bytes() != content] == []


@pytest.mark.parametrize("name", [PARTS, KNOWN, ASIDE, RUN])
def test_a_damaged_list_of_the_launcher_is_named_with_the_way_out(
    tmp_path: Path, whole: tuple[Path, dict[str, Any], dict[str, Any]], name: str
) -> None:
    output, data, manifest = whole
    copy = Path(shutil.copytree(output, tmp_path / "out"))
    (copy / name).write_bytes(b'{"id": 3\n')
    with pytest.raises(StartError, match=f"^{copy / name} is damaged: ") as told:
        run(copy, data)
    if name == RUN:
        (copy / name).write_text(re.search("{.*}", str(told.value).partition("write")[2])[0])  # type: ignore[index]
    else:
        assert str(told.value).endswith("; remove it to go on")
        (copy / name).unlink()
    assert run(copy, data) == manifest


def test_a_damaged_list_of_commits_is_named_to_who_asks(
    tmp_path: Path, whole: tuple[Path, dict[str, Any], dict[str, Any]]
) -> None:
    output, data, manifest = whole
    copy = Path(shutil.copytree(output, tmp_path / "out"))
    cut(copy / COMMITS)
    assert f"{COMMITS} is damaged" in " ".join(call("sample", str(copy), "--dropped", code=2).split())
    assert run(copy, data) == manifest


def test_a_disk_that_is_full_is_told_with_the_file_and_the_way_out(
    tmp_path: Path, whole: tuple[Path, dict[str, Any], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, data, manifest = whole
    write, left = output_file._Output.write, [0]

    def full(self: output_file._Output, written: bytes) -> int:
        left[0] -= len(written)
        with output_file.writing(self._told):
            if left[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, written)

    monkeypatch.setattr(output_file._Output, "write", full)
    for number, room in enumerate((0, 30_000, 70_000)):
        left[0] = room
        with pytest.raises(RunError, match=r"/out-\d/.* cannot be written: No space left on device; make room"):
            run(tmp_path / f"out-{number}", data)
        assert not (tmp_path / f"out-{number}" / "manifest.json").exists()
        left[0] = 10**9
        assert run(tmp_path / f"out-{number}", data) == manifest
        assert not list((tmp_path / f"out-{number}").rglob(".tmp-*"))


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path,
    whole: tuple[Path, dict[str, Any], dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    def refused(self: LocalStore, name: str, final: str = "") -> None:
        with output_file.writing(self.path(name)):
            raise OSError(number, "not for you")

    monkeypatch.setattr(LocalStore, "publish", refused)
    with pytest.raises(RunError, match=r"cannot be written: not for you; make the place writable"):
        run(tmp_path / "out", whole[1])


def test_the_end_of_a_run_may_be_broken_off_before_each_of_its_files(
    tmp_path: Path, whole: tuple[Path, dict[str, Any], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    output, data, manifest = whole
    publish = LocalStore.publish
    last, names = [-1], [""]

    def breaking(self: LocalStore, name: str, final: str = "") -> None:
        names.append(name)
        if len(names) - 1 == last[0]:
            raise RunError("broken off")
        publish(self, name, final)

    def graph(recipe: Recipe, registry: Registry, store: Store, *more: Any) -> LocalRun:
        """What it leaves of blocks that are all committed."""
        store.write(COMMITS, (output / COMMITS).read_bytes())
        return LocalRun(read_boards(str(tmp_path)), Memory(1, 0, 0))

    monkeypatch.setattr("jobs.launch.run_local", graph)
    monkeypatch.setattr(LocalStore, "publish", breaking)
    copy = Path(shutil.copytree(output, tmp_path / "counted"))
    names.clear()
    run(copy, data)
    ending = [number for number, name in enumerate(names) if not name.startswith(("plan/", "run.json", "recipe"))]
    assert len(ending) > 3
    for number in ending:
        copy = Path(shutil.copytree(output, tmp_path / f"broken-{number}"))
        names.clear()
        last[0] = number
        with pytest.raises(RunError, match="broken off"):
            run(copy, data)
        last[0] = -1
        assert run(copy, data) == manifest


@pytest.mark.parametrize("change", ["other bytes", "shorter", "longer", "gone"])
def test_a_source_that_changes_during_the_run_stops_it_and_the_next_one_takes_it_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", captures(range(6)))
    other = write_warc(tmp_path / "b" / "a.warc.gz", captures(range(2, 8))).read_bytes()
    whole = archive.read_bytes()
    data = recipe(warc(archive))
    read, reads = extract._read, [0]

    def changing(*args: Any) -> Any:
        reads[0] += 1
        if reads[0] == 5:
            archive.unlink()
            if change != "gone":
                written = {"other bytes": other[: len(whole)], "shorter": whole[:-100], "longer": whole + other}
                archive.write_bytes(written[change])
        return read(*args)

    monkeypatch.setattr(extract, "_read", changing)
    with pytest.raises(RunError, match=r"a.warc.gz (changed|is gone) since it was loaded"):
        run(tmp_path / "out", data)
    if change == "gone":
        archive.write_bytes(whole)
    assert run(tmp_path / "out", data) == run(tmp_path / "clean", data)


def test_a_source_that_changes_after_its_pages_were_read_is_told_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = write_warc(tmp_path / "a.warc.gz", captures(range(3)))
    monkeypatch.setattr("jobs.launch.run_local", _then(lambda: archive.write_bytes(archive.read_bytes() * 2)))
    with pytest.raises(SourceChangedError, match=r"a.warc.gz changed while the run worked on it"):
        run(tmp_path / "out", recipe(warc(archive)))
    assert not (tmp_path / "out" / "manifest.json").exists()
    fetched = list((tmp_path / "out" / "stages").glob("fetch-*"))
    assert fetched
    assert not [path for folder in fetched for path in folder.glob("*.json")]


def _then(act: Callable[[], object]) -> Callable[..., Any]:
    from jobs.launch import run_local

    def both(*args: Any, **options: Any) -> Any:
        ran = run_local(*args, **options)
        act()
        return ran

    return both


def test_a_clock_that_jumps_changes_nothing(
    tmp_path: Path, whole: tuple[Path, dict[str, Any], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    real, jumps = time.time, iter(range(10**9))
    monkeypatch.setattr(time, "time", lambda: real() + (-1) ** next(jumps) * 4e7)
    assert run(tmp_path / "out", whole[1]) == whole[2]


def test_an_output_below_a_file_is_refused(tmp_path: Path, whole: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises((StartError, RunError), match="file"):
        run(tmp_path / "file" / "out", whole[1])
