"""An engine that keeps running takes up what is published while it idles."""

import io
import threading

from ledgerpost.local.engine import EngineOptions, LocalEngine
from ledgerpost.local.live import LiveEngine
from tests.local.approvals import CONFIGURATION, approval
from tests.local.fake_ledger import FakeLedger

PATIENCE_S = 30


def test_what_is_published_to_an_idle_engine_is_posted_each_time() -> None:
    posted = threading.Semaphore(0)
    ledger = FakeLedger(before_post=posted.release)
    engine = LocalEngine(
        EngineOptions(configurations=[CONFIGURATION], targets=lambda _: ledger, log_stream=io.StringIO())
    )
    try:
        with LiveEngine(engine):
            for number in range(3):
                engine.publish([approval(f"R{number}")])
                assert posted.acquire(timeout=PATIENCE_S)
    finally:
        engine.close()
    assert ledger.posts == 3
