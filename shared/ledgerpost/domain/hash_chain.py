"""A chain of digests: each stands for its own text and for everything before it."""

import hashlib

NO_HEAD = "0" * 64
"""What stands before the first link."""


def link(head: str, text: str) -> str:
    """Give the digest of `text` chained to `head`: the SHA-256, in hexadecimal, of the head, a line feed and the text.

    `text` is ASCII, so that one reader and another see the same bytes.
    """
    return hashlib.sha256(f"{head}\n{text}".encode("ascii")).hexdigest()
