"""The image for Dataflow, as far as that can be told without building it."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "jobs/containers/Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")


def argument(name: str) -> str:
    [found] = re.findall(rf"^ARG {name}=(.*)$", DOCKERFILE, re.MULTILINE)
    return str(found).strip('"')


def copied() -> set[str]:
    """What is copied from the checkout."""
    lines = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    return {name for line in lines for name in line.split()}


def test_workers_have_the_beam_and_the_python_of_the_launcher() -> None:
    assert f"apache-beam=={argument('BEAM')}" in CONSTRAINTS.splitlines()
    assert f"apache-beam=={argument('BEAM')}" in PROJECT["dependencies"]
    assert PROJECT["requires-python"] == f">={argument('PYTHON')}"
    assert argument("PYTHON") == f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"python{argument('PYTHON').replace('.', '')}-template-launcher-base" in DOCKERFILE


def test_every_extra_that_is_installed_exists() -> None:
    extras = set(argument("EXTRAS").split(","))
    assert {"gcp", "remote", "clip"} <= extras <= PROJECT["optional-dependencies"].keys()


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"corpusflow", "filters", "transforms", "jobs"} <= copied()
    for name in copied():
        assert (ROOT / name).exists()
        assert name.split("/")[0] in allowed


def test_packages_are_installed_once_and_by_the_constraints() -> None:
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert len(installs) == 2
    assert "-c constraints.txt" in installs[0]
    assert "--no-deps" in installs[1]


def test_the_image_starts_beam_and_can_launch_a_template() -> None:
    assert 'ENTRYPOINT ["/opt/apache/beam/boot"]' in DOCKERFILE
    [entry] = re.findall(r"FLEX_TEMPLATE_PYTHON_PY_FILE=(\S+)", DOCKERFILE)
    assert f"main()\\n' > {entry}" in DOCKERFILE


def test_what_is_installed_has_all_code_of_the_checkout() -> None:
    # Workers compare their code with the launcher's, which may run from the checkout.
    for package in ("corpusflow", "filters", "transforms", "jobs"):
        folders = {file.parent for file in (ROOT / package).rglob("*.py")}
        assert all((folder / "__init__.py").exists() for folder in folders)
