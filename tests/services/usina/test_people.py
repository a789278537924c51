"""People sign in with a token of the site's provider, act in the role of their group, and are gone when removed."""

from __future__ import annotations

from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

import usina.shapes
from tests.services.iam.scene import ADDRESS, OTHER, Clients, Scene, _host
from tests.services.iam.test_acting import code_of
from usina.core.limits import Limits
from usina.sovereignty.identity import Authenticator
from usina.sovereignty.people.site import SitePeople
from usina.testing.oidc import FakeProvider
from usina.testing.world import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = count()
MODELS = str(Path(usina.shapes.__file__).parent / "models")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with Scene(tmp_path_factory.mktemp("site")) as made:
        for group, account, role in (
            ("ml", ACCOUNT, "developer"),
            ("audit", ACCOUNT, "auditor"),
            ("partner", OTHER, "developer"),
        ):
            client(made, made.as_site("administrator")).put_group_role(group=group, account=account, role=role)
        yield made


def client(scene: Scene, who: Clients | None = None) -> Any:
    """Our own service's client; unsigned where nobody asks."""
    session = Session()
    session.register_component("data_loader", Loader(extra_search_paths=[MODELS]))
    session.set_credentials(*(who._credentials if who is not None else ("", "")))
    made = session.create_client(
        "usina",
        region_name="us-east-1",
        endpoint_url=ADDRESS,
        config=Config(retries={"total_max_attempts": 1}, signature_version="v4"),
    )
    made.meta.events.register("before-send", scene.answer)
    made.meta.events.register("before-sign", _host)
    return made


def id_token(scene: Scene, subject: str = "ada", groups: Any = ("ml",), **more: Any) -> str:
    return scene.provider.token(
        **{
            "jti": str(next(COUNT)),
            "sub": subject,
            "aud": "usina",
            "groups": list(groups) if isinstance(groups, tuple) else groups,
            **more,
        }
    )


def signed_in(scene: Scene, token: str, **asked: str) -> tuple[dict[str, Any], Clients]:
    got: dict[str, Any] = client(scene).sign_in(idToken=token, **asked)
    return got, Clients(scene, got["accessKeyId"], got["secretAccessKey"], got["sessionToken"])


def refusal(scene: Scene, token: str, **asked: str) -> str:
    return code_of(partial(client(scene).sign_in, idToken=token, **asked))


