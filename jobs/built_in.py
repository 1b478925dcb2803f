"""The recipes that come with corpusflow: what a run can be told by name alone, or start from."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def built_in_recipes() -> dict[str, str]:
    """Path by name."""
    folder = Path(str(files("jobs") / "recipes"))
    return {path.stem: str(path) for path in sorted(folder.glob("*.yaml"))}
