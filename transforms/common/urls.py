"""Makes canonical, absolute URLs without tracking parameters from published links.

It changes only what can't change the page: the case of scheme and host, default ports, the parameters below. The order
of parameters, trailing slashes, fragments, and http or https stay.
"""

import re
from urllib.parse import parse_qs, quote, urljoin, urlsplit, urlunsplit

# Parameters that only tell where a click came from: the general rules of AdGuard's TrackParamFilter, Firefox's
# query-stripping list and ClearURLs, as far as they are safe on every host; and those of news feeds (metadata-lib#67).
_TRACKING = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|itm|hsa|vero|oly|mc)_[a-z_]+"
    r"|(?:fb|g|dc|tw|y|yj|tt|ysc|ms)clid|msclkid|gclsrc|gbraid|wbraid|igsh(?:id)?|_hsenc|_hsmi|_openstat|_ga|_gl"
    r"|mkt_tok|s_cid|wt_?mc(?:_o)?|xtor|ncid|icid|cmpid|cmp|ito|ftag|smid|guccounter|guce_referrer(?:_sig)?|dlvrit|soc_(?:src|trk)"
    r"|at_(?:medium|campaign|format|link_\w+|ptr_\w+|custom\d|bbc_team)|ns_(?:mchannel|source|campaign|linkname|fee)"
    r"|traffic_source|__twitter_impression|feed(?:type|name)|(?:mod|source|ref|src|from)=rss\w*",
    re.IGNORECASE,
)
_DEFAULT_PORT = {"http": ":80", "https": ":443"}
# Redirecting services, and the parameter that holds the story's URL (Google Alerts; Bing News).
_REDIRECTORS = {"www.google.com": "url", "www.bing.com": "url"}
# More links in a link are an attack: each would be a level of recursion.
_REDIRECTIONS = 5
_SCRIPTS = {"javascript", "data", "vbscript", "about", "blob"}
# A host at the beginning of a link without scheme: "www.paper.example", or any before a path; and extensions of files.
_WWW = re.compile(r"www\d?\.[^\s/.]{1,63}\.[^\s/]{1,253}(?:[/?#]|$)", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.){1,8}([a-z]{2,24})(?::\d{1,5})?/", re.IGNORECASE | re.ASCII)
_FILES = {
    *("html", "htm", "shtml", "xhtml", "php", "phtml", "asp", "aspx", "jsp", "jspx", "cfm", "cgi", "do", "action"),
    *("xml", "rss", "json", "txt", "pdf", "js", "css", "md", "jpg", "jpeg", "png", "gif", "svg"),
}
# Characters that are not escaped (RFC 3986 2.2 and 2.3, and the "%" of existing escapes).
_SAFE = "%!#$&'()*+,/:;=?@[]~"


def canonical_url(link: str, base: str = "") -> str:
    """Return `link` as a canonical URL, absolute if it or `base` is; "" for one that can't be fetched.

    Args:
        link: As published, with HTML entities decoded.
        base: An absolute URL to resolve it against (RFC 3986 5), or "".
    """
    return _canonical(link, base, _REDIRECTIONS)


def _canonical(link: str, base: str, redirections: int) -> str:
    # Templates wrap long links; a URL has no line breaks, and browsers drop them (WHATWG URL, 4.4).
    link = "".join(link.split("\n")).strip().replace(" ", "%20")
    if not link:
        return ""
    try:
        parts = urlsplit(urljoin(base, _with_scheme(link, base)))
        host = _host(parts.scheme, parts.netloc)
    except ValueError:
        return ""
    target = parse_qs(parts.query).get(_REDIRECTORS[host], [""])[0] if redirections and host in _REDIRECTORS else ""
    if is_http(target):
        return _canonical(target, "", redirections - 1)
    if parts.scheme in _SCRIPTS or (parts.scheme in _DEFAULT_PORT and not host):
        return ""
    # Other schemes (mailto:, tag:) have rules of their own.
    if parts.scheme not in _DEFAULT_PORT:
        return parts.geturl()
    # Some trackers are in the fragment, where servers don't see them; other fragments can be a story of their own.
    fragment = "" if _tracks(parts.fragment.partition("&")[0]) else parts.fragment
    path = quote(parts.path, _SAFE) or "/"
    return urlunsplit((parts.scheme, host, path, quote(_meaningful(parts.query), _SAFE), quote(fragment, _SAFE)))


def _with_scheme(link: str, base: str) -> str:
    """Return a link that begins with a host with a scheme; one that may be a file name stays relative."""
    host = _HOST.match(link)
    if _WWW.match(link) or (host and host[1].lower() not in _FILES):
        return f"{base.partition(':')[0] if is_http(base) else 'http'}://{link}"
    return link


def is_http(url: str) -> bool:
    """Return whether `url` is an absolute http or https URL."""
    return url[:8].lower().startswith(("http://", "https://"))


def is_home_page(url: str, home: str) -> bool:
    """Return whether `url` names a site's front page or the page that the feed is about, rather than a story."""
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that are not an IPv6 address
        return False
    return url == home or (parts.path in ("", "/") and not parts.query and not parts.fragment)


def _host(scheme: str, netloc: str) -> str:
    user, at, host = netloc.rpartition("@")
    # The user part keeps its case.
    return user + at + host.lower().removesuffix(_DEFAULT_PORT.get(scheme, ""))


def _meaningful(query: str) -> str:
    # Not courlan's cleaner, which drops queries without "=", `?gallery=`, `?cid=` and `?source=`: two stories get one
    # URL.
    return "&".join(pair for pair in query.split("&") if not _tracks(pair))


def _tracks(pair: str) -> bool:
    name = pair.partition("=")[0]
    # By the name, or by name and value together: `ref=rss` is one, `ref=` alone may tell pages apart.
    return bool(_TRACKING.fullmatch(name) or _TRACKING.fullmatch(pair))
