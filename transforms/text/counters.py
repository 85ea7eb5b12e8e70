"""Recognises counters, which change at every poll: "14 points", "3 comments", "2 hours ago", "5 min read".

They stay in the paragraphs unless `boilerplate` removes them, but don't make a new version of a story.
"""

import re
from collections.abc import Iterable

_LONGEST = 120  # characters of a line that can consist of counters
_BETWEEN = re.compile(r" ?[|•·●‧∙/–—] ?| - ")
_COUNT = r"(?:\d{1,3}(?:[.,\u00a0\u202f ]\d{1,3}){0,4}|\d{1,12})(?:\s?[km])?\+?"
_COUNTED = (
    r"comments?|replies|reply|responses?|likes?|shares?|views?|reads?|retweets?|reposts?|reactions?|claps?|upvotes?"
    r"|kommentare?|antworten|aufrufe|reaktionen|commentaires?|réponses?|vues|partages|comentarios?|comentários?"
    r"|respuestas?|respostas?|vistas|visualizações|commenti?|visualizzazioni|reacties?|kommentarer|visning(?:ar|er)"
    r"|комментари(?:й|я|ев|и)|просмотр(?:а|ов|ы)?|коментар(?:і|ів)?|перегляд(?:и|ів)?|komentarz(?:e|y)?|wyświetle(?:nia|ń)"
    r"|komentář(?:e|ů)?|kommenttia?|yorum|görüntülenme|komentar|σχόλι(?:ο|α)|bình luận|lượt xem|تعليقات|تعليق"
)
_COUNTED_TOUCHING = r"件のコメント|回視聴|条评论|則留言|次阅读|阅读|댓글"
_SCORED = r"points?|votes?|score"  # of a forum, but also of a match or an election
_TIMES = (
    r"seconds?|secs?|minutes?|mins?|hours?|hrs?|[mhd]|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|tage?n?"
    r"|wochen?|monate?n?|secondes?|heures?|jours?|semaines?|mois|segundos?|minutos?|horas?|d[ií]as?|semanas?|meses|mes"
    r"|secondi|minut[oi]|or[ae]|giorn[oi]|settiman[ae]|mes[ei]|uur|dag(?:en)?"
)
_NUMBER = r"(?:\d{1,3}|an?|one|einer?m?|une?|uma?|una|een)"
_AGO = rf"{_NUMBER}\s?(?:{_TIMES}) (?:ago|fa|geleden|atrás)|(?:vor|il y a|hace|há) {_NUMBER}\s?(?:{_TIMES})|just now"
# In the order of their languages: Russian, Ukrainian, Swedish, Danish and Norwegian, Turkish, Polish, Czech, Finnish,
# Greek, Indonesian, Vietnamese, Arabic, Japanese and Chinese, Korean.
_AGO_ELSEWHERE = (
    r"\d{1,3} (?:секунд[уы]?|минут[уы]?|час(?:а|ов)?|д(?:ень|ня|ней)|недел[юиь]|месяц(?:а|ев)?|года?|лет) назад"
    r"|\d{1,3} (?:хвилин[уи]?|годин[уи]?|д(?:ень|ні|нів)|тижн(?:і|ів)) тому"
    r"|för \d{1,3} (?:sekunder|minut(?:er)?|tim(?:me|mar)|dag(?:ar)?|veck(?:a|or)) sedan"
    r"|for \d{1,3} (?:sekunder|minutt?(?:er)?|timer?|dage?r?|uger?|uker?) siden"
    r"|\d{1,3} (?:saniye|dakika|saat|gün|hafta|ay|yıl) önce"
    r"|\d{1,3} (?:minut[yę]?|godzin[yę]?|dni|dzień|tygodni(?:e|a)?) temu"
    r"|před \d{1,3} (?:minut(?:ou|ami)|hodin(?:ou|ami)|dn(?:em|y)|týdn(?:em|y))"
    r"|\d{1,3} (?:minuuttia?|tuntia?|päivää?|viikkoa?) sitten"
    r"|πριν (?:από )?\d{1,3} (?:λεπτ[άό]|ώρ(?:α|ες)|ημέρ(?:α|ες)|μέρες)"
    r"|\d{1,3} (?:detik|menit|jam|hari|minggu|bulan) (?:yang )?lalu"
    r"|\d{1,3} (?:giây|phút|giờ|ngày|tuần) trước"
    r"|منذ \d{1,3} (?:ثوان|ثانية|دقائق|دقيقة|ساعات|ساعة|أيام|يوم)"
    r"|\d{1,3}\s?(?:秒|分钟?|分鐘|時間|小时|小時|日|天|週間|周|か月|ヶ月|个月|個月|年)前"
    r"|\d{1,3}\s?(?:초|분|시간|일|주|개월|년) ?전"
)
_SINCE = r"(?:(?:last )?updated|published|posted|(?:zuletzt )?aktualisiert|veröffentlicht|mis à jour|publié|actualizado"
_SINCE += r"|publicado|atualizado|aggiornato|pubblicato|bijgewerkt|gepubliceerd)"
_SPAN = rf"{_NUMBER}\s?(?:{_TIMES})\.?"
_READING = (
    rf"(?:estimated |est\.? )?(?:reading|read) time:? {_SPAN}|{_NUMBER}[\s-]?min(?:ute)?s? (?:to )?read"
    rf"|(?:lesezeit|leestijd|temps de lecture|tiempo de lectura|tempo d[ei] lett?ura)\s?:? {_SPAN}"
    rf"|{_NUMBER}\s?min(?:ut\w{{0,3}})?\.? (?:lesezeit|leestijd|de lecture|de lectura|de leitura|di lettura)"
)
_COUNTER = re.compile(
    rf"(?:{_COUNT}\s(?:{_COUNTED})|#?\s?(?:{_COUNTED})\s?:?\s?\(?{_COUNT}\)?|(?:{_SINCE}:? )?(?:{_AGO})|{_READING}"
    rf"|{_COUNT}\s?(?:{_COUNTED_TOUCHING})|{_AGO_ELSEWHERE})",
    re.IGNORECASE,
)
_SCORE = re.compile(rf"{_COUNT}\s(?:{_SCORED})(?: by \S{{1,40}})?|(?:{_SCORED}):?\s{_COUNT}", re.IGNORECASE)
_BESIDE = re.compile(r"(?:by|von|par|por|di|door)\s\S.{1,80}", re.IGNORECASE)
_LABELLED = re.compile(rf"(?<!\S)(?:points|#\s?comments): {_COUNT}(?!\S)", re.IGNORECASE)


