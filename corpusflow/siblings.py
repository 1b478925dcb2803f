"""The four packages belong together; their names are common, so another package may stand before them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from corpusflow.errors import StartError

SIBLINGS = ("filters", "transforms", "jobs")


def check_siblings() -> None:
    """Raises StartError, naming the file, when a sibling is missing or comes from somewhere else than corpusflow."""
    home = _folder("corpusflow")
    for name in SIBLINGS:
        found = _folder(name)
        if found is None:
            raise StartError(f"the package '{name}' of corpusflow is not installed; install corpusflow again")
        if home is None or found.parent != home.parent:
            raise StartError(
                f"'{name}' is taken from {found}, which is not part of corpusflow ({home}): it shadows corpusflow's "
                f"own package; start from another directory, or take it off the import path"
            )


def _folder(name: str) -> Path | None:
    spec = find_spec(name)
    if spec is None or not spec.origin:
        return None if spec is None else Path(next(iter(spec.submodule_search_locations or [""])))
    return Path(spec.origin).resolve().parent
