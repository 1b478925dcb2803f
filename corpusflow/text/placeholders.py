"""Words in brackets that stand on a page for something else than text: [Video], and their like in other languages."""

from __future__ import annotations

import re

from corpusflow.text.removal import without

# OmniCorpus has the first; the others are what pages and readers put there for media and advertisements. What a
# transcript has in brackets ([Music], [Applause]) tells of what is heard, and stays; so does [Player], a name in the
# talk of games.
_WORDS = """
video videos audio image images picture pictures photo photos gallery slideshow podcast advertisement advert sponsored
bild bilder foto fotos galerie bildergalerie anzeige werbung
vidéo vidéos publicité
vídeo vídeos imagen imágenes galería anuncio publicidad imagem imagens galeria anúncio publicidade
immagine immagini galleria pubblicità
видео фото изображение картинка галерея реклама відео зображення
wideo zdjęcie zdjęcia reklama resim görsel reklam
فيديو صورة صور إعلان ویدیو تصویر عکس
वीडियो चित्र विज्ञापन
视频 視頻 影片 图片 圖片 照片 音频 音頻 广告 廣告 動画 画像 写真 広告 동영상 영상 사진 이미지 광고
"""
_PLACEHOLDER = re.compile(
    rf"[\[\u3010] ?(?:{'|'.join(sorted(_WORDS.split(), key=len, reverse=True))}) ?[\]\u3011](?!\()", re.IGNORECASE
)


def without_placeholders(text: str) -> tuple[str, int]:
    """The text less its placeholders, and how many these were."""
    if "[" not in text and "\u3010" not in text:
        return text, 0
    spans = [found.span() for found in _PLACEHOLDER.finditer(text)]
    return (without(text, spans), len(spans)) if spans else (text, 0)
