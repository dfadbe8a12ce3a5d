"""Who gives the tokens of a history, and whose secret people rotate."""

from dataclasses import dataclass, field

CANARY = "canary-token"
"""Stands in every token and secret of a history, so that one which is shown anywhere is found."""

TOKEN_LIFETIME_S = 300


@dataclass(slots=True)
class Authority:
    """The client secret in force by tenant, and the tokens that are good, until when."""

    tokens: dict[str, tuple[str, int]] = field(default_factory=dict)
    _rotations: dict[str, int] = field(default_factory=dict)
    _given: int = 0

    def secret(self, tenant: str) -> str:
        """Give the secret in force; it holds the canary, as every token does."""
        return f"{CANARY}-secret-{tenant}-{self._rotations.get(tenant, 0)}"

    def rotate(self, tenant: str) -> None:
        """Put another secret in force; the one before is good no more, nor are its tokens."""
        self._rotations[tenant] = self._rotations.get(tenant, 0) + 1
        self.revoke(tenant)

    def revoke(self, tenant: str) -> None:
        """Let nobody in by the tenant's tokens any more."""
        self.tokens = {value: held for value, held in self.tokens.items() if held[0] != tenant}

    def give(self, tenant: str, secret: str, now_ms: int) -> str | None:
        """Give a token; None for a secret that is not in force."""
        if secret != self.secret(tenant):
            return None
        self._given += 1
        value = f"{CANARY}-{tenant}-{self._given}"
        self.tokens[value] = (tenant, now_ms + TOKEN_LIFETIME_S * 1000)
        return value

    def lets_in(self, tenant: str, header: str, now_ms: int) -> bool:
        """Say whether the Authorization header opens the tenant's ledger."""
        owner, until_ms = self.tokens.get(header.removeprefix("Bearer "), ("", 0))
        return owner == tenant and now_ms < until_ms
