"""The translation decides as IAM's own rules do: random policies and requests, beside an evaluator of the JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sovereignty.iam.evaluator import decide
from usina.sovereignty.iam.circumstances import KEYS, Asked
from usina.sovereignty.iam.document import PolicyDocumentError
from usina.sovereignty.iam.translate import PolicySet

ACCOUNT = "111122223333"
ACTIONS = (
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
    "s3:GetObject",
    "s3:PutObject",
    "iam:PassRole",
)
ACTION_PATTERNS = (
    *ACTIONS,
    "*",
    "*:*",
    "bedrock:*",
    "s3:Get*",
    "S3:getobject",
    "bedrock:*Model",
    "s3:*Object*",
    "ec2:*",
)
NAMES = (
    "*",
    "arn:aws:bedrock:us-east-1::foundation-model/a.b",
    "arn:aws:bedrock:us-east-1::foundation-model/alias",
    "arn:aws:s3:::bucket/key",
    'arn:aws:s3:::bucket/ä"\\*\n',
    "arn:aws:iam::111122223333:role/r",
)
NAME_PATTERNS = (
    *[name for name in NAMES if "\\" not in name],
    "arn:aws:s3:::*",
    "arn:aws:s3:::bucket/ä*",
    'arn:aws:s3:::bucket/*"*',
    "arn:*",
    "arn:aws:bedrock:*::foundation-model/*",
    "arn:aws:iam::111122223333:role/*",
)
ADDRESSES = ("10.0.0.1", "10.1.2.3", "192.168.0.9", "fd00::1", "127.0.0.1")
NETWORKS = ("10.0.0.0/8", "10.0.0.1", "192.168.0.0/24", "fd00::/8", "0.0.0.0/0", "10.1.2.3/16")
ARNS = (
    f"arn:aws:iam::{ACCOUNT}:user/ada",
    f"arn:aws:iam::{ACCOUNT}:role/train",
    "arn:aws:iam::444455556666:user/ada",
)
ARN_PATTERNS = (*ARNS, "arn:aws:iam::*:user/*", f"arn:aws:*::{ACCOUNT}:*", "arn:*:*:*:*:*", "arn:aws:iam::*:ada")
TEXTS = ("ada", "Ada", "bob", "a*", "", "ada:x", "*", 'q"\\')
MOMENTS = (1_700_000_000, 1_800_000_000, 1_799_999_999)
MOMENT_TEXTS = ("1800000000", "2027-01-15T08:00:00Z", "2027-01-15", "2023-11-14T22:13:20+00:00")
BOOLS = ("true", "false", "True")

VALUES: dict[str, tuple[Any, ...]] = {
    "aws:username": TEXTS,
    "sts:externalid": TEXTS,
    "aws:principalarn": ARNS,
    "aws:sourceip": ADDRESSES,
    "aws:securetransport": (True, False),
    "aws:currenttime": MOMENTS,
    "aws:multifactorauthage": (5, 60),
}
STRINGS = [
    f"String{word}" for word in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")
]
ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
# Key -> operators and the values a policy gives them.
CONDITIONS: list[tuple[str, list[str], tuple[Any, ...]]] = [
    ("aws:username", STRINGS, tuple(text for text in TEXTS if text)),
    ("STS:ExternalId", STRINGS, tuple(text for text in TEXTS if text)),
    ("aws:PrincipalArn", ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"], ARN_PATTERNS),
    ("aws:PrincipalArn", ["StringLike", "StringNotLike"], ARN_PATTERNS),
    ("aws:SourceIp", ["IpAddress", "NotIpAddress"], NETWORKS),
    ("aws:SecureTransport", ["Bool"], (*BOOLS, True, False)),
    ("aws:CurrentTime", [f"Date{order}" for order in ORDERS], MOMENT_TEXTS),
    ("aws:MultiFactorAuthAge", [f"Numeric{order}" for order in ORDERS], ("5", 30, "60")),
]


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    block: dict[str, dict[str, Any]] = {}
    for _ in range(draw(st.integers(0, 2))):
        key, operators, values = draw(st.sampled_from(CONDITIONS))
        operator = draw(st.sampled_from([*operators, "Null"]))
        if operator == "Null":
            block.setdefault("Null", {})[key] = draw(st.sampled_from(["true", "false", True]))
            continue
        form = draw(st.sampled_from(["{}", "{}IfExists", "ForAllValues:{}", "ForAnyValue:{}"]))
        wanted: Any = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))
        block.setdefault(form.format(operator), {})[key] = (
            wanted if len(wanted) > 1 or draw(st.booleans()) else wanted[0]
        )
    return block


@st.composite
def statements(draw: st.DrawFn, kind: str = "identity") -> dict[str, Any]:
    def some(values: tuple[str, ...]) -> Any:
        found = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))
        return found[0] if len(found) == 1 and draw(st.booleans()) else found

    made: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    made[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = some(ACTION_PATTERNS)
    if kind != "identity":
        aws = st.sampled_from([*ARNS, "*", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"])
        services = st.sampled_from(["sagemaker.amazonaws.com", "bedrock.amazonaws.com"])
        made["Principal"] = draw(
            st.just("*")
            | st.fixed_dictionaries({"AWS": st.lists(aws, min_size=1, max_size=3)})
            | st.fixed_dictionaries({"AWS": aws, "Service": services})
        )
    if kind != "trust":
        made[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = some(NAME_PATTERNS)
    if block := draw(conditions()):
        made["Condition"] = block
    return made


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    keys = {name: draw(st.sampled_from(values)) for name, values in VALUES.items() if draw(st.booleans())}
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))
    caller = st.sampled_from([*ARNS, "*", f"account:{ACCOUNT}", "service:sagemaker.amazonaws.com"])
    return {
        "action": draw(st.sampled_from(ACTIONS)),
        "names": names,
        "keys": keys,
        "callers": draw(st.sets(caller, max_size=3)),
    }


def said(document: str, request: dict[str, Any], kind: Any, policies: PolicySet | None = None) -> str:
    asked = Asked(request["action"], tuple(request["names"]), request["keys"], frozenset(request["callers"]))
    verdict = (policies or PolicySet([("p", document)], kind)).ask(asked)
    return "deny" if verdict.denied else "allow" if verdict.allowed else "none"


def expected(document: str, request: dict[str, Any]) -> str:
    texts = {
        name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in request["keys"].items()
    }
    return decide(document, {**request, "keys": texts})


@settings(max_examples=250, deadline=None)
@given(st.lists(statements(), min_size=1, max_size=4), st.lists(requests(), min_size=4, max_size=4))
def test_a_translated_policy_decides_as_iams_rules_do(policy: list[Any], asked: list[dict[str, Any]]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": policy if len(policy) > 1 else policy[0]})
    policies = PolicySet([("p", document)], "identity")
    for request in asked:
        assert said(document, request, "identity", policies) == expected(document, request)


@settings(max_examples=150, deadline=None)
@given(st.lists(statements("trust"), min_size=1, max_size=3), st.lists(requests(), min_size=4, max_size=4))
def test_a_translated_trust_policy_decides_as_iams_rules_do(policy: list[Any], asked: list[dict[str, Any]]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": policy})
    policies = PolicySet([("p", document)], "trust")
    for request in asked:
        assert said(document, request, "trust", policies) == expected(document, request)


@settings(max_examples=100, deadline=None)
@given(st.lists(statements("resource"), min_size=1, max_size=3), st.lists(requests(), min_size=4, max_size=4))
def test_a_translated_bucket_policy_decides_as_iams_rules_do(policy: list[Any], asked: list[dict[str, Any]]) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": policy})
    policies = PolicySet([("p", document)], "resource")
    for request in asked:
        assert said(document, request, "resource", policies) == expected(document, request)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=12), st.text(max_size=12))
def test_any_text_is_only_ever_itself(one: str, other: str) -> None:
    """No text of a policy or request breaks out of its quotes or is taken for a wildcard where none was written."""
    try:
        one.encode()
        other.encode()
    except UnicodeEncodeError:
        return
    document = json.dumps(
        {
            "Statement": {
                "Effect": "Allow",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:username": one}},
            }
        }
    )
    request: dict[str, Any] = {"action": "s3:GetObject", "names": ["*"], "callers": [], "keys": {"aws:username": other}}
    assert said(document, request, "identity") == ("allow" if one == other else "none")
    request["keys"]["aws:username"] = one
    assert said(document, request, "identity") == "allow"


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["Version", "Statement", "Effect", "Action", "Resource", "Condition", "Bool", "aws:SecureTransport"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_is_no_policy_is_refused_and_nothing_else_happens(document: Any) -> None:
    for kind in ("identity", "trust", "resource"):
        try:
            said(json.dumps(document), {"action": "a:B", "names": ["*"], "keys": {}, "callers": []}, kind)
        except PolicyDocumentError:
            continue


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_known_key_can_be_asked_for_whether_it_is_there(key: str) -> None:
    document = json.dumps(
        {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {key: "true"}}}}
    )
    request: dict[str, Any] = {"action": "a:B", "names": ["*"], "keys": {}, "callers": []}
    assert said(document, request, "identity") == "allow"
    request["keys"] = {key: 5}
    assert said(document, request, "identity") == "none"
