"""Extracts as objects of a bucket (port ExtractFiles): the place of a stage."""

import secrets
import tempfile
from collections.abc import Iterable
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.ports import Clock

IN_MEMORY_BYTES = 8 * 1024 * 1024
"""What is longer lies in the function's own scratch space until it is sent."""


class S3ExtractFiles:
    """One object an extract, under a name that nobody guesses; encryption and lifetime are the bucket's."""

    def __init__(self, client: Any, bucket: str, clock: Clock) -> None:
        self._client = client
        self._bucket = bucket
        self._clock = clock

    def write(self, name: str, lines: Iterable[str]) -> str:
        """Write one line each under a key of its own that ends in `name`; give `s3://bucket/key`."""
        key = f"extracts/{self._clock.now():%Y/%m/%d/%H%M%S}-{secrets.token_hex(8)}-{name}"
        with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as file:
            for line in lines:
                file.write(line.encode() + b"\n")
            file.seek(0)
            with store_errors("PutObject"):
                self._client.put_object(
                    Bucket=self._bucket, Key=key, Body=file, ContentType="application/x-ndjson; charset=utf-8"
                )
        return f"s3://{self._bucket}/{key}"
