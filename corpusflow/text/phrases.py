"""Phrases that pages carry around their text, by ISO 639-1 code; all in lower case.

A page's frame is often in another language than its text, so filters look for all of them at once: a phrase stands here
only if it means nothing else in the other languages.
"""

# ruff: noqa: RUF001 (the phrases are in many scripts, some with letters that look like Latin ones)

from __future__ import annotations

import functools
import re

from corpusflow.text.measures import words
from corpusflow.text.tokens import written_without_spaces

PLACEHOLDER = ("lorem ipsum",)  # C4, mOSCAR

SCRIPT = ("javascript",)  # C4, mOSCAR: a line with this word may be a warning to switch it on
# Where it is one, one of these stands beside it; a text about programming has none of them, or is long.
_SWITCH = (
    *("enable java", "javascript enabled", "enabling java", "disabled", "turned off", "turn on", "activate java"),
    *("requires java", "javascript is required", "does not support", "aktivier", "deaktiviert", "eingeschaltet"),
    *("einschalten", "habilit", "desactivad", "activar", "active java", "désactivé", "activer", "activez", "abilita"),
    *("disattivat", "inschakel", "uitgeschakeld", "aktivera", "avstängt", "włącz", "wyłącz", "povolte", "zapněte"),
    *("vypnut", "etkinleştir", "включите", "включить", "отключ", "启用", "開啟", "开启", "禁用", "有効", "無効"),
)
_LONGEST_WARNING = 50  # words

# Notices about cookies, terms and rights. The English ones are those of C4, and mOSCAR's for rights.
POLICY: dict[str, tuple[str, ...]] = {
    "en": (
        "terms of use",
        "privacy policy",
        "cookie policy",
        "uses cookies",
        "use of cookies",
        "use cookies",
        "all rights reserved",
        "\u00a9",
        "copyright",
    ),
    "de": (
        "datenschutzerklärung",
        "verwendet cookies",
        "verwenden cookies",
        "nutzt cookies",
        "alle rechte vorbehalten",
    ),
    "fr": ("politique de confidentialité", "utilise des cookies", "utilisons des cookies", "tous droits réservés"),
    "es": ("política de privacidad", "política de cookies", "utiliza cookies", "utilizamos cookies"),
    "pt": ("política de privacidade", "utiliza cookies", "usamos cookies", "todos os direitos reservados"),
    "it": ("informativa sulla privacy", "utilizza cookie", "utilizza i cookie", "tutti i diritti riservati"),
    "nl": ("privacybeleid", "cookiebeleid", "gebruikt cookies", "alle rechten voorbehouden"),
    "sv": ("integritetspolicy", "använder cookies", "alla rättigheter förbehållna"),
    "pl": ("polityka prywatności", "używa plików cookie", "wykorzystuje pliki cookie", "wszelkie prawa zastrzeżone"),
    "cs": ("zásady ochrany osobních údajů", "používá soubory cookie", "všechna práva vyhrazena"),
    "tr": ("gizlilik politikası", "çerez politikası", "çerez kullan", "tüm hakları saklıdır"),
    "ru": ("политика конфиденциальности", "использует cookie", "использует файлы cookie", "все права защищены"),
    "zh": ("隐私政策", "隐私权政策", "使用cookie", "使用 cookie", "版权所有", "保留所有权利"),
    "ja": ("プライバシーポリシー", "クッキーを使用", "cookieを使用", "無断転載"),
}

# The word and the sign for rights. An article may speak of them, and a caption end in the sign and a name.
RIGHTS = ("\u00a9", "copyright")

