"""For which service a request has to be signed.

Many AWS services share a signing name: all of Bedrock signs as `bedrock`. A signature for one service must not open
another: S3's signatures may leave the body out, a captured one would then carry any prompt.
"""

from __future__ import annotations

from usina.core.errors import SignatureError

# Where the signing name is not the service's own name (`signingName` or `endpointPrefix` of botocore's models).
_SIGNING_NAMES = {
    "bedrock-agent": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "cloudwatch": "monitoring",
    "openai": "bedrock",  # AWS's own OpenAI-compatible endpoint is Bedrock's
    "sagemaker-featurestore-runtime": "sagemaker",
    "sagemaker-metrics": "sagemaker",
    "sagemaker-runtime": "sagemaker",
}


def check_service(signed_for: str, service: str) -> None:
    """Whether a scope's service is that of the request. Raises: SignatureError."""
    expected = _SIGNING_NAMES.get(service, service)
    if signed_for not in {expected, service}:
        raise SignatureError(f"Credential should be scoped to correct service: '{expected}'.")