def test_a_person_acts_in_the_role_of_the_group_and_in_no_other(scene: Scene) -> None:
    got, ada = signed_in(scene, id_token(scene))
    assert (got["account"], got["role"], got["name"]) == (ACCOUNT, "developer", "ada")
    assert ada("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/developer/ada"
    assert ada.converse() == "yes"
    assert code_of(partial(client(scene, ada).list_keys)) == "AccessDeniedException"
    assert code_of(partial(client(scene, ada).put_group_role, group="ml", role="administrator")) == (
        "AccessDeniedException"
    )


def test_the_ledger_says_who_signed_in_and_holds_no_token(scene: Scene) -> None:
    token = id_token(scene, "grace")
    got, _ = signed_in(scene, token)
    intent = [record for record in scene.ledger() if record.get("operation") == "SignIn" and "seq" in record][-1]
    assert intent["principal"] == f"arn:aws:iam::{ACCOUNT}:person/grace"
    told = str(scene.ledger())
    for secret in (*token.split("."), got["secretAccessKey"], got["sessionToken"]):
        assert secret not in told


def test_who_has_several_roles_says_which(scene: Scene) -> None:
    both = ("ml", "audit", "partner")
    assert refusal(scene, id_token(scene, "lin", both)) == "ValidationException"
    assert refusal(scene, id_token(scene, "lin", both), role="developer") == "ValidationException"
    got, _ = signed_in(scene, id_token(scene, "lin", both), role="auditor")
    assert got["role"] == "auditor"
    got, _ = signed_in(scene, id_token(scene, "lin", both), role="developer", account=OTHER)
    assert got["account"] == OTHER


@pytest.mark.parametrize(
    "groups", [(), None, "", "nobody", ("nobody",), [1, None, {}], {"ml": True}, "x" * 300], ids=range(8)
)
def test_who_is_in_no_group_that_has_a_role_gets_none(scene: Scene, groups: object) -> None:
    assert refusal(scene, id_token(scene, "nobody", groups)) == "AccessDeniedException"


@pytest.mark.parametrize("role", ["administrator", "tenant-administrator", "operator"])
def test_nobody_asks_for_more_than_the_group_has(scene: Scene, role: str) -> None:
    assert refusal(scene, id_token(scene), role=role) == "AccessDeniedException"
    assert refusal(scene, id_token(scene), role="developer", account=OTHER) == "AccessDeniedException"


def test_a_token_signs_in_once(scene: Scene) -> None:
    token = id_token(scene)
    signed_in(scene, token)
    assert refusal(scene, token) == "InvalidIdentityToken"


def test_only_an_id_token_of_the_sites_provider_for_this_site_that_is_fresh_signs_in(scene: Scene) -> None:
    now = int(scene.provider.clock.now())
    stranger = FakeProvider(scene.provider.clock, "https://stranger.internal")
    forger = FakeProvider(scene.provider.clock)
    bad = [
        id_token(scene, aud="other"),
        scene.provider.token(header={"typ": "at+jwt"}, aud="usina", groups=["ml"]),
        scene.provider.token(header={"typ": "application/AT+JWT"}, aud="usina", groups=["ml"]),
        id_token(scene, iat=now - 700, exp=now + 600),
        stranger.token(aud="usina", groups=["ml"]),
        forger.token(aud="usina", groups=["ml"]),
        "nonsense",
    ]
    assert [refusal(scene, token) for token in bad] == ["InvalidIdentityToken"] * len(bad)
    assert refusal(scene, id_token(scene, iat=now - 700, exp=now - 100)) == "ExpiredTokenException"


def test_who_fails_to_sign_in_waits_and_others_behind_the_same_address_do_not(scene: Scene) -> None:
    forger = FakeProvider(scene.provider.clock)
    strict = Authenticator(
        scene.keyring, scene.provider.clock, Limits(failed_proofs_per_key=3), people=scene.signing_in
    )
    before = scene.use(strict)
    try:
        for _ in range(3):
            bad = forger.token(sub="mallet", aud="usina", groups=["ml"], jti=str(next(COUNT)))
            assert refusal(scene, bad) == "InvalidIdentityToken"
        assert refusal(scene, id_token(scene, "mallet")) == "ThrottlingException"
        signed_in(scene, id_token(scene, "ada"))
    finally:
        scene.use(before)


def test_all_sessions_of_a_person_end_when_the_person_is_removed_and_nobody_elses(scene: Scene) -> None:
    admin = client(scene, scene.as_site("administrator"))
    first, one = signed_in(scene, id_token(scene, "eve"))
    _, two = signed_in(scene, id_token(scene, "eve"))
    _, other = signed_in(scene, id_token(scene, "bob"))
    chained = one.assume(f"arn:aws:iam::{ACCOUNT}:role/developer", "chained")
    assert [each.converse() for each in (one, two, other, chained)] == ["yes"] * 4
    assert admin.remove_person(person=first["person"])["person"]["removed"] is True
    ended = [each.converse() for each in (one, two, chained)]
    assert ended == ["UnrecognizedClientException"] * 3
    assert other.converse() == "yes"
    assert refusal(scene, id_token(scene, "eve")) == "AccessDeniedException"
    admin.restore_person(person=first["person"])
    _, again = signed_in(scene, id_token(scene, "eve"))
    assert again.converse() == "yes"
    assert one.converse() == "UnrecognizedClientException"


def test_a_removal_that_a_crash_cut_off_is_finished_at_the_next_start(scene: Scene) -> None:
    got, zoe = signed_in(scene, id_token(scene, "zoe"))
    row = scene.run(scene.records.get("person", "", got["person"]))
    from dataclasses import replace

    scene.run(scene.records.put(replace(row, body={**row.body, "removed": True})))
    assert zoe.converse() == "yes"  # the crash came between both
    scene.run(SitePeople(scene.records, scene.keyring, scene.provider.clock, 3_600.0).load())
    assert zoe.converse() == "UnrecognizedClientException"


def test_a_group_that_lost_its_role_signs_nobody_in(scene: Scene) -> None:
    admin = client(scene, scene.as_site("administrator"))
    admin.put_group_role(group="passing", role="developer", account=ACCOUNT)
    signed_in(scene, id_token(scene, "max", ("passing",)))
    assert {"group": "passing", "account": ACCOUNT, "role": "developer"} in admin.list_group_roles(account=ACCOUNT)[
        "groupRoles"
    ]
    admin.delete_group_role(group="passing", role="developer", account=ACCOUNT)
    assert refusal(scene, id_token(scene, "max", ("passing",))) == "AccessDeniedException"
    gone = partial(admin.delete_group_role, group="passing", role="developer", account=ACCOUNT)
    assert code_of(gone) == "ResourceNotFoundException"
    assert code_of(partial(admin.remove_person, person="NOBODY")) == "ResourceNotFoundException"


def test_two_people_never_have_one_name(scene: Scene) -> None:
    claims: dict[str, Any] = {"email": "same@example.internal", "email_verified": True}
    first, _ = signed_in(scene, id_token(scene, "same-1", **claims))
    second, _ = signed_in(scene, id_token(scene, "same-2", **claims))
    assert first["name"] == "same@example.internal"
    assert second["name"].startswith("same@example.internal-")
    again, _ = signed_in(scene, id_token(scene, "same-2", **claims))
    assert again["name"] == second["name"]
    unverified, _ = signed_in(scene, id_token(scene, "mallory", email="ada@example.internal", email_verified=False))
    assert unverified["name"] == "mallory"
    odd, _ = signed_in(scene, id_token(scene, "auth0|<b>&\u00e9"))
    assert odd["name"] == "auth0-b"


def test_a_tenants_administrator_gives_roles_of_tenants_in_the_own_account_only(scene: Scene) -> None:
    tenant = client(scene, scene.as_site("tenant-administrator"))
    tenant.put_group_role(group="team", role="developer")
    assert code_of(partial(tenant.put_group_role, group="team", role="administrator")) == "AccessDeniedException"
    other = partial(tenant.put_group_role, group="team", role="developer", account=OTHER)
    assert code_of(other) == "AccessDeniedException"
    assert code_of(tenant.list_people) == "AccessDeniedException"
    assert [each["account"] for each in tenant.list_group_roles()["groupRoles"]] == [ACCOUNT] * 3
    tenant.delete_group_role(group="team", role="developer")


def test_the_sites_people_are_listed_for_administrators_without_secrets(scene: Scene) -> None:
    got, _ = signed_in(scene, id_token(scene, "listed"))
    listed = client(scene, scene.as_site("administrator")).list_people()["people"]
    mine = next(each for each in listed if each["person"] == got["person"])
    assert (mine["subject"], mine["groups"], mine["removed"]) == ("listed", ["ml"], False)
    keys = client(scene, scene.as_site("administrator")).list_keys(account=ACCOUNT)["keys"]
    assert not [each for each in keys if each["user"] == "listed"]


def test_a_key_does_not_sign_in(scene: Scene) -> None:
    signed = client(scene, scene.as_site("administrator"))
    signed.meta.events.register_first("choose-signer.usina.SignIn", lambda **_: "v4")
    assert code_of(partial(signed.sign_in, idToken=id_token(scene))) == "AccessDeniedException"


def test_the_key_of_a_person_opens_nothing(scene: Scene) -> None:
    from botocore.exceptions import ClientError

    got, _ = signed_in(scene, id_token(scene, "parent"))
    row = scene.run(scene.records.get("person", "", got["person"]))
    key_id = row.body["keys"][ACCOUNT]
    with pytest.raises(ClientError):
        Clients(scene, key_id, "")("sts").get_caller_identity()
    with pytest.raises(ClientError):
        Clients(scene, key_id, "x" * 40)("sts").get_caller_identity()
