"""Shapes of sagemaker-runtime 2017-05-13. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import NotRequired, TypedDict



class InvokeEndpointAsyncInput(TypedDict):
    EndpointName: str
    ContentType: NotRequired[str]
    Accept: NotRequired[str]
    CustomAttributes: NotRequired[str]
    InferenceId: NotRequired[str]
    InputLocation: NotRequired[str]
    S3OutputPathExtension: NotRequired[str]
    Filename: NotRequired[str]
    RequestTTLSeconds: NotRequired[int]
    InvocationTimeoutSeconds: NotRequired[int]
    Body: NotRequired[bytes]


class InvokeEndpointAsyncOutput(TypedDict):
    InferenceId: NotRequired[str]
    OutputLocation: NotRequired[str]
    FailureLocation: NotRequired[str]


class InvokeEndpointInput(TypedDict):
    EndpointName: str
    Body: bytes
    ContentType: NotRequired[str]
    Accept: NotRequired[str]
    CustomAttributes: NotRequired[str]
    TargetModel: NotRequired[str]
    TargetVariant: NotRequired[str]
    TargetContainerHostname: NotRequired[str]
    InferenceId: NotRequired[str]
    EnableExplanations: NotRequired[str]
    InferenceComponentName: NotRequired[str]
    SessionId: NotRequired[str]
    PrefixAwareId: NotRequired[str]


class InvokeEndpointOutput(TypedDict):
    Body: bytes
    ContentType: NotRequired[str]
    InvokedProductionVariant: NotRequired[str]
    CustomAttributes: NotRequired[str]
    NewSessionId: NotRequired[str]
    ClosedSessionId: NotRequired[str]


class InvokeEndpointWithResponseStreamInput(TypedDict):
    EndpointName: str
    Body: bytes
    ContentType: NotRequired[str]
    Accept: NotRequired[str]
    CustomAttributes: NotRequired[str]
    TargetVariant: NotRequired[str]
    TargetContainerHostname: NotRequired[str]
    InferenceId: NotRequired[str]
    InferenceComponentName: NotRequired[str]
    SessionId: NotRequired[str]
    PrefixAwareId: NotRequired[str]


class InvokeEndpointWithResponseStreamOutput(TypedDict):
    Body: AsyncIterator[Sequence[ResponseStream]]
    ContentType: NotRequired[str]
    InvokedProductionVariant: NotRequired[str]
    CustomAttributes: NotRequired[str]


class PayloadPart(TypedDict):
    Bytes: NotRequired[bytes]


class ResponseStream(TypedDict):
    PayloadPart: NotRequired[PayloadPart]
