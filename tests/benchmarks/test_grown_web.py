from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from benchmarks import grown_web
from benchmarks.grown_web import grown, picture, real_pages, write_part
from benchmarks.process_tree import cost_of
from corpusflow.extract.html import extract_document
from corpusflow.images.content_keys import content_keys
from corpusflow.images.decode import Limits, store_form

NOWHERE = Path("/nowhere")  # no data: then the pages are the demo's


def texts(copy: int, place: int = 0) -> tuple[str, list[str]]:
    page = real_pages(NOWHERE)[place]
    url, html, _ = grown(page, copy, grown_web._changes(NOWHERE, copy)[page.language])
    return url, [segment.text for segment in extract_document(html.encode(), url).texts]


def test_copies_of_a_page_say_other_things_in_as_many_words_at_other_addresses() -> None:
    (one_url, one), (other_url, other) = texts(1), texts(2)
    assert one_url != other_url
    assert [len(text) for text in one] == [len(text) for text in other]
    words = [
        (first, second)
        for a, b in zip(one, other, strict=True)
        for first, second in zip(a.split(), b.split(), strict=True)
    ]
    assert sum(first != second for first, second in words) > len(words) / 3


def test_a_copy_is_the_same_every_time() -> None:
    first = texts(3)
    grown_web._changes.cache_clear()
    assert texts(3) == first


def test_pictures_of_a_copy_stand_at_the_addresses_that_its_page_asks_for() -> None:
    page = next(page for page in real_pages(NOWHERE) if page.pictures)
    url, html, pictures = grown(page, 5, grown_web._changes(NOWHERE, 5)[page.language])
    asked = {image.url for image in extract_document(html.encode(), url).images}
    assert set(pictures) <= asked


def test_no_two_pictures_look_alike() -> None:
    limits = Limits()
    kept = [store_form(picture(f"https://a.test/{number}.jpg"), "", limits)[1] for number in range(50)]
    for kind in content_keys(kept[0]):
        assert len({content_keys(one)[kind] for one in kept}) == len(kept)


def test_an_archive_is_the_same_on_every_run(tmp_path: Path) -> None:
    write_part(NOWHERE, 1, 5, tmp_path / "a.warc.gz")
    write_part(NOWHERE, 1, 5, tmp_path / "b.warc.gz")
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.glob("*.warc.gz")}
    assert len(digests) == 1
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_command_s_cost_is_that_of_all_its_processes(tmp_path: Path) -> None:
    child = "import time; held = b'x' * 100_000_000; time.sleep(1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    cost = cost_of([sys.executable, "-c", parent], tmp_path / "log")
    assert cost.first.peak_mb < 90
    assert max(process.peak_mb for process in cost.others) > 100
    assert cost.seconds > 1
    with pytest.raises(SystemExit, match="exit code 3"):
        cost_of([sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log")