# What asks the reader to press something (OmniCorpus: sign-in, read-more, cart and share lines).
CALL: dict[str, tuple[str, ...]] = {
    "en": (
        "sign in",
        "sign up",
        "log in",
        "read more",
        "read the full",
        "continue reading",
        "click here",
        "item in cart",
        "items in cart",
        "add to cart",
        "follow us",
        "share this",
        "share on",
        "subscribe to our",
        "leave a comment",
        "skip to content",
    ),
    "de": ("weiterlesen", "mehr lesen", "jetzt anmelden", "hier klicken", "in den warenkorb", "folgen sie uns"),
    "fr": ("lire la suite", "en savoir plus", "se connecter", "cliquez ici", "ajouter au panier", "suivez-nous"),
    "es": ("leer más", "seguir leyendo", "iniciar sesión", "haga clic aquí", "añadir al carrito", "síguenos"),
    "pt": ("leia mais", "continue lendo", "iniciar sessão", "clique aqui", "adicionar ao carrinho", "siga-nos"),
    "it": ("leggi tutto", "continua a leggere", "leggi di più", "clicca qui", "aggiungi al carrello", "seguici su"),
    "nl": ("lees meer", "lees verder", "klik hier", "in winkelwagen", "volg ons op"),
    "sv": ("läs mer", "logga in", "klicka här", "lägg i varukorgen", "följ oss på"),
    "pl": ("czytaj więcej", "czytaj dalej", "zaloguj się", "kliknij tutaj", "dodaj do koszyka"),
    "cs": ("číst dále", "číst více", "přihlásit se", "klikněte zde", "přidat do košíku"),
    "tr": ("devamını oku", "giriş yap", "buraya tıklayın", "sepete ekle", "bizi takip edin"),
    "ru": ("читать далее", "читать дальше", "читать полностью", "нажмите здесь", "добавить в корзину"),
    "zh": ("阅读更多", "阅读全文", "查看更多", "点击这里", "加入购物车", "关注我们"),
    "ja": ("続きを読む", "もっと見る", "ログイン", "こちらをクリック", "カートに入れる"),
}

# Texts that are nothing but the label of a button (mOSCAR); compared whole.
LABELS = frozenset(
    {"comment", "comments", "facebook", "instagram", "twitter", "linkedin", "pinterest", "whatsapp", "youtube", "rss"}
    | {"newsletter", "share", "follow us", "tweet", "advertisement", "advertisements"}  # the last two: OmniCorpus
    | {"anzeige", "werbung", "teilen", "kommentare", "publicité", "partager", "commentaires", "publicidad", "compartir"}
    | {"comentarios", "publicidade", "compartilhar", "comentários", "pubblicità", "condividi", "commenti"}
    | {"advertentie", "delen", "reacties", "annons", "kommentarer", "reklama", "udostępnij", "komentarze", "sdílet"}
    | {"komentáře", "reklam", "paylaş", "yorumlar", "реклама", "поделиться", "комментарии", "广告", "分享", "评论"}
    | {"広告", "シェア", "コメント"}
)


def all_phrases(by_language: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Those of every language, each once; those of RIGHTS last, so that `find_phrase` tells a surer one first."""
    every = dict.fromkeys(phrase for phrases in by_language.values() for phrase in phrases)
    return tuple(sorted(every, key=RIGHTS.__contains__))


def is_script_warning(text: str) -> bool:
    """Whether a lower-case text with one of SCRIPT asks the reader to switch it on."""
    return find_phrase(text, _SWITCH) is not None and words(text) <= _LONGEST_WARNING


def find_whole_phrase(text: str, phrases: tuple[str, ...]) -> str | None:
    """`find_phrase`, but not within words: `sign in` is not in `a new design in oak`. In scripts without spaces
    between words it may stand anywhere."""
    return next((phrase for phrase in phrases if phrase in text and _whole(phrase).search(text)), None)


@functools.cache
def _whole(phrase: str) -> re.Pattern[str]:
    found = re.escape(phrase)
    return re.compile(found if written_without_spaces(phrase) else rf"(?<!\w){found}(?!\w)")


def find_phrase(text: str, phrases: tuple[str, ...]) -> str | None:
    """The first of these that stands in a lower-case text, None where none does."""
    return next((phrase for phrase in phrases if phrase in text), None)
