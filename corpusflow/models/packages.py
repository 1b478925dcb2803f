"""Whether the packages that carry a model are installed, found out without importing them."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
from pathlib import Path

from corpusflow.errors import MachineError


def package_folder(package: str, extra: str = "") -> Path:
    """Folder of an installed package, which is not imported.

    extra: the extra of corpusflow that installs it, empty for an ordinary dependency. Raises MachineError.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MachineError(f"package {package} is not installed; {_remedy(extra)}")
    return Path(next(iter(spec.submodule_search_locations)))


def package_file(package: str, name: str, extra: str = "") -> Path:
    """A file that ships inside a package; `name` is relative to its folder. Raises MachineError."""
    path = package_folder(package, extra) / name
    if not path.is_file():
        raise MachineError(
            f"package {package} is installed without its file {name}; install it again; {_remedy(extra)}"
        )
    return path


@functools.cache
def distribution_version(distribution: str, extra: str = "") -> str:
    """Version of an installed distribution. Raises MachineError."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError as error:
        raise MachineError(f"package {distribution} is not installed; {_remedy(extra)}") from error


def _remedy(extra: str) -> str:
    # Not by corpusflow's name: what the registries have under it may be another project.
    if extra:
        return f'it comes with the extra [{extra}]: pip install ".[{extra}]" where corpusflow was installed from'
    return "it comes with corpusflow: pip install . where corpusflow was installed from"
