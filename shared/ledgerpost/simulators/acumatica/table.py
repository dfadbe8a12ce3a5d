"""The records of one entity, by id and by key, in the order of their creation."""

from collections.abc import Iterator

from ledgerpost.simulators.acumatica.records import Record
from ledgerpost.simulators.acumatica.schema import Schema


class Table:
    """One thread at a time: each write is whole before the next."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._by_id: dict[str, Record] = {}
        self._by_key: dict[tuple[str, ...], str] = {}
        self._created_at_s: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Record]:
        return iter(list(self._by_id.values()))

    def of_id(self, record_id: str) -> Record | None:
        """The record of this GUID."""
        return self._by_id.get(record_id.lower())

    def of_key(self, key: tuple[str, ...]) -> Record | None:
        """The record of these key values, in the order of the entity's keys, without regard to case."""
        record_id = self._by_key.get(_folded(key))
        return None if record_id is None else self._by_id[record_id]

    def key_of(self, record: Record) -> tuple[str, ...]:
        """The values of the record's key fields."""
        return tuple(record.text(name) for name in self.schema.keys)

    def put(self, record: Record, now_s: float) -> None:
        """Keep the record in place of the one of its id, or beside the others."""
        self._by_id[record.id] = record
        self._by_key[_folded(self.key_of(record))] = record.id
        self._created_at_s.setdefault(record.id, now_s)

    def delete(self, record: Record) -> None:
        """Take the record out."""
        del self._by_id[record.id]
        del self._by_key[_folded(self.key_of(record))]

    def created_at_s(self, record: Record) -> float:
        """The reading of the clock when the record was first kept."""
        return self._created_at_s[record.id]

    def clear(self) -> None:
        """Forget every record."""
        for kept in (self._by_id, self._by_key, self._created_at_s):
            kept.clear()


def _folded(key: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.casefold().strip() for part in key)
