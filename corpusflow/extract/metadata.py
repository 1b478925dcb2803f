"""What a page declares of itself: title, language, canonical URL, date, licences and consent signals."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice

from selectolax.lexbor import LexborNode

from corpusflow.consent.agent import AGENT
from corpusflow.document import Metadata
from corpusflow.extract.clean_text import clean_text
from corpusflow.extract.consent_signals import robots_directives, tdm_reservation
from corpusflow.extract.linked_data import Thing, linked_data, texts
from corpusflow.extract.page_url import absolute_url

MAX_NAMED = 100  # licenses, dates, tags with directives; what comes later on a page is not looked at

# Names of meta tags in lower case, with dots for colons; the first that says something counts.
_PUBLISHED = (
    "article.published_time",
    "og.article.published_time",
    "article.published",
    "citation_publication_date",
    "datepublished",
    "publication_date",
    "publishdate",
    "pubdate",
    "dc.date.issued",
    "dcterms.issued",
)
_DATED = ("dc.date", "dcterms.date", "dc.date.created", "dcterms.created")  # less sure to be the day of publication
_LICENSES = ("license", "dc.license", "dc.rights", "dc.rights.license", "dcterms.license", "dcterms.rights")
_LANGUAGES = ("content-language", "og.locale")
_WANTED = frozenset(
    (*_PUBLISHED, *_DATED, *_LICENSES, *_LANGUAGES, "og.title", "robots", AGENT, "tdm-reservation", "tdm-policy")
)

_PRIMARY_SUBTAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)")
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}){0,2}$")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?)"
    r" ?(?:([Zz]|UTC|GMT)|([+-][0-9]{2}):?([0-9]{2})?)?$"
)
_WEB_ADDRESS = re.compile(r"(?:https?:)?//[^\s\"'<>]+", re.IGNORECASE)
# Also behind the address of a web archive. Behind version and jurisdiction the pages of a license have names of
# their own: `deed.de`, `legalcode`.
_CREATIVE_COMMONS = re.compile(
    r"//(?:www\.)?creativecommons\.org/(licenses|publicdomain)/([a-z+-]+)(?:/([0-9]\.[0-9]))?"
    r"(?:/(?!deed|legalcode|rdf)([a-z]{2,8})(?![^/?#]))?",
    re.IGNORECASE,
)
_FIGURE = frozenset(("figure", "figcaption"))

_Metas = Mapping[str, list[str]]


def page_metadata(root: LexborNode, base: str) -> Metadata:
    """What the page declares; what it does not is empty. Nothing is guessed from its text.

    root: the <html> of the page as it was parsed, before anything is removed from it. base: the URL against which
    references are resolved.
    """
    metas = _metas(root)
    published = _first_date(metas, _PUBLISHED)
    things = linked_data(root, ("license",) if published else ("license", "datePublished"))
    told = metas[AGENT] + metas["robots"]
    robots = {directive for content in told[:MAX_NAMED] for directive in robots_directives(content)}
    return Metadata(
        title=_title(root, metas),
        language=_language(root, metas),
        canonical_url=_canonical_url(root, base),
        published=published or _date_in_page(root, things) or _first_date(metas, _DATED),
        licenses=tuple(sorted({*_licenses(root, metas, things, base)} - {""})),
        robots=tuple(sorted(robots)),
        tdm_reservation=tdm_reservation(metas["tdm-reservation"]),
        tdm_policy=next(filter(None, map(str.strip, metas["tdm-policy"])), ""),
    )


def iso_date(text: str) -> str:
    """A date (or year, or year and month) or a date and time in ISO 8601, as precise as it is given; `T` and a colon
    in the offset are put where they are missing. Empty for any other form and for a day that is not."""
    text = text.strip()
    found = _DATE_TIME.match(text)
    if found:
        day, time, utc, hours, minutes = found.groups()
        text = f"{day}T{time}" + ("Z" if utc else f"{hours}:{minutes or '00'}" if hours else "")
    elif not _DATE.match(text):
        return ""
    try:
        datetime.fromisoformat(text + "-01-01"[: 10 - len(text)] if len(text) < 10 else text)
    except ValueError:
        return ""
    return text


def license_url(reference: str, base: str) -> str:
    """The absolute URL of a license; of one of Creative Commons in one form, whatever page of it is named:
    `https://creativecommons.org/licenses/by-sa/3.0/de/`. Empty for what is no web address and for a place in the page.
    """
    found = _CREATIVE_COMMONS.search(reference)
    if found:
        return f"https://creativecommons.org/{'/'.join(part for part in found.groups() if part)}/".lower()
    return "" if reference.lstrip().startswith("#") else absolute_url(base, reference) or ""


def _metas(root: LexborNode) -> _Metas:
    """The contents of the wanted meta tags by name. Not only those in <head>: with a mistake in the head the parser
    puts the rest of it into <body>."""
    metas: defaultdict[str, list[str]] = defaultdict(list)
    for node in root.css("meta"):
        attributes = node.attributes
        content = attributes.get("content")
        name = attributes.get("property") or attributes.get("name") or attributes.get("http-equiv")
        if content and name and (key := _wanted_name(name)):
            metas[key].append(content)
    return metas


@functools.lru_cache(maxsize=1_000)
def _wanted_name(name: str) -> str:
    """As the names above are written; empty where nobody asks for it. Most pages have the same few names."""
    name = name.strip().lower().replace(":", ".")
    return name if name in _WANTED else ""


def _title(root: LexborNode, metas: _Metas) -> str:
    """`og:title` goes first: <title> often ends with the name of the site."""
    for content in metas["og.title"]:
        if title := clean_text(content):
            return title
    # Not just any <title>: drawings have one, too.
    node = root.css_first("head title") or root.css_first("body > title")
    return clean_text(node.text()) if node is not None else ""


def _language(root: LexborNode, metas: _Metas) -> str:
    told = [root.attributes.get("lang"), root.attributes.get("xml:lang")]
    # Several languages are those of its readers.
    told += [content for name in _LANGUAGES for content in metas[name] if "," not in content]
    for tag in told:
        if found := _PRIMARY_SUBTAG.match(tag or ""):
            return found[1].lower()
    return ""


def _canonical_url(root: LexborNode, base: str) -> str:
    link = root.css_first('link[rel~="canonical" i]')
    return "" if link is None else absolute_url(base, link.attributes.get("href") or "") or ""


def _first_date(metas: _Metas, names: Iterable[str]) -> str:
    return next(filter(None, (iso_date(content) for name in names for content in metas[name])), "")


def _date_in_page(root: LexborNode, things: list[Thing]) -> str:
    for thing in things:
        for text in texts(thing.get("datePublished")):
            if date := iso_date(text):
                return date
    for node in root.css('[itemprop~="datePublished"],time[pubdate]')[:MAX_NAMED]:
        attributes = node.attributes
        # Some blogs have it in the title of an <abbr>.
        if date := iso_date(attributes.get("content") or attributes.get("datetime") or attributes.get("title") or ""):
            return date
    return ""


def _licenses(root: LexborNode, metas: _Metas, things: list[Thing], base: str) -> Iterator[str]:
    for node in root.css('[rel~="license" i]')[:MAX_NAMED]:
        if not _is_in_figure(node):
            yield license_url(node.attributes.get("href") or "", base)
    told = [content for name in _LICENSES for content in metas[name]]
    told += [text for thing in things for text in texts(thing.get("license"))]
    addresses = (found.group() for text in told for found in _WEB_ADDRESS.finditer(text))
    for address in islice(addresses, MAX_NAMED):
        yield license_url(address, base)


def _is_in_figure(node: LexborNode) -> bool:
    """Whether a license is that of a picture."""
    parent = node.parent
    while parent is not None and parent.tag not in _FIGURE:
        parent = parent.parent
    return parent is not None
