from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusflow.document import ImageSegment
from corpusflow.extract.content_image import MAX_BUTTON, MAX_ICON, MAX_LINE, MAX_LOGO, MAX_PIXEL, Fault, fault_of


def image(path: str = "uploads/2024/photo.jpg", width: int | None = None, height: int | None = None,
          alt: str = "", caption: str = "") -> ImageSegment:  # fmt: skip
    url = path if path.startswith("http") else f"https://site.example/{path}"
    return ImageSegment(0, url, alt, caption, width, height)


def reason(shown: ImageSegment, class_: str = "", id_: str = "") -> str | None:
    fault = fault_of(shown, {"class": class_, "id": id_})
    return None if fault is None else fault.reason


def test_an_ordinary_image_is_content() -> None:
    assert fault_of(image(), {}) is None
    assert fault_of(image(width=640, height=480), {"class": "wp-image-1 size-large", "id": "lead"}) is None


def test_a_pixel_is_there_to_be_counted() -> None:
    assert fault_of(image(width=1, height=0), {}) == Fault("image_is_tracking", 0, MAX_PIXEL)
    assert fault_of(image(width=1, height=1), {}) == Fault("image_is_tracking", 1, MAX_PIXEL)
    assert fault_of(image(width=0), {}) == Fault("image_is_tracking", 0, MAX_PIXEL)
    assert fault_of(image(width=1, height=2), {}) == Fault("image_is_spacer", 1, MAX_LINE)


def test_a_line_is_a_spacer() -> None:
    assert fault_of(image(width=600, height=MAX_LINE), {}) == Fault("image_is_spacer", MAX_LINE, MAX_LINE)
    assert fault_of(image(width=600, height=MAX_LINE + 1), {}) is None


def test_an_image_of_the_size_of_an_icon_is_one() -> None:
    assert fault_of(image(width=MAX_ICON, height=12), {}) == Fault("image_is_icon", MAX_ICON, MAX_ICON)
    assert fault_of(image(width=MAX_ICON + 1, height=12), {}) is None
    assert fault_of(image(width=MAX_ICON), {}) is None


def test_a_banner_has_the_size_of_an_advert() -> None:
    assert fault_of(image(width=728, height=90), {}) == Fault("image_is_advert", "728 x 90", None)
    assert fault_of(image(width=728, height=91), {}) is None


@pytest.mark.parametrize(
    ("class_", "found"),
    [
        ("custom-logo", "logo"),
        ("siteLogo", "logo"),
        ("header_logo lazy", "logo"),
        ("avatar avatar-48 photo", "avatar"),
        ("wp-smiley", "icon"),
        ("author-photo", "avatar"),
        ("adverts", "advert"),
        ("catalogo", None),
        ("logotherapy", None),
        ("has-avatar", None),
        ("card no-icon", None),
        ("badge", None),
        ("loads", None),
    ],
)
def test_a_class_or_id_tells_what_an_image_is_by_whole_words(class_: str, found: str | None) -> None:
    wanted = found and f"image_is_{found}"
    assert reason(image(), class_) == wanted
    assert reason(image(), id_=class_) == wanted


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("img/logo.png", "logo"),
        ("img/site_logo@2x.png", "logo"),
        ("img/site%20logo-300x80.png", "logo"),
        ("logos/partner.png", "logo"),
        ("img/logo-partner.jpg", "logo"),
        ("img/new-logo-of-the-town.jpg", None),
        ("img/catalogo.jpg", None),
        ("logo-design-tips/photo.jpg", None),
        ("images/smilies/wink.gif", "icon"),
        ("theme/icons/print.svg", "icon"),
        ("https://icons.example/photo.jpg", None),
        ("https://secure.site.example/avatar/0af3?s=96", "avatar"),
        ("uploads/gravatar/a.jpg", "avatar"),
        ("img/avatar-film-still.jpg", None),
        ("img/spacer.gif", "spacer"),
        ("img/1x1.png", "spacer"),
        ("img/blank.gif?v=2", "spacer"),
        ("img/blank-canvas.jpg", None),
        ("pixel?id=1", "tracking"),
        ("stats/piwik.php?idsite=1", "tracking"),
        ("tr?id=1&noscript=1", "tracking"),
        ("img/google-pixel-6.jpg", None),
        ("tracking/photo.jpg", None),
        ("ads/12.jpg", "advert"),
        ("https://ads.site.example/12.jpg", "advert"),
        ("www/adserver/avw.php?zone=1", "advert"),
        ("img/old-adverts.jpg", None),
        ("thumb/a/ad/Queen.jpg", None),
        ("uploads/roads.jpg", None),
    ],
)
def test_a_url_tells_what_an_image_is_by_its_kind(path: str, found: str | None) -> None:
    assert reason(image(path)) == (found and f"image_is_{found}")


def test_what_is_shown_large_or_with_a_caption_is_content_though_it_is_a_logo() -> None:
    assert reason(image("logo.png", 400, MAX_LOGO)) == "image_is_logo"
    assert reason(image("logo.png", 400, MAX_LOGO + 1)) is None
    assert reason(image("logo.png", caption="The new logo")) is None
    assert reason(image("avatars/1.png", 80, 80)) == "image_is_avatar"
    assert reason(image("avatars/1.png", 80, 80, caption="Jo")) is None
    assert reason(image("ads/1.png", 400, 400)) == "image_is_advert"
    assert reason(image("ads/1.png", 728, 90, caption="A poster of 1910")) is None


def test_the_size_of_a_lazy_image_is_that_of_what_stands_in_for_it() -> None:
    assert fault_of(image(width=1, height=1), {"data-src": "photo.jpg"}) is None
    assert fault_of(image(width=1, height=1), {"src": "photo.jpg"}) is not None


def test_in_the_name_of_a_small_image_a_logo_may_stand_anywhere() -> None:
    assert reason(image("bank-logo-p-800.png", width=MAX_LOGO)) == "image_is_logo"
    assert reason(image("bank-logo-p-800.png", width=MAX_LOGO + 1)) is None


def test_a_button_is_small() -> None:
    assert reason(image("share/mail.png", MAX_BUTTON, 20)) == "image_is_button"
    assert reason(image("share/mail.png", MAX_BUTTON + 1, 20)) is None
    assert reason(image("share/mail.png", 20)) is None
    assert reason(image(width=30, height=30), "social") == "image_is_button"


def test_an_alternative_text_counts_where_it_says_nothing_else() -> None:
    assert reason(image(alt="Logo")) == "image_is_logo"
    assert reason(image(alt="A simple dove logo")) is None


@settings(deadline=None)
@given(st.text(alphabet="abdglo/.-_0x%", max_size=80), st.text(max_size=40))
def test_any_url_and_class_is_judged(path: str, class_: str) -> None:
    fault_of(image(path), {"class": class_})
