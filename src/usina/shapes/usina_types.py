"""Shapes of usina 2026-11-01. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

ArchiveSourceKind = Literal["archive", "object", "registry"]
CloudProtocol = Literal["bedrock", "openai"]
CloudTask = Literal["chat", "embedding"]
EngineState = Literal["STOPPED", "STARTING", "READY", "BACKOFF", "FAILED", "DRAINING"]
ImageKind = Literal["built-in", "imported"]
ImageState = Literal["ABSENT", "INSTALLING", "READY", "FAILED", "REMOVING"]
KeyKind = Literal["access", "bearer"]
ModelState = Literal["IMPORTING", "STARTING", "READY", "FAILED", "REMOVING"]
ModelTask = Literal["chat", "embedding"]
PackageSourceKind = Literal["site", "machine", "wheels", "index"]
SourceKind = Literal["package", "file", "directory", "attached"]


class AliasDescription(TypedDict):
    alias: str
    modelId: str


class ArchiveSource(TypedDict):
    kind: ArchiveSourceKind
    location: str


class CloudBudgetDescription(TypedDict):
    scope: str
    day: str
    requests: NotRequired[int]
    bytes: NotRequired[int]
    tokens: NotRequired[int]
    usedRequests: int
    usedBytes: int
    usedTokens: int


class CloudModelDescription(TypedDict):
    modelId: str
    protocol: CloudProtocol
    address: str
    upstreamModel: str
    region: NotRequired[str]
    task: CloudTask
    contextTokens: int
    maxOutputTokens: int
    accessKeyId: NotRequired[str]
    pinned: bool
    createdAt: datetime


class CreateKeyRequest(TypedDict):
    kind: NotRequired[KeyKind]
    account: NotRequired[str]
    user: str
    roles: list[str]
    lifetimeSeconds: NotRequired[int]


class CreateKeyResponse(TypedDict):
    key: KeyDescription
    secret: str


class DeleteAliasRequest(TypedDict):
    alias: str


class DeleteAliasResponse(TypedDict):
    pass


class DeleteGroupRoleRequest(TypedDict):
    group: str
    account: NotRequired[str]
    role: str


class DeleteGroupRoleResponse(TypedDict):
    pass


class DescribeImageRequest(TypedDict):
    imageName: str


class DescribeImageResponse(TypedDict):
    image: ImageDescription


class DescribeModelRequest(TypedDict):
    modelId: str


class DescribeModelResponse(TypedDict):
    model: ModelDescription


class DisableShippedAliasesRequest(TypedDict):
    pass


class DisableShippedAliasesResponse(TypedDict):
    aliases: list[AliasDescription]


class EnableShippedAliasesRequest(TypedDict):
    modelId: NotRequired[str]


class EnableShippedAliasesResponse(TypedDict):
    aliases: list[AliasDescription]


class EngineDescription(TypedDict):
    modelId: str
    state: EngineState
    restarts: int
    running: int
    queued: int
    adapters: NotRequired[int]
    reason: NotRequired[str]


class GetLedgerHeadRequest(TypedDict):
    pass


class GetLedgerHeadResponse(TypedDict):
    head: Any


class GetLedgerProofRequest(TypedDict):
    recordId: str


class GetLedgerProofResponse(TypedDict):
    proof: Any


class GetStatusRequest(TypedDict):
    pass


class GetStatusResponse(TypedDict):
    site: SiteDescription
    programs: ProgramsDescription
    version: str
    time: datetime
    ready: bool
    models: list[ModelDescription]
    engines: list[EngineDescription]


class GroupRoleDescription(TypedDict):
    group: str
    account: str
    role: str


class ImageDescription(TypedDict):
    imageName: str
    kind: ImageKind
    title: NotRequired[str]
    state: ImageState
    stateReason: NotRequired[str]
    progressStage: NotRequired[str]
    progressShare: NotRequired[float]
    sizeBytes: NotRequired[int]
    installedAt: NotRequired[datetime]
    source: NotRequired[str]
    digest: NotRequired[str]
    packages: NotRequired[list[ImagePackage]]


class ImagePackage(TypedDict):
    name: str
    version: str
    licence: NotRequired[str]
    sha256: NotRequired[str]


class ImportImageRequest(TypedDict):
    imageName: str
    source: ArchiveSource
    digest: NotRequired[str]


class ImportImageResponse(TypedDict):
    image: ImageDescription


class ImportModelRequest(TypedDict):
    source: ModelSource
    modelId: NotRequired[str]
    licence: NotRequired[str]
    task: NotRequired[ModelTask]
    requantise: NotRequired[bool]


class ImportModelResponse(TypedDict):
    model: ModelDescription


class InstallImageRequest(TypedDict):
    imageName: str
    source: NotRequired[PackageSource]


class InstallImageResponse(TypedDict):
    image: ImageDescription


class KeyDescription(TypedDict):
    keyId: str
    kind: KeyKind
    account: str
    user: str
    roles: list[str]
    createdAt: datetime
    expiresAt: NotRequired[datetime]
    active: bool
    lastUsedAt: NotRequired[datetime]
    lastUsedService: NotRequired[str]


class ListAliasesRequest(TypedDict):
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class ListAliasesResponse(TypedDict):
    aliases: list[AliasDescription]
    nextToken: NotRequired[str]


class ListCloudBudgetsRequest(TypedDict):
    pass


class ListCloudBudgetsResponse(TypedDict):
    budgets: list[CloudBudgetDescription]


class ListCloudModelsRequest(TypedDict):
    pass


class ListCloudModelsResponse(TypedDict):
    models: list[CloudModelDescription]


class ListEnginesRequest(TypedDict):
    pass


class ListEnginesResponse(TypedDict):
    engines: list[EngineDescription]


class ListGroupRolesRequest(TypedDict):
    account: NotRequired[str]
    allAccounts: NotRequired[bool]


class ListGroupRolesResponse(TypedDict):
    groupRoles: list[GroupRoleDescription]


class ListImagesRequest(TypedDict):
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class ListImagesResponse(TypedDict):
    images: list[ImageDescription]
    nextToken: NotRequired[str]


class ListKeysRequest(TypedDict):
    account: NotRequired[str]
    allAccounts: NotRequired[bool]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class ListKeysResponse(TypedDict):
    keys: list[KeyDescription]
    nextToken: NotRequired[str]


class ListLedgerRecordsRequest(TypedDict):
    after: NotRequired[int]
    maxResults: NotRequired[int]


class ListLedgerRecordsResponse(TypedDict):
    records: list[Any]


class ListModelsRequest(TypedDict):
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class ListModelsResponse(TypedDict):
    models: list[ModelDescription]
    nextToken: NotRequired[str]


class ListPeopleRequest(TypedDict):
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class ListPeopleResponse(TypedDict):
    people: list[PersonDescription]
    nextToken: NotRequired[str]


class ModelDescription(TypedDict):
    modelId: str
    modelArn: NotRequired[str]
    name: str
    provider: str
    task: ModelTask
    runtime: str
    state: ModelState
    stateReason: NotRequired[str]
    progressStage: NotRequired[str]
    progressShare: NotRequired[float]
    contextTokens: NotRequired[int]
    maxOutputTokens: NotRequired[int]
    embeddingDimensions: NotRequired[int]
    tools: NotRequired[bool]
    structuredOutput: NotRequired[bool]
    licence: NotRequired[str]
    source: NotRequired[str]
    sha256: NotRequired[str]
    sizeBytes: NotRequired[int]
    quantisation: NotRequired[str]
    parameterCount: NotRequired[int]
    createdAt: NotRequired[datetime]
    aliases: NotRequired[list[str]]


class ModelSource(TypedDict):
    kind: SourceKind
    location: str
    upstreamModel: NotRequired[str]


class PackageSource(TypedDict):
    kind: PackageSourceKind
    location: NotRequired[str]


class PersonDescription(TypedDict):
    person: str
    name: str
    issuer: str
    subject: str
    groups: list[str]
    firstSeenAt: datetime
    lastSeenAt: datetime
    removed: bool


class ProgramsDescription(TypedDict):
    run: bool
    isolated: bool
    isolation: str


class PutAliasRequest(TypedDict):
    alias: str
    modelId: str


class PutAliasResponse(TypedDict):
    alias: AliasDescription


class PutCloudBudgetRequest(TypedDict):
    scope: str
    requests: NotRequired[int]
    bytes: NotRequired[int]
    tokens: NotRequired[int]


class PutCloudBudgetResponse(TypedDict):
    budget: CloudBudgetDescription


class PutCloudModelRequest(TypedDict):
    modelId: str
    protocol: CloudProtocol
    address: str
    upstreamModel: str
    region: NotRequired[str]
    task: NotRequired[CloudTask]
    contextTokens: NotRequired[int]
    maxOutputTokens: NotRequired[int]
    authorityPem: NotRequired[str]
    accessKeyId: NotRequired[str]
    secret: NotRequired[str]
    sessionToken: NotRequired[str]


class PutCloudModelResponse(TypedDict):
    model: CloudModelDescription


class PutGroupRoleRequest(TypedDict):
    group: str
    account: NotRequired[str]
    role: str


class PutGroupRoleResponse(TypedDict):
    groupRole: GroupRoleDescription


class RemoveCloudModelRequest(TypedDict):
    modelId: str


class RemoveCloudModelResponse(TypedDict):
    modelId: str


class RemoveImageRequest(TypedDict):
    imageName: str


class RemoveImageResponse(TypedDict):
    imageName: str


class RemoveModelRequest(TypedDict):
    modelId: str


class RemoveModelResponse(TypedDict):
    modelId: str


class RemovePersonRequest(TypedDict):
    person: str


class RemovePersonResponse(TypedDict):
    person: PersonDescription


class RestorePersonRequest(TypedDict):
    person: str


class RestorePersonResponse(TypedDict):
    person: PersonDescription


class RevokeKeyRequest(TypedDict):
    keyId: str
    account: NotRequired[str]


class RevokeKeyResponse(TypedDict):
    key: KeyDescription


class SignInRequest(TypedDict):
    idToken: str
    role: NotRequired[str]
    account: NotRequired[str]


class SignInResponse(TypedDict):
    person: str
    name: str
    account: str
    role: str
    accessKeyId: str
    secretAccessKey: str
    sessionToken: str
    expiresAt: datetime


class SiteDescription(TypedDict):
    name: str
    region: str
    account: str
