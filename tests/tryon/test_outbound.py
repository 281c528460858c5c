"""Nothing but public addresses is ever connected to, and only over TLS to who was meant."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tryon import outbound
from tryon.outbound import OutboundError, Target, get, is_public, post, target_of

PORT_443 = [443]
HOST = "hooks.example"
PUBLIC = "93.184.215.14"

SPELLINGS = [
    "https://127.0.0.1:{port}/",
    "https://127.0.0.1.:{port}/",
    "https://127.1:{port}/",
    "https://127.0.1:{port}/",
    "https://2130706433:{port}/",
    "https://0x7f000001:{port}/",
    "https://0x7f.0.0.1:{port}/",
    "https://0x7f.1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://017700000001:{port}/",
    "https://127.0.0.0x1:{port}/",
    "https://%31%32%37.0.0.1:{port}/",
    "https://①②⑦.⓪.⓪.①:{port}/",
    "https://127。0。0。1:{port}/",
    "https://0:{port}/",
    "https://0.0.0.0:{port}/",
    "https://[::1]:{port}/",
    "https://[::]:{port}/",
    "https://[0:0:0:0:0:0:0:1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:7f00:1]:{port}/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[fe80::1%25lo]:{port}/",
    "https://localhost:{port}/",
    "https://localhost.:{port}/",
    "https://LOCALHOST:{port}/",
    "https://hooks.example@127.0.0.1:{port}/",
    "https://hooks.example:x@127.0.0.1:{port}/",
    "https://127.0.0.1:{port}@hooks.example/",
    "https://hooks.example%40127.0.0.1:{port}/",
    "https://127.0.0.1:{port}\\@hooks.example/",
    "https://127.0.0.1:{port}#@hooks.example/",
    "https://hooks.example\\.127.0.0.1:{port}/",
    "https://hooks.example\t:{port}/",
    "https://hooks.example\r\nHost: x:{port}/",
    " https://127.0.0.1:{port}/",
    "http://hooks.example:{port}/",
    "http://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "unix:///run/docker.sock",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}",
    "https:///",
    "https://:{port}/",
    "https://-a.example:{port}/",
    "https://hooks..example:{port}/",
    "https://hooks.example:99999/",
    "https://hooks.example:0/",
    "https://hooks.example:22/",
    "",
]
"""Addresses that name, in whatever spelling, no registered host on an allowed port over https."""

ADDRESSES = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1",
    "100.100.100.200", "169.254.0.1", "169.254.169.254", "169.254.170.2", "168.63.129.16", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "192.168.255.255", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::2", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "100::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1",
    "5f00::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fe80::1", "fe80::1%1", "fec0::1", "ff02::1", "ff0e::1",
]  # fmt: skip
"""What a name server may answer and must not be connected to."""


@pytest.fixture
def doors() -> Iterator[tuple[int, Callable[[], int]]]:
    """Sockets that listen on this machine, in both families: their port, and how many came."""
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = first.getsockname()[1]
        open_doors = [first]
        with contextlib.suppress(OSError):  # a machine without IPv6
            open_doors.append(
                stack.enter_context(socket.create_server(("::1", port), family=socket.AF_INET6))
            )

        def came() -> int:
            count = 0
            for door in open_doors:
                door.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    while True:
                        door.accept()[0].close()
                        count += 1
            return count

        yield port, came


Answer = list[tuple[Any, ...]]


def answer(address: str, port: int) -> Answer:
    """What getaddrinfo says when a name has this one address."""
    plain, _, scope = address.partition("%")
    if ":" in plain:
        return [(socket.AF_INET6, socket.SOCK_STREAM, 6, "", (plain, port, 0, int(scope or 0)))]
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (plain, port))]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Have names resolve to the answers given, one look-up after the other; returns the names looked up."""

    def use(*answers: Answer) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: str, port: int, **_options: Any) -> Answer:
            asked.append(host)
            return answers[min(len(asked), len(answers)) - 1]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return use


def refusal(url: str, *, ports: list[int]) -> str:
    with pytest.raises(OutboundError) as refused:
        post(url, b"{}", {}, ports=ports, seconds=2)
    return refused.value.code


