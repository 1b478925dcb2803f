"""Workers run the code that the launcher has, or nothing: other code would write other bytes under the same keys."""

from __future__ import annotations

import functools
import hashlib
import platform
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from apache_beam.internal import pickler

from corpusflow import __version__
from corpusflow.errors import RunError
from corpusflow.siblings import SIBLINGS

DIGITS = 12  # of the code's digest, as it is told
ANY = "any"  # instead of the launcher's code


class SameCode:
    """Mixed into what is sent to workers: they take it only where they have the launcher's code.

    local: whether the workers are processes of the launcher's machine, which read the same files.
    """

    local = False

    def __reduce__(self) -> tuple[Any, ...]:
        return received, (ANY if self.local else own_code(), type(self), pickler.dumps(self.__dict__))


def received(sent_by: str, kind: type[Any], state: bytes) -> Any:
    """On the worker: the object as the launcher had it. Raises RunError where that needs other code than this worker
    has."""
    if sent_by not in (ANY, own_code()):
        raise RunError(
            f"a worker on {platform.node()} has {own_code()}; the launcher has {sent_by}. Give the workers' "
            "environment (container image or virtual environment) what the launcher has, and run again"
        )
    try:
        fields = pickler.loads(state)
    except (ImportError, AttributeError) as error:
        raise RunError(
            f"a worker on {platform.node()} lacks what the recipe names: {error}. Install in the workers' environment "
            "the packages that the launcher has, those with filters of your own too, and run again"
        ) from error
    found = object.__new__(kind)
    found.__dict__.update(fields)
    return found


@functools.cache
def own_code() -> str:
    """What this process runs: `corpusflow 0.1.0 (code 1a2b3c4d5e6f), Beam 2.77.0, Python 3.11`."""
    python = ".".join(platform.python_version_tuple()[:2])
    return f"corpusflow {__version__} (code {_digest()}), Beam {version('apache-beam')}, Python {python}"


def _digest() -> str:
    """Of the source files of the four packages, by their names."""
    hashed = hashlib.sha256()
    for package in ("corpusflow", *SIBLINGS):
        spec = find_spec(package)
        folder = Path(next(iter(spec.submodule_search_locations or [""]))) if spec else Path()
        for file in source_files(folder):
            hashed.update(f"{package}/{file.relative_to(folder).as_posix()}\n".encode())
            hashed.update(hashlib.sha256(file.read_bytes()).digest())
    return hashed.hexdigest()[:DIGITS]


def source_files(folder: Path) -> list[Path]:
    """Of a package as it is installed, whether from a wheel or a checkout: a wheel leaves out what is in no package."""
    return sorted(file for file in folder.rglob("*.py") if (file.parent / "__init__.py").exists())
