"""Shapes of bedrock-runtime 2023-09-30. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

AsyncInvokeStatus = Literal["InProgress", "Completed", "Failed"]
AudioFormat = Literal[
    "mp3",
    "opus",
    "wav",
    "aac",
    "flac",
    "mp4",
    "ogg",
    "mkv",
    "mka",
    "x-aac",
    "m4a",
    "mpeg",
    "mpga",
    "pcm",
    "webm",
]
CachePointType = Literal["default"]
CacheTTL = Literal["5m", "1h"]
ConversationRole = Literal["user", "assistant", "system"]
DocumentFormat = Literal["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]
GuardrailAction = Literal["NONE", "GUARDRAIL_INTERVENED"]
GuardrailAutomatedReasoningLogicWarningType = Literal["ALWAYS_FALSE", "ALWAYS_TRUE"]
GuardrailChecksContentFilterCategory = Literal["VIOLENCE", "HATE", "SEXUAL", "MISCONDUCT", "INSULTS"]
GuardrailChecksPromptAttackCategory = Literal["JAILBREAK", "PROMPT_INJECTION", "PROMPT_LEAKAGE"]
GuardrailChecksRole = Literal["user", "assistant", "system"]
GuardrailChecksSensitiveInformationEntityType = Literal[
    "ADDRESS",
    "AGE",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "CA_HEALTH_NUMBER",
    "CA_SOCIAL_INSURANCE_NUMBER",
    "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_CARD_EXPIRY",
    "CREDIT_DEBIT_CARD_NUMBER",
    "DRIVER_ID",
    "EMAIL",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "IP_ADDRESS",
    "LICENSE_PLATE",
    "MAC_ADDRESS",
    "NAME",
    "PASSWORD",
    "PHONE",
    "PIN",
    "SWIFT_CODE",
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
    "UK_NATIONAL_INSURANCE_NUMBER",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
    "URL",
    "USERNAME",
    "US_BANK_ACCOUNT_NUMBER",
    "US_BANK_ROUTING_NUMBER",
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    "US_PASSPORT_NUMBER",
    "US_SOCIAL_SECURITY_NUMBER",
    "VEHICLE_IDENTIFICATION_NUMBER",
]
GuardrailContentFilterConfidence = Literal["NONE", "LOW", "MEDIUM", "HIGH"]
GuardrailContentFilterStrength = Literal["NONE", "LOW", "MEDIUM", "HIGH"]
GuardrailContentFilterType = Literal["INSULTS", "HATE", "SEXUAL", "VIOLENCE", "MISCONDUCT", "PROMPT_ATTACK"]
GuardrailContentPolicyAction = Literal["BLOCKED", "NONE"]
GuardrailContentQualifier = Literal["grounding_source", "query", "guard_content"]
GuardrailContentSource = Literal["INPUT", "OUTPUT"]
GuardrailContextualGroundingFilterType = Literal["GROUNDING", "RELEVANCE"]
GuardrailContextualGroundingPolicyAction = Literal["BLOCKED", "NONE"]
GuardrailConverseContentQualifier = Literal["grounding_source", "query", "guard_content"]
GuardrailConverseImageFormat = Literal["png", "jpeg"]
GuardrailImageFormat = Literal["png", "jpeg"]
GuardrailManagedWordType = Literal["PROFANITY"]
GuardrailOrigin = Literal["REQUEST", "ACCOUNT_ENFORCED", "ORGANIZATION_ENFORCED"]
GuardrailOutputScope = Literal["INTERVENTIONS", "FULL"]
GuardrailOwnership = Literal["SELF", "CROSS_ACCOUNT"]
GuardrailPiiEntityType = Literal[
    "ADDRESS",
    "AGE",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "CA_HEALTH_NUMBER",
    "CA_SOCIAL_INSURANCE_NUMBER",
    "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_CARD_EXPIRY",
    "CREDIT_DEBIT_CARD_NUMBER",
    "DRIVER_ID",
    "EMAIL",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "IP_ADDRESS",
    "LICENSE_PLATE",
    "MAC_ADDRESS",
    "NAME",
    "PASSWORD",
    "PHONE",
    "PIN",
    "SWIFT_CODE",
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
    "UK_NATIONAL_INSURANCE_NUMBER",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
    "URL",
    "USERNAME",
    "US_BANK_ACCOUNT_NUMBER",
    "US_BANK_ROUTING_NUMBER",
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    "US_PASSPORT_NUMBER",
    "US_SOCIAL_SECURITY_NUMBER",
    "VEHICLE_IDENTIFICATION_NUMBER",
]
GuardrailSensitiveInformationPolicyAction = Literal["ANONYMIZED", "BLOCKED", "NONE"]
GuardrailStreamProcessingMode = Literal["sync", "async"]
GuardrailTopicPolicyAction = Literal["BLOCKED", "NONE"]
GuardrailTopicType = Literal["DENY"]
GuardrailTrace = Literal["enabled", "disabled", "enabled_full"]
GuardrailWordPolicyAction = Literal["BLOCKED", "NONE"]
ImageFormat = Literal["png", "jpeg", "gif", "webp"]
OutputFormatType = Literal["json_schema"]
PerformanceConfigLatency = Literal["standard", "optimized"]
ServiceTierType = Literal["priority", "default", "flex", "reserved"]
SortAsyncInvocationBy = Literal["SubmissionTime"]
SortOrder = Literal["Ascending", "Descending"]
StopReason = Literal[
    "end_turn",
    "tool_use",
    "max_tokens",
    "stop_sequence",
    "guardrail_intervened",
    "content_filtered",
    "malformed_model_output",
    "malformed_tool_use",
    "model_context_window_exceeded",
]
ToolResultStatus = Literal["success", "error"]
ToolUseType = Literal["server_tool_use"]
Trace = Literal["ENABLED", "DISABLED", "ENABLED_FULL"]
VideoFormat = Literal["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"]


class AnyToolChoice(TypedDict):
    pass


class AppliedGuardrailDetails(TypedDict):
    guardrailId: NotRequired[str]
    guardrailVersion: NotRequired[str]
    guardrailArn: NotRequired[str]
    guardrailOrigin: NotRequired[list[GuardrailOrigin]]
    guardrailOwnership: NotRequired[GuardrailOwnership]


class ApplyGuardrailRequest(TypedDict):
    guardrailIdentifier: str
    guardrailVersion: str
    source: GuardrailContentSource
    content: list[GuardrailContentBlock]
    outputScope: NotRequired[GuardrailOutputScope]


class ApplyGuardrailResponse(TypedDict):
    usage: GuardrailUsage
    action: GuardrailAction
    actionReason: NotRequired[str]
    outputs: list[GuardrailOutputContent]
    assessments: list[GuardrailAssessment]
    guardrailCoverage: NotRequired[GuardrailCoverage]


class AsyncInvokeOutputDataConfig(TypedDict):
    s3OutputDataConfig: NotRequired[AsyncInvokeS3OutputDataConfig]


class AsyncInvokeS3OutputDataConfig(TypedDict):
    s3Uri: str
    kmsKeyId: NotRequired[str]
    bucketOwner: NotRequired[str]


class AsyncInvokeSummary(TypedDict):
    invocationArn: str
    modelArn: str
    clientRequestToken: NotRequired[str]
    status: NotRequired[AsyncInvokeStatus]
    failureMessage: NotRequired[str]
    submitTime: datetime
    lastModifiedTime: NotRequired[datetime]
    endTime: NotRequired[datetime]
    outputDataConfig: AsyncInvokeOutputDataConfig


class AudioBlock(TypedDict):
    format: AudioFormat
    source: AudioSource
    error: NotRequired[ErrorBlock]


class AudioSource(TypedDict):
    bytes: NotRequired[bytes]
    s3Location: NotRequired[S3Location]


class AutoToolChoice(TypedDict):
    pass


class BidirectionalInputPayloadPart(TypedDict):
    bytes: NotRequired[bytes]


class BidirectionalOutputPayloadPart(TypedDict):
    bytes: NotRequired[bytes]


class CacheDetail(TypedDict):
    ttl: CacheTTL
    inputTokens: int


class CachePointBlock(TypedDict):
    type: CachePointType
    ttl: NotRequired[CacheTTL]


class Citation(TypedDict):
    title: NotRequired[str]
    source: NotRequired[str]
    sourceContent: NotRequired[list[CitationSourceContent]]
    location: NotRequired[CitationLocation]


class CitationGeneratedContent(TypedDict):
    text: NotRequired[str]


class CitationLocation(TypedDict):
    web: NotRequired[WebLocation]
    documentChar: NotRequired[DocumentCharLocation]
    documentPage: NotRequired[DocumentPageLocation]
    documentChunk: NotRequired[DocumentChunkLocation]
    searchResultLocation: NotRequired[SearchResultLocation]


class CitationSourceContent(TypedDict):
    text: NotRequired[str]


class CitationSourceContentDelta(TypedDict):
    text: NotRequired[str]


class CitationsConfig(TypedDict):
    enabled: bool


class CitationsContentBlock(TypedDict):
    content: NotRequired[list[CitationGeneratedContent]]
    citations: NotRequired[list[Citation]]


class CitationsDelta(TypedDict):
    title: NotRequired[str]
    source: NotRequired[str]
    sourceContent: NotRequired[list[CitationSourceContentDelta]]
    location: NotRequired[CitationLocation]


class ContentBlock(TypedDict):
    text: NotRequired[str]
    image: NotRequired[ImageBlock]
    document: NotRequired[DocumentBlock]
    video: NotRequired[VideoBlock]
    audio: NotRequired[AudioBlock]
    toolUse: NotRequired[ToolUseBlock]
    toolResult: NotRequired[ToolResultBlock]
    guardContent: NotRequired[GuardrailConverseContentBlock]
    cachePoint: NotRequired[CachePointBlock]
    reasoningContent: NotRequired[ReasoningContentBlock]
    citationsContent: NotRequired[CitationsContentBlock]
    searchResult: NotRequired[SearchResultBlock]
    toolAddition: NotRequired[ToolAdditionBlock]
    toolRemoval: NotRequired[ToolRemovalBlock]


class ContentBlockDelta(TypedDict):
    text: NotRequired[str]
    toolUse: NotRequired[ToolUseBlockDelta]
    toolResult: NotRequired[list[ToolResultBlockDelta]]
    reasoningContent: NotRequired[ReasoningContentBlockDelta]
    citation: NotRequired[CitationsDelta]
    image: NotRequired[ImageBlockDelta]


class ContentBlockDeltaEvent(TypedDict):
    delta: ContentBlockDelta
    contentBlockIndex: int


class ContentBlockStart(TypedDict):
    toolUse: NotRequired[ToolUseBlockStart]
    toolResult: NotRequired[ToolResultBlockStart]
    image: NotRequired[ImageBlockStart]


class ContentBlockStartEvent(TypedDict):
    start: ContentBlockStart
    contentBlockIndex: int


class ContentBlockStopEvent(TypedDict):
    contentBlockIndex: int


class ConverseMetrics(TypedDict):
    latencyMs: int


class ConverseOutput(TypedDict):
    message: NotRequired[Message]


class ConverseRequest(TypedDict):
    modelId: str
    messages: NotRequired[list[Message]]
    system: NotRequired[list[SystemContentBlock]]
    inferenceConfig: NotRequired[InferenceConfiguration]
    toolConfig: NotRequired[ToolConfiguration]
    guardrailConfig: NotRequired[GuardrailConfiguration]
    additionalModelRequestFields: NotRequired[Any]
    promptVariables: NotRequired[dict[str, PromptVariableValues]]
    additionalModelResponseFieldPaths: NotRequired[list[str]]
    requestMetadata: NotRequired[dict[str, str]]
    performanceConfig: NotRequired[PerformanceConfiguration]
    serviceTier: NotRequired[ServiceTier]
    outputConfig: NotRequired[OutputConfig]


class ConverseResponse(TypedDict):
    output: ConverseOutput
    stopReason: StopReason
    usage: TokenUsage
    metrics: ConverseMetrics
    additionalModelResponseFields: NotRequired[Any]
    trace: NotRequired[ConverseTrace]
    performanceConfig: NotRequired[PerformanceConfiguration]
    serviceTier: NotRequired[ServiceTier]


class ConverseStreamMetadataEvent(TypedDict):
    usage: TokenUsage
    metrics: ConverseStreamMetrics
    trace: NotRequired[ConverseStreamTrace]
    performanceConfig: NotRequired[PerformanceConfiguration]
    serviceTier: NotRequired[ServiceTier]


class ConverseStreamMetrics(TypedDict):
    latencyMs: int


class ConverseStreamOutput(TypedDict):
    messageStart: NotRequired[MessageStartEvent]
    contentBlockStart: NotRequired[ContentBlockStartEvent]
    contentBlockDelta: NotRequired[ContentBlockDeltaEvent]
    contentBlockStop: NotRequired[ContentBlockStopEvent]
    messageStop: NotRequired[MessageStopEvent]
    metadata: NotRequired[ConverseStreamMetadataEvent]


class ConverseStreamRequest(TypedDict):
    modelId: str
    messages: NotRequired[list[Message]]
    system: NotRequired[list[SystemContentBlock]]
    inferenceConfig: NotRequired[InferenceConfiguration]
    toolConfig: NotRequired[ToolConfiguration]
    guardrailConfig: NotRequired[GuardrailStreamConfiguration]
    additionalModelRequestFields: NotRequired[Any]
    promptVariables: NotRequired[dict[str, PromptVariableValues]]
    additionalModelResponseFieldPaths: NotRequired[list[str]]
    requestMetadata: NotRequired[dict[str, str]]
    performanceConfig: NotRequired[PerformanceConfiguration]
    serviceTier: NotRequired[ServiceTier]
    outputConfig: NotRequired[OutputConfig]


class ConverseStreamResponse(TypedDict):
    stream: NotRequired[AsyncIterator[Sequence[ConverseStreamOutput]]]


class ConverseStreamTrace(TypedDict):
    guardrail: NotRequired[GuardrailTraceAssessment]
    promptRouter: NotRequired[PromptRouterTrace]


class ConverseTokensRequest(TypedDict):
    messages: NotRequired[list[Message]]
    system: NotRequired[list[SystemContentBlock]]
    toolConfig: NotRequired[ToolConfiguration]
    additionalModelRequestFields: NotRequired[Any]


class ConverseTrace(TypedDict):
    guardrail: NotRequired[GuardrailTraceAssessment]
    promptRouter: NotRequired[PromptRouterTrace]


class CountTokensInput(TypedDict):
    invokeModel: NotRequired[InvokeModelTokensRequest]
    converse: NotRequired[ConverseTokensRequest]


class CountTokensRequest(TypedDict):
    modelId: str
    input: CountTokensInput


class CountTokensResponse(TypedDict):
    inputTokens: int


class DocumentBlock(TypedDict):
    format: NotRequired[DocumentFormat]
    name: str
    source: DocumentSource
    context: NotRequired[str]
    citations: NotRequired[CitationsConfig]


class DocumentCharLocation(TypedDict):
    documentIndex: NotRequired[int]
    start: NotRequired[int]
    end: NotRequired[int]


class DocumentChunkLocation(TypedDict):
    documentIndex: NotRequired[int]
    start: NotRequired[int]
    end: NotRequired[int]


class DocumentContentBlock(TypedDict):
    text: NotRequired[str]


class DocumentPageLocation(TypedDict):
    documentIndex: NotRequired[int]
    start: NotRequired[int]
    end: NotRequired[int]


class DocumentSource(TypedDict):
    bytes: NotRequired[bytes]
    s3Location: NotRequired[S3Location]
    text: NotRequired[str]
    content: NotRequired[list[DocumentContentBlock]]


class ErrorBlock(TypedDict):
    message: NotRequired[str]


class GetAsyncInvokeRequest(TypedDict):
    invocationArn: str


class GetAsyncInvokeResponse(TypedDict):
    invocationArn: str
    modelArn: str
    clientRequestToken: NotRequired[str]
    status: AsyncInvokeStatus
    failureMessage: NotRequired[str]
    submitTime: datetime
    lastModifiedTime: NotRequired[datetime]
    endTime: NotRequired[datetime]
    outputDataConfig: AsyncInvokeOutputDataConfig


class GuardrailAssessment(TypedDict):
    topicPolicy: NotRequired[GuardrailTopicPolicyAssessment]
    contentPolicy: NotRequired[GuardrailContentPolicyAssessment]
    wordPolicy: NotRequired[GuardrailWordPolicyAssessment]
    sensitiveInformationPolicy: NotRequired[GuardrailSensitiveInformationPolicyAssessment]
    contextualGroundingPolicy: NotRequired[GuardrailContextualGroundingPolicyAssessment]
    automatedReasoningPolicy: NotRequired[GuardrailAutomatedReasoningPolicyAssessment]
    invocationMetrics: NotRequired[GuardrailInvocationMetrics]
    appliedGuardrailDetails: NotRequired[AppliedGuardrailDetails]


class GuardrailAutomatedReasoningFinding(TypedDict):
    valid: NotRequired[GuardrailAutomatedReasoningValidFinding]
    invalid: NotRequired[GuardrailAutomatedReasoningInvalidFinding]
    satisfiable: NotRequired[GuardrailAutomatedReasoningSatisfiableFinding]
    impossible: NotRequired[GuardrailAutomatedReasoningImpossibleFinding]
    translationAmbiguous: NotRequired[GuardrailAutomatedReasoningTranslationAmbiguousFinding]
    tooComplex: NotRequired[GuardrailAutomatedReasoningTooComplexFinding]
    noTranslations: NotRequired[GuardrailAutomatedReasoningNoTranslationsFinding]


class GuardrailAutomatedReasoningImpossibleFinding(TypedDict):
    translation: NotRequired[GuardrailAutomatedReasoningTranslation]
    contradictingRules: NotRequired[list[GuardrailAutomatedReasoningRule]]
    logicWarning: NotRequired[GuardrailAutomatedReasoningLogicWarning]


class GuardrailAutomatedReasoningInputTextReference(TypedDict):
    text: NotRequired[str]


class GuardrailAutomatedReasoningInvalidFinding(TypedDict):
    translation: NotRequired[GuardrailAutomatedReasoningTranslation]
    contradictingRules: NotRequired[list[GuardrailAutomatedReasoningRule]]
    logicWarning: NotRequired[GuardrailAutomatedReasoningLogicWarning]


class GuardrailAutomatedReasoningLogicWarning(TypedDict):
    type: NotRequired[GuardrailAutomatedReasoningLogicWarningType]
    premises: NotRequired[list[GuardrailAutomatedReasoningStatement]]
    claims: NotRequired[list[GuardrailAutomatedReasoningStatement]]


class GuardrailAutomatedReasoningNoTranslationsFinding(TypedDict):
    pass


class GuardrailAutomatedReasoningPolicyAssessment(TypedDict):
    findings: NotRequired[list[GuardrailAutomatedReasoningFinding]]


class GuardrailAutomatedReasoningRule(TypedDict):
    identifier: NotRequired[str]
    policyVersionArn: NotRequired[str]


class GuardrailAutomatedReasoningSatisfiableFinding(TypedDict):
    translation: NotRequired[GuardrailAutomatedReasoningTranslation]
    claimsTrueScenario: NotRequired[GuardrailAutomatedReasoningScenario]
    claimsFalseScenario: NotRequired[GuardrailAutomatedReasoningScenario]
    logicWarning: NotRequired[GuardrailAutomatedReasoningLogicWarning]


class GuardrailAutomatedReasoningScenario(TypedDict):
    statements: NotRequired[list[GuardrailAutomatedReasoningStatement]]


class GuardrailAutomatedReasoningStatement(TypedDict):
    logic: NotRequired[str]
    naturalLanguage: NotRequired[str]


class GuardrailAutomatedReasoningTooComplexFinding(TypedDict):
    pass


class GuardrailAutomatedReasoningTranslation(TypedDict):
    premises: NotRequired[list[GuardrailAutomatedReasoningStatement]]
    claims: NotRequired[list[GuardrailAutomatedReasoningStatement]]
    untranslatedPremises: NotRequired[list[GuardrailAutomatedReasoningInputTextReference]]
    untranslatedClaims: NotRequired[list[GuardrailAutomatedReasoningInputTextReference]]
    confidence: NotRequired[float]


class GuardrailAutomatedReasoningTranslationAmbiguousFinding(TypedDict):
    options: NotRequired[list[GuardrailAutomatedReasoningTranslationOption]]
    differenceScenarios: NotRequired[list[GuardrailAutomatedReasoningScenario]]


class GuardrailAutomatedReasoningTranslationOption(TypedDict):
    translations: NotRequired[list[GuardrailAutomatedReasoningTranslation]]


class GuardrailAutomatedReasoningValidFinding(TypedDict):
    translation: NotRequired[GuardrailAutomatedReasoningTranslation]
    claimsTrueScenario: NotRequired[GuardrailAutomatedReasoningScenario]
    supportingRules: NotRequired[list[GuardrailAutomatedReasoningRule]]
    logicWarning: NotRequired[GuardrailAutomatedReasoningLogicWarning]


class GuardrailChecksConfig(TypedDict):
    contentFilter: NotRequired[GuardrailChecksContentFilterConfig]
    promptAttack: NotRequired[GuardrailChecksPromptAttackConfig]
    sensitiveInformation: NotRequired[GuardrailChecksSensitiveInformationConfig]


class GuardrailChecksContentBlock(TypedDict):
    text: NotRequired[str]


class GuardrailChecksContentFilterCategoryConfig(TypedDict):
    category: GuardrailChecksContentFilterCategory


class GuardrailChecksContentFilterConfig(TypedDict):
    categories: list[GuardrailChecksContentFilterCategoryConfig]


class GuardrailChecksContentFilterResult(TypedDict):
    results: list[GuardrailChecksContentFilterResultEntry]


class GuardrailChecksContentFilterResultEntry(TypedDict):
    category: GuardrailChecksContentFilterCategory
    severityScore: float


class GuardrailChecksContentFilterUsage(TypedDict):
    textUnits: int


class GuardrailChecksMessage(TypedDict):
    role: GuardrailChecksRole
    content: list[GuardrailChecksContentBlock]


class GuardrailChecksPromptAttackCategoryConfig(TypedDict):
    category: GuardrailChecksPromptAttackCategory


class GuardrailChecksPromptAttackConfig(TypedDict):
    categories: list[GuardrailChecksPromptAttackCategoryConfig]


class GuardrailChecksPromptAttackResult(TypedDict):
    results: list[GuardrailChecksPromptAttackResultEntry]


class GuardrailChecksPromptAttackResultEntry(TypedDict):
    category: GuardrailChecksPromptAttackCategory
    severityScore: float


class GuardrailChecksPromptAttackUsage(TypedDict):
    textUnits: int


class GuardrailChecksResults(TypedDict):
    contentFilter: NotRequired[GuardrailChecksContentFilterResult]
    promptAttack: NotRequired[GuardrailChecksPromptAttackResult]
    sensitiveInformation: NotRequired[GuardrailChecksSensitiveInformationResult]


class GuardrailChecksSensitiveInformationConfig(TypedDict):
    entities: list[GuardrailChecksSensitiveInformationEntityConfig]


class GuardrailChecksSensitiveInformationEntityConfig(TypedDict):
    type: GuardrailChecksSensitiveInformationEntityType


class GuardrailChecksSensitiveInformationResult(TypedDict):
    results: list[GuardrailChecksSensitiveInformationResultEntry]
    truncated: NotRequired[bool]


class GuardrailChecksSensitiveInformationResultEntry(TypedDict):
    type: GuardrailChecksSensitiveInformationEntityType
    confidenceScore: float
    beginOffset: int
    endOffset: int
    messageIndex: int
    contentIndex: int


class GuardrailChecksSensitiveInformationUsage(TypedDict):
    textUnits: int


class GuardrailChecksUsageResults(TypedDict):
    contentFilter: NotRequired[GuardrailChecksContentFilterUsage]
    promptAttack: NotRequired[GuardrailChecksPromptAttackUsage]
    sensitiveInformation: NotRequired[GuardrailChecksSensitiveInformationUsage]


class GuardrailConfiguration(TypedDict):
    guardrailIdentifier: NotRequired[str]
    guardrailVersion: NotRequired[str]
    trace: NotRequired[GuardrailTrace]


class GuardrailContentBlock(TypedDict):
    text: NotRequired[GuardrailTextBlock]
    image: NotRequired[GuardrailImageBlock]


class GuardrailContentFilter(TypedDict):
    type: GuardrailContentFilterType
    confidence: GuardrailContentFilterConfidence
    filterStrength: NotRequired[GuardrailContentFilterStrength]
    action: GuardrailContentPolicyAction
    detected: NotRequired[bool]


class GuardrailContentPolicyAssessment(TypedDict):
    filters: list[GuardrailContentFilter]


class GuardrailContextualGroundingFilter(TypedDict):
    type: GuardrailContextualGroundingFilterType
    threshold: float
    score: float
    action: GuardrailContextualGroundingPolicyAction
    detected: NotRequired[bool]


class GuardrailContextualGroundingPolicyAssessment(TypedDict):
    filters: NotRequired[list[GuardrailContextualGroundingFilter]]


class GuardrailConverseContentBlock(TypedDict):
    text: NotRequired[GuardrailConverseTextBlock]
    image: NotRequired[GuardrailConverseImageBlock]


class GuardrailConverseImageBlock(TypedDict):
    format: GuardrailConverseImageFormat
    source: GuardrailConverseImageSource


class GuardrailConverseImageSource(TypedDict):
    bytes: NotRequired[bytes]


class GuardrailConverseTextBlock(TypedDict):
    text: str
    qualifiers: NotRequired[list[GuardrailConverseContentQualifier]]


class GuardrailCoverage(TypedDict):
    textCharacters: NotRequired[GuardrailTextCharactersCoverage]
    images: NotRequired[GuardrailImageCoverage]


class GuardrailCustomWord(TypedDict):
    match: str
    action: GuardrailWordPolicyAction
    detected: NotRequired[bool]


class GuardrailImageBlock(TypedDict):
    format: GuardrailImageFormat
    source: GuardrailImageSource


class GuardrailImageCoverage(TypedDict):
    guarded: NotRequired[int]
    total: NotRequired[int]


class GuardrailImageSource(TypedDict):
    bytes: NotRequired[bytes]


class GuardrailInvocationMetrics(TypedDict):
    guardrailProcessingLatency: NotRequired[int]
    usage: NotRequired[GuardrailUsage]
    guardrailCoverage: NotRequired[GuardrailCoverage]


class GuardrailManagedWord(TypedDict):
    match: str
    type: GuardrailManagedWordType
    action: GuardrailWordPolicyAction
    detected: NotRequired[bool]


class GuardrailOutputContent(TypedDict):
    text: NotRequired[str]


class GuardrailPiiEntityFilter(TypedDict):
    match: str
    type: GuardrailPiiEntityType
    action: GuardrailSensitiveInformationPolicyAction
    detected: NotRequired[bool]


class GuardrailRegexFilter(TypedDict):
    name: NotRequired[str]
    match: NotRequired[str]
    regex: NotRequired[str]
    action: GuardrailSensitiveInformationPolicyAction
    detected: NotRequired[bool]


class GuardrailSensitiveInformationPolicyAssessment(TypedDict):
    piiEntities: list[GuardrailPiiEntityFilter]
    regexes: list[GuardrailRegexFilter]


class GuardrailStreamConfiguration(TypedDict):
    guardrailIdentifier: NotRequired[str]
    guardrailVersion: NotRequired[str]
    trace: NotRequired[GuardrailTrace]
    streamProcessingMode: NotRequired[GuardrailStreamProcessingMode]


class GuardrailTextBlock(TypedDict):
    text: str
    qualifiers: NotRequired[list[GuardrailContentQualifier]]


class GuardrailTextCharactersCoverage(TypedDict):
    guarded: NotRequired[int]
    total: NotRequired[int]


class GuardrailTopic(TypedDict):
    name: str
    type: GuardrailTopicType
    action: GuardrailTopicPolicyAction
    detected: NotRequired[bool]


class GuardrailTopicPolicyAssessment(TypedDict):
    topics: list[GuardrailTopic]


class GuardrailTraceAssessment(TypedDict):
    modelOutput: NotRequired[list[str]]
    inputAssessment: NotRequired[dict[str, GuardrailAssessment]]
    outputAssessments: NotRequired[dict[str, list[GuardrailAssessment]]]
    actionReason: NotRequired[str]


class GuardrailUsage(TypedDict):
    topicPolicyUnits: int
    contentPolicyUnits: int
    wordPolicyUnits: int
    sensitiveInformationPolicyUnits: int
    sensitiveInformationPolicyFreeUnits: int
    contextualGroundingPolicyUnits: int
    contentPolicyImageUnits: NotRequired[int]
    automatedReasoningPolicyUnits: NotRequired[int]
    automatedReasoningPolicies: NotRequired[int]


class GuardrailWordPolicyAssessment(TypedDict):
    customWords: list[GuardrailCustomWord]
    managedWordLists: list[GuardrailManagedWord]


class ImageBlock(TypedDict):
    format: ImageFormat
    source: ImageSource
    error: NotRequired[ErrorBlock]


class ImageBlockDelta(TypedDict):
    source: NotRequired[ImageSource]
    error: NotRequired[ErrorBlock]


class ImageBlockStart(TypedDict):
    format: ImageFormat


class ImageSource(TypedDict):
    bytes: NotRequired[bytes]
    s3Location: NotRequired[S3Location]


class InferenceConfiguration(TypedDict):
    maxTokens: NotRequired[int]
    temperature: NotRequired[float]
    topP: NotRequired[float]
    stopSequences: NotRequired[list[str]]


class InvokeGuardrailChecksRequest(TypedDict):
    messages: list[GuardrailChecksMessage]
    checks: GuardrailChecksConfig


class InvokeGuardrailChecksResponse(TypedDict):
    results: GuardrailChecksResults
    usage: GuardrailChecksUsageResults


class InvokeModelRequest(TypedDict):
    body: NotRequired[bytes]
    contentType: NotRequired[str]
    accept: NotRequired[str]
    modelId: str
    trace: NotRequired[Trace]
    guardrailIdentifier: NotRequired[str]
    guardrailVersion: NotRequired[str]
    performanceConfigLatency: NotRequired[PerformanceConfigLatency]
    serviceTier: NotRequired[ServiceTierType]
    requestMetadata: NotRequired[str]


class InvokeModelResponse(TypedDict):
    body: bytes
    contentType: str
    performanceConfigLatency: NotRequired[PerformanceConfigLatency]
    serviceTier: NotRequired[ServiceTierType]


class InvokeModelTokensRequest(TypedDict):
    body: bytes


class InvokeModelWithBidirectionalStreamInput(TypedDict):
    chunk: NotRequired[BidirectionalInputPayloadPart]


class InvokeModelWithBidirectionalStreamOutput(TypedDict):
    chunk: NotRequired[BidirectionalOutputPayloadPart]


class InvokeModelWithBidirectionalStreamRequest(TypedDict):
    modelId: str
    body: Sequence[InvokeModelWithBidirectionalStreamInput]


class InvokeModelWithBidirectionalStreamResponse(TypedDict):
    body: AsyncIterator[Sequence[InvokeModelWithBidirectionalStreamOutput]]


class InvokeModelWithResponseStreamRequest(TypedDict):
    body: NotRequired[bytes]
    contentType: NotRequired[str]
    accept: NotRequired[str]
    modelId: str
    trace: NotRequired[Trace]
    guardrailIdentifier: NotRequired[str]
    guardrailVersion: NotRequired[str]
    performanceConfigLatency: NotRequired[PerformanceConfigLatency]
    serviceTier: NotRequired[ServiceTierType]
    requestMetadata: NotRequired[str]


class InvokeModelWithResponseStreamResponse(TypedDict):
    body: AsyncIterator[Sequence[ResponseStream]]
    contentType: str
    performanceConfigLatency: NotRequired[PerformanceConfigLatency]
    serviceTier: NotRequired[ServiceTierType]


class JsonSchemaDefinition(TypedDict):
    schema: str
    name: NotRequired[str]
    description: NotRequired[str]


class ListAsyncInvokesRequest(TypedDict):
    submitTimeAfter: NotRequired[datetime]
    submitTimeBefore: NotRequired[datetime]
    statusEquals: NotRequired[AsyncInvokeStatus]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortAsyncInvocationBy]
    sortOrder: NotRequired[SortOrder]


class ListAsyncInvokesResponse(TypedDict):
    nextToken: NotRequired[str]
    asyncInvokeSummaries: NotRequired[list[AsyncInvokeSummary]]


class Message(TypedDict):
    role: ConversationRole
    content: list[ContentBlock]


class MessageStartEvent(TypedDict):
    role: ConversationRole


class MessageStopEvent(TypedDict):
    stopReason: StopReason
    additionalModelResponseFields: NotRequired[Any]


class OutputConfig(TypedDict):
    textFormat: NotRequired[OutputFormat]
    effort: NotRequired[str]


class OutputFormat(TypedDict):
    type: OutputFormatType
    structure: OutputFormatStructure


class OutputFormatStructure(TypedDict):
    jsonSchema: NotRequired[JsonSchemaDefinition]


class PayloadPart(TypedDict):
    bytes: NotRequired[bytes]


class PerformanceConfiguration(TypedDict):
    latency: NotRequired[PerformanceConfigLatency]


class PromptRouterTrace(TypedDict):
    invokedModelId: NotRequired[str]


class PromptVariableValues(TypedDict):
    text: NotRequired[str]


class ReasoningContentBlock(TypedDict):
    reasoningText: NotRequired[ReasoningTextBlock]
    redactedContent: NotRequired[bytes]


class ReasoningContentBlockDelta(TypedDict):
    text: NotRequired[str]
    redactedContent: NotRequired[bytes]
    signature: NotRequired[str]


class ReasoningTextBlock(TypedDict):
    text: str
    signature: NotRequired[str]


class ResponseStream(TypedDict):
    chunk: NotRequired[PayloadPart]


class S3Location(TypedDict):
    uri: str
    bucketOwner: NotRequired[str]


class SearchResultBlock(TypedDict):
    source: str
    title: str
    content: list[SearchResultContentBlock]
    citations: NotRequired[CitationsConfig]


class SearchResultContentBlock(TypedDict):
    text: str


class SearchResultLocation(TypedDict):
    searchResultIndex: NotRequired[int]
    start: NotRequired[int]
    end: NotRequired[int]


class ServiceTier(TypedDict):
    type: ServiceTierType


class SpecificToolChoice(TypedDict):
    name: str


class StartAsyncInvokeRequest(TypedDict):
    clientRequestToken: NotRequired[str]
    modelId: str
    modelInput: Any
    outputDataConfig: AsyncInvokeOutputDataConfig
    tags: NotRequired[list[Tag]]


class StartAsyncInvokeResponse(TypedDict):
    invocationArn: str


class SystemContentBlock(TypedDict):
    text: NotRequired[str]
    guardContent: NotRequired[GuardrailConverseContentBlock]
    cachePoint: NotRequired[CachePointBlock]


class SystemTool(TypedDict):
    name: str


class Tag(TypedDict):
    key: str
    value: str


class TokenUsage(TypedDict):
    inputTokens: int
    outputTokens: int
    totalTokens: int
    cacheReadInputTokens: NotRequired[int]
    cacheWriteInputTokens: NotRequired[int]
    cacheDetails: NotRequired[list[CacheDetail]]


class Tool(TypedDict):
    toolSpec: NotRequired[ToolSpecification]
    systemTool: NotRequired[SystemTool]
    cachePoint: NotRequired[CachePointBlock]


class ToolAdditionBlock(TypedDict):
    tool: ToolReference


class ToolChoice(TypedDict):
    auto: NotRequired[AutoToolChoice]
    any: NotRequired[AnyToolChoice]
    tool: NotRequired[SpecificToolChoice]


class ToolConfiguration(TypedDict):
    tools: list[Tool]
    toolChoice: NotRequired[ToolChoice]


class ToolInputSchema(TypedDict):
    json: NotRequired[Any]


class ToolReference(TypedDict):
    type: NotRequired[str]
    name: NotRequired[str]
    serverName: NotRequired[str]


class ToolRemovalBlock(TypedDict):
    tool: ToolReference


class ToolResultBlock(TypedDict):
    toolUseId: str
    content: list[ToolResultContentBlock]
    status: NotRequired[ToolResultStatus]
    type: NotRequired[str]


class ToolResultBlockDelta(TypedDict):
    text: NotRequired[str]
    json: NotRequired[Any]


class ToolResultBlockStart(TypedDict):
    toolUseId: str
    type: NotRequired[str]
    status: NotRequired[ToolResultStatus]


class ToolResultContentBlock(TypedDict):
    json: NotRequired[Any]
    text: NotRequired[str]
    image: NotRequired[ImageBlock]
    document: NotRequired[DocumentBlock]
    video: NotRequired[VideoBlock]
    searchResult: NotRequired[SearchResultBlock]


class ToolSpecification(TypedDict):
    name: str
    description: NotRequired[str]
    inputSchema: ToolInputSchema
    strict: NotRequired[bool]


class ToolUseBlock(TypedDict):
    toolUseId: str
    name: str
    input: Any
    type: NotRequired[ToolUseType]


class ToolUseBlockDelta(TypedDict):
    input: str


class ToolUseBlockStart(TypedDict):
    toolUseId: str
    name: str
    type: NotRequired[ToolUseType]


class VideoBlock(TypedDict):
    format: VideoFormat
    source: VideoSource


class VideoSource(TypedDict):
    bytes: NotRequired[bytes]
    s3Location: NotRequired[S3Location]


class WebLocation(TypedDict):
    url: NotRequired[str]
    domain: NotRequired[str]
