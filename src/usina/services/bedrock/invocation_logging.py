"""Invocation logging: whether, and where, an account wants to keep what is asked of models and what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from usina.core.errors import ValidationError
from usina.core.invocations import LOGGING, NAME, base_of
from usina.core.operation import Access, operation
from usina.core.ports import Row
from usina.services.bedrock.listing import touches_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.operation import Call, Principal
    from usina.core.ports import Ports
    from usina.shapes import bedrock_types as t

_SERVICE: Final = "bedrock.amazonaws.com"


@operation("bedrock", "PutModelInvocationLoggingConfiguration", access=Access.WRITE, touches=touches_account)
async def put_model_invocation_logging_configuration(
    call: Call[t.PutModelInvocationLoggingConfigurationRequest], ports: Ports
) -> t.PutModelInvocationLoggingConfigurationResponse:
    """Log all requests to models of the account from now on, to its log group, its bucket, or both."""
    config: Any = call.arguments["loggingConfig"]
    account = call.principal.account
    if not config.get("s3Config") and not config.get("cloudWatchConfig"):
        raise ValidationError("loggingConfig needs s3Config, cloudWatchConfig or both: where the logs go.")
    if "s3Config" in config:
        _check_bucket("s3Config", config["s3Config"], call.principal, ports)
    if "cloudWatchConfig" in config:
        await _check_log(config["cloudWatchConfig"], call.principal, ports)
    if refusal := ports.invocations.refusal(account, config):
        raise ValidationError(refusal)
    known = await ports.records.get(LOGGING, account, NAME)
    await ports.records.put(Row(LOGGING, account, NAME, {"config": config}, 0 if known is None else known.version))
    await ports.invocations.reload()
    return {}


@operation("bedrock", "GetModelInvocationLoggingConfiguration", access=Access.READ, touches=touches_account)
async def get_model_invocation_logging_configuration(
    call: Call[t.GetModelInvocationLoggingConfigurationRequest], ports: Ports
) -> t.GetModelInvocationLoggingConfigurationResponse:
    """Where the account's invocations are logged; nothing where they are not."""
    row = await ports.records.get(LOGGING, call.principal.account, NAME)
    return {} if row is None else {"loggingConfig": row.body["config"]}


@operation("bedrock", "DeleteModelInvocationLoggingConfiguration", access=Access.WRITE, touches=touches_account)
async def delete_model_invocation_logging_configuration(
    call: Call[t.DeleteModelInvocationLoggingConfigurationRequest], ports: Ports
) -> t.DeleteModelInvocationLoggingConfigurationResponse:
    """Log no more; what was logged stays where it is."""
    await ports.records.delete(LOGGING, call.principal.account, NAME)
    await ports.invocations.reload()
    return {}


def _check_bucket(member: str, config: Mapping[str, str], principal: Principal, ports: Ports) -> None:
    """Raises: ValidationError where nothing could be put there, or whoever asks could not put it there themselves."""
    name, account = config["bucketName"], principal.account
    bucket = ports.buckets.find(name)
    if bucket is None or bucket.account != account:
        raise ValidationError(f"{member}: the bucket {name} does not exist in this account. Make it first.")
    key = f"{base_of(account, ports.site.region, config.get('keyPrefix', ''))}/log.json.gz"
    if not ports.iam.simulate(principal, "s3:PutObject", f"arn:aws:s3:::{name}/{key}").allowed:
        raise ValidationError(
            f"{member}: failed to validate permissions for the bucket {name}. Whoever sets up logging must be allowed "
            f"s3:PutObject on arn:aws:s3:::{name}/{key.rpartition('/')[0]}/*, by their policies and the bucket's."
        )


async def _check_log(config: Mapping[str, Any], principal: Principal, ports: Ports) -> None:
    """Raises: ValidationError where the role could not write there; AccessDeniedError (iam:PassRole)."""
    group, account = config["logGroupName"], principal.account
    ports.iam.pass_role(principal, config["roleArn"], _SERVICE)
    if await ports.log_groups.find(account, group) is None:
        raise ValidationError(f"cloudWatchConfig: the log group {group} does not exist. Make it first.")
    if "largeDataDeliveryS3Config" in config:
        _check_bucket("largeDataDeliveryS3Config", config["largeDataDeliveryS3Config"], principal, ports)
