"""Clients that do what a network does to a call."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError


class AnswerLost:
    """Passes every PutItem on twice and gives the second answer: what botocore does where the first one was lost."""

    def __init__(self, client: Any, *, between: Any = None) -> None:
        self._client = client
        self._between = between

    def put_item(self, **request: Any) -> Any:
        self._client.put_item(**request)
        if self._between is not None:
            self._between()
        return self._client.put_item(**request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class Failing:
    """Raises `error` at every call."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def fail(**_: Any) -> Any:
            raise self._error

        return fail


class Scripted:
    """Answers the calls of one operation from a list, an exception by raising it, and keeps the requests."""

    def __init__(self, operation: str, answers: Sequence[Any]) -> None:
        self._operation = operation
        self._answers = list(answers)
        self.requests: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        assert name == self._operation

        def answer(**request: Any) -> Any:
            self.requests.append(request)
            given = self._answers.pop(0)
            if isinstance(given, Exception):
                raise given
            return given

        return answer


def client_error(code: str, message: str = "", **more: Any) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, **more}, "Operation")
