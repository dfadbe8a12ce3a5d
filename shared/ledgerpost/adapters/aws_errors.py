"""Foreign errors become ours in one place: whatever botocore raises is an error with a code of the catalogue."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from ledgerpost.errors import SecretError, StoreError


@contextmanager
def store_errors(operation: str) -> Iterator[None]:
    """Turn every error of botocore inside into StoreError(store_unavailable); `operation` says what was tried.

    The write may have taken effect all the same: nothing may be assumed of it. AWS's own sentence is left out of the
    message, since a validation error repeats the values that it was given.
    """
    try:
        yield
    except (ClientError, BotoCoreError, HTTPClientError) as error:
        raise StoreError("store_unavailable", f"{operation} failed: {name_of(error)}.") from error


@contextmanager
def secret_errors(reference: str) -> Iterator[None]:
    """Turn every error of botocore inside into SecretError(secret_unavailable), which names the reference alone."""
    try:
        yield
    except (ClientError, BotoCoreError, HTTPClientError) as error:
        raise SecretError("secret_unavailable", f"{reference} cannot be read: {name_of(error)}.") from error


def name_of(error: Exception) -> str:
    """Give the short name of an error: AWS's error code, else the exception's class."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "unknown"))
    return type(error).__name__
