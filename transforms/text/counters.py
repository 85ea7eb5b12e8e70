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
    r"|respuestas?|respostas?|vistas|visualizações|commenti?|visualizzazioni|reacties?|kommentarer"
)
_SCORED = r"points?|votes?|score"  # of a forum, but also of a match or an election
_TIMES = (
    r"seconds?|secs?|minutes?|mins?|hours?|hrs?|[mhd]|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|tage?n?"
    r"|wochen?|monate?n?|secondes?|heures?|jours?|semaines?|mois|segundos?|minutos?|horas?|d[ií]as?|semanas?|meses|mes"
    r"|secondi|minut[oi]|or[ae]|giorn[oi]|settiman[ae]|mes[ei]|uur|dag(?:en)?"
)
_NUMBER = r"(?:\d{1,3}|an?|one|einer?m?|une?|uma?|una|een)"
_AGO = rf"{_NUMBER}\s?(?:{_TIMES}) (?:ago|fa|geleden|atrás)|(?:vor|il y a|hace|há) {_NUMBER}\s?(?:{_TIMES})|just now"
_SINCE = r"(?:(?:last )?updated|published|posted|(?:zuletzt )?aktualisiert|veröffentlicht|mis à jour|publié|actualizado"
_SINCE += r"|publicado|atualizado|aggiornato|pubblicato|bijgewerkt|gepubliceerd)"
_SPAN = rf"{_NUMBER}\s?(?:{_TIMES})\.?"
_READING = (
    rf"(?:estimated |est\.? )?(?:reading|read) time:? {_SPAN}|{_NUMBER}[\s-]?min(?:ute)?s? (?:to )?read"
    rf"|(?:lesezeit|leestijd|temps de lecture|tiempo de lectura|tempo d[ei] lett?ura)\s?:? {_SPAN}"
    rf"|{_NUMBER}\s?min(?:ut\w{{0,3}})?\.? (?:lesezeit|leestijd|de lecture|de lectura|de leitura|di lettura)"
)
_COUNTER = re.compile(
    rf"(?:{_COUNT}\s(?:{_COUNTED})|#?\s?(?:{_COUNTED})\s?:?\s?\(?{_COUNT}\)?|(?:{_SINCE}:? )?(?:{_AGO})|{_READING})",
    re.IGNORECASE,
)
_SCORE = re.compile(rf"{_COUNT}\s(?:{_SCORED})|(?:{_SCORED}):?\s{_COUNT}", re.IGNORECASE)
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
