"""The page on Pennylane names what there is: each action, each of its inputs and its outputs."""

import re
from pathlib import Path

import pytest
from pydantic import AliasChoices

from ledgerpost.connectors.pennylane.actions.outputs import SPELLED_RIGHT
from ledgerpost.connectors.pennylane.actions.run import ACTIONS, Action
from ledgerpost.connectors.pennylane.building import OPTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "pennylane.md").read_text(encoding="utf-8")
ROWS = {row.split("|")[1].strip().strip("`"): row for row in PAGE.splitlines() if row.startswith("| `")}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_every_input_of_an_action_stands_in_its_row_and_required_ones_are_marked(action: Action):
    row = ROWS[action.name]
    for name, field in action.input.model_fields.items():
        choices = field.validation_alias.choices if isinstance(field.validation_alias, AliasChoices) else []
        keys = [str(choice) for choice in choices] or [str(field.alias or name)]
        found = [key for key in keys if re.search(rf"`{key}[`.\[]", row)]
        assert found, f"{action.name}: {keys}"
        if field.is_required():
            assert re.search(rf"`{found[0]}[^`]*`\*", row), f"{action.name}: {keys}"


def test_both_spellings_and_every_option_are_named():
    for name in (*SPELLED_RIGHT, *SPELLED_RIGHT.values(), *OPTIONS):
        assert f"`{name}`" in PAGE
