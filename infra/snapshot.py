"""Writes the reviewed template of stage dev that the local cloud reads: `make snapshot`.

The local cloud then needs neither Node nor the CDK. A test holds the file equal to what is synthesized.
"""

import sys
import tempfile
from pathlib import Path

# The folder of a script comes first on the path, and there `packaging` and `constructs` would hide libraries.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from infra.packaging import stand_in_package  # noqa: E402
from infra.stage import DEV  # noqa: E402
from infra.synthesis import SNAPSHOT, rendered, snapshot_of, synthesize  # noqa: E402


def main() -> None:
    """Write the snapshot; the code is not part of it, so none is staged."""
    with tempfile.TemporaryDirectory() as folder:
        template = synthesize(DEV, stand_in_package(Path(folder)), Path(folder) / "cdk.out", checked=False)
    SNAPSHOT.write_text(rendered(snapshot_of(template)))
    print(SNAPSHOT)  # noqa: T201 - this is a command


if __name__ == "__main__":
    main()
