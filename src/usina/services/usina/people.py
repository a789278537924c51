"""People: sign in, and who may act as what; who is removed has no session from that moment on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.core.clock import utc
from usina.core.errors import AccessDeniedError, NotFoundError, ValidationError
from usina.core.operation import Access, Resource, operation
from usina.core.people import GroupRole
from usina.services.usina.pages import page
from usina.sovereignty.people.signing_in import chosen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.operation import Call
    from usina.core.people import Person
    from usina.core.ports import Ports
    from usina.shapes import usina_types as t


def _account_of(call: Call[Mapping[str, Any]]) -> str:
    account: str = call.arguments.get("account", call.principal.account)
    return account


def _sign_in(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    asked, web = call.arguments, call.principal.web
    if web is None:
        role = asked.get("role", "*")
        return (Resource("SignIn", role, _account_of(call), {"role": role}),)
    choice = _chosen(call, ports)
    return (Resource("SignIn", choice.role, choice.account, {"role": choice.role}),)


def _chosen(call: Call[Mapping[str, Any]], ports: Ports) -> GroupRole:
    """What is asked for; once it was chosen it stays so, however the groups' roles change meanwhile."""
    asked, web = call.arguments, call.principal.web
    if web is None:
        return chosen((), "", "")
    choices = ports.people.choices(web.groups)
    return chosen(choices, web.role or asked.get("role", ""), call.principal.account or asked.get("account", ""))


def _everybody(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del call, ports
    return (Resource("Person", "*"),)


def _person(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del ports
    return (Resource("Person", call.arguments["person"]),)


def _given(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del ports
    account = _account_of(call)
    return (Resource("Account", account, account), Resource("Role", call.arguments["role"], account))


def _account(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    if call.arguments.get("allAccounts", False):
        return _everybody(call, ports)
    account = _account_of(call)
    return (Resource("Account", account, account),)


def _described(person: Person) -> t.PersonDescription:
    return {
        "person": person.id,
        "name": person.name,
        "issuer": person.issuer,
        "subject": person.subject,
        "groups": list(person.groups),
        "firstSeenAt": utc(person.first_seen_at),
        "lastSeenAt": utc(person.last_seen_at),
        "removed": person.removed,
    }


def _group_role(call: Call[Mapping[str, Any]]) -> GroupRole:
    return GroupRole(call.arguments["group"], _account_of(call), call.arguments["role"])


def _shown(choice: GroupRole) -> t.GroupRoleDescription:
    return {"group": choice.group, "account": choice.account, "role": choice.role}


@operation("usina", "SignIn", access=Access.WRITE, touches=_sign_in)
async def sign_in(call: Call[t.SignInRequest], ports: Ports) -> t.SignInResponse:
    """A session of the role that a group of the person has, for an ID token of the site's identity provider.

    Raises: AccessDeniedError where a key signed the request: the token is the proof, and there is no other.
    """
    web = call.principal.web
    if web is None or web.provider:
        raise AccessDeniedError("Sign in with an ID token of the site's identity provider, in an unsigned request.")
    choice = _chosen(call, ports)
    person, session = await ports.people.sign_in(web, choice)
    return {
        "person": person.id,
        "name": person.name,
        "account": choice.account,
        "role": choice.role,
        "accessKeyId": session.access_key_id,
        "secretAccessKey": session.secret_access_key,
        "sessionToken": session.session_token,
        "expiresAt": utc(session.expires_at),
    }


@operation("usina", "ListPeople", access=Access.LIST, touches=_everybody)
async def list_people(call: Call[t.ListPeopleRequest], ports: Ports) -> t.ListPeopleResponse:
    """List who ever signed in, with their groups at the last time."""
    most, token = call.arguments.get("maxResults"), call.arguments.get("nextToken")
    shown, token = page(await ports.people.all(), lambda each: each.name, most, token)
    answer: t.ListPeopleResponse = {"people": [_described(each) for each in shown]}
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation("usina", "RemovePerson", access=Access.PERMISSIONS, touches=_person)
async def remove_person(call: Call[t.RemovePersonRequest], ports: Ports) -> t.RemovePersonResponse:
    """End all sessions of a person at once, and let him in no more."""
    return {"person": _described(await ports.people.remove(call.arguments["person"], removed=True))}


@operation("usina", "RestorePerson", access=Access.PERMISSIONS, touches=_person)
async def restore_person(call: Call[t.RestorePersonRequest], ports: Ports) -> t.RestorePersonResponse:
    """Let a person in again who was removed; sessions that ended stay so."""
    return {"person": _described(await ports.people.remove(call.arguments["person"], removed=False))}


@operation("usina", "PutGroupRole", access=Access.PERMISSIONS, touches=_given)
async def put_group_role(call: Call[t.PutGroupRoleRequest], ports: Ports) -> t.PutGroupRoleResponse:
    """Let people of a group act in a role; one that is given already stays."""
    choice = _group_role(call)
    await ports.people.set_role(choice, given=True)
    return {"groupRole": _shown(choice)}


@operation("usina", "DeleteGroupRole", access=Access.PERMISSIONS, touches=_given)
async def delete_group_role(call: Call[t.DeleteGroupRoleRequest], ports: Ports) -> t.DeleteGroupRoleResponse:
    """Take a role from a group: at their next sign-in its people do not get it; sessions go on to their end."""
    choice = _group_role(call)
    if not await ports.people.set_role(choice, given=False):
        raise NotFoundError(f"The group {choice.group} has no such role. ListGroupRoles shows what groups have.")
    return {}


@operation("usina", "ListGroupRoles", access=Access.LIST, touches=_account)
async def list_group_roles(call: Call[t.ListGroupRolesRequest], ports: Ports) -> t.ListGroupRolesResponse:
    """List which groups may act as what, in one account or in all."""
    everywhere = call.arguments.get("allAccounts", False)
    if everywhere and "account" in call.arguments:
        raise ValidationError("say account or allAccounts, not both")
    account = _account_of(call)
    known = [each for each in ports.people.choices(None) if everywhere or each.account == account]
    return {"groupRoles": [_shown(each) for each in known]}
