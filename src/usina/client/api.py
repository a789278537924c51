"""A client of the factory: our own operations and a streamed chat, with the kit's keys, over botocore.

Nothing of the user's own AWS set-up is read: endpoint, region, keys and CA are the kit's.
"""

from __future__ import annotations

import http.client
import ssl
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from usina.client.errors import RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from usina.client.found import Kit

_CONNECT_SECONDS = 5
_READ_SECONDS = 300
_READINESS_SECONDS = 5.0


class Factory:
    """One factory, reached with one kit. Every method may raise `RefusedError` or `UnreachableError`."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.request_id = ""  # of the last answer
        self._clients: dict[str, Any] = {}

    # --- our own operations

    def status(self) -> dict[str, Any]:
        """Site, version, readiness, models and engines."""
        return self.call("usina", "get_status")

    def models(self) -> list[dict[str, Any]]:
        """All models, in order of id."""
        return self._all("list_models", "models")

    def model(self, name: str) -> dict[str, Any]:
        """One model, by id, alias or ARN."""
        model: dict[str, Any] = self.call("usina", "describe_model", modelId=name)["model"]
        return model

    def import_model(self, source: Mapping[str, str], **options: Any) -> dict[str, Any]:
        """Start an import; gives the model as it is then. Options are the members of ImportModel."""
        model: dict[str, Any] = self.call("usina", "import_model", source=dict(source), **options)["model"]
        return model

    def remove_model(self, model_id: str) -> None:
        """Stop a model's engine and delete its files."""
        self.call("usina", "remove_model", modelId=model_id)

    def aliases(self) -> list[dict[str, str]]:
        """All aliases, in order of name."""
        return self._all("list_aliases", "aliases")

    def put_alias(self, alias: str, model: str) -> dict[str, str]:
        """Point an alias at a model."""
        put: dict[str, str] = self.call("usina", "put_alias", alias=alias, modelId=model)["alias"]
        return put

    def delete_alias(self, alias: str) -> None:
        """Take an alias away."""
        self.call("usina", "delete_alias", alias=alias)

    def enable_shipped_aliases(self, model: str | None) -> list[dict[str, str]]:
        """Switch on the AWS model ids that ship with the factory; gives all aliases in force."""
        aliases: list[dict[str, str]] = self.call("usina", "enable_shipped_aliases", modelId=model)["aliases"]
        return aliases

    def disable_shipped_aliases(self) -> list[dict[str, str]]:
        """Switch them off; gives all aliases in force."""
        aliases: list[dict[str, str]] = self.call("usina", "disable_shipped_aliases")["aliases"]
        return aliases

    def create_key(self, user: str, roles: Sequence[str], **options: Any) -> dict[str, Any]:
        """Make a key: `key` and its `secret`. Options are the members of CreateKey."""
        return self.call("usina", "create_key", user=user, roles=list(roles), **options)

    def keys(self, **options: Any) -> list[dict[str, Any]]:
        """Keys of the caller's account, of `account`, or of all (`allAccounts`)."""
        return self._all("list_keys", "keys", **options)

    def revoke_key(self, key_id: str, **options: Any) -> dict[str, Any]:
        """End a key at once."""
        key: dict[str, Any] = self.call("usina", "revoke_key", keyId=key_id, **options)["key"]
        return key

    def ledger_records(self, after: int, most: int) -> list[dict[str, Any]]:
        """Records above a sequence number, oldest first; a negative number counts from the end."""
        answer = self.call("usina", "list_ledger_records", after=after, maxResults=most)
        records: list[dict[str, Any]] = answer["records"]
        return records

    # --- the services that programs use

    def caller(self) -> dict[str, Any]:
        """Who the kit's keys say we are: Account, Arn, UserId."""
        return self.call("sts", "get_caller_identity")

    def foundation_models(self, output: str | None = None) -> list[dict[str, Any]]:
        """The models as Bedrock lists them to every user of models; of one output (TEXT, EMBEDDING) or all."""
        answer = self.call("bedrock", "list_foundation_models", byOutputModality=output)
        models: list[dict[str, Any]] = answer["modelSummaries"]
        return models

    def chat(
        self, model: str, messages: Sequence[Mapping[str, Any]], **options: Any
    ) -> tuple[Mapping[str, str], Iterator[dict[str, Any]]]:
        """Begin a streamed chat: the response's headers, and the events of ConverseStream as they come."""
        answer = self.call("bedrock-runtime", "converse_stream", modelId=model, messages=list(messages), **options)
        return answer["ResponseMetadata"]["HTTPHeaders"], self._events(answer["stream"])

    def readiness(self) -> tuple[bool, str]:
        """Whether the factory says that it is ready, and its words; needs no identity."""
        place = urlsplit(self.kit.endpoint)
        connection = http.client.HTTPSConnection(
            place.hostname or "", place.port, timeout=_READINESS_SECONDS, context=self._tls
        )
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            words = response.read(4096).decode("utf-8", "replace").strip()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()
        return response.status == http.client.OK, words

    # --- how

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """One operation by botocore's names; parameters that are None are left out."""
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            answer: dict[str, Any] = getattr(self._client(service), operation)(**given)
        except ClientError as error:
            raise _refused(error.response) from None
        except ParamValidationError as error:
            raise RefusedError("ValidationException", str(error), "") from None
        except BotoCoreError as error:
            raise self._unreachable(error) from None
        self.request_id = answer["ResponseMetadata"].get("RequestId", "")
        return answer

    def _all(self, operation: str, member: str, **parameters: Any) -> list[Any]:
        items: list[Any] = []
        token = None
        while True:
            answer = self.call("usina", operation, nextToken=token, **parameters)
            items += answer[member]
            token = answer.get("nextToken")
            if token is None:
                return items

    def _events(self, stream: Any) -> Iterator[dict[str, Any]]:
        from botocore.exceptions import BotoCoreError, EventStreamError

        try:
            yield from stream
        except EventStreamError as error:
            raise _refused(error.response) from None
        except (BotoCoreError, OSError) as error:
            raise self._unreachable(error) from None
        finally:
            stream.close()

    def _client(self, service: str) -> Any:
        client = self._clients.get(service)
        if client is None:
            self._clients[service] = client = self._make_client(service)
        return client

    @cached_property
    def _session(self) -> Any:
        import botocore.session

        session = botocore.session.Session()
        for name, value in (
            ("data_path", self.kit.models),
            ("config_file", self.kit.folder / "config"),
            ("credentials_file", self.kit.folder / "credentials"),
            ("profile", "usina"),
        ):
            session.set_config_variable(name, str(value))
        return session

    def _make_client(self, service: str) -> Any:
        from botocore.config import Config

        kit = self.kit
        return self._session.create_client(
            service,
            region_name=kit.region,
            endpoint_url=kit.endpoint,
            verify=str(kit.ca_bundle),
            aws_access_key_id=kit.access_key_id,
            aws_secret_access_key=kit.secret_access_key,
            config=Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 1},
                signature_version="v4",  # a bearer token in the environment is not ours
                proxies={},
                use_fips_endpoint=False,
                use_dualstack_endpoint=False,
            ),
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.kit.ca_bundle))

    def _unreachable(self, error: Exception) -> UnreachableError:
        endpoint = self.kit.endpoint
        if "SSL" in type(error).__name__ or "certificate" in str(error).lower():
            return UnreachableError(
                f"{endpoint} did not show a certificate of this factory's CA ({self.kit.ca_bundle}). Take a new client "
                "kit, or see whether another program has the port."
            )
        return UnreachableError(
            f"The factory does not answer at {endpoint}. Start it with `usina up`, or see why it stopped in its log."
        )


def _refused(response: Mapping[str, Any]) -> RefusedError:
    error = response.get("Error", {})
    metadata = response.get("ResponseMetadata", {})
    return RefusedError(error.get("Code", "Unknown"), error.get("Message", ""), metadata.get("RequestId", ""))
