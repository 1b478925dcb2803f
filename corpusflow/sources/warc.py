"""WARC and ARC files as a source: which files there are."""

from __future__ import annotations

from corpusflow.sources.file_listing import files_version, list_files, source_name
from corpusflow.sources.page import Part

SUFFIXES = (".warc", ".warc.gz", ".warc.lz4", ".warc.zst", ".arc", ".arc.gz")


def plan_warc(path: str, name: str) -> list[Part]:
    """One part per archive, sorted. path: a file, a directory (searched recursively) or a glob (`**` allowed); a
    file or what a glob matches is taken whatever its name. name: goes before the files' names, if not empty.

    Raises StartError when nothing is found.
    """
    found = list_files(path, SUFFIXES)
    return [
        Part("warc", source_name(file.path, found.root, name), (file.path,), files_version([file]))
        for file in found.files
    ]
