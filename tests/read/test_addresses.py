from ipaddress import ip_network

import pytest

from newsbeam.transforms.read.addresses import is_address, may_reach


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.1.2",
        "0.0.0.0",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.192",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.7",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0:10.0.0.1",
        "64:ff9b::192.168.0.1",
        "64:ff9b:1::8.8.8.8",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_outside_the_public_internet_are_rejected(address):
    assert not may_reach(address)
    assert may_reach(address, [ip_network("0.0.0.0/0"), ip_network("::/0")])


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"],
)
def test_public_addresses_are_allowed(address):
    assert may_reach(address)


def test_only_an_allowed_network_is_reached_in_each_notation_of_its_addresses():
    allowed = [ip_network("10.1.0.0/16"), ip_network("fd12::/16")]
    assert may_reach("10.1.2.3", allowed)
    assert may_reach("::ffff:10.1.2.3", allowed)
    assert may_reach("fd12::5", allowed)
    assert not may_reach("10.2.0.1", allowed)
    assert not may_reach("127.0.0.1", allowed)


@pytest.mark.parametrize(
    ("host", "expected"), [("10.0.0.1", True), ("[::1]", True), ("::1", True), ("a.example", False)]
)
def test_addresses_are_distinguished_from_names(host, expected):
    assert is_address(host) == expected
