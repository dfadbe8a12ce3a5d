"""Claims of customers of one process (port CustomerClaims), for hosts that have no more than one."""

import threading

from ledgerpost.domain.customer_claim import CustomerClaim, StoredClaim

CLAIMS_MAX = 10_000


class ProcessClaims:
    """Claims in a dictionary, the oldest dropped where there are too many. Safe to share between threads."""

    def __init__(self) -> None:
        self._stored: dict[str, StoredClaim] = {}
        self._lock = threading.Lock()

    def read(self, key: str) -> StoredClaim | None:
        """Give what is stored; None where there is nothing."""
        return self._stored.get(key)

    def write(self, key: str, claim: CustomerClaim, revision: int) -> bool:
        """Write where the stored claim is of `revision` (0 for none) and say whether it was written."""
        with self._lock:
            stored = self._stored.pop(key, None)
            if (stored.revision if stored else 0) != revision:
                if stored is not None:
                    self._stored[key] = stored
                return False
            if len(self._stored) >= CLAIMS_MAX:
                del self._stored[next(iter(self._stored))]
            self._stored[key] = StoredClaim(claim, revision + 1)
            return True
