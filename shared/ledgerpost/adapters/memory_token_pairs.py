"""Rotating token pairs of one process (port TokenPairs). Safe to share between threads; gone with the process."""

import threading

from ledgerpost.domain.token_pair import StoredPair, TokenPair


class MemoryTokenPairs:
    """Pairs in a dictionary."""

    def __init__(self) -> None:
        self._stored: dict[str, StoredPair] = {}
        self._lock = threading.Lock()

    def read(self, key: str) -> StoredPair | None:
        """Give what is stored; None where there is nothing."""
        return self._stored.get(key)

    def write(self, key: str, pair: TokenPair, revision: int) -> bool:
        """Write where the stored pair is of `revision` (0 for none) and say whether it was written."""
        with self._lock:
            stored = self._stored.get(key)
            if (stored.revision if stored else 0) != revision:
                return False
            self._stored[key] = StoredPair(pair, revision + 1)
            return True
