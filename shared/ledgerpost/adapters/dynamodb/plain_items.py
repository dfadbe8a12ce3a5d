"""Plain JSON values as DynamoDB's attribute values, and back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

PlainItem = Mapping[str, Any]


def attributes_of(item: PlainItem) -> dict[str, Any]:
    """Give an item for DynamoDB; raises TypeError for what has no place in one, such as a float."""
    return {name: _attribute(value) for name, value in item.items()}


def _attribute(value: object) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | Decimal():
            return {"N": str(value)}
        case Mapping():
            return {"M": attributes_of(value)}
        case list() | tuple():
            return {"L": [_attribute(member) for member in value]}
        case _:
            raise TypeError(f"{type(value).__name__} has no place in an item")


def plain_item(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Give the item that `attributes_of` made the attributes of; a whole number is an int, another a Decimal."""
    return {name: _plain(value) for name, value in attributes.items()}


def _plain(value: Mapping[str, Any]) -> object:
    ((kind, content),) = value.items()
    match kind:
        case "NULL":
            return None
        case "N":
            number = Decimal(content)
            return int(number) if number == number.to_integral_value() else number
        case "M":
            return plain_item(content)
        case "L":
            return [_plain(member) for member in content]
        case _:
            return content
