"""Plain text within HTML: parsers hand it on beside parts in HTML, and the text stage tells it from code."""

import html

PLAIN_CLASS = "newsbeam-plain"


def as_markup(text: str) -> str:
    """Return plain text as HTML that keeps its line breaks."""
    return f'<pre class="{PLAIN_CLASS}">{html.escape(text, quote=False)}</pre>'
