"""A typed client of the factory: our own operations, and what programs use of the others. Shapes are those of our
service model; times are aware datetimes, as botocore gives them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from usina.client.calls import Calls

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from usina.shapes import usina_types as t


class Factory(Calls):
    """One factory, reached with one kit. Every method may raise `RefusedError` or `UnreachableError`."""

    # --- our own operations

    def status(self) -> t.GetStatusResponse:
        """Site, version, readiness, models and engines."""
        return cast("t.GetStatusResponse", self._call("get_status"))

    def models(self) -> list[t.ModelDescription]:
        """All models, in order of id."""
        return self._all("list_models", "models")

    def model(self, name: str) -> t.ModelDescription:
        """One model, by id, alias or ARN."""
        return cast("t.DescribeModelResponse", self._call("describe_model", modelId=name))["model"]

    def import_model(
        self,
        source: t.ModelSource,
        *,
        model_id: str | None = None,
        licence: str | None = None,
        task: str | None = None,
        requantise: bool | None = None,
    ) -> t.ModelDescription:
        """Start an import; gives the model as it is then."""
        answer = self._call(
            "import_model", source=source, modelId=model_id, licence=licence, task=task, requantise=requantise
        )
        return cast("t.ImportModelResponse", answer)["model"]

    def remove_model(self, model_id: str) -> None:
        """Stop a model's engine and delete its files."""
        self._call("remove_model", modelId=model_id)

    def images(self) -> list[t.ImageDescription]:
        """All images, in order of name, without their packages."""
        return self._all("list_images", "images")

    def image(self, name: str) -> t.ImageDescription:
        """One image and what is in it."""
        return cast("t.DescribeImageResponse", self._call("describe_image", imageName=name))["image"]

    def install_image(self, name: str, source: t.PackageSource | None = None) -> t.ImageDescription:
        """Start an installation; gives the image as it is then."""
        return cast("t.InstallImageResponse", self._call("install_image", imageName=name, source=source))["image"]

    def import_image(self, name: str, source: t.ArchiveSource, digest: str | None = None) -> t.ImageDescription:
        """Start an import; gives the image as it is then."""
        answer = self._call("import_image", imageName=name, source=source, digest=digest)
        return cast("t.ImportImageResponse", answer)["image"]

    def remove_image(self, name: str) -> None:
        """Delete an image's files."""
        self._call("remove_image", imageName=name)

    def aliases(self) -> list[t.AliasDescription]:
        """All aliases, in order of name."""
        return self._all("list_aliases", "aliases")

    def put_alias(self, alias: str, model: str) -> t.AliasDescription:
        """Point an alias at a model."""
        return cast("t.PutAliasResponse", self._call("put_alias", alias=alias, modelId=model))["alias"]

    def delete_alias(self, alias: str) -> None:
        """Take an alias away."""
        self._call("delete_alias", alias=alias)

    def enable_shipped_aliases(self, model: str | None) -> list[t.AliasDescription]:
        """Switch on the AWS model ids that ship with the factory; gives all aliases in force."""
        answer = self._call("enable_shipped_aliases", modelId=model)
        return cast("t.EnableShippedAliasesResponse", answer)["aliases"]

    def disable_shipped_aliases(self) -> list[t.AliasDescription]:
        """Switch them off; gives all aliases in force."""
        return cast("t.DisableShippedAliasesResponse", self._call("disable_shipped_aliases"))["aliases"]

    def put_cloud_model(self, asked: Mapping[str, Any]) -> t.CloudModelDescription:
        """Add a model outside the site, or change one; members are those of PutCloudModelRequest."""
        return cast("t.PutCloudModelResponse", self._call("put_cloud_model", **asked))["model"]

    def cloud_models(self) -> list[t.CloudModelDescription]:
        """The models outside, in order of id."""
        return cast("t.ListCloudModelsResponse", self._call("list_cloud_models"))["models"]

    def remove_cloud_model(self, model_id: str) -> None:
        """Forget a model outside and its credentials."""
        self._call("remove_cloud_model", modelId=model_id)

    def cloud_budgets(self) -> list[t.CloudBudgetDescription]:
        """How much may leave on one day and what is used of it today; the site's first."""
        return cast("t.ListCloudBudgetsResponse", self._call("list_cloud_budgets"))["budgets"]

    def put_cloud_budget(
        self, scope: str, *, requests: int | None, size_bytes: int | None, tokens: int | None
    ) -> t.CloudBudgetDescription:
        """Set how much may leave on one day; without any amount the budget is taken away."""
        answer = self._call("put_cloud_budget", scope=scope, requests=requests, bytes=size_bytes, tokens=tokens)
        return cast("t.PutCloudBudgetResponse", answer)["budget"]

    def create_key(
        self,
        user: str,
        roles: Sequence[str],
        *,
        kind: str | None = None,
        account: str | None = None,
        lifetime_seconds: int | None = None,
    ) -> t.CreateKeyResponse:
        """Make a key; its secret is in the answer, this once."""
        answer = self._call(
            "create_key", user=user, roles=list(roles), kind=kind, account=account, lifetimeSeconds=lifetime_seconds
        )
        return cast("t.CreateKeyResponse", answer)

    def keys(self, *, account: str | None = None, all_accounts: bool = False) -> list[t.KeyDescription]:
        """Keys of the caller's account, of another, or of all."""
        return self._all("list_keys", "keys", account=account, allAccounts=all_accounts or None)

    def revoke_key(self, key_id: str, *, account: str | None = None) -> t.KeyDescription:
        """End a key at once."""
        return cast("t.RevokeKeyResponse", self._call("revoke_key", keyId=key_id, account=account))["key"]

    def ledger_records(self, after: int, most: int) -> list[dict[str, Any]]:
        """Records above a sequence number, oldest first; a negative number counts from the end."""
        records: list[dict[str, Any]] = self._call("list_ledger_records", after=after, maxResults=most)["records"]
        return records

    # --- the services that programs use

    def caller(self) -> Mapping[str, str]:
        """Who the kit's keys say we are: Account, Arn, UserId."""
        return self._connection.call("sts", "get_caller_identity")

    def foundation_models(self, output: str | None = None) -> list[dict[str, Any]]:
        """The models as Bedrock lists them to every user of models; of one output (TEXT, EMBEDDING) or all."""
        answer = self._connection.call("bedrock", "list_foundation_models", byOutputModality=output)
        models: list[dict[str, Any]] = answer["modelSummaries"]
        return models

    def chat(
        self, model: str, messages: Sequence[Mapping[str, Any]], **options: Any
    ) -> tuple[Mapping[str, str], Iterator[dict[str, Any]]]:
        """Begin a streamed chat: the response's headers, and the events of ConverseStream as they come."""
        answer = self._connection.call(
            "bedrock-runtime", "converse_stream", modelId=model, messages=list(messages), **options
        )
        return answer["ResponseMetadata"]["HTTPHeaders"], self._connection.events(answer["stream"])

    def readiness(self) -> tuple[bool, str]:
        """Whether the factory says that it is ready, and its words; needs no identity."""
        return self._connection.readiness()
