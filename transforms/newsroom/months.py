"""Names and abbreviations of the months as newsrooms write them, with and without accents, in seven languages."""

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier janv enero ene gennaio gen janeiro января янв",
            "february feb februar février fevrier févr fév fev febrero febbraio fevereiro февраля фев",
            "march mar märz marz maerz mrz mär mars marzo março marco марта мар",
            "april apr avril avr abril abr aprile апреля апр",
            "may mai mayo maggio mag maio мая май",
            "june jun juni juin junio giugno giu junho июня июн",
            "july jul juli juillet juil julio luglio lug julho июля июл",
            "august aug août aout aoû agosto ago августа авг",
            "september sept sep septembre septiembre settembre set setembro сентября сен",
            "october oct oktober okt octobre octubre ottobre ott outubro out октября окт",
            "november nov novembre noviembre novembro ноября ноя",
            "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro декабря дек",
        ),
        1,
    )
    for name in names.split()
}
"""The number, 1 to 12, of each name in lower case. Some names are also other words: "set", "out", "ago"."""
