from __future__ import annotations

from pathlib import Path

import pytest

from corpusflow.errors import RunError
from corpusflow.sources.html_files import file_url, list_html, plan_html
from corpusflow.sources.record_reader import read_record


def site(folder: Path, *names: str) -> str:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return str(folder)


def listed(folder: str, part_files: int = 100, base_url: str = "https://e.org/docs") -> list[list[tuple[str, str]]]:
    parts = plan_html(folder, "site", base_url, part_files)
    return [[(record.kind, record.url) for record in list_html(part)] for part in parts]


def test_pages_come_in_sorted_slices_and_images_with_the_first(tmp_path: Path) -> None:
    folder = site(tmp_path, "c.xhtml", "a.html", "b/x.HTM", "b/1.png", "z.jpeg", "style.css")
    assert listed(folder, part_files=2) == [
        [
            ("page", "https://e.org/docs/a.html"),
            ("page", "https://e.org/docs/b/x.HTM"),
            ("resource", "https://e.org/docs/b/1.png"),
            ("resource", "https://e.org/docs/z.jpeg"),
        ],
        [("page", "https://e.org/docs/c.xhtml")],
    ]


@pytest.mark.parametrize(("part_files", "slices"), [(2, 2), (3, 1), (4, 1)])
def test_a_slice_holds_no_more_pages_than_asked_for(tmp_path: Path, part_files: int, slices: int) -> None:
    assert len(listed(site(tmp_path, "1.html", "2.html", "3.html"), part_files)) == slices


def test_a_record_says_where_its_bytes_are(tmp_path: Path) -> None:
    (part,) = plan_html(site(tmp_path, "a/b.html", "c.svg"), "site", "https://e.org/", 10)
    page, image = list_html(part)
    assert (page.source, page.position, page.offset, page.mime) == ("site/a/b.html", 0, -1, "text/html")
    assert (image.source, image.mime) == ("site/c.svg", "image/svg+xml")
    assert read_record(page, 100).body == b"a/b.html"


def test_one_file_is_a_source(tmp_path: Path) -> None:
    site(tmp_path, "a.html", "b.html")
    assert listed(str(tmp_path / "a.html")) == [[("page", "https://e.org/docs/a.html")]]


def test_parts_have_names_and_versions_of_their_own(tmp_path: Path) -> None:
    folder = site(tmp_path, "1.html", "2.html", "3.html")
    parts = plan_html(folder, "site", "https://e.org/", 1)
    assert [part.source for part in parts] == ["site/1.html", "site/2.html", "site/3.html"]
    (tmp_path / "2.html").write_bytes(b"changed")
    changed = plan_html(folder, "site", "https://e.org/", 1)
    assert [old.version == new.version for old, new in zip(parts, changed, strict=True)] == [True, False, True]


@pytest.mark.parametrize("names", [[], ["a.png"], ["a.txt"]])
def test_a_folder_without_pages_is_refused(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(RunError, match=r"looked for \*\.html"):
        plan_html(site(tmp_path, *names), "site", "https://e.org/", 10)


@pytest.mark.parametrize(
    ("path", "base_url", "url"),
    [
        ("/r/a.html", "https://e.org", "https://e.org/a.html"),
        ("/r/a.html", "https://e.org/x", "https://e.org/x/a.html"),
        ("/r/a.html", "https://e.org/x/", "https://e.org/x/a.html"),
        ("/r/b c/ü?#%.html", "https://e.org/", "https://e.org/b%20c/%C3%BC%3F%23%25.html"),
        ("/r/a:b.html", "https://e.org/", "https://e.org/a:b.html"),
        ("/r/\udcff.html", "https://e.org/", "https://e.org/%FF.html"),
        ("/r/a.html", "", "file:///a.html"),
    ],
)
def test_a_url_is_the_base_and_the_quoted_path(path: str, base_url: str, url: str) -> None:
    assert file_url(path, "/r", base_url) == url
