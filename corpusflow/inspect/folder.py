"""Documents as folders of files, to look at with any viewer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from corpusflow.inspect.markdown import to_markdown
from corpusflow.inspect.view import SampleView


def write_folders(views: Iterable[SampleView], folder: Path) -> None:
    """Writes FOLDER/KEY/document.md, the pictures beside it, and for a kept sample its sample.json."""
    for view in views:
        place = folder / view.key
        place.mkdir(parents=True, exist_ok=True)
        (place / "document.md").write_text(to_markdown(view, lambda member: member), encoding="utf-8")
        for member, data in view.pictures.items():
            # A shard from elsewhere may hold any name; only its last part is taken.
            (place / Path(member).name).write_bytes(data)
        if view.sample:
            text = json.dumps(view.sample, indent=1, ensure_ascii=False)
            (place / "sample.json").write_text(text + "\n", encoding="utf-8")
