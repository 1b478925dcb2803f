"""All web archives and sites of the data, as sources of a recipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def sources(data: Path) -> list[dict[str, Any]]:
    listed = json.loads((data / "sites" / "sites.json").read_text(encoding="utf-8"))
    sites = [
        {
            "kind": "html",
            "name": site["site"],
            "path": str(data / "sites" / site["dir"]),
            "base_url": f"{site['host']}/",
        }
        for site in listed
    ]
    return [{"kind": "warc", "path": str(data / "warc" / "files")}, *sites]
