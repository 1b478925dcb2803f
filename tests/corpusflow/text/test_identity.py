from __future__ import annotations

from corpusflow.text.identity import images_key, paragraph_key, plain

PAGE = "https://www.site.example/a"


def test_a_paragraph_is_the_same_on_one_host_and_another_on_another() -> None:
    key = paragraph_key(PAGE, "All rights reserved")
    assert len(key) == 24
    assert paragraph_key("http://site.example?page=2", "all  rights\nreserved ") == key
    assert paragraph_key("https://other.example/a", "All rights reserved") != key
    assert paragraph_key(PAGE, "All rights") != key


def test_a_set_of_images_has_one_key_in_whatever_order_and_however_often_shown() -> None:
    one, two = "https://i.example/1.jpg", "https://i.example/2.jpg"
    assert images_key([one, two]) == images_key(iter([two, "http://www.i.example/1.jpg", two]))
    assert images_key([one]) != images_key([one, two])
    assert images_key([]) == ""


def test_white_space_and_case_are_apart_in_every_script() -> None:
    assert plain(" ПРИВЕТ\u00a0Straße\n") == plain("привет strasse")
    assert plain(" \n") == ""
