"""Which IP addresses a fetch may connect to: those of the public internet, and the networks that the config opens.

A URL comes from a config, but also from a list that anyone may have written and from any server's redirect. It must not
reach what is only meant for this machine or its network: loopback, private networks, the metadata of a cloud (OWASP,
Server Side Request Forgery Prevention). The address is judged and not the name: names change their mind, and one
address has many spellings.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Prefixes after which an IPv4 address follows, and how many of the lowest bits come after that.
_WITH_IPV4 = (
    (IPv6Network("::ffff:0:0/96"), 0),  # mapped (RFC 4291 2.5.5.2)
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated (RFC 2765)
    (IPv6Network("::/96"), 0),  # compatible, deprecated (RFC 4291 2.5.5.1)
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64 (RFC 6052)
    (IPv6Network("2002::/16"), 80),  # 6to4 (RFC 3056)
)
# Not public, whatever this version of Python's `is_global` knows of them.
_NOT_PUBLIC: tuple[Network, ...] = (
    ip_network("168.63.129.16/32"),  # Azure's platform service, at a public address
    ip_network("192.0.0.0/24"),  # assignments to protocols (RFC 6890); Oracle's metadata
    ip_network("192.88.99.0/24"),  # 6to4 relays (RFC 7526)
    ip_network("64:ff9b:1::/48"),  # NAT64 of a network's own (RFC 8215)
    ip_network("100::/64"),  # discarded (RFC 6666)
    ip_network("2001::/23"),  # Teredo and other assignments to protocols (RFC 2928)
    ip_network("3fff::/20"),  # documentation (RFC 9637)
    ip_network("5f00::/16"),  # segment routing (RFC 9602)
    ip_network("fec0::/10"),  # site-local, deprecated (RFC 3879)
)


def may_reach(address: str, allowed: Iterable[Network] = ()) -> bool:
    """Return whether an IP address may be connected to.

    Args:
        address: As a socket has it, a zone (`%eth0`) included.
        allowed: Networks that are open besides the public internet.
    """
    meant = _meant(ip_address(address))
    return _is_public(meant) or any(meant in network for network in allowed)


def is_address(host: str) -> bool:
    """Return whether a URL's host is an IP address as such, in brackets or without."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, or the address itself."""
    if isinstance(address, IPv4Address) or int(address) <= 1:  # "::" and "::1" are not compatible addresses
        return address
    for prefix, after in _WITH_IPV4:
        if address in prefix:
            return IPv4Address(int(address) >> after & 0xFFFFFFFF)
    return IPv6Address(int(address))  # without its zone, which `in` would compare


def _is_public(address: Address) -> bool:
    if address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global:
        return False
    return not any(address in network for network in _NOT_PUBLIC)
