"""No secret is left anywhere: clients use every kind of it, then all that the factory wrote and told is searched."""

from __future__ import annotations

import base64
import json
import sqlite3
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.journeys.provider import Provider
from tests.journeys.test_identity import ADA, people_settings, sign_in
from usina.client.found import read_kit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.journeys.running import Factory

CANARY = "xylophone-{}-7f3a91c4e2"  # said to models and stores; made of words that no answer is made of
SEARCHED_BYTES = 64 << 20  # of one file: larger ones are models


class Scene:
    """A factory, and every secret that was used with it."""

    def __init__(self, factory: Factory, provider: Provider, folder: Path) -> None:
        self.factory = factory
        self.provider = provider
        self.folder = folder
        self.secrets: dict[str, str] = {}
        self.told: list[str] = []  # errors and pages, as clients saw them
        kit = read_kit(factory.home / "client")
        self.endpoint, self.ca = kit.endpoint, str(kit.ca_bundle)
        self.operator = boto3.Session(kit.access_key_id, kit.secret_access_key, region_name=kit.region)
        self.keep("operator's secret key", kit.secret_access_key)
        self.keep("operator's API key", factory.kit()["OPENAI_API_KEY"])

    def keep(self, name: str, secret: str) -> str:
        assert len(secret) >= 16, name
        self.secrets[name] = secret
        return secret

    def canary(self, name: str) -> str:
        return self.keep(name, CANARY.format(name.replace(" ", "-")))

    def client(self, service: str, session: boto3.Session | None = None) -> Any:
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        using = session or self.operator
        return using.client(service, endpoint_url=self.endpoint, verify=self.ca, config=config)

    def failing(self, act: Callable[..., Any], **asked: Any) -> None:
        """A request that is refused; what it is told is searched as well."""
        with pytest.raises(ClientError) as caught:
            act(**asked)
        self.told.append(json.dumps(caught.value.response, default=str))

    def http(self) -> httpx.Client:
        import ssl

        return httpx.Client(verify=ssl.create_default_context(cafile=self.ca), trust_env=False, timeout=120)