def without_counters(lines: Iterable[str]) -> list[str]:
    """Return lines without those that are counters, and without counters next to a byline.

    A score is a counter only with another counter in its line or an adjacent one: "Harbour FC – 3 points" is news.
    """
    lines = list(lines)
    kept = [_without_counters(line) for line in lines]
    gone = [not line for line in kept]
    return [
        line
        for at, line in enumerate(kept)
        if line and not (_SCORE.fullmatch(lines[at][:_LONGEST]) and any(gone[max(0, at - 1) : at + 2]))
    ]


def _without_counters(line: str) -> str:
    if len(line) > _LONGEST:
        return line
    parts = _BETWEEN.split(line.strip(" ()[]"))
    counters = [bool(_COUNTER.fullmatch(part)) for part in parts]
    if not any(counters):
        return line
    rest = [part for part, is_counter in zip(parts, counters, strict=True) if not is_counter]
    rest = [part for part in rest if part and not _SCORE.fullmatch(part)]
    # Anything else in the line makes it a sentence with a number.
    return " | ".join(rest) if all(map(_BESIDE.fullmatch, rest)) else line


def without_labelled_counters(text: str) -> str:
    """Return a text on one line without the counters in the summaries of forums: "Points: 14 # Comments: 3"."""
    return " ".join(_LABELLED.sub("", text).split())
