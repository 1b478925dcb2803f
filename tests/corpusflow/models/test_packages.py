from __future__ import annotations

import sys
from pathlib import Path

import pytest

from corpusflow.errors import ModelError
from corpusflow.models.packages import distribution_version, package_file, package_folder


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "carrier_of_weights").mkdir()
    (tmp_path / "carrier_of_weights" / "__init__.py").write_text("raise AssertionError('imported')")
    (tmp_path / "carrier_of_weights" / "model.bin").write_bytes(b"1")
    monkeypatch.syspath_prepend(tmp_path)
    return "carrier_of_weights"


def test_a_package_is_found_without_importing_it(package: str) -> None:
    assert (package_folder(package) / "model.bin").is_file()
    assert package_file(package, "model.bin").name == "model.bin"
    assert package not in sys.modules


def test_a_missing_package_is_told_with_the_extra_that_installs_it() -> None:
    with pytest.raises(ModelError) as told:
        package_folder("no_such_package", "clip")
    assert str(told.value) == (
        "package no_such_package is not installed; it comes with the extra [clip]: "
        'pip install ".[clip]" where corpusflow was installed from'
    )
    with pytest.raises(
        ModelError, match=r"no-such-package is not installed; it comes with corpusflow: pip install \. "
    ):
        distribution_version("no-such-package")


def test_a_package_without_its_weights_is_told(package: str) -> None:
    with pytest.raises(
        ModelError, match=r"carrier_of_weights is installed without its file other\.bin; install it again; it comes"
    ):
        package_file(package, "other.bin")


def test_the_version_of_a_distribution_is_told() -> None:
    assert distribution_version("pytest") == pytest.__version__
