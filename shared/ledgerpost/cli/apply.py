"""`ledgerpost apply` and `ledgerpost diff`: a configuration document and a stage."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.app import acts
from ledgerpost.app.apply import Consent, Plan
from ledgerpost.app.apply import plan as plan_application
from ledgerpost.cli.apply_report import plain_plan, show_plan
from ledgerpost.cli.inputs import text_of_file
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, messages, print_json, print_warnings, results
from ledgerpost.cli.stage import NeededStage, Stage
from ledgerpost.cli.stage_secrets import Upload, as_planned, upload_all, uploads_of, with_uploaded
from ledgerpost.domain.route import AppliedConfiguration
from ledgerpost.errors import ConfigurationError, StoreError, UsageError
from ledgerpost.wire.configuration import read_configuration

DocumentArgument = Annotated[Path, typer.Argument(metavar="C", help="The configuration document, YAML or JSON.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result for scripts.")]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document read for a stage: the secrets of this machine that it names, and the plan."""

    uploads: tuple[Upload, ...]
    plan: Plan


def apply(
    document: DocumentArgument,
    stage: NeededStage,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what the document lacks.")] = False,
    accept_new_references: Annotated[
        bool, typer.Option("--accept-new-references", help="Let a route in use write under other references.")
    ] = False,
    upload_secrets: Annotated[
        bool, typer.Option("--upload-secrets", help="Put the `env:` secrets of the document into Secrets Manager.")
    ] = False,
    by: Annotated[str | None, typer.Option("--by", help="Who applies; by default the AWS identity.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a configuration to a stage, after showing what changes. The functions follow within a minute.

    Exit 0: applied, or nothing to change; 1: declined; 2: refused.
    """
    if as_json and not yes:
        raise UsageError("usage", "--json cannot ask; give --yes as well.")
    target = Stage(stage)
    consent = Consent(prune=prune, new_references=accept_new_references)
    prepared = _prepare(target, document, consent, upload=upload_secrets, quiet=as_json)
    uploads = prepared.uploads if upload_secrets else ()
    if not as_json:
        show_plan(prepared.plan, stage, uploads)
    if prepared.plan.objections:
        raise ConfigurationError(prepared.plan.objections)
    if (prepared.plan.changes or uploads) and not yes:
        _ask(target, prepared.plan)
    plan, applied = _write(target, prepared.plan, uploads, consent, by)
    if as_json:
        print_json(plain_plan(plan, stage) | {"applied": applied is not None})
    elif applied is None:
        results.print("Nothing to apply.")
    else:
        done = f"Applied revision {applied.revision} as {escape(applied.by)}."
        results.print(f"{done} The functions follow within a minute.", highlight=False)


def diff(document: DocumentArgument, stage: NeededStage, as_json: JsonOption = False) -> None:
    """Show what `apply` would change on a stage. Exit 0: nothing; 1: something; 2: the document is refused."""
    prepared = _prepare(Stage(stage), document, Consent(), upload=True, quiet=as_json)
    if as_json:
        print_json(plain_plan(prepared.plan, stage))
    else:
        show_plan(prepared.plan, stage, tuple(each for each in prepared.uploads if each.replaces is None))
        print_warnings(prepared.plan.objections)
    if prepared.plan.changes:
        leave(NEEDS_A_PERSON)


def _prepare(stage: Stage, document: Path, consent: Consent, *, upload: bool, quiet: bool) -> Prepared:
    checked = read_configuration(
        text_of_file(document), allow_loopback=stage.is_emulated, formulas=RuleEngineFormulas()
    )
    if not quiet:
        print_warnings(checked.warnings)
    uploads = uploads_of(stage, checked.configuration)
    planned = as_planned(checked.configuration, stage, uploads, upload=upload)
    return Prepared(uploads, plan_application(planned, consent, stage.apply_ports()))


def _ask(stage: Stage, plan: Plan) -> None:
    if not typer.confirm(f"Apply this to {plan.after.tenant} on stage {stage.name}?", default=False, err=True):
        messages.print("Nothing was changed.")
        leave(NEEDS_A_PERSON)


def _write(
    stage: Stage, plan: Plan, uploads: tuple[Upload, ...], consent: Consent, by: str | None
) -> tuple[Plan, AppliedConfiguration | None]:
    """Upload, then apply where there is something to; give the plan with its final references, and what was applied."""
    if not plan.changes and not uploads:
        return plan, None
    ports = stage.apply_ports()
    doing = stage.doing(by)
    if uploads:
        done = upload_all(stage, plan.after, uploads, doing)
        for connection, put in done.items():
            messages.print(f"Secret of {connection}: {put.put}.", highlight=False)
        # Only now are the references known. What was shown and agreed to has to be what is written, so it still has
        # to start from the same revision.
        final = plan_application(with_uploaded(plan.after, done), consent, ports)
        if final.revision != plan.revision:
            raise StoreError(
                "config_applied_meanwhile", "The secrets were uploaded, the configuration was not written."
            )
        plan = final
    return plan, acts.apply(plan, ports, doing) if plan.changes else None
