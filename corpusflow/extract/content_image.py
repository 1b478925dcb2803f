"""Which images in the main content are no content: logos, avatars, icons, spacers, adverts, tracking pixels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import inf
from typing import NamedTuple

from corpusflow.decision import Measured
from corpusflow.document import ImageSegment
from corpusflow.extract.frame_names import plain_names

# Declared sizes in pixels. Small pictures of an article (flags in a table, formulas) must stay, so only what cannot
# show anything is judged by its size alone.
MAX_PIXEL = 1  # of the longer side; such a picture is asked for only to be counted
MAX_LINE = 3  # of the shorter side
MAX_ICON = 16  # of the longer side; the size of a favicon
MAX_BUTTON = 64  # of the longer side, where the word also names what a picture may show: a button, a badge
MAX_LOGO = 149  # of the shorter side: larger ones are shown for their own sake. OBELICS keeps images from 150 on
MAX_NAMES = 300  # characters of a class or id that are read
# Formats of the Interactive Advertising Bureau that no picture of an article has.
ADVERT_SIZES = frozenset(((468, 60), (728, 90), (970, 90), (234, 60), (320, 50), (120, 600), (160, 600), (88, 31)))

# Each group is named as the reason ends. The words stand whole, between what is no letter: `catalogo` has no logo.
_WORDS = (
    r"(?P<logo>logos?|logotypes?|wordmark)|(?P<icon>(?:fav)?icons?|emojis?|emoticons?|smileys?|smilies|sprites?)|"
    r"(?P<spacer>spacer|shim)|(?P<banner>adsense|ad-?(?:banner|unit|slot|server)|banner-?ad)"
)
_ADVERTS = "ads|adverts?|advertisements?|advertising"
# `has-avatar` is said of what stands beside one.
_IN_NAMES = re.compile(
    rf"(?<![a-z])(?<!no-)(?<!has-)(?<!with-)(?:{_WORDS}|(?P<advert>{_ADVERTS})|(?P<avatar>(?:gr)?avatars?|user-?pics?)|"
    r"(?P<author>(?:author|profile|byline)-?(?:image|img|photo|pic|picture|thumb)))(?![a-z])"
)
# What a whole folder or file must be called, since articles show adverts, and telephones called Pixel.
_IN_PATH = re.compile(
    rf"[/.-](?:{_WORDS}|(?P<gravatar>gravatars?))(?![a-z])|[/-](?P<avatar>avatars?|user-?pics?)[\dx]*/|"
    rf"/(?:(?P<advert>{_ADVERTS})/|"
    r"(?:(?P<blank>1x1|blank|clear|dot|px|trans|transparent)|(?P<pixel>pixel|beacon|counter|matomo|piwik|track(?:er|ing)?))"
    r"(?:\.(?:gif|png|php))?$)"
)
# Finds whatever _IN_PATH may find, in a fifth of its time.
_SUSPECT = re.compile(
    r"logo|wordmark|avatar|user-?pic|icon|emoji|emoticon|smil|sprite|spacer|shim|ad-?(?:sense|banner|unit|slot|server)|"
    r"banner-?ad|/(?:ads|advert|1x1|blank|clear|dot|px|trans|pixel|beacon|counter|matomo|piwik|track)"
)
# Behind a word that ends the name of a folder or file, but for a number or size.
_END = re.compile(r"[\dx]*/|[-@\dx]*(?:\.[a-z0-9]+)?$")
_AD_HOSTS = ("https://ads.", "https://ad.", "https://adserver.", "http://ads.", "http://ad.", "http://adserver.")
# Names of things that a picture may show as well: they count for small ones only.
_BUTTON = re.compile(r"(?<![a-z])(?:buttons?|btn|badges?|shar(?:e|ing)|social|bullet|arrow|rss)(?![a-z])")
_LAZY = frozenset(("data-src", "data-srcset", "data-original", "data-lazy-src"))
_REASONS = {"author": "avatar", "gravatar": "avatar", "banner": "advert", "blank": "spacer", "pixel": "tracking"}
# What an alternative text says, where it says nothing else.
_ALTS = {
    "advertisement": "advert",
    "avatar": "avatar",
    "icon": "icon",
    "logo": "logo",
    "profile picture": "avatar",
    "spacer": "spacer",
}
# Of these a large one is shown for its own sake.
_SHOWN_LARGE = frozenset(("avatar", "icon", "logo", "spacer"))


class Fault(NamedTuple):
    """reason: `image_is_logo`, ... measured, limit: as in Decision. Where a word says it, the word and None."""

    reason: str
    measured: Measured
    limit: Measured


def fault_of(image: ImageSegment, attributes: Mapping[str, str]) -> Fault | None:
    """Why an image in the main content is no content, None for what may be some. attributes: those of its <img>."""
    names = _names(attributes.get("class", "")[:MAX_NAMES], attributes.get("id", "")[:MAX_NAMES])
    width, height = image.declared_width, image.declared_height
    large = False
    if image.caption:
        return None  # shown for its own sake
    if not _LAZY.isdisjoint(attributes):
        width = height = None  # they are those of what is shown until the picture is loaded
    if 0 in (width, height):
        return Fault("image_is_tracking", 0, MAX_PIXEL)
    if width is not None and height is not None:
        if fault := _fault_of_size(width, height):
            return fault
        large = min(width, height) > MAX_LOGO
        if max(width, height) <= MAX_BUTTON and (found := _BUTTON.search(f"{names} {image.url.lower()}")):
            return Fault("image_is_button", found[0], None)
    kind, word = _kind_of_names(names) if names else ("", "")
    if not kind:
        kind, word = _kind_of_url(image)
    if not kind and image.alt:
        word = image.alt.lower()
        kind = _ALTS.get(word, "")
    if not kind or (kind in _SHOWN_LARGE and large):
        return None
    return Fault(f"image_is_{kind}", word, None)


def _fault_of_size(width: int, height: int) -> Fault | None:
    if max(width, height) <= MAX_PIXEL:
        return Fault("image_is_tracking", max(width, height), MAX_PIXEL)
    if min(width, height) <= MAX_LINE:
        return Fault("image_is_spacer", min(width, height), MAX_LINE)
    if max(width, height) <= MAX_ICON:
        return Fault("image_is_icon", max(width, height), MAX_ICON)
    if (width, height) in ADVERT_SIZES:
        return Fault("image_is_advert", f"{width} x {height}", None)
    return None


Kind = tuple[str, str]  # (kind, the word that says it), both empty where none does


@lru_cache(maxsize=4096)
def _names(class_: str, id_: str) -> str:
    return plain_names(f"{class_} {id_}").strip()


@lru_cache(maxsize=4096)
def _kind_of_names(names: str) -> Kind:
    found = _IN_NAMES.search(names)
    return _kind(found) if found else ("", "")


def _kind_of_url(image: ImageSegment) -> Kind:
    path, _, query = image.url.partition("?")
    path = path[path.find("/", len("https://")) :].lower().replace("_", "-").replace("%20", "-")
    if _SUSPECT.search(path):
        small = 0 < min(image.declared_width or inf, image.declared_height or inf) <= MAX_LOGO
        for found in _IN_PATH.finditer(path):
            kind, word = _kind(found)
            # A large logo is called so at the start or end; in the middle stands what an article is about.
            starts_file = path[found.start()] == "/" and path.find("/", found.end()) < 0
            if small or starts_file or kind not in _SHOWN_LARGE or _END.match(path, found.end()):
                return kind, word
    if image.url.startswith(_AD_HOSTS):
        return "advert", image.url.partition("//")[2].partition(".")[0]
    return ("tracking", "noscript=1") if "noscript=1" in query else ("", "")


def _kind(found: re.Match[str]) -> Kind:
    group = found.lastgroup or ""
    return _REASONS.get(group, group), found[group]
