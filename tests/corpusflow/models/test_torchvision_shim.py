from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from corpusflow.models import torchvision_shim
from corpusflow.models.torchvision_shim import ensure_torchvision


@pytest.fixture
def no_torchvision_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torchvision_shim, "_declared", {})
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        monkeypatch.delitem(sys.modules, name)


def fake_torchvision(folder: Path, source: str) -> None:
    (folder / "torchvision").mkdir()
    (folder / "torchvision" / "__init__.py").write_text(source)


def test_a_healthy_torchvision_is_left_alone(monkeypatch: pytest.MonkeyPatch, no_torchvision_yet: None) -> None:
    healthy = ModuleType("torchvision")
    monkeypatch.setitem(sys.modules, "torchvision", healthy)
    assert ensure_torchvision() == "native"
    assert sys.modules["torchvision"] is healthy
    assert torchvision_shim._declared == {}


def test_a_missing_operator_is_declared_and_the_import_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_torchvision_yet: None
) -> None:
    declared: list[str] = []
    fake_torchvision(
        tmp_path,
        "from corpusflow.models import torchvision_shim as shim\n"
        "for operator in ('nms', 'qnms'):\n"
        "    if operator not in shim._declared:\n"
        "        raise RuntimeError(f'operator torchvision::{operator} does not exist')\n",
    )
    monkeypatch.syspath_prepend(tmp_path)

    def declare(operator: str) -> None:
        declared.append(operator)
        torchvision_shim._declared[operator] = object()
        sys.modules.pop("torchvision", None)

    monkeypatch.setattr(torchvision_shim, "_declare", declare)
    assert ensure_torchvision() == "shim"
    assert declared == ["nms", "qnms"]
    assert ensure_torchvision() == "shim"
    assert declared == ["nms", "qnms"]


@pytest.mark.parametrize("message", ["something else", "operator torchvision::unheard_of does not exist"])
def test_another_error_of_the_import_is_raised(
    message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_torchvision_yet: None
) -> None:
    fake_torchvision(tmp_path, f"raise RuntimeError({message!r})")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RuntimeError, match=message):
        ensure_torchvision()


def test_an_operator_that_stays_missing_does_not_loop_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_torchvision_yet: None
) -> None:
    fake_torchvision(tmp_path, "raise RuntimeError('operator torchvision::nms does not exist')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(torchvision_shim, "_declared", {"nms": object()})
    with pytest.raises(RuntimeError, match="nms"):
        ensure_torchvision()


@pytest.mark.skipif(
    importlib.util.find_spec("torch") is None or importlib.util.find_spec("torchvision") is None,
    reason="torch and torchvision are not installed",
)
def test_the_installed_torchvision_can_be_imported() -> None:
    program = (
        "from corpusflow.models.torchvision_shim import ensure_torchvision as ensure\n"
        "first = ensure()\n"
        "from torchvision.transforms import CenterCrop\n"
        "assert ensure() == first in ('native', 'shim')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
