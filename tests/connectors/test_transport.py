"""The transport on real sockets: whatever a server does, the answer or the fault is the right one, and in time."""

import datetime as dt
import ipaddress
import select
import ssl
import time
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost import __version__
from ledgerpost.connectors.addresses import AddressBook
from ledgerpost.connectors.http import HttpAnswer, HttpLimits, HttpSender, common_headers
from ledgerpost.connectors.transport import SocketTransport
from ledgerpost.domain.outcome import NotApplied, Unknown
from tests.connectors.loopback_server import LoopbackServer, Visit, loopback_server, response

QUICK = HttpLimits(connect_s=2.0, read_s=0.3, total_s=0.6, body_bytes_max=100_000)


def send(
    server: LoopbackServer, *, limits: HttpLimits = QUICK, times: int = 1, transport: SocketTransport | None = None
) -> list[HttpAnswer | NotApplied | Unknown]:
    own = transport or SocketTransport(allow_loopback=True)
    sender = HttpSender(own, limits)
    url = httpx.URL(f"{server.url}/entries")
    headers = [*common_headers(url), (b"Content-Length", b"2")]
    answers = [sender.send("POST", url, headers, b"{}") for _ in range(times)]
    own.close()
    return answers


def test_a_whole_answer_is_given_and_the_connection_is_used_again():
    with loopback_server(lambda visit: visit.send(response(b'{"a":1}'))) as server:
        answers = send(server, times=5)

        assert [(answer.status, answer.body) for answer in answers] == [(201, b'{"a":1}')] * 5
        assert server.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
        b'4\r\n{"a"\r\n3;x=y\r\n:1}\r\n0\r\nTrailer: x\r\n\r\n',
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + response(b'{"a":1}'),
    ],
    ids=["chunked", "after interim answers"],
)  # fmt: skip
def test_every_framing_is_read_to_its_end(answer: bytes):
    with loopback_server(lambda visit: visit.send(answer)) as server:
        answers = send(server, times=2)

        assert [(answer.status, answer.body) for answer in answers] == [(201, b'{"a":1}')] * 2
        assert server.connections == 1


def close_after(*parts: bytes):
    def answer(visit: Visit) -> None:
        visit.send(*parts)
        visit.connection.close()

    return answer


def test_an_answer_that_ends_with_the_connection_is_read():
    with loopback_server(close_after(b'HTTP/1.1 201 Created\r\n\r\n{"a":1}')) as server:
        assert send(server)[0].body == b'{"a":1}'


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 2",
        b"no http at all\r\n\r\n",
        b"HTTP/1.1 999999 X\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nA: " + b"a" * 70_000,
    ],
    ids=["nothing", "part of a status", "no HTTP", "no status", "endless header"],
)  # fmt: skip
def test_an_answer_without_a_status_leaves_the_post_unknown(sent: bytes):
    with loopback_server(close_after(sent)) as server:
        answer = send(server)[0]

    assert isinstance(answer, Unknown)
    assert answer.code == "reply_lost"


