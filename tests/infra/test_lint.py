"""CloudFormation's own rules, by cfn-lint."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def test_cloudformation_would_take_both_templates(tmp_path: Path, templates: dict[str, dict[str, Any]]) -> None:
    paths = [tmp_path / f"{name}.template.json" for name in templates]
    for path, template in zip(paths, templates.values(), strict=True):
        path.write_text(json.dumps(template))
    # W3005: the CDK names dependencies that references imply already.
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--ignore-checks", "W3005", "--", *map(str, paths)]
    linted = subprocess.run(command, check=False, capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout
