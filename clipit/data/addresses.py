"""Asking only the public web: a list of addresses from elsewhere may also name machines of your own network.

Whoever writes ``http://192.168.0.1/`` or a name that leads there into a list of pictures makes your computer knock at
its own router, or at the service from which a rented machine gets its passwords. So every request, also one that a
redirect asks for, is looked at when its name has become a number, and goes to exactly the number that was looked at.

>>> is_public("93.184.215.14"), is_public("127.0.0.1"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
(True, False, False, False)
"""

import asyncio
import ipaddress
import socket

import httpx2

PORTS = (80, 443, 8080, 8443)
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressError(ValueError):
    """An address that is not asked; the message says why."""


def is_public(number: str) -> bool:
    """Whether an IP address belongs to the public internet, also behind an IPv4 address written as an IPv6 one."""
    address = ipaddress.ip_address(number)
    inner: list[ipaddress.IPv4Address | None] = []
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        inner += [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)] if address in NAT64 else []
    if any(inner):
        return all(is_public(str(one)) for one in inner if one)
    return address.is_global and not address.is_multicast


def check_url(url: httpx2.URL, allow_loopback: bool = False) -> None:
    """Whether an address looks like one of the web.

    Raises:
        AddressError: another scheme than http and https, a password, or a port where no web server listens.
    """
    if url.scheme not in ("http", "https") or not url.host:
        raise AddressError("not a web address")
    if url.userinfo:
        raise AddressError("address with a user name")
    if url.port not in (None, *PORTS) and not allow_loopback:
        raise AddressError("address with an unusual port")


async def resolve(url: httpx2.URL, allow_loopback: bool = False) -> str:
    """The IP address of a host.

    Args:
        url: whose host is looked up.
        allow_loopback: this machine itself may be asked; for tests.

    Raises:
        AddressError: the name is unknown, or leads, also, to where nobody from outside should go.
    """
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressError("name of the host is unknown") from None
    numbers = [str(entry[4][0]).partition("%")[0] for entry in found]
    for number in numbers:
        loopback = allow_loopback and ipaddress.ip_address(number).is_loopback
        if not (is_public(number) or loopback):
            raise AddressError("not a public address")
    return numbers[0]


class PublicTransport(httpx2.AsyncBaseTransport):
    """Sends requests to public addresses only; redirects come through here as well.

    Connections are not kept: two hosts may share a number, and a connection that was encrypted for one must not serve
    the other.
    """

    def __init__(self, allow_loopback: bool = False):
        self.allow_loopback = allow_loopback
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=0)
        self.connections = httpx2.AsyncHTTPTransport(limits=limits)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Looks the host up, looks at where it leads, and asks there."""
        check_url(request.url, self.allow_loopback)
        number = await resolve(request.url, self.allow_loopback)
        # The header Host and, with encryption, the certificate stay those of the name.
        checked = httpx2.Request(
            request.method,
            request.url.copy_with(host=number),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return await self.connections.handle_async_request(checked)

    async def aclose(self) -> None:
        """Closes all connections."""
        await self.connections.aclose()