def test_there_are_more_than_sixty_hostile_addresses(record_property: Callable[[str, object], None]) -> None:
    count = len(set(SPELLINGS)) + len(set(ADDRESSES))
    record_property("addresses", count)
    assert count > 100


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_hostile_spelling_is_refused_before_any_look_up(
    doors: tuple[int, Callable[[], int]], resolve: Callable[..., list[str]], spelling: str
) -> None:
    port, came = doors
    asked = resolve(answer("127.0.0.1", port))
    assert refusal(spelling.format(port=port), ports=[443, port]) == "url_refused"
    assert (asked, came()) == ([], 0)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_name_with_a_hostile_address_is_refused_without_a_connection(
    doors: tuple[int, Callable[[], int]], resolve: Callable[..., list[str]], address: str
) -> None:
    port, came = doors
    resolve(answer(address, port))
    assert refusal(f"https://{HOST}:{port}/", ports=[port]) == "address_refused"
    assert came() == 0


@pytest.mark.parametrize("hostile", ["127.0.0.1", "::1", "10.0.0.1"])
def test_one_hostile_address_among_public_ones_refuses_the_name(
    doors: tuple[int, Callable[[], int]], resolve: Callable[..., list[str]], hostile: str
) -> None:
    port, came = doors
    resolve(answer(PUBLIC, port) + answer(hostile, port))
    assert refusal(f"https://{HOST}:{port}/", ports=[port]) == "address_refused"
    assert came() == 0


