"""Writes the CloudFormation template and its assets of one stage: `python infra/app.py --stage dev`.

Needs Node, but neither Docker nor the CDK's command line; `cdk deploy --app cdk.out` takes the result from there.
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The folder of a script comes first on the path, and there `packaging` and `constructs` would hide libraries.
sys.path[0] = str(ROOT)

from infra.packaging import PYTHON_VERSION, build_package, find_compiler  # noqa: E402
from infra.stage import STAGES  # noqa: E402
from infra.synthesis import synthesize  # noqa: E402


def main() -> None:
    """Stage the code and the layer, then write the cloud assembly."""
    parser = argparse.ArgumentParser(description="Write the CloudFormation template of a stage.")
    parser.add_argument("--stage", choices=sorted(STAGES), default="dev")
    parser.add_argument("--output", type=Path, default=Path(os.environ.get("CDK_OUTDIR", ROOT / "cdk.out")))
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="where the zips are made")
    parser.add_argument("--extracts", type=Path, help="a folder with the documents of the nightly extracts, *.json")
    arguments = parser.parse_args()
    compiler = find_compiler()
    if compiler is None:
        print(  # noqa: T201 - this is a command
            f"No Python {PYTHON_VERSION} here, so the code is not compiled ahead: each cold start takes a second more.",
            file=sys.stderr,
        )
    package = build_package(arguments.build, compiler=compiler)
    documents = sorted(arguments.extracts.glob("*.json")) if arguments.extracts else []
    stage = replace(STAGES[arguments.stage], extracts=tuple(each.read_text(encoding="utf-8") for each in documents))
    synthesize(stage, package, arguments.output)
    print(arguments.output / f"ledgerpost-{arguments.stage}.template.json")  # noqa: T201 - this is a command


if __name__ == "__main__":
    main()