@pytest.mark.parametrize(
    "sent",
    [
        b'HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"a":',
        b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{"a":',
        b'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{"a":',
    ],
    ids=["length", "chunk", "no chunk"],
)
def test_a_body_that_is_cut_is_no_body_but_the_status_stands(sent: bytes):
    with loopback_server(close_after(sent)) as server:
        answer = send(server)[0]

    assert isinstance(answer, HttpAnswer)
    assert (answer.status, answer.body, answer.fault) == (201, None, "reply_lost")


STATUS_LINES = (b"", b"HTTP/1.1 201 Created\r\n", b"HTTP/1.1 422 X\r\n", b"HTTP/2 200\r\n", b"HTTP/1.0 200 \r\n")
HEADER_LINES = (
    b"Content-Length: 5",
    b"Content-Length: -5",
    b"Content-Length: 99999999999",
    b"Transfer-Encoding: chunked",
    b"Content-Encoding: gzip",
    b"Connection: close",
    b"Retry-After: \xff",
    b": none",
    b" folded",
    b"\xff\xfe: x",
)
BODIES = (b"-1\r\nabc", b"5\r\nabcde\r\n0\r\n\r\n", b"5\r\nabc")


@settings(max_examples=100, deadline=None)
@given(
    status=st.sampled_from(STATUS_LINES),
    lines=st.lists(st.sampled_from(HEADER_LINES), max_size=4),
    rest=st.one_of(st.binary(max_size=60), st.sampled_from(BODIES)),
)
def test_whatever_a_server_sends_is_an_answer_or_unknown(status: bytes, lines: list[bytes], rest: bytes):
    sent = status + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + rest
    with loopback_server(close_after(sent)) as server:
        answer = send(server)[0]

    assert isinstance(answer, HttpAnswer | Unknown)


def test_a_server_that_says_nothing_is_left_after_the_read_time_out():
    with loopback_server(lambda visit: visit.ended.wait()) as server:
        started = time.monotonic()
        answer = send(server)[0]

    assert isinstance(answer, Unknown)
    assert time.monotonic() - started < 2


def test_headers_that_drip_end_at_the_deadline():
    def drip(visit: Visit) -> None:
        visit.send(b"HTTP/1.1 201 Created\r\nX-Slow: ")
        visit.drip(b"a", 0.05)

    with loopback_server(drip) as server:
        started = time.monotonic()
        answer = send(server)[0]

    assert isinstance(answer, Unknown)
    assert time.monotonic() - started < 2


def test_a_body_that_drips_ends_at_the_deadline():
    def drip(visit: Visit) -> None:
        visit.send(b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n")
        visit.drip(b" ", 0.05)

    with loopback_server(drip) as server:
        started = time.monotonic()
        answer = send(server)[0]

    assert isinstance(answer, HttpAnswer)
    assert (answer.status, answer.body, answer.fault) == (201, None, "reply_lost")
    assert time.monotonic() - started < 2


def test_interim_answers_without_end_are_not_waited_for():
    def interim(visit: Visit) -> None:
        visit.drip(b"HTTP/1.1 103 Early Hints\r\n\r\n", 0.001)

    with loopback_server(interim) as server:
        assert isinstance(send(server)[0], Unknown)


def test_a_body_over_the_limit_is_given_up():
    with loopback_server(lambda visit: visit.send(response(b" " * 200_000))) as server:
        answer = send(server)[0]

    assert isinstance(answer, HttpAnswer)
    assert (answer.body, answer.fault) == (None, "reply_unreadable")


def test_a_connection_that_the_server_closed_while_it_was_idle_is_not_used_again():
    def once(visit: Visit) -> None:
        visit.send(response(b"{}"))
        visit.connection.close()

    with loopback_server(once) as server:
        transport = SocketTransport(allow_loopback=True)
        sender = HttpSender(transport, QUICK)
        url = httpx.URL(server.url)
        headers = [*common_headers(url), (b"Content-Length", b"2")]
        statuses = []
        for number in range(3):
            statuses.append(sender.send("POST", url, headers, b"{}"))
            wait_for_word(transport)
            assert server.connections == number + 1
        transport.close()

    assert [answer.status for answer in statuses] == [201, 201, 201]


def wait_for_word(transport: SocketTransport) -> None:
    """Wait until the server has closed the idle connection, or has said something on it."""
    idle = [connection.socket for connections in transport._idle.values() for connection in connections]
    if idle:
        heard, _, _ = select.select(idle, [], [], 3)
        assert heard, "the server is still to close it or to speak"


def test_bytes_that_come_unasked_make_a_connection_unfit_for_the_next_request():
    def says_more(visit: Visit) -> None:
        visit.send(response(b"{}"))
        visit.ended.wait(0.05)
        visit.send(response(b'{"not":"yours"}'))

    with loopback_server(says_more) as server:
        transport = SocketTransport(allow_loopback=True)
        sender = HttpSender(transport, QUICK)
        url = httpx.URL(server.url)
        headers = [*common_headers(url), (b"Content-Length", b"2")]
        bodies = []
        for _ in range(3):
            bodies.append(sender.send("POST", url, headers, b"{}").body)
            wait_for_word(transport)
        transport.close()

    assert bodies == [b"{}"] * 3


def test_a_port_that_nobody_listens_on_is_no_post():
    with loopback_server(lambda visit: None) as server:
        pass

    answer = send(server)[0]

    assert isinstance(answer, NotApplied)
    assert answer.code == "ledger_unreachable"


def test_no_free_connection_is_no_post():
    with loopback_server(lambda visit: visit.ended.wait()) as server:
        transport = SocketTransport(allow_loopback=True, connections_max=1)
        request = httpx.Request("GET", server.url, extensions={"timeout": {"read": 0.2}})
        holder = transport._slots
        holder.acquire()
        with pytest.raises(httpx.PoolTimeout):
            transport.handle_request(httpx.Request("GET", server.url, extensions={"timeout": {"pool": 0.05}}))
        holder.release()
        with pytest.raises(httpx.ReadTimeout):
            transport.handle_request(request)
        with pytest.raises(httpx.ReadTimeout):
            transport.handle_request(request)


@pytest.mark.parametrize("value", [b"a\r\nX-Evil: yes", b"a\nb", b"a\x00b"])
def test_a_header_that_would_smuggle_is_not_sent(value: bytes):
    with loopback_server(lambda visit: visit.send(response(b"{}"))) as server:
        transport = SocketTransport(allow_loopback=True)
        with pytest.raises(httpx.LocalProtocolError):
            transport.handle_request(httpx.Request("GET", server.url, headers=[(b"X-Name", value)]))

        assert server.heads == []


def certificate_for(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Give a server's context with a certificate of `name`, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    client = ssl.create_default_context(cafile=str(pem))
    return server, client


def post_by_tls(port: int, client: ssl.SSLContext | None) -> HttpAnswer | NotApplied | Unknown:
    book = AddressBook(lambda host, port: ["127.0.0.1"])
    transport = SocketTransport(book, allow_loopback=True, tls=(lambda: client) if client else None)
    url = httpx.URL(f"https://ledger.example:{port}/")
    headers = [*common_headers(url), (b"Content-Length", b"2")]
    answer = HttpSender(transport, HttpLimits(connect_s=2, read_s=2, total_s=4)).send("POST", url, headers, b"{}")
    transport.close()
    return answer


def test_the_certificate_is_checked_against_the_name_though_the_socket_goes_to_the_address(tmp_path: Path):
    server_context, client_context = certificate_for("ledger.example", tmp_path)
    with loopback_server(lambda visit: visit.send(response(b"{}")), server_context) as server:
        answer = post_by_tls(server.port, client_context)

    assert isinstance(answer, HttpAnswer)
    assert answer.status == 201


@pytest.mark.parametrize("trusted", [True, False], ids=["of another host", "of nobody we trust"])
def test_a_wrong_certificate_ends_before_anything_is_sent(tmp_path: Path, trusted: bool):
    name = "elsewhere.example" if trusted else "ledger.example"
    server_context, client_context = certificate_for(name, tmp_path)
    with loopback_server(lambda visit: visit.send(response(b"{}")), server_context) as server:
        answer = post_by_tls(server.port, client_context if trusted else None)

        assert server.heads == []
    assert isinstance(answer, NotApplied)
    assert answer.code == "ledger_unreachable"
    assert "TLS" in answer.detail


def test_a_request_names_the_version_of_the_package_that_sent_it():
    with loopback_server(lambda visit: visit.send(response(b"{}"))) as server:
        send(server)

    assert f"User-Agent: ledgerpost/{__version__}\r\n".encode() in server.heads[0] + b"\r\n"
