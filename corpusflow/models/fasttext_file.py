"""fastText models from files."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

from corpusflow.errors import ModelError
from corpusflow.models.file_digest import model_digest
from corpusflow.models.model_file import model_file


def fasttext_file(path: str) -> Path:
    """Raises ModelError where there is none."""
    return model_file(path, "fastText model")


def fasttext_name(measure: str, path: str) -> str:
    """The name of a scorer: its model's digest is part of it. Raises ModelError when the file is missing."""
    file = fasttext_file(path)
    return re.sub(r"[^\w./-]", "_", f"{measure}/fasttext-{file.stem}-sha256.{model_digest(file)}")


def fasttext_model(path: str) -> Any:
    """The model, loaded once per process. Raises ModelError."""
    return _model(fasttext_file(path))


@functools.lru_cache(maxsize=8)
def _model(path: Path) -> Any:
    import fasttext

    try:
        return fasttext.load_model(str(path))
    except ValueError as error:
        raise ModelError(f"{path} is no fastText model: {error}") from error
