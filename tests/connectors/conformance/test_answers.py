"""Every fault and every status comes to exactly one outcome and never to an exception; its code is catalogued."""

import gzip
import itertools
import tracemalloc
from collections.abc import Callable, Iterator

import httpx
import pytest

from ledgerpost.domain.outcome import Applied, Found, NotApplied, Retry, Unknown
from ledgerpost.error_catalogue import CATALOGUE
from tests.connectors.conformance.case import ConnectorCase, ProblemCase
from tests.connectors.scripted import RecordingTransport, target_over


def _with_subclasses(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _with_subclasses(child)


HTTPX_ROOTS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError)
HTTPX_FAULTS = sorted(
    {kind for root in HTTPX_ROOTS for kind in _with_subclasses(root) if kind.__module__.startswith("httpx")},
    key=lambda kind: kind.__name__,
)

BEFORE_SENDING = {
    "ConnectError", "ConnectTimeout", "CookieConflict", "InvalidURL", "LocalProtocolError", "PoolTimeout", "ProxyError",
    "RequestNotRead", "TooManyRedirects", "UnsupportedProtocol",
}  # fmt: skip
"""The faults after which nothing can have been applied; every other one must come to Unknown."""


def fault(kind: type[BaseException]) -> BaseException:
    if issubclass(kind, httpx.HTTPStatusError):
        request = httpx.Request("POST", "https://ledger.example")
        return kind("status", request=request, response=httpx.Response(500, request=request))
    try:
        return kind("the text of the fault")
    except TypeError:
        return kind()


def answering(case: ConnectorCase, answer: Callable[[httpx.Request], httpx.Response]) -> RecordingTransport:
    """A ledger that lets everything through but the write, which gets `answer`."""
    return RecordingTransport(lambda request: answer(request) if case.is_write(request) else case.answer_all(request))


def post(case: ConnectorCase, transport: httpx.BaseTransport) -> Applied | NotApplied | Unknown:
    return target_over(transport, connection=case.connection).post(case.account, case.entry, "event-1")


def assert_is_one_outcome(outcome: object) -> None:
    assert isinstance(outcome, Applied | NotApplied | Unknown)
    if isinstance(outcome, NotApplied | Unknown):
        assert outcome.code in CATALOGUE
        assert len(outcome.detail) <= 300


def test_the_list_of_faults_is_not_empty_and_holds_what_httpx_publishes():
    published = {name for name in vars(httpx) if isinstance(getattr(httpx, name), type)}
    exceptions = {name for name in published if issubclass(getattr(httpx, name), Exception)}

    assert exceptions == {kind.__name__ for kind in HTTPX_FAULTS}


@pytest.mark.parametrize("kind", HTTPX_FAULTS, ids=lambda kind: kind.__name__)
def test_every_fault_of_the_exchange_is_one_outcome(case: ConnectorCase, kind: type[BaseException]):
    def broken(_: httpx.Request) -> httpx.Response:
        raise fault(kind)

    outcome = post(case, answering(case, broken))

    assert_is_one_outcome(outcome)
    expected = NotApplied if kind.__name__ in BEFORE_SENDING else Unknown
    assert isinstance(outcome, expected)


@pytest.mark.parametrize("kind", HTTPX_FAULTS, ids=lambda kind: kind.__name__)
def test_every_fault_while_asking_is_one_answer(case: ConnectorCase, kind: type[BaseException]):
    def broken(_: httpx.Request) -> httpx.Response:
        raise fault(kind)

    target = target_over(RecordingTransport(broken), connection=case.connection)

    assert_is_one_outcome(target.ability(case.account))
    assert_is_one_outcome(target.find(case.account, case.entry.reference))


def test_a_fault_of_a_class_that_httpx_may_add_one_day_is_unknown(case: ConnectorCase):
    class FaultOfTomorrowError(httpx.TransportError):
        pass

    def broken(_: httpx.Request) -> httpx.Response:
        raise FaultOfTomorrowError("new")

    assert isinstance(post(case, answering(case, broken)), Unknown)


def expected_kind(status: int) -> type:
    """The whole table, written out a second time on purpose."""
    if status in (303, 408) or status < 300 or (status >= 500 and status != 503):
        return Unknown
    return NotApplied


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_of_a_write_without_a_readable_entry_is_one_outcome(case: ConnectorCase, status: int):
    transport = answering(
        case, lambda _: httpx.Response(status, content=b"<html>", headers={"Content-Type": "text/html"})
    )

    outcome = post(case, transport)

    assert_is_one_outcome(outcome)
    assert isinstance(outcome, expected_kind(status))
    assert outcome.status == status


@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_of_a_question_is_one_answer(case: ConnectorCase, status: int):
    transport = RecordingTransport(lambda _: httpx.Response(status, content=b"{}"))
    target = target_over(transport, connection=case.connection)

    for answer in (target.ability(case.account), target.find(case.account, case.entry.reference)):
        assert isinstance(answer, NotApplied | Unknown)
        assert_is_one_outcome(answer)


def test_later_is_asked_only_of_what_may_pass_by_itself(case: ConnectorCase):
    for status in range(400, 500):
        outcome = post(case, answering(case, lambda _, status=status: httpx.Response(status)))
        later = isinstance(outcome, NotApplied) and outcome.retry is Retry.LATER
        assert later == (status in (425, 429))


def _problem_cases() -> list[tuple[ConnectorCase, ProblemCase]]:
    from tests.connectors.conformance.cases import CASES

    return list(itertools.chain.from_iterable(((case, problem) for problem in case.problems) for case in CASES))


