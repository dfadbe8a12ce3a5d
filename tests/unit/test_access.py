"""The table of roles is total, and each role may do what the lesser ones may."""

import itertools

import pytest

from ledgerpost.domain.access import LEAST_ROLE, READING, Act, Role, may


def test_every_act_has_a_least_role_and_nothing_else_has() -> None:
    assert set(LEAST_ROLE) == set(Act)


@pytest.mark.parametrize("act", Act)
def test_a_greater_role_may_do_what_a_lesser_one_may(act: Act) -> None:
    allowed = [may(role, act) for role in Role]
    assert allowed == sorted(allowed)
    assert may(Role.ADMIN, act)


def test_a_viewer_may_change_nothing_and_see_everything() -> None:
    assert {act for act in Act if may(Role.VIEWER, act)} == READING


def test_only_an_admin_touches_configuration_secrets_keys_and_entries_that_nobody_approved() -> None:
    of_admins = {act for act in Act if not may(Role.OPERATOR, act)}
    assert of_admins == {
        Act.APPLY, Act.PUT_SECRET, Act.ROLL_BACK_SECRET, Act.PUT_WEBHOOK_KEY, Act.END_WEBHOOK_KEY, Act.TEST_POST,
        Act.UNDO, Act.PUBLISH,
    }  # fmt: skip


def test_the_roles_are_in_the_order_of_what_they_may() -> None:
    for lesser, greater in itertools.pairwise(Role):
        assert {act for act in Act if may(lesser, act)} < {act for act in Act if may(greater, act)}
