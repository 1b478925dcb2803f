from __future__ import annotations

import pytest

from corpusflow.extract.frame_names import (
    COMMENTS,
    FRAME,
    GALLERY,
    INTRO,
    MINOR,
    PART,
    is_anchor_name,
    is_caption_name,
    is_hidden_name,
    is_no_lead_name,
    is_opening_name,
    kind_named,
)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ("navbar", FRAME),
        ("site-footer", FRAME),
        ("relatedPosts", FRAME),
        ("x sub_menu", FRAME),
        ("breadcrumbs", FRAME),
        ("ad", FRAME),
        ("promo-box", FRAME),
        ("widget widget_text", FRAME),
        ("comment-list", COMMENTS),
        ("photoGallery", GALLERY),
        ("entry-meta", MINOR),
        ("teaser-text", INTRO),
        ("", PART),
        ("content", PART),
        ("navy", PART),
        ("shadow", PART),
        ("header-image", PART),
        ("no-sidebar", PART),
        ("advice", PART),
        ("commentary", PART),
        ("builder-widget-container", PART),
        ("social-media-embed", PART),
    ],
)
def test_names_tell_the_kind_of_a_part(names: str, kind: int) -> None:
    assert kind_named(names) == kind


def test_a_heading_turned_into_an_id_names_no_frame() -> None:
    assert kind_named("sharing-with-a-developer") == FRAME
    assert kind_named("sharing-with-a-single-developer") == PART


@pytest.mark.parametrize("names", ["wp-caption-text", "thumbcaption", "imageCaption", "photo-credit", "legend"])
def test_names_of_captions(names: str) -> None:
    assert is_caption_name(names)


@pytest.mark.parametrize("names", ["captioned", "accreditation", "legendary"])
def test_names_that_only_hold_such_a_word(names: str) -> None:
    assert not is_caption_name(names)


def test_what_is_hidden_says_so() -> None:
    assert is_hidden_name("u-hidden")
    assert not is_hidden_name("hiddengem")


def test_the_mark_beside_a_heading_is_named_so() -> None:
    assert is_anchor_name("headerlink")
    assert not is_anchor_name("headliner")


def test_pictures_and_bylines_do_not_lead_into_the_text() -> None:
    assert is_no_lead_name("article-byline")
    assert not is_no_lead_name("article-intro")


@pytest.mark.parametrize("names", ["featured-image", "article-media-main", "heroPicture", "post-thumbnail-lead"])
def test_names_of_the_picture_that_opens_an_article(names: str) -> None:
    assert is_opening_name(names)


@pytest.mark.parametrize("names", ["image-box", "main-content", "topic-image", "media"])
def test_names_that_do_not_say_so(names: str) -> None:
    assert not is_opening_name(names)
