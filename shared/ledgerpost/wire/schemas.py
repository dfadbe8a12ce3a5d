"""The JSON Schemas of the outside documents, generated from their models: `python -m ledgerpost.wire.schemas`.

A schema is for editors and publishers; what only code can tell (a time zone's name, a private address, two writers of
one reference) is told by `read_event`, `read_configuration` and `read_extract`.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import GenerateJsonSchema

from ledgerpost.wire.approval import ApprovalDetail, DetailType
from ledgerpost.wire.collection import SHIPPED
from ledgerpost.wire.collection_model import CollectionDocument, UsedCollectionDocument
from ledgerpost.wire.configuration_model import (
    ConfigurationDocument,
    CustomFieldDocument,
    RuleDocument,
    RulesDocument,
)
from ledgerpost.wire.extract_model import ExtractDocument, SourceDocument
from ledgerpost.wire.rule_keys import camel

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class ApprovalEntry(BaseModel):
    """An approval event as a PutEvents entry; a file of events has one a line."""

    model_config = ConfigDict(extra="allow")

    source: str = Field(alias="Source", min_length=1, max_length=256, description="the system that approved it")
    detail_type: DetailType = Field(alias="DetailType", description="the kind of transaction")
    event_bus_name: str | None = Field(default=None, alias="EventBusName", description="the name of the bus")
    time: str | None = Field(
        default=None,
        alias="Time",
        description="an ISO 8601 instant with its offset",
        json_schema_extra={"format": "date-time"},
    )
    detail: ApprovalDetail | str = Field(
        alias="Detail", description="the approval: JSON text on the bus, in a file also an object"
    )


class _WithoutTitles(GenerateJsonSchema):
    """Leaves out the titles that pydantic makes of the keys; a key says it better."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        """Say that no key gets a title."""
        return False


def approval_event_schema() -> dict[str, Any]:
    """Give the JSON Schema of an approval event in its PutEvents form."""
    schema = ApprovalEntry.model_json_schema(schema_generator=_WithoutTitles)
    for form in schema["properties"]["Detail"]["anyOf"]:
        if form.get("type") == "string":
            form |= {"contentMediaType": "application/json", "contentSchema": {"$ref": "#/$defs/ApprovalDetail"}}
    return _headed(schema, "approval-event")


def configuration_schema() -> dict[str, Any]:
    """Give the JSON Schema of the configuration document; rule keys stand in Pascal and in camel case."""
    schema = ConfigurationDocument.model_json_schema(schema_generator=_WithoutTitles)
    for model in (RulesDocument, RuleDocument, CustomFieldDocument):
        _take_both_casings(schema["$defs"][model.__name__])
    _ask_for_entry_type(schema["$defs"][RuleDocument.__name__])
    _take_collections(schema["$defs"])
    return _headed(schema, "configuration")


def extract_schema() -> dict[str, Any]:
    """Give the JSON Schema of an extract's document; its source is let in by a token or by a consent, not by both."""
    schema = ExtractDocument.model_json_schema(schema_generator=_WithoutTitles)
    source = schema["$defs"][SourceDocument.__name__]
    source["oneOf"] = [
        {"required": [key], "properties": {key: {"not": {"type": "null"}}, other: {"type": "null"}}}
        for key, other in (("token", "oauth"), ("oauth", "token"))
    ]
    return _headed(schema, "extract")


def _take_collections(definitions: dict[str, Any]) -> None:
    """Say what a route's `collection` may be, and that it may stand in place of rules."""
    route = definitions["RouteDocument"]
    route["required"].remove("rules")
    route["anyOf"] = [{"required": ["rules"]}, {"required": ["collection"]}]
    forms: list[dict[str, Any]] = [{"type": "string", "enum": list(SHIPPED)}]
    for model in (UsedCollectionDocument, CollectionDocument):
        schema = model.model_json_schema(schema_generator=_WithoutTitles)
        definitions |= schema.pop("$defs", {})
        definitions[model.__name__] = schema
        forms.append({"$ref": f"#/$defs/{model.__name__}"})
    route["properties"]["collection"] = {
        "description": route["properties"]["collection"]["description"],
        "anyOf": forms,
    }


def _take_both_casings(definition: dict[str, Any]) -> None:
    pascal = dict(definition["properties"])
    for key, form in pascal.items():
        definition["properties"][camel(key)] = form
    asked = [_either_casing(key) for key in definition.pop("required", [])]
    once = [{"not": {"required": [key, camel(key)]}} for key in pascal]
    definition["allOf"] = [*asked, *once]


def _either_casing(key: str) -> dict[str, Any]:
    return {"anyOf": [{"required": [key]}, {"required": [camel(key)]}]}


def _ask_for_entry_type(definition: dict[str, Any]) -> None:
    for key in ("Enabled", "enabled"):
        enabled = {"properties": {key: {"const": True}}, "required": [key]}
        definition["allOf"].append({"if": enabled, "then": _either_casing("EntryType")})


def _headed(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": f"urn:ledgerpost:{name}:1"} | schema


def schema_files() -> dict[str, str]:
    """Give the text of each schema file by its name."""
    schemas = {
        "approval-event.schema.json": approval_event_schema(),
        "configuration.schema.json": configuration_schema(),
        "extract.schema.json": extract_schema(),
    }
    return {name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for name, schema in schemas.items()}


def main(arguments: list[str] | None = None) -> int:
    """Write the schema files into a folder; with --check write nothing and give 1 where one of them is stale."""
    parser = argparse.ArgumentParser(prog="python -m ledgerpost.wire.schemas", description=main.__doc__)
    parser.add_argument("--into", type=Path, default=Path("events"), help="the folder (default: events)")
    parser.add_argument("--check", action="store_true", help="only say whether the files are as they should be")
    options = parser.parse_args(arguments)
    stale = [
        name
        for name, text in schema_files().items()
        if not (path := options.into / name).is_file() or path.read_text(encoding="utf-8") != text
    ]
    if options.check:
        sys.stderr.writelines(f"{options.into / name} is stale: run `make schemas`.\n" for name in stale)
        return 1 if stale else 0
    for name in stale:
        (options.into / name).write_text(schema_files()[name], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
