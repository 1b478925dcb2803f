from __future__ import annotations

import re
from pathlib import Path

import pytest
from apache_beam.internal import pickler

from corpusflow.errors import RunError
from transforms import same_code
from transforms.same_code import SameCode, own_code, source_files


class Sent(SameCode):
    def __init__(self, value: object, local: bool = False) -> None:
        self.value = value
        self.local = local


def test_the_code_is_told_by_versions_and_a_digest_of_the_source() -> None:
    assert re.fullmatch(r"corpusflow [\d.]+ \(code [0-9a-f]{12}\), Beam 2\.\d+\.\d+, Python 3\.\d+", own_code())


def test_a_wheel_and_a_checkout_have_the_same_source(tmp_path: Path) -> None:
    for name in ("__init__.py", "a.py", "inner/__init__.py", "inner/b.py", "no_package/c.py", "a.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = [str(file.relative_to(tmp_path)) for file in source_files(tmp_path)]
    assert names == ["__init__.py", "a.py", "inner/__init__.py", "inner/b.py"]


def test_what_is_sent_arrives_as_it_was() -> None:
    arrived = pickler.loads(pickler.dumps(Sent([1, "two"])))
    assert (type(arrived), arrived.value) == (Sent, [1, "two"])


def test_other_code_takes_nothing_but_what_comes_from_its_own_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    sent, from_here = pickler.dumps(Sent(1)), pickler.dumps(Sent(2, local=True))
    monkeypatch.setattr(same_code, "own_code", lambda: "corpusflow 0.0.1")
    with pytest.raises(RunError, match=r"has corpusflow 0\.0\.1; the launcher has corpusflow .* \(code "):
        pickler.loads(sent)
    assert pickler.loads(from_here).value == 2


def test_a_package_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = pickler.dumps({"value": 1})
    monkeypatch.setattr(same_code.pickler, "loads", _raise_import_error)
    with pytest.raises(RunError, match="lacks what the recipe names: No module named 'my_filters'"):
        same_code.received(own_code(), Sent, fields)


def _raise_import_error(state: bytes) -> object:
    raise ModuleNotFoundError("No module named 'my_filters'")
