"""What each role may do is text that a person has read: a policy or operation that changes it shows in a diff."""

from __future__ import annotations

from tools.authz_matrix import MATRIX, ROLES, matrix

AGAIN = "run `python -m tools.authz_matrix` and read the diff of tests/law/authz_matrix.txt"


def rows() -> list[list[str]]:
    """Cells of every row: operation, access, touches, whose, then one for each role."""
    lines = MATRIX.read_text("utf-8").split("\n\n", 2)[2].splitlines()[1:]
    return [[line.split()[0], line.split()[1], *line.split()[-len(ROLES) - 1 :]] for line in lines]


def test_the_matrix_says_what_policy_decides_now() -> None:
    assert MATRIX.read_text("utf-8") == matrix(), AGAIN


def test_nobody_without_a_role_may_do_more_than_ask_who_he_is() -> None:
    allowed = {row[0] for row in rows() if row[-1] == "yes"}
    assert allowed <= {"sts:GetCallerIdentity", "sts:GetSessionToken"}


def test_only_administrators_change_and_only_auditors_read_what_belongs_to_another_tenant() -> None:
    for operation, access, whose, administrator, *others, auditor, nobody in rows():
        if whose == "other":
            assert {*others, nobody} <= {".", "NO"}, operation
            assert administrator == "yes"
            assert auditor != "yes" or access in {"list", "read", "audit"}, operation


def test_operators_and_auditors_use_no_model() -> None:
    operator, auditor = (3 + ROLES.index(role) for role in ("operator", "auditor"))
    for row in rows():
        if row[1] == "use":
            assert "yes" not in {row[operator], row[auditor]}, row[0]


def test_the_ledger_is_read_by_auditors_and_administrators_only() -> None:
    for row in rows():
        if row[1] == "audit":
            allowed = {role for role, cell in zip(ROLES, row[3:], strict=True) if cell == "yes"}
            assert allowed == {"administrator", "auditor"}, row[0]


def test_only_administrators_hand_out_roles() -> None:
    for row in rows():
        if row[1] == "permissions":
            allowed = {role for role, cell in zip(ROLES, row[3:], strict=True) if cell == "yes"}
            assert allowed <= {"administrator", "tenant-administrator"}, row[0]
