"""The role of each HTML element in a story, and the repair of elements that would swallow the text after them."""

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
TIGHT = words("p li dt dd h1 h2 h3 h4 h5 h6 td th caption figcaption")  # line ends are those of the source
# Not text of the story: code, fallbacks for media, controls, and readings above Japanese words.
DROPPED = words(
    "annotation annotation-xml applet audio canvas datalist head iframe input nav noembed noframes noscript object "
    "option rp rt script select style template title video"
)
CONTROLS = words("button svg textarea")  # text within a sentence, not text on their own
DRAWN = words("defs desc metadata symbol")  # within an <svg>, not displayed
UNSEEN = words("rp rt script style noscript template annotation annotation-xml")  # words on both sides touch
# WHATWG HTML, 13.1.2 "void elements", and older ones: they have no content and no end tag.
VOID = words("area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr")
# If XML tools write these as empty ("<iframe src=... />"), or an end tag is missing, they swallow all that follows.
_SWALLOWING = (
    "applet|audio|canvas|datalist|iframe|nav|noembed|noframes|noscript|object|select|svg|template|textarea|title|video"
)
_EMPTY = re.compile(rf"<(?:{_SWALLOWING}|script|style)(?:\s[^<>]{{0,4000}})?/>", re.IGNORECASE)
# In ASCII, and on the source itself: "İ" in lower case is two characters, so indexes in lower case are others.
_EDGE = re.compile(rf"<(/?)({_SWALLOWING})(?=[\s/>])", re.IGNORECASE | re.ASCII)
# Text of a link from a footnote back to its place in the text
BACK_REFERENCES = frozenset(("↩", "↩\ufe0e", "↩\ufe0f", "↑", "⤴", "⤴\ufe0e", "⤴\ufe0f", "^"))
# The last one is how words for screen readers are hidden from all others.
_HIDING_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]", re.IGNORECASE
)
_CREDIT_CLASS = re.compile(r"(?:^|[\s_-])(?:credits?|copyright)(?:$|[\s_-])|Credit(?:s|[-A-Z]|$)", re.ASCII)
_HIDING_CLASSES = words(
    # for screen readers only, or print only
    "sr-only screen-reader-text visually-hidden visuallyhidden hidden-print u-visually-hidden u-hiddenvisually "
    "screenreader screen-reader screenreader-only screen-reader-only assistive-text show-for-sr a11y-hidden "
    # share bars, related links and sign-up forms of WordPress, Jetpack, FeedBurner, AddToAny, AddThis, Substack
    "sharedaddy sd-sharing sd-block jp-relatedposts feedflare addtoany_share_save_container addtoany_content "
    "addthis_toolbox share-buttons share-bar social-share social-sharing post-share yarpp-related wp-block-buttons "
    "subscription-widget-wrap subscribe-widget newsletter-signup mf-viral headerlink "
    "heateor_sss_sharing_container swp_social_panel essb_links "
    # links from footnotes back to the text
    "footnote-backref footnote-back footnote-backlink reversefootnote"
)


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Return whether an element with these attributes is not displayed, or not part of the story."""
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    if style and _HIDING_STYLE.search(style):
        return True
    classes = attributes.get("class")
    return classes is not None and not _HIDING_CLASSES.isdisjoint(classes.split())


def is_credit(attributes: Mapping[str, str]) -> bool:
    """Return whether an element with these attributes is the credit of a picture, which stylesheets set apart."""
    classes = attributes.get("class")
    return classes is not None and _CREDIT_CLASS.search(classes) is not None


def without_swallowing(source: str) -> str:
    """Return HTML without start tags of dropped elements that never end: they would drop all that follows."""
    source = _EMPTY.sub(" ", source)
    # Only the last of each name: the tokenizer ends such an element at the next end tag, however many were opened.
    last = {(match[2].lower(), bool(match[1])): match.start() for match in _EDGE.finditer(source)}
    unclosed = [at for (name, is_end), at in last.items() if not is_end and last.get((name, True), -1) < at]
    # From the last one on, so that the other indexes stay right.
    for at in sorted(unclosed, reverse=True):
        end = source.find(">", at)
        if end > 0:
            source = f"{source[:at]} {source[end + 1 :]}"
    return source
