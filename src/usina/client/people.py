"""A typed client of what concerns people and their groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from usina.client.calls import Calls

if TYPE_CHECKING:
    from usina.shapes import usina_types as t


class People(Calls):
    """People of one factory."""

    def all(self) -> list[t.PersonDescription]:
        """Who ever signed in, in order of name."""
        return self._all("list_people", "people")

    def remove_person(self, person: str) -> t.PersonDescription:
        """End all sessions of a person at once, and let him in no more."""
        return cast("t.RemovePersonResponse", self._call("remove_person", person=person))["person"]

    def restore_person(self, person: str) -> t.PersonDescription:
        """Let a person in again."""
        return cast("t.RestorePersonResponse", self._call("restore_person", person=person))["person"]

    def group_roles(self, *, account: str | None = None, all_accounts: bool = False) -> list[t.GroupRoleDescription]:
        """What groups may act as, in the caller's account, another, or all."""
        answer = self._call("list_group_roles", account=account, allAccounts=all_accounts or None)
        return cast("t.ListGroupRolesResponse", answer)["groupRoles"]

    def put_group_role(self, group: str, role: str, account: str | None) -> t.GroupRoleDescription:
        """Let people of a group act in a role."""
        answer = self._call("put_group_role", group=group, role=role, account=account)
        return cast("t.PutGroupRoleResponse", answer)["groupRole"]

    def delete_group_role(self, group: str, role: str, account: str | None) -> None:
        """Take a role from a group."""
        self._call("delete_group_role", group=group, role=role, account=account)
