"""A finished run for tests of the export, written as plainly as its form allows."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from corpusflow.store.paths import LocalStore
from corpusflow.store.sample import END, member

RECIPE = """\
name: marsh
embed: {{similarity: {scorer}}}
output: {{shard_bytes: 1000000, split: train}}
"""
Sample = dict[str, Any]


def jpeg(number: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (20 + number, 10), (number * 40 % 256, 90, 90)).save(buffer, "JPEG")
    return buffer.getvalue()


def sample(
    key: str,
    *parts: str | int,
    assigned: Sequence[int | None] | None = None,
    matrix: Sequence[Sequence[float]] = (),
    units: Sequence[Sequence[int]] | None = None,
    lang: str = "en",
) -> Sample:
    """A sample's json: strings are texts, numbers are images (and tell them apart). assigned: rows of the matrix by
    image. units: default: each text whole, where there is a matrix."""
    texts = [part for part in parts if isinstance(part, str)]
    if units is None:
        units = [[number, number, 0, len(text)] for number, text in enumerate(texts)] if matrix else []
    infos: list[dict[str, Any]] = []
    for position, part in enumerate(parts):
        if not isinstance(part, str):
            infos.append(image_info(key, len(infos), position, part))
    for info, row in zip(infos, assigned or [None] * len(infos), strict=True):
        text = None if row is None else units[row][0]
        info |= {"matched_unit": row, "matched_text_index": text, "matched_sim": None if row is None else 0.3}
        info |= {"assigned_unit": row, "assigned_text_index": text, "assigned_sim": None if row is None else 0.3}
    members = iter(infos)
    return {
        "sample_id": key,
        "url": f"https://marsh.example/{key}",
        "texts": [part if isinstance(part, str) else None for part in parts],
        "images": [None if isinstance(part, str) else next(members)["member"] for part in parts],
        "text_info": [
            {"pos": position, "index": position, "role": "paragraph", "level": 0, "number": None, "lang": "",
             "lang_score": None, "image_rank": None}
            for position, part in enumerate(parts)
            if isinstance(part, str)
        ],
        "image_info": infos,
        "similarity": [list(row) for row in matrix],
        "units": [list(unit) for unit in units],
        "metadata": {"title": "Marsh", "lang": lang, "lang_score": 1.0, "declared_lang": "", "canonical_url": "",
                     "published": "", "licenses": [], "robots": [], "tdm_reservation": "", "tdm_policy": "",
                     "source": "marsh.warc.gz", "position": 0, "fetched_at": "", "scores": [], "scorers": []},
    }  # fmt: skip


def image_info(key: str, number: int, position: int, picture: int) -> dict[str, Any]:
    data = jpeg(picture)
    known = ("phash", "dhash", "source_sha256", "source_md5", "source_sha1")
    nothing = ("sha256_uses", "phash_uses", "dhash_uses", "pdq", "pdq_quality", "nsfw", "text_rank", "copy_similarity")
    return {
        "pos": position,
        "index": position,
        "member": f"{key}.{number}.jpg",
        "url": f"https://marsh.example/{picture}.jpg",
        "width": 20 + picture,
        "height": 10,
        "source_width": 20 + picture,
        "source_height": 10,
        "alt": "",
        "caption": "",
        "sha256": hashlib.sha256(data).hexdigest(),
        "single_colour": True,
        "faces": [],
        **dict.fromkeys(known, "0"),
        **dict.fromkeys(nothing),
    }


def finished_run(folder: Path, *samples: Sample, scorer: str = "{name: conse}") -> LocalStore:
    """Of these samples, all in one shard."""
    store = LocalStore(str(folder))
    files: list[tuple[str, bytes]] = []
    for about in samples:
        files.append((f"{about['sample_id']}.json", json.dumps(about, ensure_ascii=False).encode()))
        numbers = [int(info["url"].rpartition("/")[2].removesuffix(".jpg")) for info in about["image_info"]]
        files += [(info["member"], jpeg(number)) for info, number in zip(about["image_info"], numbers, strict=True)]
    tar = b"".join(member(name, data) for name, data in files) + END
    store.write("shards/train-000000.tar", tar)
    store.write("run.json", b"{}")
    store.write("recipe.yaml", RECIPE.format(scorer=scorer).encode())
    shards = [{"name": "shards/train-000000.tar", "sha256": hashlib.sha256(tar).hexdigest()}]
    store.write("manifest.json", json.dumps({"corpus": "marsh", "samples": len(samples), "shards": shards}).encode())
    return store


def members(store: LocalStore) -> list[tuple[str, bytes]]:
    """Name and content of all files in the tars of an export, in order."""
    found = []
    for name in store.names("shards"):
        if name.endswith(".tar"):
            with tarfile.open(store.path(name)) as tar:
                found += [(info.name, tar.extractfile(info).read()) for info in tar]  # type: ignore[union-attr]
    return found


def jsons(store: LocalStore) -> list[Sample]:
    return [json.loads(data) for name, data in members(store) if name.endswith(".json")]


def order(about: Sample) -> list[str | int]:
    """The parts of a sample as `sample` takes them."""
    pictures = {info["pos"]: int(info["url"].rpartition("/")[2].removesuffix(".jpg")) for info in about["image_info"]}
    return [pictures[place] if text is None else text for place, text in enumerate(about["texts"])]
