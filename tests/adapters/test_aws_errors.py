"""Every error that botocore can raise becomes one of ours."""

import inspect

import botocore.exceptions
import pytest

from ledgerpost.adapters.aws_errors import secret_errors, store_errors
from ledgerpost.errors import SecretError, StoreError

DEFECTS_OF_A_MODEL = ("UndefinedModelAttributeError", "MissingServiceIdError")
"""A broken installation of botocore: no call of a client that was built can raise it."""

RAISED_BY_BOTOCORE = [
    kind
    for name, kind in inspect.getmembers(botocore.exceptions, inspect.isclass)
    if issubclass(kind, Exception) and not issubclass(kind, Warning) and name not in DEFECTS_OF_A_MODEL
]


def _error(kind: type[Exception]) -> Exception:
    """An error of `kind`, without the arguments that its own text would need."""
    return kind.__new__(kind)


@pytest.mark.parametrize("kind", RAISED_BY_BOTOCORE, ids=lambda kind: kind.__name__)
def test_every_exception_of_botocore_is_translated(kind: type[Exception]) -> None:
    error = _error(kind)
    if isinstance(error, botocore.exceptions.ClientError):
        error.response = {"Error": {"Code": "Throttled"}}
    with pytest.raises(StoreError), store_errors("PutItem"):
        raise error
    with pytest.raises(SecretError), secret_errors("secretsmanager:x"):
        raise error


def test_a_defect_of_ours_is_not_hidden_as_a_fault_of_aws() -> None:
    with pytest.raises(KeyError), store_errors("PutItem"):
        raise KeyError("x")
