"""What is made when it is first used: a client that an invocation may never call costs its start nothing."""

import threading
from collections.abc import Callable
from typing import Any


class MadeOnFirstUse:
    """Stands for what `make` gives, and makes it when the first of its methods is asked for. Safe for threads.

    A making that raised is tried again at the next use.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._making = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        """Give the attribute of what it stands for; only names that are not its own come here."""
        return getattr(self._it(), name)

    def _it(self) -> Any:
        if self._made is None:
            with self._making:
                if self._made is None:
                    self._made = self._make()
        return self._made