def use_keys(scene: Scene) -> None:
    """Keys of every kind, good and bad."""
    for kind in ("access", "bearer"):
        made = json.loads(scene.factory.command("keys", "create", f"by-{kind}", "--kind", kind, "--json").stdout)
        secret = scene.keep(f"{kind} key", made["secret"])
        if kind == "access":
            session = boto3.Session(made["key"]["keyId"], secret, region_name="us-east-1")
            scene.client("sts", session).get_caller_identity()
            wrong = boto3.Session(
                made["key"]["keyId"], scene.keep("wrong secret", "A" * 39 + "b"), region_name="us-east-1"
            )
            scene.failing(scene.client("sts", wrong).get_caller_identity)
        else:
            with scene.http() as client:
                assert client.get(f"{scene.endpoint}/v1/models", headers=bearer(secret)).status_code == 200
                false = scene.keep("wrong API key", secret[:-6] + "AAAA==")
                scene.told.append(client.get(f"{scene.endpoint}/v1/models", headers=bearer(false)).text)
    iam, sts = scene.client("iam"), scene.client("sts")
    iam.create_user(UserName="eve")
    scene.keep("IAM secret", iam.create_access_key(UserName="eve")["AccessKey"]["SecretAccessKey"])
    account = sts.get_caller_identity()["Account"]
    role = f"arn:aws:iam::{account}:role/developer"
    for name, got in (
        ("role", sts.assume_role(RoleArn=role, RoleSessionName="work")["Credentials"]),
        ("session", sts.get_session_token()["Credentials"]),
    ):
        scene.keep(f"secret of the {name}", got["SecretAccessKey"])
        scene.keep(f"token of the {name}", got["SessionToken"])
        session = boto3.Session(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"], "us-east-1")
        scene.client("sts", session).get_caller_identity()
        spoilt = boto3.Session(
            got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"][:-4] + "AAAA", "us-east-1"
        )
        scene.failing(scene.client("sts", spoilt).get_caller_identity)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def use_tokens(scene: Scene) -> None:
    """Tokens of an identity provider: a workload's and a person's."""
    iam, sts = scene.client("iam"), scene.client("sts")
    arn = iam.create_open_id_connect_provider(Url=scene.provider.issuer, ClientIDList=["sts.amazonaws.com"])
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": arn["OpenIDConnectProviderArn"]},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    role = iam.create_role(RoleName="pods", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    token = scene.provider.workload_token()
    scene.keep("workload token's signature", token.rpartition(".")[2])
    asked = {"RoleArn": role, "RoleSessionName": "pod"}
    got = sts.assume_role_with_web_identity(WebIdentityToken=token, **asked)["Credentials"]
    scene.keep("workload's secret", got["SecretAccessKey"])
    scene.keep("workload's session token", got["SessionToken"])
    scene.failing(sts.assume_role_with_web_identity, WebIdentityToken=token[:-8] + "AAAAAAAA", **asked)
    made = scene.factory.command("client-kit", "--people", "--to", str(scene.folder / "kit"))
    assert made.returncode == 0, made.stderr
    done = sign_in(scene.factory, scene.folder / "kit", scene.provider, "ada", "--no-browser")
    assert done.returncode == 0, done.stderr
    kept = json.loads((scene.folder / "kit" / "login.json").read_text())
    for name in ("secret_access_key", "session_token", "refresh_token"):
        scene.keep(f"person's {name}", kept[name])
        assert kept[name] not in done.stdout + done.stderr


def ask_models(scene: Scene, model: str) -> None:
    """Prompts that are answered, streamed, and refused."""
    runtime = scene.client("bedrock-runtime")
    messages = [{"role": "user", "content": [{"text": scene.canary("prompt")}]}]
    runtime.converse(modelId=model, messages=messages, inferenceConfig={"maxTokens": 4})
    streamed = runtime.converse_stream(modelId=model, messages=messages, inferenceConfig={"maxTokens": 4})
    assert list(streamed["stream"])
    refused = [{"role": "user", "content": [{"text": scene.canary("refused prompt")}]}]
    scene.failing(runtime.converse, modelId=model, messages=refused, inferenceConfig={"maxTokens": 10_000_000})
    scene.failing(runtime.converse, modelId="no.such-model", messages=refused)
    with scene.http() as client:
        key = bearer(scene.factory.kit()["OPENAI_API_KEY"])
        for name, body in (
            ("OpenAI prompt", {"max_tokens": 4}),
            ("OpenAI prompt that is refused", {"max_tokens": "many"}),
            ("OpenAI prompt to no model", {"model": "no.such-model"}),
        ):
            said = [{"role": "user", "content": scene.canary(name)}]
            answer = client.post(
                f"{scene.endpoint}/v1/chat/completions", headers=key, json={"model": model, "messages": said, **body}
            )
            if answer.status_code != 200:
                scene.told.append(answer.text)
        broken = scene.canary("body that is no JSON")
        answer = client.post(f"{scene.endpoint}/v1/chat/completions", headers=key, content=f'{{"model": "{broken}')
        scene.told.append(answer.text.replace(broken, ""))  # a parser may quote its own caller to him


def store_and_seal(scene: Scene) -> None:
    """Objects, small and large, and what KMS is given and gives."""
    s3, kms = scene.client("s3"), scene.client("kms")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="small", Body=scene.canary("small object"))
    s3.put_object(Bucket="kept", Key="large", Body=scene.canary("large object") * 100_000)
    address = s3.generate_presigned_url("get_object", Params={"Bucket": "kept", "Key": "small"})
    scene.keep("signature of a presigned address", address.rpartition("Signature=")[2])
    with scene.http() as client:
        assert client.get(address).status_code == 200
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=scene.canary("KMS plaintext"))["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"]
    scene.failing(kms.decrypt, CiphertextBlob=sealed[:-1] + bytes([sealed[-1] ^ 1]))
    data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"]
    scene.keep("KMS data key", data_key.hex())
    scene.keep("KMS data key in base64", base64.b64encode(data_key).decode())