def test_a_name_that_changes_its_address_after_the_check_leads_nowhere_else(
    doors: tuple[int, Callable[[], int]], resolve: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, came = doors
    asked = resolve(answer(PUBLIC, port), answer("127.0.0.1", port))
    connected: list[Any] = []

    def connect(_self: socket.socket, address: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    assert refusal(f"https://{HOST}:{port}/", ports=[port]) == "unreachable"
    assert (asked, connected, came()) == ([HOST], [(PUBLIC, port)], 0)


def test_the_doors_of_these_tests_would_notice_a_connection(doors: tuple[int, Callable[[], int]]) -> None:
    port, came = doors
    socket.create_connection(("127.0.0.1", port)).close()
    assert came() == 1


@pytest.mark.parametrize("address", ["1.1.1.1", PUBLIC, "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_an_address_is_taken_apart() -> None:
    assert target_of("https://Hooks.Example/a/b?c=d#e", ports=PORT_443) == Target(HOST, 443, "/a/b?c=d")
    assert target_of("https://xn--bcher-kva.example", ports=PORT_443).path == "/"
    with pytest.raises(OutboundError, match="url_refused"):
        target_of("https://hooks.example:8443/", ports=PORT_443)
    assert target_of("https://hooks.example:8443/", ports=[8443]).port == 8443


def test_an_unknown_name_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_options: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert refusal(f"https://{HOST}/", ports=PORT_443) == "unresolved"


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for `name`, with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        built.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def read_request(secure: ssl.SSLSocket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += secure.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    missing = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0) - len(body)
    return data + (secure.recv(missing) if missing else b"")


Serve = Callable[..., tuple[int, list[bytes]]]


@pytest.fixture
def serve(
    tmp_path: Path, resolve: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Serve]:
    """A receiver on this machine that takes one request and gives `reply`; its address counts as public here.

    Returns its port and what it received.
    """
    sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def run(
        reply: bytes, *, name: str = HOST, trusted: bool = True, forever: bool = False
    ) -> tuple[int, list[bytes]]:
        pem = certificate(tmp_path, name)
        door = socket.create_server(("127.0.0.1", 0))
        sockets.append(door)
        port = door.getsockname()[1]
        received: list[bytes] = []
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(pem)

        def answer_one() -> None:
            with contextlib.suppress(OSError):
                plain, _address = door.accept()
                with server.wrap_socket(plain, server_side=True) as secure:
                    received.append(read_request(secure))
                    secure.sendall(reply)
                    while forever:
                        secure.sendall(reply)
                    secure.recv(1)

        threads.append(threading.Thread(target=answer_one, daemon=True))
        threads[-1].start()
        resolve(answer("127.0.0.1", port))
        monkeypatch.setattr(outbound, "is_public", lambda address: True)
        context = ssl.create_default_context(cafile=str(pem)) if trusted else ssl.create_default_context()
        monkeypatch.setattr(ssl, "create_default_context", lambda: context)
        return port, received

    yield run
    for door in sockets:
        door.close()
    for thread in threads:
        thread.join(5)


def test_a_message_arrives_as_it_was_sent(serve: Serve) -> None:
    port, received = serve(b"HTTP/1.1 204 No Content\r\n\r\n")
    status = post(
        f"https://{HOST}:{port}/in?a=b", b'{"a":1}', {"webhook-id": "msg_1"}, ports=[port], seconds=5
    )
    assert status == 204
    head, _, body = received[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /in?a=b HTTP/1.1"
    assert {f"Host: {HOST}:{port}".encode(), b"webhook-id: msg_1"} <= set(lines)
    assert body == b'{"a":1}'


def test_a_redirect_is_an_answer_and_is_not_followed(
    serve: Serve, doors: tuple[int, Callable[[], int]]
) -> None:
    inside, came = doors
    port, _ = serve(f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inside}/\r\n\r\n".encode())
    assert post(f"https://{HOST}:{port}/", b"", {}, ports=[port], seconds=5) == 302
    assert came() == 0


@pytest.mark.parametrize(("name", "trusted"), [("other.example", True), (HOST, False)])
def test_who_cannot_prove_the_name_gets_nothing(serve: Serve, name: str, trusted: bool) -> None:
    port, received = serve(b"HTTP/1.1 200 OK\r\n\r\n", name=name, trusted=trusted)
    assert refusal(f"https://{HOST}:{port}/", ports=[port]) == "tls_failed"
    assert received == []


def test_an_endless_answer_is_not_read(serve: Serve) -> None:
    port, _ = serve(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"8000\r\n" + bytes(0x8000))
    assert post(f"https://{HOST}:{port}/", b"", {}, ports=[port], seconds=5) == 200


def test_an_answer_that_is_no_http_is_told_apart(serve: Serve) -> None:
    port, _ = serve(b"220 smtp.example ESMTP\r\n")
    assert refusal(f"https://{HOST}:{port}/", ports=[port]) == "protocol_error"


def test_an_answer_without_an_end_is_cut_off(serve: Serve) -> None:
    port, _ = serve(b"HTTP/1.1 100 Continue\r\n\r\n", forever=True)
    with pytest.raises(OutboundError, match="timed_out"):
        post(f"https://{HOST}:{port}/", b"", {}, ports=[port], seconds=0.3)


def test_proxies_of_the_environment_are_not_used(
    serve: Serve, doors: tuple[int, Callable[[], int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, came = doors
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{inside}")
    port, received = serve(b"HTTP/1.1 200 OK\r\n\r\n")
    assert post(f"https://{HOST}:{port}/", b"x", {}, ports=[port], seconds=5) == 200
    assert (len(received), came()) == (1, 0)


def got(port: int, most: int = 10, seconds: float = 5) -> tuple[int, bytes] | str:
    """What comes of a GET: the answer, or the code of the refusal."""
    try:
        return get(f"https://{HOST}:{port}/a.jpg?w=1", ports=[port], seconds=seconds, most=most)
    except OutboundError as error:
        return error.code


def test_a_picture_is_fetched(serve: Serve) -> None:
    port, received = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more")
    assert got(port) == (200, b"hello")
    lines = received[0].split(b"\r\n")
    assert lines[0] == b"GET /a.jpg?w=1 HTTP/1.1"
    names = {line.partition(b":")[0].lower() for line in lines[1:] if line}
    assert names == {b"host", b"accept", b"accept-encoding"}


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"200 OK\r\nContent-Length: 10\r\n\r\n0123456789", (200, b"0123456789")),
        (b"200 OK\r\nContent-Length: 11\r\n\r\n", "too_large"),
        (b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", (200, b"hello")),
        (b"200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8000\r\n" + bytes(0x8000), "too_large"),
        (b"404 Not Found\r\nContent-Length: 4\r\n\r\ngone", (404, b"")),
        (b"302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n", (302, b"")),
    ],
    ids=["just fits", "announced", "chunked", "endless", "missing", "redirect"],
)
def test_what_is_fetched_is_bounded_and_nothing_is_followed(
    serve: Serve, reply: bytes, outcome: tuple[int, bytes] | str
) -> None:
    port, _ = serve(b"HTTP/1.1 " + reply)
    assert got(port) == outcome


def test_a_body_that_trickles_is_cut_off(serve: Serve) -> None:
    port, _ = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
    assert got(port, seconds=0.5) == "timed_out"


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
def test_no_picture_is_fetched_from_inside(
    doors: tuple[int, Callable[[], int]], resolve: Callable[..., list[str]], address: str
) -> None:
    port, came = doors
    resolve(answer(address, port))
    assert (got(port), came()) == ("address_refused", 0)
    with pytest.raises(OutboundError, match="url_refused"):
        get(f"https://{address}:{port}/a.jpg", ports=[port], seconds=1, most=10)
