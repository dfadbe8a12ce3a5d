"""Blocks for a terminal that no test runs, each with the reason. Their `ledgerpost` lines are parsed all the same."""

from dataclasses import dataclass

from tests.docs.pages import Block, name_of


@dataclass(frozen=True, slots=True)
class Excuse:
    """Why blocks of `page` are not run: all of them, or those that hold the text `with_text`."""

    page: str
    reason: str
    with_text: str = ""

    def covers(self, block: Block) -> bool:
        """Say whether the block is excused by this."""
        return name_of(block.page) == self.page and self.with_text in block.text


NOT_RUN = (
    Excuse("README.md", "it would start these tests anew", "make test"),
    Excuse("docs/acumatica.md", "tests/e2e/test_demo_orders.py runs the week; it takes a minute", "demo --orders"),
    Excuse("docs/acumatica.md", "one line of a server that does not end; quick-start/ipaas-acumatica.md runs it"),
    Excuse("docs/deploy.md", "it deploys to AWS; tests/infra holds the template, tests/integration runs it"),
    Excuse("docs/fincome.md", "placeholders for secrets; quick-start/pennylane-fincome.md runs it"),
    Excuse("docs/grouping.md", "placeholders for files; quick-start/grouping-codat.md runs the same commands"),
    Excuse("docs/mapping-collections.md", "placeholders for files; quick-start/ipaas-acumatica.md runs the same"),
    Excuse("docs/operations.md", "it is for a stage on AWS; tests/e2e and tests/infra hold the commands"),
    Excuse("docs/performance.md", "it needs a sampling profiler, and measures for half a minute"),
    Excuse("docs/quick-start/README.md", "it sets up the environment that these tests run in", "make setup"),
    Excuse("docs/reliability.md", "it takes minutes; tests/simulation runs histories of each profile"),
    Excuse("docs/ways-in.md", "it is for a stage on AWS; tests/app and tests/console hold the commands"),
    Excuse("docs/writing-a-connector.md", "the conformance suite runs by itself", "pytest"),
    Excuse("benchmarks/README.md", "it measures for minutes, and installs what it compares with"),
)
