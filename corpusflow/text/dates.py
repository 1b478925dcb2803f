"""Dates and times as pages write them, in some twelve languages and in figures."""

# ruff: noqa: RUF001 (some letters look like Latin ones)

from __future__ import annotations

import re

# Names and abbreviations of the months.
_MONTHS = """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    januar jänner februar märz mai juni juli oktober dezember mär mrz okt dez
    janvier février mars avril juin juillet août septembre octobre novembre décembre janv févr avr juil déc
    enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre ene abr ago dic
    janeiro fevereiro março maio junho julho setembro outubro novembro dezembro fev mai
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre gen mag giu lug ott
    januari februari maart augustus mrt mei
    stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
    ledna února března dubna května června července srpna září října listopadu prosince
    augusti maj
    ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
"""
_WEEKDAYS = """
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
    lundi mardi mercredi jeudi vendredi samedi dimanche
    lunes martes miércoles jueves viernes sábado domingo
    segunda-feira terça-feira quarta-feira quinta-feira sexta-feira
    lunedì martedì mercoledì giovedì venerdì sabato domenica
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    poniedziałek wtorek środa czwartek piątek sobota niedziela pondělí úterý středa čtvrtek pátek neděle
    måndag tisdag onsdag torsdag fredag lördag söndag
    pazartesi salı çarşamba perşembe cuma cumartesi pazar
    понедельник вторник среда четверг пятница суббота воскресенье
    星期一 星期二 星期三 星期四 星期五 星期六 星期日 星期天 月曜日 火曜日 水曜日 木曜日 金曜日 土曜日 日曜日
"""
# What stands before or beside a date and says nothing more.
_LABELS = """
    article published posted updated modified created edited
    date time last first on at from of the and by edit edited ago am pm
    a.m p.m noon est edt pst pdt cst cdt gmt utc cet cest bst ist
    veröffentlicht erstellt aktualisiert geändert zuletzt stand datum am um uhr vom den der und letzte änderung
    aktualisierung publiziert erschienen bis
    publié mis mise à jour le la du au et modifié dernière
    publicado publicada actualizado actualizada fecha el de del a las los hs hrs última actualización hora horas
    atualizado atualizada às em pubblicato aggiornato il alle ore ultimo aggiornamento data
    gepubliceerd geplaatst bijgewerkt op om uur laatst gewijzigd
    opublikowano dodano aktualizacja godz dnia r publikováno aktualizováno vydáno
    publicerad uppdaterad kl den senast yayınlanma güncelleme tarihi tarih saat son
    опубликовано обновлено дата в г года публикации
    发布时间 发布 更新 更新时间 时间 日期 发表于 發佈 公開日 更新日 投稿日 最終更新 最終更新日 掲載日 등록 입력 수정
"""


def _any_of(words: str) -> str:
    return "|".join(sorted(map(re.escape, words.split()), key=lambda word: (-len(word), word)))


_MONTH = rf"(?:{_any_of(_MONTHS)})\.?"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|er|\.|º|ª)?"
_YEAR = r"(?:1[5-9]|20)\d\d"
_OF = r"(?:\s*,)?\s+(?:of\s+|de\s+|del\s+)?"
_DATE = re.compile(
    rf"(?<![\w./-])(?:"
    rf"{_DAY}{_OF}{_MONTH}(?:{_OF}{_YEAR})?"
    rf"|{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?"
    rf"|{_MONTH}{_OF}{_YEAR}"
    rf"|{_DAY}[\s-]{_MONTH}[\s-]{_YEAR}"
    rf"|{_YEAR}([-/.])\d{{1,2}}\1\d{{1,2}}"
    rf"|\d{{1,2}}([-/.])\s?\d{{1,2}}\2\s?(?:{_YEAR}|\d\d)"
    r"|(?:\d{4}\s?年\s?)?\d{1,2}\s?月\s?\d{1,2}\s?[日号號]|\d{4}\s?年\s?\d{1,2}\s?月"
    r"|\d{4}\s?년\s?\d{1,2}\s?월(?:\s?\d{1,2}\s?일)?"
    r")(?:T(?=\d)|(?![\w/-]|\.\d))",
    re.I,
)
_HALF = r"(?:[ap]\.?m\b|uhr\b)"  # a point alone would make a price a time
_TIME = re.compile(
    rf"(?<![\w.:])\d{{1,2}}(?:[:h]\d\d(?::\d\d)?z?(?:\s?{_HALF})?|(?:\.\d\d)?\s?{_HALF}|\s?[時时點点])(?![\d:])",
    re.I,
)
_AGO = re.compile(
    r"(?:\d+|an?|one|few)\s?(?:secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|weeks?|months?|years?|yrs?|[smhdwy])"
    r" ago\b"
    r"|\bvor (?:\d+|einem|einer|einigen) (?:sekunden?|minuten?|stunden?|tag(?:en)?|wochen?|monat(?:en)?|jahr(?:en)?)\b"
    r"|\bil y a (?:\d+|une?) (?:secondes?|minutes?|heures?|jours?|semaines?|mois|ans?)\b"
    r"|\bhace (?:\d+|una?) (?:segundos?|minutos?|horas?|días?|semanas?|mes(?:es)?|años?)\b"
    r"|\bhá (?:\d+|uma?) (?:segundos?|minutos?|horas?|dias?|semanas?|mês|meses|anos?)\b"
    r"|\d+ (?:secondi|minut[io]|or[ae]|giorn[io]|settiman[ae]|mes[ei]|ann[io]) fa\b"
    r"|\d+ (?:seconden|minuten|uur|dag(?:en)?|we[ek]+en?|maand(?:en)?|jaar) geleden\b"
    r"|\d+ (?:секунд\w*|минут\w*|час\w*|д(?:ень|ня|ней)|недел\w*|месяц\w*|год|года|лет) назад"
    r"|\d+\s?(?:秒|分钟|分鐘|小时|小時|天|周|个月|個月|年|分|時間|日|週間|か月|ヶ月)前"
    r"|\d+\s?(?:분|시간|일|주|개월|년) 전",
    re.I,
)
_NOTHING_MORE = re.compile(rf"(?<!\w)(?:{_any_of(_WEEKDAYS + _LABELS)})\.?(?!\w)", re.I)
_MONEY = re.compile(r"[$€£¥%]")
_LONGEST_DATE_LINE = 120  # characters; a longer text is more than a date, and this saves reading it


def dates(text: str) -> list[str]:
    """The dates in a text; a month with a day or a year, in words or in figures, is one."""
    # Without a figure there is no date, and most texts have none.
    return [found.group() for found in _DATE.finditer(text)] if any(map(str.isdecimal, text)) else []


def is_date_line(text: str) -> bool:
    """Whether a text is a date or a time and nothing more: `Updated: Monday, 3 May 2021, 10:15 am`, `vor 2 Tagen`."""
    if len(text) > _LONGEST_DATE_LINE:
        return False
    rest = _cut(text)
    return rest != text and not any(map(str.isalnum, _NOTHING_MORE.sub(" ", rest))) and not _MONEY.search(rest)


def without_dates(text: str) -> str:
    """The text less its dates, times and weekdays, and less what is said of them (`Updated at`)."""
    return _NOTHING_MORE.sub(" ", _cut(text))


def _cut(text: str) -> str:
    """Less dates, times and spans such as `2 days ago`."""
    for pattern in (_AGO, _DATE, _TIME):
        text = pattern.sub(" ", text)
    return text
