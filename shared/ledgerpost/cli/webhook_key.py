"""`ledgerpost webhook-key`: the keys by which a source signs its requests to a stage."""

import secrets as random
from typing import Annotated

import typer

from ledgerpost.app import webhook_keys
from ledgerpost.app.change_log import acting
from ledgerpost.cli.books import ByOption
from ledgerpost.cli.output import messages, print_json, results
from ledgerpost.cli.stage import NeededStage, Stage
from ledgerpost.domain.access import Act
from ledgerpost.domain.event import TenantId

app = typer.Typer(help="Make, rotate and end a key of the signed webhook.", no_args_is_help=True)

KeyArgument = Annotated[str, typer.Argument(metavar="KEY", help="The key's id: letters, digits, dashes.")]
TenantOption = Annotated[str, typer.Option("--tenant", help="The tenant whose approvals it may send.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result for scripts.")]


@app.command("put")
def put(
    key: KeyArgument, tenant: TenantOption, stage: NeededStage, by: ByOption = None, as_json: JsonOption = False
) -> None:
    """Make a key, or its next version, and print the secret, this once. It is base64 of the bytes to sign with.

    The version before it stays good until `end`, so the sender can change over without a pause.
    """
    target, doing = Stage(stage), Stage(stage).doing(by)
    with acting(doing.person, Act.PUT_WEBHOOK_KEY, TenantId(tenant), doing.ports, key=key):
        made = webhook_keys.put_key(
            stage,
            TenantId(tenant),
            key,
            vault=target.vault,
            secrets=target.secrets,
            random_bytes=random.token_bytes,
        )
    if as_json:
        print_json({"key": made.key_id, "secret": made.secret})
        return
    messages.print("Give this to the sender; it is not shown again. It is good within a minute.")
    results.print(made.secret, highlight=False, soft_wrap=True)


@app.command("end")
def end(key: KeyArgument, tenant: TenantOption, stage: NeededStage, by: ByOption = None) -> None:
    """Let only the newest version of a key be good, once the sender uses it. It holds within a minute."""
    target, doing = Stage(stage), Stage(stage).doing(by)
    with acting(doing.person, Act.END_WEBHOOK_KEY, TenantId(tenant), doing.ports, key=key):
        webhook_keys.end_earlier_version(stage, TenantId(tenant), key, vault=target.vault, secrets=target.secrets)
    results.print(f"Only the newest version of {key} is good from now on.", highlight=False)
