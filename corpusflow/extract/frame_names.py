"""What class names and ids say of a part of a page: menu, comments, gallery, caption, ..."""

from __future__ import annotations

import re
from functools import lru_cache

# What the names of a block make of it. What is GALLERY or more holds no running text of the main content.
PART = 0  # nothing is known: a part like others
INTRO = 1  # what leads into the text, or teases another page
MINOR = 2  # dates, authors, tags: frame where it is small
GALLERY = 3  # pictures to leaf through
COMMENTS = 4
ASIDE = 5  # an <aside>
FRAME = 6
CARD = 7  # one of a row of teasers; told by its build, not by its name

MAX_WORDS = 4  # of a name; longer ones are headings turned into ids, and say what the text is about

# "has-sidebar" and the like are said of what stands beside the frame.
_BEGIN = r"(?<!has-)(?<!no-)(?<!with-)(?<!without-)(?<!hide-)(?<![a-z0-9])"
_END = r"(?![a-z0-9])"


def _names(words: str, begin: str = _BEGIN) -> re.Pattern[str]:
    return re.compile(f"{begin}(?:{'|'.join(words.split())}){_END}")


# Some are the names of widgets that stand on very many sites.
_FRAME = _names(
    "(?:main|site|top|sub|nav|side|mobile|mega|drop(?:down)?)?-?menus? dropdown flyout toolbar topbar rail "
    "nav(?:bar|igation|i|header|footer|igator)? side-?bars? breadcrumbs? pagination pager pagenav post-?nav "
    "(?:next|prev(?:ious)?)-?(?:post|article|story) masthead site-?header footer foot footnav colophon copyright "
    "disclaimer cookies? consent gdpr paywall popup pop-up modal overlay lightbox tooltip "
    "shar(?:e|ing)(?:bar|buttons?)? sharedaddy addthis shariff social socials socialmedia rss "
    "related relatedposts? recommended recommendations? recirc more-stories trending popular most-(?:read|popular) "
    "mostread outbrain taboola disqus respond reply news-?letters? subscribe subscription sign-?up login cta "
    "adverts? advertisements? advertising ads? adsense adslot sponsor sponsored promo promos promotion "
    "skip-?link sr-only screen-reader(?:-text)? visually-?hidden off-?screen print-only printonly no-?print "
    "linenos? gutter line-?numbers? blob-num "
    "carousel (?:video-?|media-?|audio-?)?player bio byline signature (?<!-)widgets?"
)
_COMMENTS = _names("comments? commentlist kommentare? comentarios? commentaires? commenti reviews?")
_GALLERY = _names("gallery galleries galerie slideshow slider slides scroller swiper")
_MINOR = _names(
    "authors? author-?(?:info|box|bio) avatars? username user-?(?:info|title) (?:message|post)-?(?:user|profile)(?!-) "
    "attribution meta (?:post|entry)-?meta tags? tagcloud hashtags? categor(?:y|ies) keywords? "
    "topics date dateline timestamp published publish rating credits? links? linklist recent latest "
    "headlines toc buttons? icons? actions? print download secondary aside sticky banner"
)
_INTRO = _names("teasers? about visible-print(?:-block)? d-print-block")
# What is set into the text belongs to it, whoever wrote it.
_SET_IN = re.compile(r"(?<![a-z])(?:embed(?:ded|s)?|(?:foot|end)?notes?|references?)(?![a-z])")
_CAPTION = _names(
    "(?:wp-|image|img|photo|media|figure|thumb|pic|picture)?-?"
    "(?:captions?|legend|image-?description|credits?)(?:-?text)? bildunterschrift",
    r"(?<![a-z0-9])",
)
_HIDDEN = _names(
    "sr-only visually-?hidden off-?screen screen-reader(?:-text)? (?:is-|u-)?hidden skip-?link assistive-text "
    "a11y-text accessibility share sharing edit-?section",
    r"(?<![a-z0-9])",
)
_ANCHOR = _names("(?:edit|header|anchor|heading|perma)-?link (?:heading-)?anchor", r"(?<![a-z0-9])")
_NO_LEAD = re.compile(
    r"(?<![a-z])(?:image|img|photo|picture|gallery|media|figure|byline|author|date|video|quote|statement|verdict)"
)
_PICTURE = r"(?:image|img|photo|picture|media|figure|visual|thumbnail)"
_FIRST = r"(?:lead|main|hero|featured|cover|opening|top|teaser)"
_OPENING = re.compile(rf"(?<![a-z])(?:{_FIRST}-(?:\w+-)?{_PICTURE}|{_PICTURE}-(?:\w+-)?{_FIRST})(?![a-z])")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=16_384)
def kind_named(names: str) -> int:
    """What the class names and ids of a block make of it: PART to FRAME."""
    words = " ".join(
        name for name in plain_names(names).split() if name.count("-") < MAX_WORDS and not name.startswith("js-")
    )
    if _SET_IN.search(words):
        return PART
    for kind, pattern in _KINDS:
        if pattern.search(words):
            return kind
    return PART


_KINDS = ((FRAME, _FRAME), (COMMENTS, _COMMENTS), (GALLERY, _GALLERY), (MINOR, _MINOR), (INTRO, _INTRO))


@lru_cache(maxsize=16_384)
def is_caption_name(names: str) -> bool:
    """Whether what is named so is the caption of a picture."""
    return _CAPTION.search(plain_names(names)) is not None


@lru_cache(maxsize=16_384)
def is_hidden_name(names: str) -> bool:
    """Whether a stretch of text named so is hidden."""
    return _HIDDEN.search(plain_names(names)) is not None


@lru_cache(maxsize=16_384)
def is_anchor_name(names: str) -> bool:
    """Whether a link named so may be the mark beside a heading that leads to it."""
    return _ANCHOR.search(plain_names(names)) is not None


@lru_cache(maxsize=16_384)
def is_opening_name(names: str) -> bool:
    """Whether what is named so is the picture that opens an article."""
    return _OPENING.search(plain_names(names)) is not None


@lru_cache(maxsize=16_384)
def is_no_lead_name(names: str) -> bool:
    """Whether what is named so stands before the text without leading into it: pictures, bylines, dates."""
    return _NO_LEAD.search(plain_names(names)) is not None


def plain_names(names: str) -> str:
    """Class names or ids as words: lower case, parted by hyphens."""
    return _CAMEL.sub("-", names).lower().replace("_", "-")
