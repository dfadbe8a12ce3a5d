"""The ECB's file of rates, as it is published."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import ledgerpost
from ledgerpost.adapters.ecb_rates import rates_from_file, read_rates
from ledgerpost.errors import UsageError

REAL = Path(ledgerpost.__file__).parents[2] / "events" / "data" / "ecb-eurofxref-2009-12-to-2010-11.csv"
SAMPLE = b"Date,USD,JPY,CYP,\n2026-03-06,1.25,160,N/A,\n2026-03-05,1.20,159.5,N/A,\n"


def test_the_published_file_of_a_year_is_read() -> None:
    rates = rates_from_file(REAL)
    rate = rates.rate("GBP", "EUR", date(2009, 12, 1))
    assert rate is not None
    assert (rate.currency_per_euro, rate.day) == (Decimal("0.90985"), date(2009, 12, 1))
    assert rate.convert(Decimal("505.30"), "EUR") == Decimal("555.37")


def test_every_day_of_the_year_has_a_rate_of_the_pound() -> None:
    rates = rates_from_file(REAL)
    days = [date.fromordinal(day) for day in range(date(2009, 12, 1).toordinal(), date(2010, 12, 1).toordinal())]
    assert [day for day in days if rates.rate("GBP", "EUR", day) is None] == []


def test_a_currency_that_was_not_published_that_day_has_no_rate() -> None:
    assert read_rates(SAMPLE, "rates.csv").rate("CYP", "EUR", date(2026, 3, 6)) is None


def test_the_zip_that_the_ecb_publishes_is_read_as_well() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("eurofxref-hist.csv", SAMPLE)
    rate = read_rates(packed.getvalue(), "rates.zip").rate("JPY", "EUR", date(2026, 3, 5))
    assert rate is not None
    assert rate.currency_per_euro == Decimal("159.5")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Date,USD,\n",
        b"Day;USD\n2026-03-06;1.25\n",
        b"Date,USD,\n06/03/2026,1.25,\n",
        b"Date,USD,\n2026-03-06,1e999,\n",
        b"Date,USD,\n2026-03-06,0,\n",
        b"\xff\xfe",
        b"PK\x05\x06" + b"\x00" * 18,
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        read_rates(content, "rates.csv")
    assert refused.value.code == "rates_unreadable"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.csv"):
        rates_from_file(tmp_path / "none.csv")