@pytest.fixture(scope="module")
def scene(
    new_factory: Callable[..., Factory], tmp_path_factory: pytest.TempPathFactory, model_id: str
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("secrets")
    with Provider(folder) as provider:
        provider.people({"ada": ADA})
        factory = new_factory(people_settings(provider))
        granted = factory.command("people", "grant", "ml", "--role", "developer")
        assert granted.returncode == 0, granted.stderr
        made = Scene(factory, provider, folder)
        use_keys(made)
        use_tokens(made)
        ask_models(made, model_id)
        store_and_seal(made)
        with made.http() as client:
            made.told.append(client.get(f"{made.endpoint}/metrics").text)
        for pid in (factory.process.pid if factory.process else 0, *factory.engines()):
            made.told.append((Path("/proc") / str(pid) / "cmdline").read_bytes().decode(errors="replace"))
        for command in (("keys", "list", "--all"), ("ledger", "tail"), ("people", "list"), ("status",)):
            shown = factory.command(*command)
            made.told.append(shown.stdout + shown.stderr)
        factory.stop()  # and with it all that was to be written
        yield made


@pytest.fixture(scope="module")
def model_id() -> str:
    from tests.journeys.running import CHAT_MODEL

    return CHAT_MODEL


def forms_of(secret: str) -> list[bytes]:
    """A secret as it could stand somewhere: as it is, in JSON, in an address, in base64 at each of three places."""
    raw = secret.encode()
    forms = {raw, json.dumps(secret)[1:-1].encode(), urllib.parse.quote(secret, safe="").encode(), raw.hex().encode()}
    for shift in range(3):
        code = base64.b64encode(b"\0" * shift + raw)
        forms.add(code[(4 if shift else 0) : len(code) - 4])
    return [form for form in forms if len(form) >= 12]


def texts_of(home: Path) -> Iterator[tuple[str, bytes]]:
    """All that the factory wrote, but the keys' own folder and the kit that it hands to its operator."""
    for path in sorted(home.rglob("*")):
        where = path.relative_to(home)
        if where.parts[0] in {"client", "keys"} or not path.is_file() or path.stat().st_size > SEARCHED_BYTES:
            continue
        yield str(where), path.read_bytes()
    with sqlite3.connect(f"file:{home / 'usina.db'}?mode=ro", uri=True) as database:
        yield "usina.db, every row", "\n".join(database.iterdump()).encode()


def test_every_kind_of_secret_was_used(scene: Scene) -> None:
    assert len(scene.secrets) >= 25
    assert len(set(scene.secrets.values())) == len(scene.secrets)


def test_no_secret_is_in_anything_the_factory_wrote(scene: Scene) -> None:
    wanted = {name: forms_of(secret) for name, secret in scene.secrets.items()}
    found, files = [], 0
    for where, text in texts_of(scene.factory.home):
        files += 1
        found += [f"{name} in {where}" for name, forms in wanted.items() if any(form in text for form in forms)]
    assert files > 10
    assert not found


def test_no_secret_is_in_anything_the_factory_told(scene: Scene) -> None:
    told = "\n".join([*scene.told, Path(scene.factory.log).read_text(errors="replace")]).encode()
    shown_once = {"operator's secret key", "operator's API key"}  # by `usina up` at the first start, to its operator
    found = [
        name
        for name, secret in scene.secrets.items()
        if name not in shown_once and any(form in told for form in forms_of(secret))
    ]
    assert not found
    assert len(scene.told) >= 15


def test_the_search_would_find_a_secret_that_was_written(scene: Scene) -> None:
    leak = scene.factory.home / "logs" / "leak"
    leak.write_bytes(b"\n".join(form for secret in scene.secrets.values() for form in forms_of(secret)))
    try:
        text = dict(texts_of(scene.factory.home))["logs/leak"]
    finally:
        leak.unlink()
    assert all(form in text for secret in scene.secrets.values() for form in forms_of(secret))