@pytest.mark.parametrize(("of", "problem"), _problem_cases(), ids=lambda value: getattr(value, "code", str(value)))
def test_every_refusal_of_the_contract_has_its_code(of: ConnectorCase, problem: ProblemCase):
    transport = answering(of, lambda _: httpx.Response(problem.status, json=problem.document))

    outcome = post(of, transport)

    assert_is_one_outcome(outcome)
    assert outcome.code == problem.code
    assert getattr(outcome, "retry", None) is problem.retry


def test_an_entry_that_was_taken_is_applied(case: ConnectorCase):
    outcome = post(case, RecordingTransport(case.answer_all))

    assert isinstance(outcome, Applied)
    assert outcome.created


def test_a_reference_that_the_ledger_does_not_hold_is_found_nowhere(case: ConnectorCase):
    target = target_over(RecordingTransport(case.answer_all), connection=case.connection)

    assert target.find(case.account, "no such reference") == Found(())


class CutBody(httpx.SyncByteStream):
    """A body that ends in a fault after its first bytes."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        yield b'{"id":'
        raise self._error


@pytest.mark.parametrize("error", [httpx.ReadError("cut"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")])
def test_a_success_whose_body_is_cut_is_unknown(case: ConnectorCase, error: httpx.HTTPError):
    outcome = post(case, answering(case, lambda _: httpx.Response(201, stream=CutBody(error))))

    assert outcome == Unknown("reply_lost", outcome.detail, 201)


def test_a_refusal_whose_body_is_cut_stays_a_refusal(case: ConnectorCase):
    outcome = post(case, answering(case, lambda _: httpx.Response(422, stream=CutBody(httpx.ReadError("cut")))))

    assert isinstance(outcome, NotApplied)
    assert outcome.retry is Retry.NEVER


class Endless(httpx.SyncByteStream):
    """A body without end; `taken` counts what was read of it."""

    def __init__(self) -> None:
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.taken += 65536
            yield b" " * 65536


def test_a_body_over_five_megabytes_is_not_read_to_its_end(case: ConnectorCase):
    body = Endless()

    outcome = post(case, answering(case, lambda _: httpx.Response(200, stream=body)))

    assert outcome == Unknown("reply_unreadable", outcome.detail, 200)
    assert body.taken < 6_000_000


def test_a_compressed_body_is_read_only_as_far_as_the_limit(case: ConnectorCase):
    bomb = gzip.compress(b" " * 50_000_000)

    def compressed(_: httpx.Request) -> httpx.Response:
        return httpx.Response(201, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb))

    tracemalloc.start()
    outcome = post(case, answering(case, compressed))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert outcome == Unknown("reply_unreadable", outcome.detail, 201)
    assert peak < 15_000_000


def test_a_compressed_answer_that_nobody_asked_for_is_read(case: ConnectorCase):
    def compressed(request: httpx.Request) -> httpx.Response:
        answer = case.answer_all(request)
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return httpx.Response(
            answer.status_code, headers=headers, stream=httpx.ByteStream(gzip.compress(answer.content))
        )

    assert isinstance(post(case, answering(case, compressed)), Applied)


@pytest.mark.parametrize(
    "content", [b"<html>OK</html>", b"", b"null", b"[]", b"7", b'"ok"', b"[" * 100_000, b"\xff\xfe"]
)
def test_a_success_that_is_no_entry_is_unknown(case: ConnectorCase, content: bytes):
    outcome = post(case, answering(case, lambda _: httpx.Response(200, content=content)))

    assert outcome == Unknown("reply_unreadable", outcome.detail, 200)


def test_an_entry_labelled_as_a_web_page_is_unknown(case: ConnectorCase):
    def mislabelled(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=case.answer_all(request).content, headers={"Content-Type": "text/html"})

    assert isinstance(post(case, answering(case, mislabelled)), Unknown)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(case: ConnectorCase, status: int):
    transport = answering(case, lambda _: httpx.Response(status, headers={"Location": "https://elsewhere.example/x"}))

    outcome = post(case, transport)

    assert isinstance(outcome, NotApplied)
    assert outcome.code == "redirect_refused"
    assert {request.url.host for request in transport.requests} == {httpx.URL(case.connection.base_url).host}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("100000", 900.0),
        ("9" * 5000, 900.0),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120.0),
        ("Sunday, 01-Mar-26 12:02:00 GMT", 120.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("Mon, 01 Mar 2027 12:00:00 GMT", 900.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("", None),
        ("Sun, 99 Mar 2026 12:02:00 GMT", None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_read_in_both_forms(case: ConnectorCase, status: int, value: str, seconds: float | None):
    outcome = post(case, answering(case, lambda _: httpx.Response(status, headers={"Retry-After": value})))

    assert isinstance(outcome, NotApplied)
    assert outcome.retry_after_s == seconds


def test_a_post_carries_its_own_name_and_its_correlation(case: ConnectorCase):
    transport = RecordingTransport(case.answer_all)
    target = target_over(transport, connection=case.connection)

    target.post(case.account, case.entry, "event 1\r\nX-Evil: yes")

    sent = next(request for request in transport.requests if case.is_write(request))
    assert sent.headers["user-agent"].startswith("ledgerpost/")
    assert sent.headers["x-request-id"] == "event%201%0D%0AX-Evil:%20yes"
    assert sent.headers["accept-encoding"] == "identity"
    assert int(sent.headers["content-length"]) == len(sent.content)
