"""Where a request comes from, for whoever counts tries: an address, or a household's network."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address


def whence(address: str | None) -> str:
    """Return one IPv4 address, or the /64 of an IPv6 one; a mapped one is what it stands for."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if not isinstance(found, IPv6Address):
        return str(found)
    # Without this all of IPv4 would be one network, and one stranger's tries everybody's.
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))
