"""A message that the handler itself cannot bear, each time: it ends in the dead-letter queue, alone, and is redriven.

The defect is a release that raises on one reference, the mend the release without it. The archive of the bus and its
replay, the other way back, are not shown here: the emulator has no archive.
"""

import io
import json
import zipfile
from typing import Any

import pytest

from ledgerpost.domain.delivery import Status
from ledgerpost.local.engine import SNAPSHOT
from ledgerpost.local.ministack import MinistackEngine
from ledgerpost.local.ministack_stack import CODE
from ledgerpost.simulators.pennypipe import SimulatorProcess, demo_settings
from tests.integration.conftest import an_engine, an_entry, configuration

pytestmark = pytest.mark.ministack

POISON = "D-7"
RECEIVES_MAX = 2
HIDDEN_S = 4
HANDLER = "functions/deliver/handler.py"
DEFECT = f'''

read_as_released = read_message


def read_message(body):
    if '"{POISON}"' in body or '\\\\"{POISON}\\\\"' in body:
        raise ZeroDivisionError("the defect of this release")
    return read_as_released(body)
'''


def defective(artefact: bytes) -> bytes:
    """Give the artefact with a delivery function that raises on one reference."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(artefact)) as sound, zipfile.ZipFile(buffer, "w") as made:
        for name in sound.namelist():
            made.writestr(name, sound.read(name) + (DEFECT.encode() if name == HANDLER else b""))
    return buffer.getvalue()


def quick_queue() -> dict[str, dict[str, Any]]:
    """Give the template's queue with a message coming again after seconds, and given up after a few times."""
    queue = json.loads(SNAPSHOT.read_text("utf-8"))["Resources"]["DeliveryQueue"]["Properties"]
    redrive = queue["RedrivePolicy"] | {"maxReceiveCount": RECEIVES_MAX}
    return {
        "DeliveryQueue": {"VisibilityTimeout": HIDDEN_S, "RedrivePolicy": redrive},
        "DeliverFunction": {"Timeout": HIDDEN_S},
    }


def test_a_message_that_breaks_the_handler_is_given_up_alone_and_redriven_after_the_mend(artefact: bytes) -> None:
    entries = {f"D-{number}": an_entry(f"D-{number}", "2.00") for number in range(1, 31)}
    variables = {"POST_BUDGET_S": "0.5", "LEASE_S": "5"}
    with (
        SimulatorProcess(demo_settings()) as simulator,
        an_engine(
            [configuration(simulator.url)],
            defective(artefact),
            variables=variables,
            properties=quick_queue(),
            timeout_s=40,
        ) as engine,
    ):
        assert engine.run(entries.values()).is_settled
        assert {record.key.reference for record in engine.records()} == entries.keys() - {POISON}
        assert {record.status for record in engine.records()} == {Status.DELIVERED}
        assert simulator.counts().entries == len(entries) - 1
        assert engine.dead_letters() == 1
        failures = [line for line in engine.stack.log_lines() if line.get("message") == "record.failed"]
        assert {line["error"] for line in failures} == {"ZeroDivisionError"}
        (message_id,) = {line["message_id"] for line in failures}
        receives = [line for line in engine.stack.log_lines() if line.get("message_id") == message_id]
        assert len(receives) == RECEIVES_MAX

        update_code(engine, artefact)
        redrive_dead_letters(engine)
        assert engine.run([]).is_settled
        assert engine.dead_letters() == 0
        held = [entry["referenceId"] for entry in simulator.entries()]
        assert sorted(held) == sorted(entries)


def update_code(engine: MinistackEngine, code: bytes) -> None:
    """Deploy another release of the delivery function."""
    client = engine.emulator.client("lambda")
    engine.emulator.client("s3").put_object(Bucket=CODE["S3Bucket"], Key="mended.zip", Body=code)
    client.update_function_code(
        FunctionName=engine.stack.names["DeliverFunction"], S3Bucket=CODE["S3Bucket"], S3Key="mended.zip"
    )


def redrive_dead_letters(engine: MinistackEngine) -> None:
    """Do by hand what StartMessageMoveTask does, which the emulator does not have."""
    sqs, outputs = engine.emulator.client("sqs"), engine.stack.outputs
    source, target = outputs["DeliveryDeadLettersUrl"], outputs["DeliveryQueueUrl"]
    for message in sqs.receive_message(QueueUrl=source, MaxNumberOfMessages=10, WaitTimeSeconds=1)["Messages"]:
        sqs.send_message(QueueUrl=target, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
