"""Lines that are nothing but an address, a number to call or a count of readers' clicks."""

# ruff: noqa: RUF001 (some letters look like Latin ones)

from __future__ import annotations

import re
from typing import Literal

from corpusflow.text.dates import is_date_line
from corpusflow.text.sentences import ends_a_sentence

Bare = Literal["email_address", "phone_number", "web_address", "social_counter", "breadcrumbs"]

_LABELS = """
    e-?mails? mail (?:tele)?phone tel telefon téléphone teléfono telefone telefono mobile? handy cell fax call(?:.us)?
    contact kontakt contacto web(?:site|seite)? homepage url internet site link source quelle via телефон тел почта
    сайт 电话 電話 邮箱 网址 連絡先
"""
_LABEL = "(?:" + "|".join(_LABELS.split()) + ")"
_AROUND = rf"[\W_]*(?:{_LABEL}\W*)?"
# As pages write them, and as cleaning masks them.
_EMAIL = re.compile(rf"{_AROUND}(?:[\w.+-]+(?:@|\s?[\[(](?:at|ät)[\])]\s?)[\w-]+(?:\.[\w-]+)+|\[EMAIL\])\W*", re.I)
# Without a word before it, it must look like no other number: `+49 ...`, `0441 ...`, `(555) ...`, `555-123-4567`.
_DIGITS = r"[\d\s()/.\u2013-]{5,18}\d"
_PHONE = re.compile(
    rf"{_AROUND}(?:[+(]\d{_DIGITS}|0\d{_DIGITS}|\d{{3}}[-. ]\d{{3}}[-. ]\d{{4}}|\[PHONE\])\W*"
    rf"|[\W_]*{_LABEL}\W*\d{_DIGITS}\W*",
    re.I,
)
_URL = re.compile(rf"{_AROUND}(?:https?://|www\.)\S+\W*", re.I)

_COUNT = r"(?:\d[\d.,\s]*(?:[km]|mio|mil|万|천|만)?|no|keine|aucun|sin|nessun|нет)"
_COUNTED = """
    likes? followers? following subscribers? comments? replies reply shares? views? retweets? reposts? reactions? votes?
    upvotes? favou?rites? plays? downloads? reviews? posts? pins? people.like.this
    kommentare? antworten abonnenten aufrufe gefällt.mir stimmen bewertungen beiträge
    commentaires? partages? abonnés? vues? réponses? j.aime
    comentarios? me.gusta seguidores compartidos? visitas? vistas respuestas? comentários? curtidas? visualizações
    commenti commento condivisioni mi.piace visualizzazioni reacties? volgers weergaven kommentarer?
    komentarz(?:e|y)? komentář(?:e|ů)? wyświetleń polubień yorum beğeni görüntülenme takipçi
    комментари(?:й|я|ев|и) просмотр(?:ов|а)? подписчик(?:ов|а)? лайк(?:ов|а)?
    条评论 評論 评论 次阅读 阅读 粉丝 点赞 浏览 留言 コメント いいね 件のコメント 댓글 조회
"""
_THING = "(?:" + "|".join(_COUNTED.split()) + ")"
_BEFORE = rf"{_COUNT}\s*{_THING}"
_BEHIND = rf"{_THING}\s?[:\uff1a]?\s?[(\[\uff08]?\s?\d[\d.,]*[km]?\s?[)\]\uff09]?"
_COUNTER = re.compile(rf"[\W_]*(?:{_BEFORE}|{_BEHIND})(?:[\W_]+{_BEFORE})*[\W_]*", re.I)
# `Home > Bags > Small bags`: a sign between two spaces twice or more, each part short, and no sentence's end.
_PART = r"[^<>\u00ab\u00bb\u2039\u203a\n]"  # what is quoted in French is none
_BREADCRUMBS = re.compile(rf"{_PART}{{1,40}}(?: (?:>|\u00bb|\u203a) {_PART}{{1,60}}){{2,9}}")
_LONGEST = 120  # characters; the search ends early for all running text


def bare_line(text: str) -> Bare | None:
    """What a text consists of, where it is an e-mail address, a phone number, a URL, each with a word before it at
    most (`Tel.:`), a counter (`12 likes`, `Comments (3)`) or the way to the page (`Home > Bags > Red bag`) and nothing
    more."""
    if len(text) > _LONGEST:
        return None
    if _EMAIL.fullmatch(text):
        return "email_address"
    if _URL.fullmatch(text):
        return "web_address"
    if _PHONE.fullmatch(text) and not is_date_line(text):
        return "phone_number"
    if _COUNTER.fullmatch(text):
        return "social_counter"
    return "breadcrumbs" if _BREADCRUMBS.fullmatch(text) and not ends_a_sentence(text) else None
