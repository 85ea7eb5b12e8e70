"""What the elements of HTML are to a story, and HTML whose elements can't swallow what follows them."""

import re
from collections.abc import Mapping

from newsbeam.transforms.records import Kind
from newsbeam.transforms.text.phrases import words

KINDS: dict[str, Kind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dt", "dd"), "list_item"),
    "blockquote": "quote",
}
BLOCKS = words(
    "address article aside body caption center details dialog dir div dl fieldset figcaption figure footer form header "
    "hgroup hr html legend main menu ol optgroup p section summary tbody tfoot thead ul"
)
TIGHT = words("p li dt dd h1 h2 h3 h4 h5 h6 td th caption figcaption")  # their line ends are those of the source
# No text of the story: code, fallbacks for what can't play, controls, and readings set above Japanese words.
DROPPED = words(
    "annotation annotation-xml applet audio canvas datalist head iframe input nav noembed noframes noscript object "
    "option rp rt script select style template title video"
)
CONTROLS = words("button svg textarea")  # text where it stands in a sentence, none where it stands alone
DRAWN = words("defs desc metadata symbol")  # within an <svg>, what nobody sees
UNSEEN = words("rp rt script style noscript template annotation annotation-xml")  # the words beside them touch
# WHATWG HTML, 13.1.2 "void elements", and older ones: without content and end tag, so that they open nothing.
VOID = words("area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr")
# What XML tools write as empty ("<iframe src=... />"), and what someone forgot to close, swallow all that follows.
_SWALLOWING = (
    "applet|audio|canvas|datalist|iframe|nav|noembed|noframes|noscript|object|select|svg|template|textarea|title|video"
)
_EMPTY = re.compile(rf"<(?:{_SWALLOWING}|script|style)(?:\s[^<>]{{0,4000}})?/>", re.IGNORECASE)
_OPENS = re.compile(rf"<({_SWALLOWING})(?=[\s>])", re.IGNORECASE)
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HIDING_CLASSES = words(
    # for screen readers only, or print only
    "sr-only screen-reader-text visually-hidden visuallyhidden hidden-print "
    # share bars, related links and sign-up forms of WordPress, Jetpack, FeedBurner, AddToAny, AddThis, Substack
    "sharedaddy sd-sharing sd-block jp-relatedposts feedflare addtoany_share_save_container addtoany_content "
    "addthis_toolbox share-buttons share-bar social-share social-sharing post-share yarpp-related wp-block-buttons "
    "subscription-widget-wrap subscribe-widget newsletter-signup mf-viral headerlink "
    "heateor_sss_sharing_container swp_social_panel essb_links"
)


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Tell whether an element with these attributes is not for readers, or not of the story."""
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    if style and _HIDING_STYLE.search(style):
        return True
    classes = attributes.get("class")
    return classes is not None and not _HIDING_CLASSES.isdisjoint(classes.split())


def without_swallowing(source: str) -> str:
    """Return HTML without the starts of elements that are dropped and never end, which would drop all that follows."""
    source = _EMPTY.sub(" ", source)
    opened = {match[1].lower() for match in _OPENS.finditer(source)}
    if not opened:
        return source
    lower = source.lower()
    unclosed = [name for name in opened if lower.rfind(f"</{name}") < lower.rfind(f"<{name}")]
    for name in unclosed:
        at = lower.rfind(f"<{name}")
        end = source.find(">", at)
        if end > 0:
            source = f"{source[:at]} {source[end + 1 :]}"
            lower = source.lower()
    return source
