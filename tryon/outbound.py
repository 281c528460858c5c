"""The only way out: a request over TLS to a public address. Never used by a process that holds models.

What always holds:
- Only https, only host names (no address in any spelling, no user name), only the allowed ports.
- The name is looked up once. One address that is not public refuses the name, and the connection goes to the
  very address that was checked: a second answer of the name server changes nothing (DNS rebinding).
- The certificate is checked against the name. No redirect is followed, no proxy used.
- The whole exchange ends in time. Of the answer to a POST only the status is read, of a GET a bounded body.
"""

import re
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.client import HTTPException, HTTPSConnection, IncompleteRead
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Timer
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])\Z")
"""Names as they are registered. The last label begins with a letter, so no spelling of an address fits."""

IPV6_GLOBAL = IPv6Network("2000::/3")
"""All of IPv6 that is routed. Mapped, compatible, NAT64, local and multicast addresses lie outside."""

NOT_PUBLIC: list[IPv4Network | IPv6Network] = [
    IPv4Network("168.63.129.16/32"),  # metadata of Azure, though a public address
    IPv4Network("192.0.0.0/24"),  # protocols; metadata of Oracle
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv6Network("2001::/23"),  # Teredo and other protocols
    IPv6Network("2001:db8::/32"),  # documentation, as the next
    IPv6Network("3fff::/20"),
    IPv6Network("2002::/16"),  # 6to4: any IPv4 address inside
]
"""What the standard library counts as global and is not, in one of its versions or all."""


class OutboundError(Exception):
    """Nothing was delivered. `code` says why.

    url_refused, unresolved, address_refused, unreachable, timed_out, tls_failed, protocol_error or too_large.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class Answer(NamedTuple):
    status: int
    body: bytes


class Target(NamedTuple):
    host: str
    port: int
    path: str


def target_of(url: str, *, ports: list[int]) -> Target:
    """Take the address apart. Raises OutboundError `url_refused`. Looks nothing up."""
    try:
        parts = urlsplit(url)
        port = 443 if parts.port is None else parts.port
    except ValueError as error:
        raise OutboundError("url_refused") from error
    host = (parts.hostname or "").lower()
    plain = url.isascii() and url.isprintable() and not re.search(r"[\s\\]", url)
    anonymous = parts.scheme == "https" and "@" not in parts.netloc
    if not (plain and anonymous and port in ports and HOST.match(host)):
        raise OutboundError("url_refused")
    return Target(host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address belongs to the internet and to no network of ours or of the machine's landlord."""
    if isinstance(address, IPv6Address) and address not in IPV6_GLOBAL:
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not any(_lies_in(address, network) for network in NOT_PUBLIC)


def _lies_in(address: IPv4Address | IPv6Address, network: IPv4Network | IPv6Network) -> bool:
    return address.version == network.version and address in network


def post(url: str, body: bytes, headers: dict[str, str], *, ports: list[int], seconds: float) -> int:
    """Send `body` and return the HTTP status. Raises OutboundError.

    `seconds` bounds connection and exchange together, at each address of the name. The look-up has the time
    limits of the system's resolver.
    """

    def talk(connection: HTTPSConnection, target: Target) -> int:
        connection.request("POST", target.path, body=body, headers=headers)
        return connection.getresponse().status

    return _reach(target_of(url, ports=ports), seconds, talk)


def get(url: str, *, ports: list[int], seconds: float, most: int) -> Answer:
    """Fetch what lies there: the status and, of a 200, the body. Raises OutboundError.

    A body of more than `most` bytes is `too_large`, known beforehand or not. `seconds` is as for `post`.
    """

    def talk(connection: HTTPSConnection, target: Target) -> Answer:
        connection.request("GET", target.path, headers={"Accept": "image/*", "Accept-Encoding": "identity"})
        response = connection.getresponse()
        if response.status != HTTPStatus.OK:
            return Answer(response.status, b"")
        body = b"" if (response.length or 0) > most else response.read(most + 1)
        if (response.length or 0) > most or len(body) > most:
            raise OutboundError("too_large")
        if response.length:
            raise IncompleteRead(body, response.length)
        return Answer(response.status, body)

    return _reach(target_of(url, ports=ports), seconds, talk)


def _reach(target: Target, seconds: float, talk: Callable[[HTTPSConnection, Target], T]) -> T:
    """What `talk` says of the first address of the name that lets us in."""
    error = OutboundError("unreachable")
    for family, address in _resolve(target):
        try:
            return _exchange(target, family, address, seconds, talk)
        except OutboundError as failed:
            if failed.code != "unreachable":
                raise
            error = failed
    raise error


def _resolve(target: Target) -> list[tuple[socket.AddressFamily, Any]]:
    """The socket addresses of the name, all of them public."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutboundError("unresolved") from error
    addresses: list[tuple[socket.AddressFamily, Any]] = [(each[0], each[4]) for each in found]
    if not all(is_public(ip_address(str(address[0]).partition("%")[0])) for _family, address in addresses):
        raise OutboundError("address_refused")
    return addresses[:2]


def _exchange(
    target: Target,
    family: socket.AddressFamily,
    address: Any,
    seconds: float,
    talk: Callable[[HTTPSConnection, Target], T],
) -> T:
    plain = socket.socket(family, socket.SOCK_STREAM)
    plain.settimeout(seconds)
    end = time.monotonic() + seconds
    # A peer that sends a byte now and then never trips a time-out of the socket: the timer ends it.
    late = Timer(seconds, _hang_up, [plain])
    late.daemon = True
    late.start()
    try:
        with plain:
            _connect(plain, address)
            context = ssl.create_default_context()
            with context.wrap_socket(
                plain, server_hostname=target.host, do_handshake_on_connect=False
            ) as secure:
                late.args = [secure]
                secure.do_handshake()
                connection = HTTPSConnection(target.host, target.port)
                connection.sock = secure
                return talk(connection, target)
    except (HTTPException, OSError) as error:
        raise OutboundError(_code(error, late=time.monotonic() >= end)) from error
    finally:
        late.cancel()


def _code(error: Exception, *, late: bool) -> str:
    if late or isinstance(error, TimeoutError):
        return "timed_out"
    return "tls_failed" if isinstance(error, ssl.SSLError) else "protocol_error"


def _connect(plain: socket.socket, address: Any) -> None:
    try:
        plain.connect(address)
    except OSError as error:
        raise OutboundError("unreachable") from error


def _hang_up(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
