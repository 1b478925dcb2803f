"""Documents on both sides of limits that several presets have, each with its own number."""

from __future__ import annotations

from dataclasses import replace

from corpusflow.document import Document, ImageSegment
from tests.jobs.presets.made_words import distinct, paragraphs
from tests.jobs.presets.presets import ARTICLE, Sides, clean_article, page, photo

KEPT = (photo(0), photo(1))  # so that a document has its images, whatever happens to the one at hand

Cases = dict[str, Sides]


def with_photo(picture: ImageSegment, **measured: float) -> Document:
    """The article with two pictures and this one, of which other figures may be measured."""
    return page(*ARTICLE, picture, *KEPT, measured=[measured])


def languages(probability: float, below: float) -> Cases:
    return {
        "language.wanted": Sides(clean_article(), clean_article(label="de"), ("language_not_wanted",)),
        "language.min_probability": Sides(
            clean_article(probability=probability), clean_article(probability=below), ("language_uncertain",)
        ),
    }


def image_sides(least: int, most: int | None = None) -> Cases:
    """least, most: pixels of a side."""
    cases = {
        "image_size.min_side": Sides(
            with_photo(photo(9, least, least)), with_photo(photo(9, least - 1, least)), ("image_too_small",)
        ),
        "image_size.min_side, height": Sides(
            with_photo(photo(9, least, least)), with_photo(photo(9, least, least - 1)), ("image_too_small",)
        ),
    }
    if most is not None:
        cases["image_size.max_side"] = Sides(
            with_photo(photo(9, most, most)), with_photo(photo(9, most, most + 1)), ("image_too_large",)
        )
    return cases


def image_aspect(most: int) -> Cases:
    """most: long side over short side, whichever is which."""
    return {
        "image_size.max_aspect": Sides(
            with_photo(photo(9, 400 * most, 400)), with_photo(photo(9, 400 * most + 1, 400)), ("image_too_elongated",)
        ),
        "image_size.max_aspect, upright": Sides(
            with_photo(photo(9, 400, 400 * most)), with_photo(photo(9, 400, 400 * most + 1)), ("image_too_elongated",)
        ),
    }


def safety(most: float, above: float, reason: str) -> Cases:
    """reason: `image_unsafe` where the image goes, `document_has_unsafe_image` where all does."""
    return {
        "image_safety.max_nsfw": Sides(with_photo(photo(9), nsfw=most), with_photo(photo(9), nsfw=above), (reason,))
    }


def uses(measure: str, reason: str) -> Cases:
    """Of a picture that ten documents show, and one more."""
    at, over = (with_photo(photo(9), **{measure: number}) for number in (10, 11))
    return {f"image_uses.max_{measure}": Sides(at, over, (reason,))}


def number_of_images(least: int, most: int | None = None) -> Cases:
    """With a hundred words for each."""

    def gallery(count: int) -> Document:
        return page(*paragraphs(distinct(100 + 50 * count)), *map(photo, range(count)))

    cases = {"document_shape.min_images": Sides(gallery(least), gallery(least - 1), ("too_few_images",))}
    if most is not None:
        cases["document_shape.max_images"] = Sides(gallery(most), gallery(most + 1), ("too_many_images",))
    return cases


def url_words(words: str, also: str = "") -> Cases:
    """Words that drop an image, wherever in its URL they stand. also: a URL that they drop by mistake."""
    urls = [f"https://pictures.example/a{word}s/1.jpg" for word in words.split()]
    kept = with_photo(photo(9, url="https://pictures.example/harvest.jpg"))
    return {
        f"url_words.image_words, {url}": Sides(kept, with_photo(photo(9, url=url)), ("image_url_has_word",))
        for url in [*urls, *also.split()]
    }


def declared(picture: ImageSegment, width: int, height: int) -> Document:
    return with_photo(replace(picture, declared_width=width, declared_height=height))
