"""Only the public web is asked, whatever a name says or leads to."""

import asyncio
import socket

import httpx2
import pytest

from clipit.data.addresses import AddressError, PublicTransport, check_url, is_public, resolve


@pytest.mark.parametrize("number", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public(number):
    assert is_public(number)


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2001:db8::1",
    ],
)  # fmt: skip
def test_not_public(number):
    assert not is_public(number)


@pytest.mark.parametrize(
    "url", ["ftp://a.org/b", "file:///etc/passwd", "http://me:secret@a.org/", "http://a.org:22/", "http://a.org:6379/"]
)
def test_what_is_no_ordinary_web_address_is_refused(url):
    with pytest.raises(AddressError):
        check_url(httpx2.URL(url))


def leads_to(monkeypatch, *numbers):
    """Makes every name lead to these numbers."""

    async def getaddrinfo(loop, host, port, **more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in numbers]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("numbers", [["127.0.0.1"], ["10.0.0.5"], ["93.184.215.14", "192.168.0.1"]])
def test_a_public_name_that_leads_home_is_refused(monkeypatch, numbers):
    leads_to(monkeypatch, *numbers)
    with pytest.raises(AddressError, match="not a public address"):
        asyncio.run(resolve(httpx2.URL("http://example.org/")))


def test_the_switch_allows_this_machine_and_no_other(monkeypatch):
    leads_to(monkeypatch, "127.0.0.1")
    assert asyncio.run(resolve(httpx2.URL("http://example.org/"), allow_loopback=True)) == "127.0.0.1"
    leads_to(monkeypatch, "10.0.0.5")
    with pytest.raises(AddressError):
        asyncio.run(resolve(httpx2.URL("http://example.org/"), allow_loopback=True))


def test_the_request_goes_to_the_number_that_was_looked_at_under_its_own_name(monkeypatch):
    """A second look-up could give another number: the connection must not make one."""
    leads_to(monkeypatch, "93.184.215.14")
    sent = []

    async def handle(self, request):
        sent.append(request)
        return httpx2.Response(200)

    monkeypatch.setattr(httpx2.AsyncHTTPTransport, "handle_async_request", handle)

    async def ask():
        async with httpx2.AsyncClient(transport=PublicTransport()) as client:
            return await client.get("https://example.org/gatto.jpg")

    answer = asyncio.run(ask())
    (request,) = sent
    assert request.url.host == "93.184.215.14" and request.headers["Host"] == "example.org"
    assert request.extensions["sni_hostname"] == "example.org"
    assert answer.request.url.host == "example.org"  # so that a relative redirect stays with the name
