"""A tenant's configuration as the items of the route store: plain JSON values, written by us and trusted on reading.

Reading needs no pydantic, so that a cold start of intake and delivery does not pay for the configuration check.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ledgerpost.domain.event import EventKind, StreamType, TenantId
from ledgerpost.domain.note import NoteTemplate
from ledgerpost.domain.route import (
    AccountId,
    Connection,
    ConnectionId,
    CustomFieldMap,
    EntryType,
    OAuthAuth,
    OAuthPasswordAuth,
    PatAuth,
    Route,
    RouteId,
    Rule,
    SecretReference,
    TenantConfiguration,
    with_user,
)

if TYPE_CHECKING:
    from ledgerpost.domain.collection import DocumentMapping

Item = dict[str, Any]
"""One item: `tenant`, `item` (`tenant`, `connection#<id>` or `route#<id>`) and its content."""

_TENANT, _CONNECTION, _ROUTE = "tenant", "connection#", "route#"


def to_items(configuration: TenantConfiguration) -> list[Item]:
    """Give the items of `configuration`: one of the tenant itself, one per connection and one per route."""
    tenant = configuration.tenant
    connections = (_connection_item(tenant, connection) for connection in configuration.connections.values())
    routes = (_route_item(tenant, route) for route in configuration.routes.values())
    return [{"tenant": tenant, "item": _TENANT}, *connections, *routes]


def from_items(items: Sequence[Mapping[str, Any]]) -> TenantConfiguration:
    """Give the configuration that `to_items` made `items` of, in any order; there is at least one item."""
    by_name = sorted(items, key=lambda item: str(item["item"]))
    connections = [_connection_of(item) for item in by_name if item["item"].startswith(_CONNECTION)]
    routes = [_route_of(item) for item in by_name if item["item"].startswith(_ROUTE)]
    return TenantConfiguration(
        tenant=TenantId(by_name[0]["tenant"]),
        connections={connection.id: connection for connection in connections},
        routes={route.id: route for route in routes},
    )


def _connection_item(tenant: TenantId, connection: Connection) -> Item:
    return {
        "tenant": tenant,
        "item": f"{_CONNECTION}{connection.id}",
        "id": connection.id,
        "label": connection.label,
        "target": connection.target,
        "baseUrl": connection.base_url,
        "auth": _auth_item(connection.auth),
        "options": dict(connection.options),
        "credentialsExpireOn": connection.credentials_expire_on and connection.credentials_expire_on.isoformat(),
    }


def _auth_item(auth: PatAuth | OAuthAuth) -> Item:
    if isinstance(auth, PatAuth):
        return {"type": "PAT", "token": auth.token}
    client = {
        "type": "OAuth",
        "identityAuthority": auth.identity_authority,
        "clientId": auth.client_id,
        "clientSecret": auth.client_secret,
        "scopes": auth.scopes,
    }
    if isinstance(auth, OAuthPasswordAuth):
        return client | {"type": "OAuthPassword", "userName": auth.user_name}
    return client


def _route_item(tenant: TenantId, route: Route) -> Item:
    item = {
        "tenant": tenant,
        "item": f"{_ROUTE}{route.id}",
        "id": route.id,
        "connection": route.connection,
        "streamType": route.stream.value,
        "accountId": route.account,
        "enabled": route.enabled,
        "timeZone": route.time_zone.key,
        "revision": route.revision,
        "rules": {kind.value: _rule_item(rule) for kind, rule in route.rules.items()},
    }
    if route.collection is None:
        return item
    from ledgerpost.wire.stored_collection import collection_item  # noqa: PLC0415 - few routes have one

    return item | {"collection": collection_item(route.collection)}


def _rule_item(rule: Rule) -> Item:
    return {
        "Enabled": rule.enabled,
        "EntryType": rule.entry_type.value,
        "TagNames": list(rule.tag_names),
        "CreateMissingTags": rule.create_missing_tags,
        "ReferenceIdSourceProperty": rule.reference_source,
        "NoteTemplate": rule.note_template.text if rule.note_template else None,
        "CustomFieldValueMaps": [
            {"FieldDefinitionId": field.field_definition_id, "SourceProperty": field.source_property}
            for field in rule.custom_fields
        ],
    }


def _connection_of(item: Mapping[str, Any]) -> Connection:
    # Items of before this key do not have it.
    expire_on = item.get("credentialsExpireOn")
    return Connection(
        id=ConnectionId(item["id"]),
        label=item["label"],
        target=item["target"],
        base_url=item["baseUrl"],
        auth=_auth_of(item["auth"]),
        options=dict(item["options"]),
        credentials_expire_on=date.fromisoformat(expire_on) if expire_on else None,
    )


def _auth_of(item: Mapping[str, Any]) -> PatAuth | OAuthAuth:
    if item["type"] == "PAT":
        return PatAuth(SecretReference(item["token"]))
    client = OAuthAuth(
        identity_authority=item["identityAuthority"],
        client_id=item["clientId"],
        client_secret=SecretReference(item["clientSecret"]),
        scopes=item["scopes"],
    )
    return with_user(client, item["userName"]) if item["type"] == "OAuthPassword" else client


def _route_of(item: Mapping[str, Any]) -> Route:
    return Route(
        id=RouteId(item["id"]),
        connection=ConnectionId(item["connection"]),
        stream=StreamType(item["streamType"]),
        account=AccountId(item["accountId"]),
        enabled=item["enabled"],
        time_zone=ZoneInfo(item["timeZone"]),
        # Decimal is what DynamoDB's own reader makes of a number.
        revision=int(item["revision"]),
        rules={EventKind(name): _rule_of(rule) for name, rule in sorted(item["rules"].items())},
        collection=_collection_of(item.get("collection")),
    )


def _collection_of(item: Any) -> "DocumentMapping | None":
    if not item:
        return None
    from ledgerpost.wire.stored_collection import collection_of  # noqa: PLC0415 - few routes have one

    return collection_of(item)


def _rule_of(item: Mapping[str, Any]) -> Rule:
    template = item["NoteTemplate"]
    return Rule(
        enabled=item["Enabled"],
        entry_type=EntryType(item["EntryType"]),
        tag_names=tuple(item["TagNames"]),
        create_missing_tags=item["CreateMissingTags"],
        reference_source=item["ReferenceIdSourceProperty"],
        note_template=None if template is None else NoteTemplate(template),
        custom_fields=tuple(
            CustomFieldMap(field["FieldDefinitionId"], field["SourceProperty"])
            for field in item["CustomFieldValueMaps"]
        ),
    )
