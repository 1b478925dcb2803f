from __future__ import annotations

import threading
from pathlib import Path

import pytest

from corpusflow.errors import StartError
from corpusflow.store import reach
from corpusflow.store.paths import LocalStore
from corpusflow.store.reach import answering_store, check_answers


@pytest.mark.parametrize(("address", "way_out"), [("gs://b/x", "gcloud auth"), ("s3://b/x", "AWS_ACCESS_KEY_ID")])
def test_a_store_that_is_silent_is_not_waited_for(address: str, way_out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()
    monkeypatch.setattr(reach, "REACH_S", 0.01)
    monkeypatch.setattr(reach, "kind_of_path", lambda path: never.wait())
    with pytest.raises(StartError, match=rf"^{address}: no answer from the store .*network .*credentials \({way_out}"):
        answering_store(address)
    never.set()


def test_what_a_store_says_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: str) -> str:
        raise OSError(f"{path}: Unable to locate credentials")

    monkeypatch.setattr(reach, "kind_of_path", refused)
    with pytest.raises(StartError, match=r"^s3://b/x: Unable to locate credentials; check the network and the cred"):
        answering_store("s3://b/x")


def test_that_nothing_is_there_is_an_answer(bucket: str) -> None:
    assert answering_store(f"{bucket}/new").root == f"{bucket}/new"
    check_answers([f"{bucket}/new", f"{bucket.replace('bucket', 'no-bucket')}/in"])


def test_only_object_stores_are_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "kind_of_path", None)
    assert isinstance(answering_store(str(tmp_path)), LocalStore)
    check_answers([str(tmp_path), "https://data.example/"])
