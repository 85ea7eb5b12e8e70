"""Decides which IP addresses a fetch may connect to: the public internet, and networks that the config allows.

A URL comes from the config, but also from an OPML list of unknown origin and from any server's redirect. It must not
reach services of this machine or its network: loopback, private networks, a cloud's metadata (OWASP, Server Side
Request Forgery Prevention). The check is on the address and not on the name: a name can resolve to another address the
next time, and an address can be written in many ways.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Prefixes of IPv6 addresses that contain an IPv4 address, and how many bits follow it.
_WITH_IPV4 = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped (RFC 4291 2.5.5.2)
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated (RFC 2765)
    (IPv6Network("::/96"), 0),  # compatible, deprecated (RFC 4291 2.5.5.1)
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64 (RFC 6052)
    (IPv6Network("2002::/16"), 80),  # 6to4 (RFC 3056)
)
# Not public; `is_global` of some versions of Python lacks them.
_NOT_PUBLIC: tuple[Network, ...] = (
    ip_network("168.63.129.16/32"),  # Azure's platform service, at a public address
    ip_network("192.0.0.0/24"),  # assignments to protocols (RFC 6890); Oracle's metadata
    ip_network("192.88.99.0/24"),  # 6to4 relays (RFC 7526)
    ip_network("64:ff9b:1::/48"),  # local-use NAT64 (RFC 8215)
    ip_network("100::/64"),  # discard-only (RFC 6666)
    ip_network("2001::/23"),  # Teredo and other assignments to protocols (RFC 2928)
    ip_network("3fff::/20"),  # documentation (RFC 9637)
    ip_network("5f00::/16"),  # segment routing (RFC 9602)
    ip_network("fec0::/10"),  # site-local, deprecated (RFC 3879)
)


def may_reach(address: str, allowed: Iterable[Network] = ()) -> bool:
    """Return whether an IP address may be connected to.

    Args:
        address: As a socket returns it, with a zone (`%eth0`) if it has one.
        allowed: Networks that are allowed besides the public internet.
    """
    # The IPv4 address inside is the one that is reached: 64:ff9b::7f00:1 is 127.0.0.1 beyond a NAT64, and global for
    # Python.
    effective = _effective(ip_address(address))
    return _is_public(effective) or any(effective in network for network in allowed)


def is_address(host: str) -> bool:
    """Return whether a URL's host is an IP address, with or without brackets."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _effective(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address contains, or the address itself."""
    if isinstance(address, IPv4Address) or int(address) <= 1:  # "::" and "::1" are not compatible addresses
        return address
    for prefix, after in _WITH_IPV4:
        if address in prefix:
            return IPv4Address(int(address) >> after & 0xFFFFFFFF)
    return IPv6Address(int(address))  # without its zone, which `in` compares


def _is_public(address: Address) -> bool:
    # Multicast addresses are global by `is_global`.
    if address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global:
        return False
    return not any(address in network for network in _NOT_PUBLIC)
