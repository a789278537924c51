"""Only an approved package becomes a model where policy says so: the site's own policy files, and an account's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.services.iam.scene import Clients, Scene, allow, deny, policy
from usina.core.clock import SystemClock
from usina.core.operation import Resource
from usina.services import operations
from usina.sovereignty.policy import Policy, install_shipped
from usina.testing.world import ACCOUNT, call_of, principal, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from usina.core.ports import Ports

PAGE = Path(__file__).parents[3] / "docs" / "tuning.md"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/trainer"
SPECIFICATION: dict[str, Any] = {
    "Containers": [{"Image": "usina/python", "ModelDataUrl": "s3://data/model.tar.gz"}],
    "SupportedContentTypes": ["text/csv"],
}


def documented_policy() -> str:
    """The example of the page on the registry."""
    found: str = PAGE.read_text("utf-8").split("```cedar\n")[1].split("```")[0]
    return found


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("site")
    install_shipped(folder / "policies")
    (folder / "policies" / "approved-only.cedar").write_text(documented_policy(), "utf-8")
    with Scene(folder) as made:
        yield made


@pytest.fixture(scope="module")
def admin(scene: Scene) -> Clients:
    return scene.as_site("tenant-administrator")


@pytest.fixture(scope="module")
def package(admin: Clients) -> str:
    admin("sagemaker").create_model_package_group(ModelPackageGroupName="line")
    asked = {"ModelPackageGroupName": "line", "InferenceSpecification": SPECIFICATION}
    return str(admin("sagemaker").create_model_package(**asked)["ModelPackageArn"])


def refusal(act: Any) -> str:
    """Code of the refusal; empty where it was done."""
    try:
        act()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def create(who: Clients, name: str, package: str) -> str:
    return refusal(
        lambda: who("sagemaker").create_model(ModelName=name, PrimaryContainer={"ModelPackageName": package})
    )


def approve(who: Clients, package: str, status: str) -> str:
    return refusal(lambda: who("sagemaker").update_model_package(ModelPackageArn=package, ModelApprovalStatus=status))


def test_a_site_lets_only_approved_packages_become_models(scene: Scene, admin: Clients, package: str) -> None:
    developer = scene.as_site("developer", user="dora")
    assert create(developer, "early", package) == "AccessDeniedException"
    assert approve(developer, package, "Approved") == "AccessDeniedException", "whoever makes it does not approve it"
    assert not approve(admin, package, "Approved")
    assert not create(developer, "right", package)
    assert not approve(admin, package, "Rejected")
    assert create(developer, "late", package) == "AccessDeniedException"
    around = {"ModelName": "around", "PrimaryContainer": SPECIFICATION["Containers"][0]}
    assert refusal(lambda: developer("sagemaker").create_model(**around)) == "AccessDeniedException"


def test_an_account_says_which_approval_its_users_may_give(scene: Scene, admin: Clients, package: str) -> None:
    iam = admin("iam")
    iam.create_user(UserName="ivy")
    key = iam.create_access_key(UserName="ivy")["AccessKey"]
    ivy = Clients(scene, key["AccessKeyId"], key["SecretAccessKey"])
    only = {"StringEquals": {"sagemaker:ModelApprovalStatus": "Approved"}}
    document = policy(allow("sagemaker:*"), deny("sagemaker:UpdateModelPackage", Condition=only))
    iam.put_user_policy(UserName="ivy", PolicyName="registry", PolicyDocument=document)
    assert approve(ivy, package, "Approved") == "AccessDeniedException"
    assert not approve(ivy, package, "Rejected")
    assert not approve(admin, package, "Approved")
    assert not create(ivy, "of-ivy", package)
    document = policy(allow("sagemaker:CreateModel", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/*"))
    iam.put_user_policy(UserName="ivy", PolicyName="registry", PolicyDocument=document)
    assert create(ivy, "unread", package) == "AccessDeniedException", "it may not read the package"


@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        ("search", {"Resource": "TrainingJob"}),
        ("create_pipeline", {"PipelineName": "p", "RoleArn": ROLE, "ClientRequestToken": "t" * 32}),
        ("create_experiment", {"ExperimentName": "e"}),
    ],
)
def test_what_is_not_served_says_so_in_its_own_protocol(admin: Clients, operation: str, asked: dict[str, str]) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(admin("sagemaker"), operation)(**asked)
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"


def test_without_such_a_policy_any_package_becomes_a_model(tmp_path: Path) -> None:
    install_shipped(tmp_path)
    served = operations()
    rules = Policy.load(tmp_path, served, SystemClock())
    made = served["sagemaker", "CreateModel"]
    pending = Resource("ModelPackage", "arn:p", ACCOUNT, {"group": "line", "approval": "PendingManualApproval"})
    assert rules.decide(principal(), made, (pending,), {}).allowed
    (tmp_path / "approved-only.cedar").write_text(documented_policy(), "utf-8")
    assert not Policy.load(tmp_path, served, SystemClock()).decide(principal(), made, (pending,), {}).allowed


def touched(ports: Ports, name: str, **arguments: Any) -> list[dict[str, Any]]:
    operation = operations()["sagemaker", name]
    return [dict(resource.attributes) for resource in operation.touches(call_of(arguments), ports)]


async def test_what_policy_sees_of_a_package_is_how_it_stands_before_the_request() -> None:
    ports = world()
    act = operations()
    await act["sagemaker", "CreateModelPackageGroup"].handle(call_of({"ModelPackageGroupName": "line"}), ports)
    asked = {"ModelPackageGroupName": "line", "InferenceSpecification": SPECIFICATION}
    seen = touched(ports, "CreateModelPackage", **asked)
    assert seen == [{"group": "line", "approval": "", "requested": "PendingManualApproval"}, {}]
    arn = (await act["sagemaker", "CreateModelPackage"].handle(call_of(asked), ports))["ModelPackageArn"]
    update = {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"}
    before = {"group": "line", "approval": "PendingManualApproval", "requested": "Approved"}
    assert touched(ports, "UpdateModelPackage", **update) == [before]
    await act["sagemaker", "UpdateModelPackage"].handle(call_of(update), ports)
    model = {"ModelName": "m", "PrimaryContainer": {"ModelPackageName": arn}}
    assert touched(ports, "CreateModel", **model) == [{"packaged": True}, {"group": "line", "approval": "Approved"}]
    await act["sagemaker", "DeleteModelPackage"].handle(call_of({"ModelPackageName": arn}), ports)
    assert touched(ports, "CreateModel", **model)[1] == {"group": "", "approval": ""}
