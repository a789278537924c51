"""Shapes of bedrock 2023-04-20. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict

AdvancedPromptOptimizationJobStatus = Literal[
    "InProgress",
    "Completed",
    "Failed",
    "PartiallyCompleted",
    "Stopping",
    "Stopped",
    "Deleting",
]
AgreementStatus = Literal["AVAILABLE", "PENDING", "NOT_AVAILABLE", "ERROR"]
ApplicationType = Literal["ModelEvaluation", "RagEvaluation"]
AttributeType = Literal["STRING", "NUMBER", "BOOLEAN", "STRING_LIST"]
AuthorizationStatus = Literal["AUTHORIZED", "NOT_AUTHORIZED"]
AutomatedReasoningCheckLogicWarningType = Literal["ALWAYS_TRUE", "ALWAYS_FALSE"]
AutomatedReasoningCheckResult = Literal[
    "VALID",
    "INVALID",
    "SATISFIABLE",
    "IMPOSSIBLE",
    "TRANSLATION_AMBIGUOUS",
    "TOO_COMPLEX",
    "NO_TRANSLATION",
]
AutomatedReasoningPolicyAnnotationStatus = Literal["APPLIED", "FAILED"]
AutomatedReasoningPolicyBuildDocumentContentType = Literal["pdf", "txt"]
AutomatedReasoningPolicyBuildMessageType = Literal["INFO", "WARNING", "ERROR"]
AutomatedReasoningPolicyBuildResultAssetType = Literal[
    "BUILD_LOG",
    "QUALITY_REPORT",
    "POLICY_DEFINITION",
    "GENERATED_TEST_CASES",
    "POLICY_SCENARIOS",
    "FIDELITY_REPORT",
    "ASSET_MANIFEST",
    "SOURCE_DOCUMENT",
]
AutomatedReasoningPolicyBuildWorkflowStatus = Literal[
    "SCHEDULED",
    "CANCEL_REQUESTED",
    "PREPROCESSING",
    "BUILDING",
    "TESTING",
    "COMPLETED",
    "FAILED",
    "CANCELLED",
]
AutomatedReasoningPolicyBuildWorkflowType = Literal[
    "INGEST_CONTENT",
    "REFINE_POLICY",
    "IMPORT_POLICY",
    "GENERATE_FIDELITY_REPORT",
    "GENERATE_POLICY_SCENARIOS",
    "RESOLVE_POLICY_AMBIGUITIES",
    "ITERATIVELY_REFINE_POLICY",
]
AutomatedReasoningPolicyTestRunResult = Literal["PASSED", "FAILED"]
AutomatedReasoningPolicyTestRunStatus = Literal["NOT_STARTED", "SCHEDULED", "IN_PROGRESS", "COMPLETED", "FAILED"]
CommitmentDuration = Literal["OneMonth", "SixMonths"]
ConfigurationOwner = Literal["ACCOUNT"]
CustomModelDeploymentStatus = Literal["Creating", "Active", "Failed"]
CustomModelDeploymentUpdateStatus = Literal["Updating", "UpdateCompleted", "UpdateFailed"]
CustomizationType = Literal[
    "FINE_TUNING",
    "CONTINUED_PRE_TRAINING",
    "DISTILLATION",
    "REINFORCEMENT_FINE_TUNING",
    "IMPORTED",
]
DataRetentionMode = Literal["default", "none", "aws_review", "provider_data_share", "inherit"]
EntitlementAvailability = Literal["AVAILABLE", "NOT_AVAILABLE"]
EvaluationJobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped", "Deleting"]
EvaluationJobType = Literal["Human", "Automated"]
EvaluationTaskType = Literal["Summarization", "Classification", "QuestionAndAnswer", "Generation", "Custom"]
ExternalSourceType = Literal["S3", "BYTE_CONTENT"]
FineTuningJobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]
FoundationModelLifecycleStatus = Literal["ACTIVE", "LEGACY"]
GuardrailContentFilterAction = Literal["BLOCK", "NONE"]
GuardrailContentFilterType = Literal["SEXUAL", "VIOLENCE", "HATE", "INSULTS", "MISCONDUCT", "PROMPT_ATTACK"]
GuardrailContentFiltersTierName = Literal["CLASSIC", "STANDARD"]
GuardrailContextualGroundingAction = Literal["BLOCK", "NONE"]
GuardrailContextualGroundingFilterType = Literal["GROUNDING", "RELEVANCE"]
GuardrailContextualGroundingTierName = Literal["CLASSIC", "STANDARD"]
GuardrailFilterStrength = Literal["NONE", "LOW", "MEDIUM", "HIGH"]
GuardrailManagedWordsType = Literal["PROFANITY"]
GuardrailModality = Literal["TEXT", "IMAGE"]
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
GuardrailSensitiveInformationAction = Literal["BLOCK", "ANONYMIZE", "NONE"]
GuardrailStatus = Literal["CREATING", "UPDATING", "VERSIONING", "READY", "FAILED", "DELETING"]
GuardrailTopicAction = Literal["BLOCK", "NONE"]
GuardrailTopicType = Literal["DENY"]
GuardrailTopicsTierName = Literal["CLASSIC", "STANDARD"]
GuardrailWordAction = Literal["BLOCK", "NONE"]
InferenceProfileStatus = Literal["ACTIVE"]
InferenceProfileType = Literal["SYSTEM_DEFINED", "APPLICATION"]
InferenceType = Literal["ON_DEMAND", "PROVISIONED"]
InputTags = Literal["HONOR", "IGNORE"]
JobStatusDetails = Literal["InProgress", "Completed", "Stopping", "Stopped", "Failed", "NotStarted"]
ModelCopyJobStatus = Literal["InProgress", "Completed", "Failed"]
ModelCustomization = Literal["FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION"]
ModelCustomizationJobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]
ModelImportJobStatus = Literal["InProgress", "Completed", "Failed"]
ModelInvocationJobStatus = Literal[
    "Submitted",
    "InProgress",
    "Completed",
    "Failed",
    "Stopping",
    "Stopped",
    "PartiallyCompleted",
    "Expired",
    "Validating",
    "Scheduled",
]
ModelInvocationType = Literal["InvokeModel", "Converse"]
ModelModality = Literal["TEXT", "IMAGE", "EMBEDDING"]
ModelStatus = Literal["Active", "Creating", "Failed"]
OfferType = Literal["ALL", "PUBLIC"]
PerformanceConfigLatency = Literal["standard", "optimized"]
PromptRouterStatus = Literal["AVAILABLE"]
PromptRouterType = Literal["custom", "default"]
ProvisionedModelStatus = Literal["Creating", "InService", "Updating", "Failed"]
QueryTransformationType = Literal["QUERY_DECOMPOSITION"]
ReasoningEffort = Literal["low", "medium", "high"]
RegionAvailability = Literal["AVAILABLE", "NOT_AVAILABLE"]
RerankingMetadataSelectionMode = Literal["SELECTIVE", "ALL"]
RetrieveAndGenerateType = Literal["KNOWLEDGE_BASE", "EXTERNAL_SOURCES"]
S3InputFormat = Literal["JSONL"]
SearchType = Literal["HYBRID", "SEMANTIC"]
SelectiveGuardingMode = Literal["SELECTIVE", "COMPREHENSIVE"]
SortByProvisionedModels = Literal["CreationTime"]
SortJobsBy = Literal["CreationTime"]
SortModelsBy = Literal["CreationTime"]
SortOrder = Literal["Ascending", "Descending"]
Status = Literal["REGISTERED", "INCOMPATIBLE_ENDPOINT"]
VectorSearchRerankingConfigurationType = Literal["BEDROCK_RERANKING_MODEL"]


class AccountEnforcedGuardrailInferenceInputConfiguration(TypedDict):
    guardrailIdentifier: str
    guardrailVersion: str
    selectiveContentGuarding: NotRequired[SelectiveContentGuarding]
    modelEnforcement: NotRequired[ModelEnforcement]


class AccountEnforcedGuardrailOutputConfiguration(TypedDict):
    configId: NotRequired[str]
    guardrailArn: NotRequired[str]
    guardrailId: NotRequired[str]
    inputTags: NotRequired[InputTags]
    selectiveContentGuarding: NotRequired[SelectiveContentGuarding]
    guardrailVersion: NotRequired[str]
    createdAt: NotRequired[datetime]
    createdBy: NotRequired[str]
    updatedAt: NotRequired[datetime]
    updatedBy: NotRequired[str]
    owner: NotRequired[ConfigurationOwner]
    modelEnforcement: NotRequired[ModelEnforcement]


class AdvancedPromptOptimizationInputConfig(TypedDict):
    s3Uri: str


class AdvancedPromptOptimizationJobSummary(TypedDict):
    jobArn: str
    jobName: str
    jobStatus: AdvancedPromptOptimizationJobStatus
    creationTime: datetime
    lastModifiedTime: NotRequired[datetime]


class AdvancedPromptOptimizationOutputConfig(TypedDict):
    s3Uri: str


class AgreementAvailability(TypedDict):
    status: AgreementStatus
    errorMessage: NotRequired[str]


class AutomatedEvaluationConfig(TypedDict):
    datasetMetricConfigs: list[EvaluationDatasetMetricConfig]
    evaluatorModelConfig: NotRequired[EvaluatorModelConfig]
    customMetricConfig: NotRequired[AutomatedEvaluationCustomMetricConfig]


class AutomatedEvaluationCustomMetricConfig(TypedDict):
    customMetrics: list[AutomatedEvaluationCustomMetricSource]
    evaluatorModelConfig: CustomMetricEvaluatorModelConfig


class AutomatedEvaluationCustomMetricSource(TypedDict):
    customMetricDefinition: NotRequired[CustomMetricDefinition]


class AutomatedReasoningCheckFinding(TypedDict):
    valid: NotRequired[AutomatedReasoningCheckValidFinding]
    invalid: NotRequired[AutomatedReasoningCheckInvalidFinding]
    satisfiable: NotRequired[AutomatedReasoningCheckSatisfiableFinding]
    impossible: NotRequired[AutomatedReasoningCheckImpossibleFinding]
    translationAmbiguous: NotRequired[AutomatedReasoningCheckTranslationAmbiguousFinding]
    tooComplex: NotRequired[AutomatedReasoningCheckTooComplexFinding]
    noTranslations: NotRequired[AutomatedReasoningCheckNoTranslationsFinding]


class AutomatedReasoningCheckImpossibleFinding(TypedDict):
    translation: NotRequired[AutomatedReasoningCheckTranslation]
    contradictingRules: NotRequired[list[AutomatedReasoningCheckRule]]
    logicWarning: NotRequired[AutomatedReasoningCheckLogicWarning]


class AutomatedReasoningCheckInputTextReference(TypedDict):
    text: NotRequired[str]


class AutomatedReasoningCheckInvalidFinding(TypedDict):
    translation: NotRequired[AutomatedReasoningCheckTranslation]
    contradictingRules: NotRequired[list[AutomatedReasoningCheckRule]]
    logicWarning: NotRequired[AutomatedReasoningCheckLogicWarning]


class AutomatedReasoningCheckLogicWarning(TypedDict):
    type: NotRequired[AutomatedReasoningCheckLogicWarningType]
    premises: NotRequired[list[AutomatedReasoningLogicStatement]]
    claims: NotRequired[list[AutomatedReasoningLogicStatement]]


class AutomatedReasoningCheckNoTranslationsFinding(TypedDict):
    pass


class AutomatedReasoningCheckRule(TypedDict):
    id: NotRequired[str]
    policyVersionArn: NotRequired[str]


class AutomatedReasoningCheckSatisfiableFinding(TypedDict):
    translation: NotRequired[AutomatedReasoningCheckTranslation]
    claimsTrueScenario: NotRequired[AutomatedReasoningCheckScenario]
    claimsFalseScenario: NotRequired[AutomatedReasoningCheckScenario]
    logicWarning: NotRequired[AutomatedReasoningCheckLogicWarning]


class AutomatedReasoningCheckScenario(TypedDict):
    statements: NotRequired[list[AutomatedReasoningLogicStatement]]


class AutomatedReasoningCheckTooComplexFinding(TypedDict):
    pass


class AutomatedReasoningCheckTranslation(TypedDict):
    premises: NotRequired[list[AutomatedReasoningLogicStatement]]
    claims: list[AutomatedReasoningLogicStatement]
    untranslatedPremises: NotRequired[list[AutomatedReasoningCheckInputTextReference]]
    untranslatedClaims: NotRequired[list[AutomatedReasoningCheckInputTextReference]]
    confidence: float


class AutomatedReasoningCheckTranslationAmbiguousFinding(TypedDict):
    options: NotRequired[list[AutomatedReasoningCheckTranslationOption]]
    differenceScenarios: NotRequired[list[AutomatedReasoningCheckScenario]]


class AutomatedReasoningCheckTranslationOption(TypedDict):
    translations: NotRequired[list[AutomatedReasoningCheckTranslation]]


class AutomatedReasoningCheckValidFinding(TypedDict):
    translation: NotRequired[AutomatedReasoningCheckTranslation]
    claimsTrueScenario: NotRequired[AutomatedReasoningCheckScenario]
    supportingRules: NotRequired[list[AutomatedReasoningCheckRule]]
    logicWarning: NotRequired[AutomatedReasoningCheckLogicWarning]


class AutomatedReasoningLogicStatement(TypedDict):
    logic: str
    naturalLanguage: NotRequired[str]


class AutomatedReasoningPolicyAddRuleAnnotation(TypedDict):
    expression: str


class AutomatedReasoningPolicyAddRuleFromNaturalLanguageAnnotation(TypedDict):
    naturalLanguage: str


class AutomatedReasoningPolicyAddRuleMutation(TypedDict):
    rule: AutomatedReasoningPolicyDefinitionRule


class AutomatedReasoningPolicyAddTypeAnnotation(TypedDict):
    name: str
    description: str
    values: list[AutomatedReasoningPolicyDefinitionTypeValue]


class AutomatedReasoningPolicyAddTypeMutation(TypedDict):
    type: AutomatedReasoningPolicyDefinitionType


class AutomatedReasoningPolicyAddTypeValue(TypedDict):
    value: str
    description: NotRequired[str]


class AutomatedReasoningPolicyAddVariableAnnotation(TypedDict):
    name: str
    type: str
    description: str


class AutomatedReasoningPolicyAddVariableMutation(TypedDict):
    variable: AutomatedReasoningPolicyDefinitionVariable


class AutomatedReasoningPolicyAnnotatedChunk(TypedDict):
    pageNumber: NotRequired[int]
    content: list[AutomatedReasoningPolicyAnnotatedContent]


class AutomatedReasoningPolicyAnnotatedContent(TypedDict):
    line: NotRequired[AutomatedReasoningPolicyAnnotatedLine]


class AutomatedReasoningPolicyAnnotatedLine(TypedDict):
    lineNumber: NotRequired[int]
    lineText: NotRequired[str]


class AutomatedReasoningPolicyAnnotation(TypedDict):
    addType: NotRequired[AutomatedReasoningPolicyAddTypeAnnotation]
    updateType: NotRequired[AutomatedReasoningPolicyUpdateTypeAnnotation]
    deleteType: NotRequired[AutomatedReasoningPolicyDeleteTypeAnnotation]
    addVariable: NotRequired[AutomatedReasoningPolicyAddVariableAnnotation]
    updateVariable: NotRequired[AutomatedReasoningPolicyUpdateVariableAnnotation]
    deleteVariable: NotRequired[AutomatedReasoningPolicyDeleteVariableAnnotation]
    addRule: NotRequired[AutomatedReasoningPolicyAddRuleAnnotation]
    updateRule: NotRequired[AutomatedReasoningPolicyUpdateRuleAnnotation]
    deleteRule: NotRequired[AutomatedReasoningPolicyDeleteRuleAnnotation]
    addRuleFromNaturalLanguage: NotRequired[AutomatedReasoningPolicyAddRuleFromNaturalLanguageAnnotation]
    updateFromRulesFeedback: NotRequired[AutomatedReasoningPolicyUpdateFromRuleFeedbackAnnotation]
    updateFromScenarioFeedback: NotRequired[AutomatedReasoningPolicyUpdateFromScenarioFeedbackAnnotation]
    ingestContent: NotRequired[AutomatedReasoningPolicyIngestContentAnnotation]


class AutomatedReasoningPolicyAtomicStatement(TypedDict):
    id: str
    text: str
    location: AutomatedReasoningPolicyStatementLocation


class AutomatedReasoningPolicyBuildLog(TypedDict):
    entries: list[AutomatedReasoningPolicyBuildLogEntry]


class AutomatedReasoningPolicyBuildLogEntry(TypedDict):
    annotation: AutomatedReasoningPolicyAnnotation
    status: AutomatedReasoningPolicyAnnotationStatus
    buildSteps: list[AutomatedReasoningPolicyBuildStep]


class AutomatedReasoningPolicyBuildResultAssetManifest(TypedDict):
    entries: list[AutomatedReasoningPolicyBuildResultAssetManifestEntry]


class AutomatedReasoningPolicyBuildResultAssetManifestEntry(TypedDict):
    assetType: AutomatedReasoningPolicyBuildResultAssetType
    assetName: NotRequired[str]
    assetId: NotRequired[str]


class AutomatedReasoningPolicyBuildResultAssets(TypedDict):
    policyDefinition: NotRequired[AutomatedReasoningPolicyDefinition]
    qualityReport: NotRequired[AutomatedReasoningPolicyDefinitionQualityReport]
    buildLog: NotRequired[AutomatedReasoningPolicyBuildLog]
    generatedTestCases: NotRequired[AutomatedReasoningPolicyGeneratedTestCases]
    policyScenarios: NotRequired[AutomatedReasoningPolicyScenarios]
    assetManifest: NotRequired[AutomatedReasoningPolicyBuildResultAssetManifest]
    document: NotRequired[AutomatedReasoningPolicySourceDocument]
    fidelityReport: NotRequired[AutomatedReasoningPolicyFidelityReport]


class AutomatedReasoningPolicyBuildStep(TypedDict):
    context: AutomatedReasoningPolicyBuildStepContext
    priorElement: NotRequired[AutomatedReasoningPolicyDefinitionElement]
    messages: list[AutomatedReasoningPolicyBuildStepMessage]


class AutomatedReasoningPolicyBuildStepContext(TypedDict):
    planning: NotRequired[AutomatedReasoningPolicyPlanning]
    mutation: NotRequired[AutomatedReasoningPolicyMutation]


class AutomatedReasoningPolicyBuildStepMessage(TypedDict):
    message: str
    messageType: AutomatedReasoningPolicyBuildMessageType


class AutomatedReasoningPolicyBuildWorkflowDocument(TypedDict):
    document: bytes
    documentContentType: AutomatedReasoningPolicyBuildDocumentContentType
    documentName: str
    documentDescription: NotRequired[str]


class AutomatedReasoningPolicyBuildWorkflowRepairContent(TypedDict):
    annotations: list[AutomatedReasoningPolicyAnnotation]


class AutomatedReasoningPolicyBuildWorkflowSource(TypedDict):
    policyDefinition: NotRequired[AutomatedReasoningPolicyDefinition]
    workflowContent: NotRequired[AutomatedReasoningPolicyWorkflowTypeContent]


class AutomatedReasoningPolicyBuildWorkflowSummary(TypedDict):
    policyArn: str
    buildWorkflowId: str
    status: AutomatedReasoningPolicyBuildWorkflowStatus
    buildWorkflowType: AutomatedReasoningPolicyBuildWorkflowType
    createdAt: datetime
    updatedAt: datetime


class AutomatedReasoningPolicyDefinition(TypedDict):
    version: NotRequired[str]
    types: NotRequired[list[AutomatedReasoningPolicyDefinitionType]]
    rules: NotRequired[list[AutomatedReasoningPolicyDefinitionRule]]
    variables: NotRequired[list[AutomatedReasoningPolicyDefinitionVariable]]


class AutomatedReasoningPolicyDefinitionElement(TypedDict):
    policyDefinitionVariable: NotRequired[AutomatedReasoningPolicyDefinitionVariable]
    policyDefinitionType: NotRequired[AutomatedReasoningPolicyDefinitionType]
    policyDefinitionRule: NotRequired[AutomatedReasoningPolicyDefinitionRule]


class AutomatedReasoningPolicyDefinitionQualityReport(TypedDict):
    typeCount: int
    variableCount: int
    ruleCount: int
    unusedTypes: list[str]
    unusedTypeValues: list[AutomatedReasoningPolicyDefinitionTypeValuePair]
    unusedVariables: list[str]
    conflictingRules: list[str]
    disjointRuleSets: list[AutomatedReasoningPolicyDisjointRuleSet]


class AutomatedReasoningPolicyDefinitionRule(TypedDict):
    id: str
    expression: str
    alternateExpression: NotRequired[str]


class AutomatedReasoningPolicyDefinitionType(TypedDict):
    name: str
    description: NotRequired[str]
    values: list[AutomatedReasoningPolicyDefinitionTypeValue]


class AutomatedReasoningPolicyDefinitionTypeValue(TypedDict):
    value: str
    description: NotRequired[str]


class AutomatedReasoningPolicyDefinitionTypeValuePair(TypedDict):
    typeName: str
    valueName: str


class AutomatedReasoningPolicyDefinitionVariable(TypedDict):
    name: str
    type: str
    description: str


class AutomatedReasoningPolicyDeleteRuleAnnotation(TypedDict):
    ruleId: str


class AutomatedReasoningPolicyDeleteRuleMutation(TypedDict):
    id: str


class AutomatedReasoningPolicyDeleteTypeAnnotation(TypedDict):
    name: str


class AutomatedReasoningPolicyDeleteTypeMutation(TypedDict):
    name: str


class AutomatedReasoningPolicyDeleteTypeValue(TypedDict):
    value: str


class AutomatedReasoningPolicyDeleteVariableAnnotation(TypedDict):
    name: str


class AutomatedReasoningPolicyDeleteVariableMutation(TypedDict):
    name: str


class AutomatedReasoningPolicyDisjointRuleSet(TypedDict):
    variables: list[str]
    rules: list[str]


class AutomatedReasoningPolicyFidelityReport(TypedDict):
    coverageScore: float
    accuracyScore: float
    ruleReports: dict[str, AutomatedReasoningPolicyRuleReport]
    variableReports: dict[str, AutomatedReasoningPolicyVariableReport]
    documentSources: list[AutomatedReasoningPolicyReportSourceDocument]


class AutomatedReasoningPolicyGenerateFidelityReportContent(TypedDict):
    documents: NotRequired[list[AutomatedReasoningPolicyBuildWorkflowDocument]]


class AutomatedReasoningPolicyGeneratedTestCase(TypedDict):
    queryContent: str
    guardContent: str
    expectedAggregatedFindingsResult: AutomatedReasoningCheckResult


class AutomatedReasoningPolicyGeneratedTestCases(TypedDict):
    generatedTestCases: list[AutomatedReasoningPolicyGeneratedTestCase]


class AutomatedReasoningPolicyIngestContentAnnotation(TypedDict):
    content: str


class AutomatedReasoningPolicyIterativeRefinementContent(TypedDict):
    documents: list[AutomatedReasoningPolicyBuildWorkflowDocument]
    feedback: NotRequired[str]


class AutomatedReasoningPolicyMutation(TypedDict):
    addType: NotRequired[AutomatedReasoningPolicyAddTypeMutation]
    updateType: NotRequired[AutomatedReasoningPolicyUpdateTypeMutation]
    deleteType: NotRequired[AutomatedReasoningPolicyDeleteTypeMutation]
    addVariable: NotRequired[AutomatedReasoningPolicyAddVariableMutation]
    updateVariable: NotRequired[AutomatedReasoningPolicyUpdateVariableMutation]
    deleteVariable: NotRequired[AutomatedReasoningPolicyDeleteVariableMutation]
    addRule: NotRequired[AutomatedReasoningPolicyAddRuleMutation]
    updateRule: NotRequired[AutomatedReasoningPolicyUpdateRuleMutation]
    deleteRule: NotRequired[AutomatedReasoningPolicyDeleteRuleMutation]


class AutomatedReasoningPolicyPlanning(TypedDict):
    pass


class AutomatedReasoningPolicyReportSourceDocument(TypedDict):
    documentName: str
    documentHash: str
    documentId: str
    atomicStatements: list[AutomatedReasoningPolicyAtomicStatement]
    documentContent: list[AutomatedReasoningPolicyAnnotatedChunk]


class AutomatedReasoningPolicyRuleReport(TypedDict):
    rule: str
    groundingStatements: NotRequired[list[AutomatedReasoningPolicyStatementReference]]
    groundingJustifications: NotRequired[list[str]]
    accuracyScore: NotRequired[float]
    accuracyJustification: NotRequired[str]


class AutomatedReasoningPolicyScenario(TypedDict):
    expression: str
    alternateExpression: str
    expectedResult: AutomatedReasoningCheckResult
    ruleIds: list[str]


class AutomatedReasoningPolicyScenarios(TypedDict):
    policyScenarios: list[AutomatedReasoningPolicyScenario]


class AutomatedReasoningPolicySourceDocument(TypedDict):
    document: bytes
    documentContentType: AutomatedReasoningPolicyBuildDocumentContentType
    documentName: str
    documentDescription: NotRequired[str]
    documentHash: str


class AutomatedReasoningPolicyStatementLocation(TypedDict):
    lines: list[int]


class AutomatedReasoningPolicyStatementReference(TypedDict):
    documentId: str
    statementId: str


class AutomatedReasoningPolicySummary(TypedDict):
    policyArn: str
    name: str
    description: NotRequired[str]
    version: str
    policyId: str
    createdAt: datetime
    updatedAt: datetime


class AutomatedReasoningPolicyTestCase(TypedDict):
    testCaseId: str
    guardContent: str
    queryContent: NotRequired[str]
    expectedAggregatedFindingsResult: NotRequired[AutomatedReasoningCheckResult]
    createdAt: datetime
    updatedAt: datetime
    confidenceThreshold: NotRequired[float]


class AutomatedReasoningPolicyTestResult(TypedDict):
    testCase: AutomatedReasoningPolicyTestCase
    policyArn: str
    testRunStatus: AutomatedReasoningPolicyTestRunStatus
    testFindings: NotRequired[list[AutomatedReasoningCheckFinding]]
    testRunResult: NotRequired[AutomatedReasoningPolicyTestRunResult]
    aggregatedTestFindingsResult: NotRequired[AutomatedReasoningCheckResult]
    updatedAt: datetime


class AutomatedReasoningPolicyTypeValueAnnotation(TypedDict):
    addTypeValue: NotRequired[AutomatedReasoningPolicyAddTypeValue]
    updateTypeValue: NotRequired[AutomatedReasoningPolicyUpdateTypeValue]
    deleteTypeValue: NotRequired[AutomatedReasoningPolicyDeleteTypeValue]


class AutomatedReasoningPolicyUpdateFromRuleFeedbackAnnotation(TypedDict):
    ruleIds: NotRequired[list[str]]
    feedback: str


class AutomatedReasoningPolicyUpdateFromScenarioFeedbackAnnotation(TypedDict):
    ruleIds: NotRequired[list[str]]
    scenarioExpression: str
    feedback: NotRequired[str]


class AutomatedReasoningPolicyUpdateRuleAnnotation(TypedDict):
    ruleId: str
    expression: str


class AutomatedReasoningPolicyUpdateRuleMutation(TypedDict):
    rule: AutomatedReasoningPolicyDefinitionRule


class AutomatedReasoningPolicyUpdateTypeAnnotation(TypedDict):
    name: str
    newName: NotRequired[str]
    description: NotRequired[str]
    values: list[AutomatedReasoningPolicyTypeValueAnnotation]


class AutomatedReasoningPolicyUpdateTypeMutation(TypedDict):
    type: AutomatedReasoningPolicyDefinitionType


class AutomatedReasoningPolicyUpdateTypeValue(TypedDict):
    value: str
    newValue: NotRequired[str]
    description: NotRequired[str]


class AutomatedReasoningPolicyUpdateVariableAnnotation(TypedDict):
    name: str
    newName: NotRequired[str]
    description: NotRequired[str]


class AutomatedReasoningPolicyUpdateVariableMutation(TypedDict):
    variable: AutomatedReasoningPolicyDefinitionVariable


class AutomatedReasoningPolicyVariableReport(TypedDict):
    policyVariable: str
    groundingStatements: NotRequired[list[AutomatedReasoningPolicyStatementReference]]
    groundingJustifications: NotRequired[list[str]]
    accuracyScore: NotRequired[float]
    accuracyJustification: NotRequired[str]


class AutomatedReasoningPolicyWorkflowTypeContent(TypedDict):
    documents: NotRequired[list[AutomatedReasoningPolicyBuildWorkflowDocument]]
    policyRepairAssets: NotRequired[AutomatedReasoningPolicyBuildWorkflowRepairContent]
    generateFidelityReportContent: NotRequired[AutomatedReasoningPolicyGenerateFidelityReportContent]
    iterativeRefinementContent: NotRequired[AutomatedReasoningPolicyIterativeRefinementContent]


class BatchDeleteAdvancedPromptOptimizationJobError(TypedDict):
    jobIdentifier: str
    code: str
    message: NotRequired[str]


class BatchDeleteAdvancedPromptOptimizationJobItem(TypedDict):
    jobIdentifier: str
    jobStatus: AdvancedPromptOptimizationJobStatus


class BatchDeleteAdvancedPromptOptimizationJobRequest(TypedDict):
    jobIdentifiers: list[str]


class BatchDeleteAdvancedPromptOptimizationJobResponse(TypedDict):
    errors: list[BatchDeleteAdvancedPromptOptimizationJobError]
    advancedPromptOptimizationJobs: list[BatchDeleteAdvancedPromptOptimizationJobItem]


class BatchDeleteEvaluationJobError(TypedDict):
    jobIdentifier: str
    code: str
    message: NotRequired[str]


class BatchDeleteEvaluationJobItem(TypedDict):
    jobIdentifier: str
    jobStatus: EvaluationJobStatus


class BatchDeleteEvaluationJobRequest(TypedDict):
    jobIdentifiers: list[str]


class BatchDeleteEvaluationJobResponse(TypedDict):
    errors: list[BatchDeleteEvaluationJobError]
    evaluationJobs: list[BatchDeleteEvaluationJobItem]


class BedrockEvaluatorModel(TypedDict):
    modelIdentifier: str


class ByteContentDoc(TypedDict):
    identifier: str
    contentType: str
    data: bytes


class CancelAutomatedReasoningPolicyBuildWorkflowRequest(TypedDict):
    policyArn: str
    buildWorkflowId: str


class CancelAutomatedReasoningPolicyBuildWorkflowResponse(TypedDict):
    pass


class CloudWatchConfig(TypedDict):
    logGroupName: str
    roleArn: str
    largeDataDeliveryS3Config: NotRequired[S3Config]


class CreateAdvancedPromptOptimizationJobRequest(TypedDict):
    jobName: str
    jobDescription: NotRequired[str]
    clientToken: NotRequired[str]
    inputConfig: AdvancedPromptOptimizationInputConfig
    outputConfig: AdvancedPromptOptimizationOutputConfig
    encryptionKeyArn: NotRequired[str]
    tags: NotRequired[list[Tag]]
    modelConfigurations: list[ModelConfiguration]


class CreateAdvancedPromptOptimizationJobResponse(TypedDict):
    jobArn: str


class CreateAutomatedReasoningPolicyRequest(TypedDict):
    name: str
    description: NotRequired[str]
    clientRequestToken: NotRequired[str]
    policyDefinition: NotRequired[AutomatedReasoningPolicyDefinition]
    kmsKeyId: NotRequired[str]
    tags: NotRequired[list[Tag]]


class CreateAutomatedReasoningPolicyResponse(TypedDict):
    policyArn: str
    version: str
    name: str
    description: NotRequired[str]
    definitionHash: NotRequired[str]
    createdAt: datetime
    updatedAt: datetime


class CreateAutomatedReasoningPolicyTestCaseRequest(TypedDict):
    policyArn: str
    guardContent: str
    queryContent: NotRequired[str]
    expectedAggregatedFindingsResult: AutomatedReasoningCheckResult
    clientRequestToken: NotRequired[str]
    confidenceThreshold: NotRequired[float]


class CreateAutomatedReasoningPolicyTestCaseResponse(TypedDict):
    policyArn: str
    testCaseId: str


class CreateAutomatedReasoningPolicyVersionRequest(TypedDict):
    policyArn: str
    clientRequestToken: NotRequired[str]
    lastUpdatedDefinitionHash: str
    tags: NotRequired[list[Tag]]


class CreateAutomatedReasoningPolicyVersionResponse(TypedDict):
    policyArn: str
    version: str
    name: str
    description: NotRequired[str]
    definitionHash: str
    createdAt: datetime


class CreateCustomModelDeploymentRequest(TypedDict):
    modelDeploymentName: str
    modelArn: str
    description: NotRequired[str]
    tags: NotRequired[list[Tag]]
    clientRequestToken: NotRequired[str]


class CreateCustomModelDeploymentResponse(TypedDict):
    customModelDeploymentArn: str


class CreateCustomModelRequest(TypedDict):
    modelName: str
    modelSourceConfig: NotRequired[ModelDataSource]
    customModelDataSource: NotRequired[CustomModelDataSource]
    modelKmsKeyArn: NotRequired[str]
    roleArn: NotRequired[str]
    modelTags: NotRequired[list[Tag]]
    clientRequestToken: NotRequired[str]


class CreateCustomModelResponse(TypedDict):
    modelArn: str


class CreateEvaluationJobRequest(TypedDict):
    jobName: str
    jobDescription: NotRequired[str]
    clientRequestToken: NotRequired[str]
    roleArn: str
    customerEncryptionKeyId: NotRequired[str]
    jobTags: NotRequired[list[Tag]]
    applicationType: NotRequired[ApplicationType]
    evaluationConfig: EvaluationConfig
    inferenceConfig: EvaluationInferenceConfig
    outputDataConfig: EvaluationOutputDataConfig


class CreateEvaluationJobResponse(TypedDict):
    jobArn: str


class CreateFoundationModelAgreementRequest(TypedDict):
    offerToken: str
    modelId: str


class CreateFoundationModelAgreementResponse(TypedDict):
    modelId: str


class CreateGuardrailRequest(TypedDict):
    name: str
    description: NotRequired[str]
    topicPolicyConfig: NotRequired[GuardrailTopicPolicyConfig]
    contentPolicyConfig: NotRequired[GuardrailContentPolicyConfig]
    wordPolicyConfig: NotRequired[GuardrailWordPolicyConfig]
    sensitiveInformationPolicyConfig: NotRequired[GuardrailSensitiveInformationPolicyConfig]
    contextualGroundingPolicyConfig: NotRequired[GuardrailContextualGroundingPolicyConfig]
    automatedReasoningPolicyConfig: NotRequired[GuardrailAutomatedReasoningPolicyConfig]
    crossRegionConfig: NotRequired[GuardrailCrossRegionConfig]
    blockedInputMessaging: str
    blockedOutputsMessaging: str
    kmsKeyId: NotRequired[str]
    tags: NotRequired[list[Tag]]
    clientRequestToken: NotRequired[str]


class CreateGuardrailResponse(TypedDict):
    guardrailId: str
    guardrailArn: str
    version: str
    createdAt: datetime


class CreateGuardrailVersionRequest(TypedDict):
    guardrailIdentifier: str
    description: NotRequired[str]
    clientRequestToken: NotRequired[str]


class CreateGuardrailVersionResponse(TypedDict):
    guardrailId: str
    version: str


class CreateInferenceProfileRequest(TypedDict):
    inferenceProfileName: str
    description: NotRequired[str]
    clientRequestToken: NotRequired[str]
    modelSource: InferenceProfileModelSource
    tags: NotRequired[list[Tag]]


class CreateInferenceProfileResponse(TypedDict):
    inferenceProfileArn: str
    status: NotRequired[InferenceProfileStatus]


class CreateMarketplaceModelEndpointRequest(TypedDict):
    modelSourceIdentifier: str
    endpointConfig: EndpointConfig
    acceptEula: NotRequired[bool]
    endpointName: str
    clientRequestToken: NotRequired[str]
    tags: NotRequired[list[Tag]]


class CreateMarketplaceModelEndpointResponse(TypedDict):
    marketplaceModelEndpoint: MarketplaceModelEndpoint


class CreateModelCopyJobRequest(TypedDict):
    sourceModelArn: str
    targetModelName: str
    modelKmsKeyId: NotRequired[str]
    targetModelTags: NotRequired[list[Tag]]
    clientRequestToken: NotRequired[str]


class CreateModelCopyJobResponse(TypedDict):
    jobArn: str


class CreateModelCustomizationJobRequest(TypedDict):
    jobName: str
    customModelName: str
    roleArn: str
    clientRequestToken: NotRequired[str]
    baseModelIdentifier: str
    customizationType: NotRequired[CustomizationType]
    customModelKmsKeyId: NotRequired[str]
    jobTags: NotRequired[list[Tag]]
    customModelTags: NotRequired[list[Tag]]
    trainingDataConfig: TrainingDataConfig
    validationDataConfig: NotRequired[ValidationDataConfig]
    outputDataConfig: OutputDataConfig
    hyperParameters: NotRequired[dict[str, str]]
    vpcConfig: NotRequired[VpcConfig]
    customizationConfig: NotRequired[CustomizationConfig]


class CreateModelCustomizationJobResponse(TypedDict):
    jobArn: str


class CreateModelImportJobRequest(TypedDict):
    jobName: str
    importedModelName: str
    roleArn: str
    modelDataSource: ModelDataSource
    jobTags: NotRequired[list[Tag]]
    importedModelTags: NotRequired[list[Tag]]
    clientRequestToken: NotRequired[str]
    vpcConfig: NotRequired[VpcConfig]
    importedModelKmsKeyId: NotRequired[str]


class CreateModelImportJobResponse(TypedDict):
    jobArn: str


class CreateModelInvocationJobRequest(TypedDict):
    jobName: str
    roleArn: str
    clientRequestToken: NotRequired[str]
    modelId: str
    inputDataConfig: ModelInvocationJobInputDataConfig
    outputDataConfig: ModelInvocationJobOutputDataConfig
    vpcConfig: NotRequired[VpcConfig]
    timeoutDurationInHours: NotRequired[int]
    tags: NotRequired[list[Tag]]
    modelInvocationType: NotRequired[ModelInvocationType]


class CreateModelInvocationJobResponse(TypedDict):
    jobArn: str


class CreatePromptRouterRequest(TypedDict):
    clientRequestToken: NotRequired[str]
    promptRouterName: str
    models: list[PromptRouterTargetModel]
    description: NotRequired[str]
    routingCriteria: RoutingCriteria
    fallbackModel: PromptRouterTargetModel
    tags: NotRequired[list[Tag]]


class CreatePromptRouterResponse(TypedDict):
    promptRouterArn: NotRequired[str]


class CreateProvisionedModelThroughputRequest(TypedDict):
    clientRequestToken: NotRequired[str]
    modelUnits: int
    provisionedModelName: str
    modelId: str
    commitmentDuration: NotRequired[CommitmentDuration]
    tags: NotRequired[list[Tag]]


class CreateProvisionedModelThroughputResponse(TypedDict):
    provisionedModelArn: str


class CustomMetricBedrockEvaluatorModel(TypedDict):
    modelIdentifier: str


class CustomMetricDefinition(TypedDict):
    name: str
    instructions: str
    ratingScale: NotRequired[list[RatingScaleItem]]


class CustomMetricEvaluatorModelConfig(TypedDict):
    bedrockEvaluatorModels: list[CustomMetricBedrockEvaluatorModel]


class CustomModelDataSource(TypedDict):
    modelPackageArnDataSource: NotRequired[ModelPackageArnDataSource]


class CustomModelDeploymentSummary(TypedDict):
    customModelDeploymentArn: str
    customModelDeploymentName: str
    modelArn: str
    createdAt: datetime
    status: CustomModelDeploymentStatus
    lastUpdatedAt: NotRequired[datetime]
    failureMessage: NotRequired[str]


class CustomModelDeploymentUpdateDetails(TypedDict):
    modelArn: str
    updateStatus: CustomModelDeploymentUpdateStatus


class CustomModelSummary(TypedDict):
    modelArn: str
    modelName: str
    creationTime: datetime
    baseModelArn: str
    baseModelName: str
    customizationType: NotRequired[CustomizationType]
    ownerAccountId: NotRequired[str]
    modelStatus: NotRequired[ModelStatus]


class CustomModelUnits(TypedDict):
    customModelUnitsPerModelCopy: NotRequired[int]
    customModelUnitsVersion: NotRequired[str]


class CustomizationConfig(TypedDict):
    distillationConfig: NotRequired[DistillationConfig]
    rftConfig: NotRequired[RFTConfig]


class DataProcessingDetails(TypedDict):
    status: NotRequired[JobStatusDetails]
    creationTime: NotRequired[datetime]
    lastModifiedTime: NotRequired[datetime]


class DeleteAutomatedReasoningPolicyBuildWorkflowRequest(TypedDict):
    policyArn: str
    buildWorkflowId: str
    lastUpdatedAt: datetime


class DeleteAutomatedReasoningPolicyBuildWorkflowResponse(TypedDict):
    pass


class DeleteAutomatedReasoningPolicyRequest(TypedDict):
    policyArn: str
    force: NotRequired[bool]


class DeleteAutomatedReasoningPolicyResponse(TypedDict):
    pass


class DeleteAutomatedReasoningPolicyTestCaseRequest(TypedDict):
    policyArn: str
    testCaseId: str
    lastUpdatedAt: datetime


class DeleteAutomatedReasoningPolicyTestCaseResponse(TypedDict):
    pass


class DeleteCustomModelDeploymentRequest(TypedDict):
    customModelDeploymentIdentifier: str


class DeleteCustomModelDeploymentResponse(TypedDict):
    pass


class DeleteCustomModelRequest(TypedDict):
    modelIdentifier: str


class DeleteCustomModelResponse(TypedDict):
    pass


class DeleteEnforcedGuardrailConfigurationRequest(TypedDict):
    configId: str


class DeleteEnforcedGuardrailConfigurationResponse(TypedDict):
    pass


class DeleteFoundationModelAgreementRequest(TypedDict):
    modelId: str


class DeleteFoundationModelAgreementResponse(TypedDict):
    pass


class DeleteGuardrailRequest(TypedDict):
    guardrailIdentifier: str
    guardrailVersion: NotRequired[str]


class DeleteGuardrailResponse(TypedDict):
    pass


class DeleteImportedModelRequest(TypedDict):
    modelIdentifier: str


class DeleteImportedModelResponse(TypedDict):
    pass


class DeleteInferenceProfileRequest(TypedDict):
    inferenceProfileIdentifier: str


class DeleteInferenceProfileResponse(TypedDict):
    pass


class DeleteMarketplaceModelEndpointRequest(TypedDict):
    endpointArn: str


class DeleteMarketplaceModelEndpointResponse(TypedDict):
    pass


class DeleteModelInvocationLoggingConfigurationRequest(TypedDict):
    pass


class DeleteModelInvocationLoggingConfigurationResponse(TypedDict):
    pass


class DeletePromptRouterRequest(TypedDict):
    promptRouterArn: str


class DeletePromptRouterResponse(TypedDict):
    pass


class DeleteProvisionedModelThroughputRequest(TypedDict):
    provisionedModelId: str


class DeleteProvisionedModelThroughputResponse(TypedDict):
    pass


class DeleteResourcePolicyRequest(TypedDict):
    resourceArn: str


class DeleteResourcePolicyResponse(TypedDict):
    pass


class DeregisterMarketplaceModelEndpointRequest(TypedDict):
    endpointArn: str


class DeregisterMarketplaceModelEndpointResponse(TypedDict):
    pass


class DimensionalPriceRate(TypedDict):
    dimension: NotRequired[str]
    price: NotRequired[str]
    description: NotRequired[str]
    unit: NotRequired[str]


class DistillationConfig(TypedDict):
    teacherModelConfig: TeacherModelConfig


class EndpointConfig(TypedDict):
    sageMaker: NotRequired[SageMakerEndpoint]


class EvaluationBedrockModel(TypedDict):
    modelIdentifier: str
    inferenceParams: NotRequired[str]
    performanceConfig: NotRequired[PerformanceConfiguration]


class EvaluationConfig(TypedDict):
    automated: NotRequired[AutomatedEvaluationConfig]
    human: NotRequired[HumanEvaluationConfig]


class EvaluationDataset(TypedDict):
    name: str
    datasetLocation: NotRequired[EvaluationDatasetLocation]


class EvaluationDatasetLocation(TypedDict):
    s3Uri: NotRequired[str]


class EvaluationDatasetMetricConfig(TypedDict):
    taskType: EvaluationTaskType
    dataset: EvaluationDataset
    metricNames: list[str]


class EvaluationInferenceConfig(TypedDict):
    models: NotRequired[list[EvaluationModelConfig]]
    ragConfigs: NotRequired[list[RAGConfig]]


class EvaluationInferenceConfigSummary(TypedDict):
    modelConfigSummary: NotRequired[EvaluationModelConfigSummary]
    ragConfigSummary: NotRequired[EvaluationRagConfigSummary]


class EvaluationModelConfig(TypedDict):
    bedrockModel: NotRequired[EvaluationBedrockModel]
    precomputedInferenceSource: NotRequired[EvaluationPrecomputedInferenceSource]


class EvaluationModelConfigSummary(TypedDict):
    bedrockModelIdentifiers: NotRequired[list[str]]
    precomputedInferenceSourceIdentifiers: NotRequired[list[str]]


class EvaluationOutputDataConfig(TypedDict):
    s3Uri: str


class EvaluationPrecomputedInferenceSource(TypedDict):
    inferenceSourceIdentifier: str


class EvaluationPrecomputedRagSourceConfig(TypedDict):
    retrieveSourceConfig: NotRequired[EvaluationPrecomputedRetrieveSourceConfig]
    retrieveAndGenerateSourceConfig: NotRequired[EvaluationPrecomputedRetrieveAndGenerateSourceConfig]


class EvaluationPrecomputedRetrieveAndGenerateSourceConfig(TypedDict):
    ragSourceIdentifier: str


class EvaluationPrecomputedRetrieveSourceConfig(TypedDict):
    ragSourceIdentifier: str


class EvaluationRagConfigSummary(TypedDict):
    bedrockKnowledgeBaseIdentifiers: NotRequired[list[str]]
    precomputedRagSourceIdentifiers: NotRequired[list[str]]


class EvaluationSummary(TypedDict):
    jobArn: str
    jobName: str
    status: EvaluationJobStatus
    creationTime: datetime
    jobType: EvaluationJobType
    evaluationTaskTypes: list[EvaluationTaskType]
    modelIdentifiers: NotRequired[list[str]]
    ragIdentifiers: NotRequired[list[str]]
    evaluatorModelIdentifiers: NotRequired[list[str]]
    customMetricsEvaluatorModelIdentifiers: NotRequired[list[str]]
    inferenceConfigSummary: NotRequired[EvaluationInferenceConfigSummary]
    applicationType: NotRequired[ApplicationType]


class EvaluatorModelConfig(TypedDict):
    bedrockEvaluatorModels: NotRequired[list[BedrockEvaluatorModel]]


class ExportAutomatedReasoningPolicyVersionRequest(TypedDict):
    policyArn: str


class ExportAutomatedReasoningPolicyVersionResponse(TypedDict):
    policyDefinition: AutomatedReasoningPolicyDefinition


class ExternalSource(TypedDict):
    sourceType: ExternalSourceType
    s3Location: NotRequired[S3ObjectDoc]
    byteContent: NotRequired[ByteContentDoc]


class ExternalSourcesGenerationConfiguration(TypedDict):
    promptTemplate: NotRequired[PromptTemplate]
    guardrailConfiguration: NotRequired[GuardrailConfiguration]
    kbInferenceConfig: NotRequired[KbInferenceConfig]
    additionalModelRequestFields: NotRequired[dict[str, Any]]


class ExternalSourcesRetrieveAndGenerateConfiguration(TypedDict):
    modelArn: str
    sources: list[ExternalSource]
    generationConfiguration: NotRequired[ExternalSourcesGenerationConfiguration]


class FieldForReranking(TypedDict):
    fieldName: str


class FilterAttribute(TypedDict):
    key: str
    value: Any


class FoundationModelDetails(TypedDict):
    modelArn: str
    modelId: str
    modelName: NotRequired[str]
    providerName: NotRequired[str]
    inputModalities: NotRequired[list[ModelModality]]
    outputModalities: NotRequired[list[ModelModality]]
    responseStreamingSupported: NotRequired[bool]
    customizationsSupported: NotRequired[list[ModelCustomization]]
    inferenceTypesSupported: NotRequired[list[InferenceType]]
    modelLifecycle: NotRequired[FoundationModelLifecycle]


class FoundationModelLifecycle(TypedDict):
    status: FoundationModelLifecycleStatus
    startOfLifeTime: NotRequired[datetime]
    endOfLifeTime: NotRequired[datetime]
    legacyTime: NotRequired[datetime]
    publicExtendedAccessTime: NotRequired[datetime]


class FoundationModelSummary(TypedDict):
    modelArn: str
    modelId: str
    modelName: NotRequired[str]
    providerName: NotRequired[str]
    inputModalities: NotRequired[list[ModelModality]]
    outputModalities: NotRequired[list[ModelModality]]
    responseStreamingSupported: NotRequired[bool]
    customizationsSupported: NotRequired[list[ModelCustomization]]
    inferenceTypesSupported: NotRequired[list[InferenceType]]
    modelLifecycle: NotRequired[FoundationModelLifecycle]


class GenerationConfiguration(TypedDict):
    promptTemplate: NotRequired[PromptTemplate]
    guardrailConfiguration: NotRequired[GuardrailConfiguration]
    kbInferenceConfig: NotRequired[KbInferenceConfig]
    additionalModelRequestFields: NotRequired[dict[str, Any]]


class GetAccountDataRetentionRequest(TypedDict):
    pass


class GetAccountDataRetentionResponse(TypedDict):
    mode: DataRetentionMode
    updatedAt: NotRequired[datetime]


class GetAdvancedPromptOptimizationJobRequest(TypedDict):
    jobIdentifier: str


class GetAdvancedPromptOptimizationJobResponse(TypedDict):
    jobArn: str
    jobName: str
    jobDescription: NotRequired[str]
    jobStatus: AdvancedPromptOptimizationJobStatus
    inputConfig: AdvancedPromptOptimizationInputConfig
    outputConfig: AdvancedPromptOptimizationOutputConfig
    encryptionKeyArn: NotRequired[str]
    creationTime: datetime
    lastModifiedTime: NotRequired[datetime]
    failureMessage: NotRequired[str]
    modelConfigurations: list[ModelConfiguration]


class GetAutomatedReasoningPolicyAnnotationsRequest(TypedDict):
    policyArn: str
    buildWorkflowId: str


class GetAutomatedReasoningPolicyAnnotationsResponse(TypedDict):
    policyArn: str
    name: str
    buildWorkflowId: str
    annotations: list[AutomatedReasoningPolicyAnnotation]
    annotationSetHash: str
    updatedAt: datetime


class GetAutomatedReasoningPolicyBuildWorkflowRequest(TypedDict):
    policyArn: str
    buildWorkflowId: str


class GetAutomatedReasoningPolicyBuildWorkflowResponse(TypedDict):
    policyArn: str
    buildWorkflowId: str
    status: AutomatedReasoningPolicyBuildWorkflowStatus
    buildWorkflowType: AutomatedReasoningPolicyBuildWorkflowType
    documentName: NotRequired[str]
    documentContentType: NotRequired[AutomatedReasoningPolicyBuildDocumentContentType]
    documentDescription: NotRequired[str]
    createdAt: datetime
    updatedAt: datetime


class GetAutomatedReasoningPolicyBuildWorkflowResultAssetsRequest(TypedDict):
    policyArn: str
    buildWorkflowId: str
    assetType: AutomatedReasoningPolicyBuildResultAssetType
    assetId: NotRequired[str]


class GetAutomatedReasoningPolicyBuildWorkflowResultAssetsResponse(TypedDict):
    policyArn: str
    buildWorkflowId: str
    buildWorkflowAssets: NotRequired[AutomatedReasoningPolicyBuildResultAssets]


class GetAutomatedReasoningPolicyNextScenarioRequest(TypedDict):
    policyArn: str
    buildWorkflowId: str


class GetAutomatedReasoningPolicyNextScenarioResponse(TypedDict):
    policyArn: str
    scenario: NotRequired[AutomatedReasoningPolicyScenario]


class GetAutomatedReasoningPolicyRequest(TypedDict):
    policyArn: str


class GetAutomatedReasoningPolicyResponse(TypedDict):
    policyArn: str
    name: str
    version: str
    policyId: str
    description: NotRequired[str]
    definitionHash: str
    kmsKeyArn: NotRequired[str]
    createdAt: NotRequired[datetime]
    updatedAt: datetime


class GetAutomatedReasoningPolicyTestCaseRequest(TypedDict):
    policyArn: str
    testCaseId: str


class GetAutomatedReasoningPolicyTestCaseResponse(TypedDict):
    policyArn: str
    testCase: AutomatedReasoningPolicyTestCase


class GetAutomatedReasoningPolicyTestResultRequest(TypedDict):
    policyArn: str
    buildWorkflowId: str
    testCaseId: str


class GetAutomatedReasoningPolicyTestResultResponse(TypedDict):
    testResult: AutomatedReasoningPolicyTestResult


class GetCustomModelDeploymentRequest(TypedDict):
    customModelDeploymentIdentifier: str


class GetCustomModelDeploymentResponse(TypedDict):
    customModelDeploymentArn: str
    modelDeploymentName: str
    modelArn: str
    createdAt: datetime
    status: CustomModelDeploymentStatus
    description: NotRequired[str]
    updateDetails: NotRequired[CustomModelDeploymentUpdateDetails]
    failureMessage: NotRequired[str]
    lastUpdatedAt: NotRequired[datetime]


class GetCustomModelRequest(TypedDict):
    modelIdentifier: str


class GetCustomModelResponse(TypedDict):
    modelArn: str
    modelName: str
    jobName: NotRequired[str]
    jobArn: NotRequired[str]
    baseModelArn: NotRequired[str]
    customizationType: NotRequired[CustomizationType]
    modelKmsKeyArn: NotRequired[str]
    hyperParameters: NotRequired[dict[str, str]]
    trainingDataConfig: NotRequired[TrainingDataConfig]
    validationDataConfig: NotRequired[ValidationDataConfig]
    outputDataConfig: NotRequired[OutputDataConfig]
    trainingMetrics: NotRequired[TrainingMetrics]
    validationMetrics: NotRequired[list[ValidatorMetric]]
    creationTime: datetime
    customizationConfig: NotRequired[CustomizationConfig]
    modelStatus: NotRequired[ModelStatus]
    failureMessage: NotRequired[str]


class GetEvaluationJobRequest(TypedDict):
    jobIdentifier: str


class GetEvaluationJobResponse(TypedDict):
    jobName: str
    status: EvaluationJobStatus
    jobArn: str
    jobDescription: NotRequired[str]
    roleArn: str
    customerEncryptionKeyId: NotRequired[str]
    jobType: EvaluationJobType
    applicationType: NotRequired[ApplicationType]
    evaluationConfig: EvaluationConfig
    inferenceConfig: EvaluationInferenceConfig
    outputDataConfig: EvaluationOutputDataConfig
    creationTime: datetime
    lastModifiedTime: NotRequired[datetime]
    failureMessages: NotRequired[list[str]]


class GetFoundationModelAvailabilityRequest(TypedDict):
    modelId: str


class GetFoundationModelAvailabilityResponse(TypedDict):
    modelId: str
    agreementAvailability: AgreementAvailability
    authorizationStatus: AuthorizationStatus
    entitlementAvailability: EntitlementAvailability
    regionAvailability: RegionAvailability


class GetFoundationModelRequest(TypedDict):
    modelIdentifier: str


class GetFoundationModelResponse(TypedDict):
    modelDetails: NotRequired[FoundationModelDetails]


class GetGuardrailRequest(TypedDict):
    guardrailIdentifier: str
    guardrailVersion: NotRequired[str]


class GetGuardrailResponse(TypedDict):
    name: str
    description: NotRequired[str]
    guardrailId: str
    guardrailArn: str
    version: str
    status: GuardrailStatus
    topicPolicy: NotRequired[GuardrailTopicPolicy]
    contentPolicy: NotRequired[GuardrailContentPolicy]
    wordPolicy: NotRequired[GuardrailWordPolicy]
    sensitiveInformationPolicy: NotRequired[GuardrailSensitiveInformationPolicy]
    contextualGroundingPolicy: NotRequired[GuardrailContextualGroundingPolicy]
    automatedReasoningPolicy: NotRequired[GuardrailAutomatedReasoningPolicy]
    crossRegionDetails: NotRequired[GuardrailCrossRegionDetails]
    createdAt: datetime
    updatedAt: datetime
    statusReasons: NotRequired[list[str]]
    failureRecommendations: NotRequired[list[str]]
    blockedInputMessaging: str
    blockedOutputsMessaging: str
    kmsKeyArn: NotRequired[str]


class GetImportedModelRequest(TypedDict):
    modelIdentifier: str


class GetImportedModelResponse(TypedDict):
    modelArn: NotRequired[str]
    modelName: NotRequired[str]
    jobName: NotRequired[str]
    jobArn: NotRequired[str]
    modelDataSource: NotRequired[ModelDataSource]
    creationTime: NotRequired[datetime]
    modelArchitecture: NotRequired[str]
    modelKmsKeyArn: NotRequired[str]
    instructSupported: NotRequired[bool]
    customModelUnits: NotRequired[CustomModelUnits]


class GetInferenceProfileRequest(TypedDict):
    inferenceProfileIdentifier: str


class GetInferenceProfileResponse(TypedDict):
    inferenceProfileName: str
    description: NotRequired[str]
    createdAt: NotRequired[datetime]
    updatedAt: NotRequired[datetime]
    inferenceProfileArn: str
    models: list[InferenceProfileModel]
    inferenceProfileId: str
    status: InferenceProfileStatus
    type: InferenceProfileType


class GetMarketplaceModelEndpointRequest(TypedDict):
    endpointArn: str


class GetMarketplaceModelEndpointResponse(TypedDict):
    marketplaceModelEndpoint: NotRequired[MarketplaceModelEndpoint]


class GetModelCopyJobRequest(TypedDict):
    jobArn: str


class GetModelCopyJobResponse(TypedDict):
    jobArn: str
    status: ModelCopyJobStatus
    creationTime: datetime
    targetModelArn: str
    targetModelName: NotRequired[str]
    sourceAccountId: str
    sourceModelArn: str
    targetModelKmsKeyArn: NotRequired[str]
    targetModelTags: NotRequired[list[Tag]]
    failureMessage: NotRequired[str]
    sourceModelName: NotRequired[str]


class GetModelCustomizationJobRequest(TypedDict):
    jobIdentifier: str


class GetModelCustomizationJobResponse(TypedDict):
    jobArn: str
    jobName: str
    outputModelName: str
    outputModelArn: NotRequired[str]
    clientRequestToken: NotRequired[str]
    roleArn: str
    status: NotRequired[ModelCustomizationJobStatus]
    statusDetails: NotRequired[StatusDetails]
    failureMessage: NotRequired[str]
    creationTime: datetime
    lastModifiedTime: NotRequired[datetime]
    endTime: NotRequired[datetime]
    baseModelArn: str
    hyperParameters: NotRequired[dict[str, str]]
    trainingDataConfig: TrainingDataConfig
    validationDataConfig: ValidationDataConfig
    outputDataConfig: OutputDataConfig
    customizationType: NotRequired[CustomizationType]
    outputModelKmsKeyArn: NotRequired[str]
    trainingMetrics: NotRequired[TrainingMetrics]
    validationMetrics: NotRequired[list[ValidatorMetric]]
    vpcConfig: NotRequired[VpcConfig]
    customizationConfig: NotRequired[CustomizationConfig]


class GetModelImportJobRequest(TypedDict):
    jobIdentifier: str


class GetModelImportJobResponse(TypedDict):
    jobArn: NotRequired[str]
    jobName: NotRequired[str]
    importedModelName: NotRequired[str]
    importedModelArn: NotRequired[str]
    roleArn: NotRequired[str]
    modelDataSource: NotRequired[ModelDataSource]
    status: NotRequired[ModelImportJobStatus]
    failureMessage: NotRequired[str]
    creationTime: NotRequired[datetime]
    lastModifiedTime: NotRequired[datetime]
    endTime: NotRequired[datetime]
    vpcConfig: NotRequired[VpcConfig]
    importedModelKmsKeyArn: NotRequired[str]


class GetModelInvocationJobRequest(TypedDict):
    jobIdentifier: str


class GetModelInvocationJobResponse(TypedDict):
    jobArn: str
    jobName: NotRequired[str]
    modelId: str
    clientRequestToken: NotRequired[str]
    roleArn: str
    status: NotRequired[ModelInvocationJobStatus]
    message: NotRequired[str]
    submitTime: datetime
    lastModifiedTime: NotRequired[datetime]
    endTime: NotRequired[datetime]
    inputDataConfig: ModelInvocationJobInputDataConfig
    outputDataConfig: ModelInvocationJobOutputDataConfig
    vpcConfig: NotRequired[VpcConfig]
    timeoutDurationInHours: NotRequired[int]
    jobExpirationTime: NotRequired[datetime]
    modelInvocationType: NotRequired[ModelInvocationType]
    totalRecordCount: NotRequired[int]
    processedRecordCount: NotRequired[int]
    successRecordCount: NotRequired[int]
    errorRecordCount: NotRequired[int]


class GetModelInvocationLoggingConfigurationRequest(TypedDict):
    pass


class GetModelInvocationLoggingConfigurationResponse(TypedDict):
    loggingConfig: NotRequired[LoggingConfig]


class GetPromptRouterRequest(TypedDict):
    promptRouterArn: str


class GetPromptRouterResponse(TypedDict):
    promptRouterName: str
    routingCriteria: RoutingCriteria
    description: NotRequired[str]
    createdAt: NotRequired[datetime]
    updatedAt: NotRequired[datetime]
    promptRouterArn: str
    models: list[PromptRouterTargetModel]
    fallbackModel: PromptRouterTargetModel
    status: PromptRouterStatus
    type: PromptRouterType


class GetProvisionedModelThroughputRequest(TypedDict):
    provisionedModelId: str


class GetProvisionedModelThroughputResponse(TypedDict):
    modelUnits: int
    desiredModelUnits: int
    provisionedModelName: str
    provisionedModelArn: str
    modelArn: str
    desiredModelArn: str
    foundationModelArn: str
    status: ProvisionedModelStatus
    creationTime: datetime
    lastModifiedTime: datetime
    failureMessage: NotRequired[str]
    commitmentDuration: NotRequired[CommitmentDuration]
    commitmentExpirationTime: NotRequired[datetime]


class GetResourcePolicyRequest(TypedDict):
    resourceArn: str


class GetResourcePolicyResponse(TypedDict):
    resourcePolicy: NotRequired[str]


class GetUseCaseForModelAccessRequest(TypedDict):
    pass


class GetUseCaseForModelAccessResponse(TypedDict):
    formData: bytes


class GraderConfig(TypedDict):
    lambdaGrader: NotRequired[LambdaGraderConfig]


class GuardrailAutomatedReasoningPolicy(TypedDict):
    policies: list[str]
    confidenceThreshold: NotRequired[float]


class GuardrailAutomatedReasoningPolicyConfig(TypedDict):
    policies: list[str]
    confidenceThreshold: NotRequired[float]


class GuardrailConfiguration(TypedDict):
    guardrailId: str
    guardrailVersion: str


class GuardrailContentFilter(TypedDict):
    type: GuardrailContentFilterType
    inputStrength: GuardrailFilterStrength
    outputStrength: GuardrailFilterStrength
    inputModalities: NotRequired[list[GuardrailModality]]
    outputModalities: NotRequired[list[GuardrailModality]]
    inputAction: NotRequired[GuardrailContentFilterAction]
    outputAction: NotRequired[GuardrailContentFilterAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailContentFilterConfig(TypedDict):
    type: GuardrailContentFilterType
    inputStrength: GuardrailFilterStrength
    outputStrength: GuardrailFilterStrength
    inputModalities: NotRequired[list[GuardrailModality]]
    outputModalities: NotRequired[list[GuardrailModality]]
    inputAction: NotRequired[GuardrailContentFilterAction]
    outputAction: NotRequired[GuardrailContentFilterAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailContentFiltersTier(TypedDict):
    tierName: GuardrailContentFiltersTierName


class GuardrailContentFiltersTierConfig(TypedDict):
    tierName: GuardrailContentFiltersTierName


class GuardrailContentPolicy(TypedDict):
    filters: NotRequired[list[GuardrailContentFilter]]
    tier: NotRequired[GuardrailContentFiltersTier]


class GuardrailContentPolicyConfig(TypedDict):
    filtersConfig: list[GuardrailContentFilterConfig]
    tierConfig: NotRequired[GuardrailContentFiltersTierConfig]


class GuardrailContextualGroundingFilter(TypedDict):
    type: GuardrailContextualGroundingFilterType
    threshold: float
    action: NotRequired[GuardrailContextualGroundingAction]
    enabled: NotRequired[bool]


class GuardrailContextualGroundingFilterConfig(TypedDict):
    type: GuardrailContextualGroundingFilterType
    threshold: float
    action: NotRequired[GuardrailContextualGroundingAction]
    enabled: NotRequired[bool]


class GuardrailContextualGroundingPolicy(TypedDict):
    filters: list[GuardrailContextualGroundingFilter]
    tier: NotRequired[GuardrailContextualGroundingTier]


class GuardrailContextualGroundingPolicyConfig(TypedDict):
    filtersConfig: list[GuardrailContextualGroundingFilterConfig]
    tierConfig: NotRequired[GuardrailContextualGroundingTierConfig]


class GuardrailContextualGroundingTier(TypedDict):
    tierName: GuardrailContextualGroundingTierName


class GuardrailContextualGroundingTierConfig(TypedDict):
    tierName: GuardrailContextualGroundingTierName


class GuardrailCrossRegionConfig(TypedDict):
    guardrailProfileIdentifier: str


class GuardrailCrossRegionDetails(TypedDict):
    guardrailProfileId: NotRequired[str]
    guardrailProfileArn: NotRequired[str]


class GuardrailManagedWords(TypedDict):
    type: GuardrailManagedWordsType
    inputAction: NotRequired[GuardrailWordAction]
    outputAction: NotRequired[GuardrailWordAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailManagedWordsConfig(TypedDict):
    type: GuardrailManagedWordsType
    inputAction: NotRequired[GuardrailWordAction]
    outputAction: NotRequired[GuardrailWordAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailPiiEntity(TypedDict):
    type: GuardrailPiiEntityType
    action: GuardrailSensitiveInformationAction
    inputAction: NotRequired[GuardrailSensitiveInformationAction]
    outputAction: NotRequired[GuardrailSensitiveInformationAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailPiiEntityConfig(TypedDict):
    type: GuardrailPiiEntityType
    action: GuardrailSensitiveInformationAction
    inputAction: NotRequired[GuardrailSensitiveInformationAction]
    outputAction: NotRequired[GuardrailSensitiveInformationAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailRegex(TypedDict):
    name: str
    description: NotRequired[str]
    pattern: str
    action: GuardrailSensitiveInformationAction
    inputAction: NotRequired[GuardrailSensitiveInformationAction]
    outputAction: NotRequired[GuardrailSensitiveInformationAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailRegexConfig(TypedDict):
    name: str
    description: NotRequired[str]
    pattern: str
    action: GuardrailSensitiveInformationAction
    inputAction: NotRequired[GuardrailSensitiveInformationAction]
    outputAction: NotRequired[GuardrailSensitiveInformationAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailSensitiveInformationPolicy(TypedDict):
    piiEntities: NotRequired[list[GuardrailPiiEntity]]
    regexes: NotRequired[list[GuardrailRegex]]


class GuardrailSensitiveInformationPolicyConfig(TypedDict):
    piiEntitiesConfig: NotRequired[list[GuardrailPiiEntityConfig]]
    regexesConfig: NotRequired[list[GuardrailRegexConfig]]


class GuardrailSummary(TypedDict):
    id: str
    arn: str
    status: GuardrailStatus
    name: str
    description: NotRequired[str]
    version: str
    createdAt: datetime
    updatedAt: datetime
    crossRegionDetails: NotRequired[GuardrailCrossRegionDetails]


class GuardrailTopic(TypedDict):
    name: str
    definition: str
    examples: NotRequired[list[str]]
    type: NotRequired[GuardrailTopicType]
    inputAction: NotRequired[GuardrailTopicAction]
    outputAction: NotRequired[GuardrailTopicAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailTopicConfig(TypedDict):
    name: str
    definition: str
    examples: NotRequired[list[str]]
    type: GuardrailTopicType
    inputAction: NotRequired[GuardrailTopicAction]
    outputAction: NotRequired[GuardrailTopicAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailTopicPolicy(TypedDict):
    topics: list[GuardrailTopic]
    tier: NotRequired[GuardrailTopicsTier]


class GuardrailTopicPolicyConfig(TypedDict):
    topicsConfig: list[GuardrailTopicConfig]
    tierConfig: NotRequired[GuardrailTopicsTierConfig]


class GuardrailTopicsTier(TypedDict):
    tierName: GuardrailTopicsTierName


class GuardrailTopicsTierConfig(TypedDict):
    tierName: GuardrailTopicsTierName


class GuardrailWord(TypedDict):
    text: str
    inputAction: NotRequired[GuardrailWordAction]
    outputAction: NotRequired[GuardrailWordAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailWordConfig(TypedDict):
    text: str
    inputAction: NotRequired[GuardrailWordAction]
    outputAction: NotRequired[GuardrailWordAction]
    inputEnabled: NotRequired[bool]
    outputEnabled: NotRequired[bool]


class GuardrailWordPolicy(TypedDict):
    words: NotRequired[list[GuardrailWord]]
    managedWordLists: NotRequired[list[GuardrailManagedWords]]


class GuardrailWordPolicyConfig(TypedDict):
    wordsConfig: NotRequired[list[GuardrailWordConfig]]
    managedWordListsConfig: NotRequired[list[GuardrailManagedWordsConfig]]


class HumanEvaluationConfig(TypedDict):
    humanWorkflowConfig: NotRequired[HumanWorkflowConfig]
    customMetrics: NotRequired[list[HumanEvaluationCustomMetric]]
    datasetMetricConfigs: list[EvaluationDatasetMetricConfig]


class HumanEvaluationCustomMetric(TypedDict):
    name: str
    description: NotRequired[str]
    ratingMethod: str


class HumanWorkflowConfig(TypedDict):
    flowDefinitionArn: str
    instructions: NotRequired[str]


class ImplicitFilterConfiguration(TypedDict):
    metadataAttributes: list[MetadataAttributeSchema]
    modelArn: str


class ImportedModelSummary(TypedDict):
    modelArn: str
    modelName: str
    creationTime: datetime
    instructSupported: NotRequired[bool]
    modelArchitecture: NotRequired[str]


class InferenceConfiguration(TypedDict):
    maxTokens: NotRequired[int]
    temperature: NotRequired[float]
    topP: NotRequired[float]
    stopSequences: NotRequired[list[str]]


class InferenceProfileModel(TypedDict):
    modelArn: NotRequired[str]


class InferenceProfileModelSource(TypedDict):
    copyFrom: NotRequired[str]


class InferenceProfileSummary(TypedDict):
    inferenceProfileName: str
    description: NotRequired[str]
    createdAt: NotRequired[datetime]
    updatedAt: NotRequired[datetime]
    inferenceProfileArn: str
    models: list[InferenceProfileModel]
    inferenceProfileId: str
    status: InferenceProfileStatus
    type: InferenceProfileType


class InvocationLogSource(TypedDict):
    s3Uri: NotRequired[str]


class InvocationLogsConfig(TypedDict):
    usePromptResponse: NotRequired[bool]
    invocationLogSource: InvocationLogSource
    requestMetadataFilters: NotRequired[RequestMetadataFilters]


class KbInferenceConfig(TypedDict):
    textInferenceConfig: NotRequired[TextInferenceConfig]


class KnowledgeBaseConfig(TypedDict):
    retrieveConfig: NotRequired[RetrieveConfig]
    retrieveAndGenerateConfig: NotRequired[RetrieveAndGenerateConfiguration]


class KnowledgeBaseRetrievalConfiguration(TypedDict):
    vectorSearchConfiguration: KnowledgeBaseVectorSearchConfiguration


class KnowledgeBaseRetrieveAndGenerateConfiguration(TypedDict):
    knowledgeBaseId: str
    modelArn: str
    retrievalConfiguration: NotRequired[KnowledgeBaseRetrievalConfiguration]
    generationConfiguration: NotRequired[GenerationConfiguration]
    orchestrationConfiguration: NotRequired[OrchestrationConfiguration]


class KnowledgeBaseVectorSearchConfiguration(TypedDict):
    numberOfResults: NotRequired[int]
    overrideSearchType: NotRequired[SearchType]
    filter: NotRequired[RetrievalFilter]
    implicitFilterConfiguration: NotRequired[ImplicitFilterConfiguration]
    rerankingConfiguration: NotRequired[VectorSearchRerankingConfiguration]


class LambdaGraderConfig(TypedDict):
    lambdaArn: str


class LegalTerm(TypedDict):
    url: NotRequired[str]


class ListAdvancedPromptOptimizationJobsRequest(TypedDict):
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortJobsBy]
    sortOrder: NotRequired[SortOrder]


class ListAdvancedPromptOptimizationJobsResponse(TypedDict):
    jobSummaries: NotRequired[list[AdvancedPromptOptimizationJobSummary]]
    nextToken: NotRequired[str]


class ListAutomatedReasoningPoliciesRequest(TypedDict):
    policyArn: NotRequired[str]
    nextToken: NotRequired[str]
    maxResults: NotRequired[int]


class ListAutomatedReasoningPoliciesResponse(TypedDict):
    automatedReasoningPolicySummaries: list[AutomatedReasoningPolicySummary]
    nextToken: NotRequired[str]


class ListAutomatedReasoningPolicyBuildWorkflowsRequest(TypedDict):
    policyArn: str
    nextToken: NotRequired[str]
    maxResults: NotRequired[int]


class ListAutomatedReasoningPolicyBuildWorkflowsResponse(TypedDict):
    automatedReasoningPolicyBuildWorkflowSummaries: list[AutomatedReasoningPolicyBuildWorkflowSummary]
    nextToken: NotRequired[str]


class ListAutomatedReasoningPolicyTestCasesRequest(TypedDict):
    policyArn: str
    nextToken: NotRequired[str]
    maxResults: NotRequired[int]


class ListAutomatedReasoningPolicyTestCasesResponse(TypedDict):
    testCases: list[AutomatedReasoningPolicyTestCase]
    nextToken: NotRequired[str]


class ListAutomatedReasoningPolicyTestResultsRequest(TypedDict):
    policyArn: str
    buildWorkflowId: str
    nextToken: NotRequired[str]
    maxResults: NotRequired[int]


class ListAutomatedReasoningPolicyTestResultsResponse(TypedDict):
    testResults: list[AutomatedReasoningPolicyTestResult]
    nextToken: NotRequired[str]


class ListCustomModelDeploymentsRequest(TypedDict):
    createdBefore: NotRequired[datetime]
    createdAfter: NotRequired[datetime]
    nameContains: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortModelsBy]
    sortOrder: NotRequired[SortOrder]
    statusEquals: NotRequired[CustomModelDeploymentStatus]
    modelArnEquals: NotRequired[str]


class ListCustomModelDeploymentsResponse(TypedDict):
    nextToken: NotRequired[str]
    modelDeploymentSummaries: NotRequired[list[CustomModelDeploymentSummary]]


class ListCustomModelsRequest(TypedDict):
    creationTimeBefore: NotRequired[datetime]
    creationTimeAfter: NotRequired[datetime]
    nameContains: NotRequired[str]
    baseModelArnEquals: NotRequired[str]
    foundationModelArnEquals: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortModelsBy]
    sortOrder: NotRequired[SortOrder]
    isOwned: NotRequired[bool]
    modelStatus: NotRequired[ModelStatus]


class ListCustomModelsResponse(TypedDict):
    nextToken: NotRequired[str]
    modelSummaries: NotRequired[list[CustomModelSummary]]


class ListEnforcedGuardrailsConfigurationRequest(TypedDict):
    nextToken: NotRequired[str]


class ListEnforcedGuardrailsConfigurationResponse(TypedDict):
    guardrailsConfig: list[AccountEnforcedGuardrailOutputConfiguration]
    nextToken: NotRequired[str]


class ListEvaluationJobsRequest(TypedDict):
    creationTimeAfter: NotRequired[datetime]
    creationTimeBefore: NotRequired[datetime]
    statusEquals: NotRequired[EvaluationJobStatus]
    applicationTypeEquals: NotRequired[ApplicationType]
    nameContains: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortJobsBy]
    sortOrder: NotRequired[SortOrder]


class ListEvaluationJobsResponse(TypedDict):
    nextToken: NotRequired[str]
    jobSummaries: NotRequired[list[EvaluationSummary]]


class ListFoundationModelAgreementOffersRequest(TypedDict):
    modelId: str
    offerType: NotRequired[OfferType]


class ListFoundationModelAgreementOffersResponse(TypedDict):
    modelId: str
    offers: list[Offer]


class ListFoundationModelsRequest(TypedDict):
    byProvider: NotRequired[str]
    byCustomizationType: NotRequired[ModelCustomization]
    byOutputModality: NotRequired[ModelModality]
    byInferenceType: NotRequired[InferenceType]


class ListFoundationModelsResponse(TypedDict):
    modelSummaries: NotRequired[list[FoundationModelSummary]]


class ListGuardrailsRequest(TypedDict):
    guardrailIdentifier: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class ListGuardrailsResponse(TypedDict):
    guardrails: list[GuardrailSummary]
    nextToken: NotRequired[str]


class ListImportedModelsRequest(TypedDict):
    creationTimeBefore: NotRequired[datetime]
    creationTimeAfter: NotRequired[datetime]
    nameContains: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortModelsBy]
    sortOrder: NotRequired[SortOrder]


class ListImportedModelsResponse(TypedDict):
    nextToken: NotRequired[str]
    modelSummaries: NotRequired[list[ImportedModelSummary]]


class ListInferenceProfilesRequest(TypedDict):
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    typeEquals: NotRequired[InferenceProfileType]


class ListInferenceProfilesResponse(TypedDict):
    inferenceProfileSummaries: NotRequired[list[InferenceProfileSummary]]
    nextToken: NotRequired[str]


class ListMarketplaceModelEndpointsRequest(TypedDict):
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    modelSourceEquals: NotRequired[str]


class ListMarketplaceModelEndpointsResponse(TypedDict):
    marketplaceModelEndpoints: NotRequired[list[MarketplaceModelEndpointSummary]]
    nextToken: NotRequired[str]


class ListModelCopyJobsRequest(TypedDict):
    creationTimeAfter: NotRequired[datetime]
    creationTimeBefore: NotRequired[datetime]
    statusEquals: NotRequired[ModelCopyJobStatus]
    sourceAccountEquals: NotRequired[str]
    sourceModelArnEquals: NotRequired[str]
    targetModelNameContains: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortJobsBy]
    sortOrder: NotRequired[SortOrder]


class ListModelCopyJobsResponse(TypedDict):
    nextToken: NotRequired[str]
    modelCopyJobSummaries: NotRequired[list[ModelCopyJobSummary]]


class ListModelCustomizationJobsRequest(TypedDict):
    creationTimeAfter: NotRequired[datetime]
    creationTimeBefore: NotRequired[datetime]
    statusEquals: NotRequired[FineTuningJobStatus]
    nameContains: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortJobsBy]
    sortOrder: NotRequired[SortOrder]


class ListModelCustomizationJobsResponse(TypedDict):
    nextToken: NotRequired[str]
    modelCustomizationJobSummaries: NotRequired[list[ModelCustomizationJobSummary]]


class ListModelImportJobsRequest(TypedDict):
    creationTimeAfter: NotRequired[datetime]
    creationTimeBefore: NotRequired[datetime]
    statusEquals: NotRequired[ModelImportJobStatus]
    nameContains: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortJobsBy]
    sortOrder: NotRequired[SortOrder]


class ListModelImportJobsResponse(TypedDict):
    nextToken: NotRequired[str]
    modelImportJobSummaries: NotRequired[list[ModelImportJobSummary]]


class ListModelInvocationJobsRequest(TypedDict):
    submitTimeAfter: NotRequired[datetime]
    submitTimeBefore: NotRequired[datetime]
    statusEquals: NotRequired[ModelInvocationJobStatus]
    nameContains: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortJobsBy]
    sortOrder: NotRequired[SortOrder]


class ListModelInvocationJobsResponse(TypedDict):
    nextToken: NotRequired[str]
    invocationJobSummaries: NotRequired[list[ModelInvocationJobSummary]]


class ListPromptRoutersRequest(TypedDict):
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    type: NotRequired[PromptRouterType]


class ListPromptRoutersResponse(TypedDict):
    promptRouterSummaries: NotRequired[list[PromptRouterSummary]]
    nextToken: NotRequired[str]


class ListProvisionedModelThroughputsRequest(TypedDict):
    creationTimeAfter: NotRequired[datetime]
    creationTimeBefore: NotRequired[datetime]
    statusEquals: NotRequired[ProvisionedModelStatus]
    modelArnEquals: NotRequired[str]
    nameContains: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    sortBy: NotRequired[SortByProvisionedModels]
    sortOrder: NotRequired[SortOrder]


class ListProvisionedModelThroughputsResponse(TypedDict):
    nextToken: NotRequired[str]
    provisionedModelSummaries: NotRequired[list[ProvisionedModelSummary]]


class ListTagsForResourceRequest(TypedDict):
    resourceARN: str


class ListTagsForResourceResponse(TypedDict):
    tags: NotRequired[list[Tag]]


class LoggingConfig(TypedDict):
    cloudWatchConfig: NotRequired[CloudWatchConfig]
    s3Config: NotRequired[S3Config]
    textDataDeliveryEnabled: NotRequired[bool]
    imageDataDeliveryEnabled: NotRequired[bool]
    embeddingDataDeliveryEnabled: NotRequired[bool]
    videoDataDeliveryEnabled: NotRequired[bool]
    audioDataDeliveryEnabled: NotRequired[bool]


class MarketplaceModelEndpoint(TypedDict):
    endpointArn: str
    modelSourceIdentifier: str
    status: NotRequired[Status]
    statusMessage: NotRequired[str]
    createdAt: datetime
    updatedAt: datetime
    endpointConfig: EndpointConfig
    endpointStatus: str
    endpointStatusMessage: NotRequired[str]


class MarketplaceModelEndpointSummary(TypedDict):
    endpointArn: str
    modelSourceIdentifier: str
    status: NotRequired[Status]
    statusMessage: NotRequired[str]
    createdAt: datetime
    updatedAt: datetime


class MetadataAttributeSchema(TypedDict):
    key: str
    type: AttributeType
    description: str


class MetadataConfigurationForReranking(TypedDict):
    selectionMode: RerankingMetadataSelectionMode
    selectiveModeConfiguration: NotRequired[RerankingMetadataSelectiveModeConfiguration]


class ModelConfiguration(TypedDict):
    modelId: str
    inferenceConfig: NotRequired[InferenceConfiguration]
    additionalModelRequestFields: NotRequired[dict[str, Any]]


class ModelCopyJobSummary(TypedDict):
    jobArn: str
    status: ModelCopyJobStatus
    creationTime: datetime
    targetModelArn: str
    targetModelName: NotRequired[str]
    sourceAccountId: str
    sourceModelArn: str
    targetModelKmsKeyArn: NotRequired[str]
    targetModelTags: NotRequired[list[Tag]]
    failureMessage: NotRequired[str]
    sourceModelName: NotRequired[str]


class ModelCustomizationJobSummary(TypedDict):
    jobArn: str
    baseModelArn: str
    jobName: str
    status: ModelCustomizationJobStatus
    statusDetails: NotRequired[StatusDetails]
    lastModifiedTime: NotRequired[datetime]
    creationTime: datetime
    endTime: NotRequired[datetime]
    customModelArn: NotRequired[str]
    customModelName: NotRequired[str]
    customizationType: NotRequired[CustomizationType]


class ModelDataSource(TypedDict):
    s3DataSource: NotRequired[S3DataSource]


class ModelEnforcement(TypedDict):
    includedModels: list[str]
    excludedModels: list[str]


class ModelImportJobSummary(TypedDict):
    jobArn: str
    jobName: str
    status: ModelImportJobStatus
    lastModifiedTime: NotRequired[datetime]
    creationTime: datetime
    endTime: NotRequired[datetime]
    importedModelArn: NotRequired[str]
    importedModelName: NotRequired[str]


class ModelInvocationJobInputDataConfig(TypedDict):
    s3InputDataConfig: NotRequired[ModelInvocationJobS3InputDataConfig]


class ModelInvocationJobOutputDataConfig(TypedDict):
    s3OutputDataConfig: NotRequired[ModelInvocationJobS3OutputDataConfig]


class ModelInvocationJobS3InputDataConfig(TypedDict):
    s3InputFormat: NotRequired[S3InputFormat]
    s3Uri: str
    s3BucketOwner: NotRequired[str]


class ModelInvocationJobS3OutputDataConfig(TypedDict):
    s3Uri: str
    s3EncryptionKeyId: NotRequired[str]
    s3BucketOwner: NotRequired[str]


class ModelInvocationJobSummary(TypedDict):
    jobArn: str
    jobName: str
    modelId: str
    clientRequestToken: NotRequired[str]
    roleArn: str
    status: NotRequired[ModelInvocationJobStatus]
    message: NotRequired[str]
    submitTime: datetime
    lastModifiedTime: NotRequired[datetime]
    endTime: NotRequired[datetime]
    inputDataConfig: ModelInvocationJobInputDataConfig
    outputDataConfig: ModelInvocationJobOutputDataConfig
    vpcConfig: NotRequired[VpcConfig]
    timeoutDurationInHours: NotRequired[int]
    jobExpirationTime: NotRequired[datetime]
    modelInvocationType: NotRequired[ModelInvocationType]
    totalRecordCount: NotRequired[int]
    processedRecordCount: NotRequired[int]
    successRecordCount: NotRequired[int]
    errorRecordCount: NotRequired[int]


class ModelPackageArnDataSource(TypedDict):
    modelPackageArn: str


class Offer(TypedDict):
    offerId: NotRequired[str]
    offerToken: str
    termDetails: TermDetails


class OrchestrationConfiguration(TypedDict):
    queryTransformationConfiguration: QueryTransformationConfiguration


class OutputDataConfig(TypedDict):
    s3Uri: str


class PerformanceConfiguration(TypedDict):
    latency: NotRequired[PerformanceConfigLatency]


class PricingTerm(TypedDict):
    rateCard: list[DimensionalPriceRate]


class PromptRouterSummary(TypedDict):
    promptRouterName: str
    routingCriteria: RoutingCriteria
    description: NotRequired[str]
    createdAt: NotRequired[datetime]
    updatedAt: NotRequired[datetime]
    promptRouterArn: str
    models: list[PromptRouterTargetModel]
    fallbackModel: PromptRouterTargetModel
    status: PromptRouterStatus
    type: PromptRouterType


class PromptRouterTargetModel(TypedDict):
    modelArn: str


class PromptTemplate(TypedDict):
    textPromptTemplate: NotRequired[str]


class ProvisionedModelSummary(TypedDict):
    provisionedModelName: str
    provisionedModelArn: str
    modelArn: str
    desiredModelArn: str
    foundationModelArn: str
    modelUnits: int
    desiredModelUnits: int
    status: ProvisionedModelStatus
    commitmentDuration: NotRequired[CommitmentDuration]
    commitmentExpirationTime: NotRequired[datetime]
    creationTime: datetime
    lastModifiedTime: datetime


class PutAccountDataRetentionRequest(TypedDict):
    mode: DataRetentionMode


class PutAccountDataRetentionResponse(TypedDict):
    mode: DataRetentionMode
    updatedAt: NotRequired[datetime]


class PutEnforcedGuardrailConfigurationRequest(TypedDict):
    configId: NotRequired[str]
    guardrailInferenceConfig: AccountEnforcedGuardrailInferenceInputConfiguration


class PutEnforcedGuardrailConfigurationResponse(TypedDict):
    configId: NotRequired[str]
    updatedAt: NotRequired[datetime]
    updatedBy: NotRequired[str]


class PutModelInvocationLoggingConfigurationRequest(TypedDict):
    loggingConfig: LoggingConfig


class PutModelInvocationLoggingConfigurationResponse(TypedDict):
    pass


class PutResourcePolicyRequest(TypedDict):
    resourceArn: str
    resourcePolicy: str


class PutResourcePolicyResponse(TypedDict):
    resourceArn: NotRequired[str]


class PutUseCaseForModelAccessRequest(TypedDict):
    formData: bytes


class PutUseCaseForModelAccessResponse(TypedDict):
    pass


class QueryTransformationConfiguration(TypedDict):
    type: QueryTransformationType


class RAGConfig(TypedDict):
    knowledgeBaseConfig: NotRequired[KnowledgeBaseConfig]
    precomputedRagSourceConfig: NotRequired[EvaluationPrecomputedRagSourceConfig]


class RFTConfig(TypedDict):
    graderConfig: NotRequired[GraderConfig]
    hyperParameters: NotRequired[RFTHyperParameters]


class RFTHyperParameters(TypedDict):
    epochCount: NotRequired[int]
    batchSize: NotRequired[int]
    learningRate: NotRequired[float]
    maxPromptLength: NotRequired[int]
    trainingSamplePerPrompt: NotRequired[int]
    inferenceMaxTokens: NotRequired[int]
    reasoningEffort: NotRequired[ReasoningEffort]
    evalInterval: NotRequired[int]


class RatingScaleItem(TypedDict):
    definition: str
    value: RatingScaleItemValue


class RatingScaleItemValue(TypedDict):
    stringValue: NotRequired[str]
    floatValue: NotRequired[float]


class RegisterMarketplaceModelEndpointRequest(TypedDict):
    endpointIdentifier: str
    modelSourceIdentifier: str


class RegisterMarketplaceModelEndpointResponse(TypedDict):
    marketplaceModelEndpoint: MarketplaceModelEndpoint


class RequestMetadataBaseFilters(TypedDict):
    equals: NotRequired[dict[str, str]]
    notEquals: NotRequired[dict[str, str]]


class RequestMetadataFilters(TypedDict):
    equals: NotRequired[dict[str, str]]
    notEquals: NotRequired[dict[str, str]]
    andAll: NotRequired[list[RequestMetadataBaseFilters]]
    orAll: NotRequired[list[RequestMetadataBaseFilters]]


class RerankingMetadataSelectiveModeConfiguration(TypedDict):
    fieldsToInclude: NotRequired[list[FieldForReranking]]
    fieldsToExclude: NotRequired[list[FieldForReranking]]


RetrievalFilter = TypedDict(
    "RetrievalFilter",
    {
        "equals": "NotRequired[FilterAttribute]",
        "notEquals": "NotRequired[FilterAttribute]",
        "greaterThan": "NotRequired[FilterAttribute]",
        "greaterThanOrEquals": "NotRequired[FilterAttribute]",
        "lessThan": "NotRequired[FilterAttribute]",
        "lessThanOrEquals": "NotRequired[FilterAttribute]",
        "in": "NotRequired[FilterAttribute]",
        "notIn": "NotRequired[FilterAttribute]",
        "startsWith": "NotRequired[FilterAttribute]",
        "listContains": "NotRequired[FilterAttribute]",
        "stringContains": "NotRequired[FilterAttribute]",
        "andAll": "NotRequired[list[RetrievalFilter]]",
        "orAll": "NotRequired[list[RetrievalFilter]]",
    },
)


class RetrieveAndGenerateConfiguration(TypedDict):
    type: RetrieveAndGenerateType
    knowledgeBaseConfiguration: NotRequired[KnowledgeBaseRetrieveAndGenerateConfiguration]
    externalSourcesConfiguration: NotRequired[ExternalSourcesRetrieveAndGenerateConfiguration]


class RetrieveConfig(TypedDict):
    knowledgeBaseId: str
    knowledgeBaseRetrievalConfiguration: KnowledgeBaseRetrievalConfiguration


class RoutingCriteria(TypedDict):
    responseQualityDifference: float


class S3Config(TypedDict):
    bucketName: str
    keyPrefix: NotRequired[str]


class S3DataSource(TypedDict):
    s3Uri: str


class S3ObjectDoc(TypedDict):
    uri: str


class SageMakerEndpoint(TypedDict):
    initialInstanceCount: int
    instanceType: str
    executionRole: str
    kmsEncryptionKey: NotRequired[str]
    vpc: NotRequired[VpcConfig]


class SelectiveContentGuarding(TypedDict):
    system: NotRequired[SelectiveGuardingMode]
    messages: NotRequired[SelectiveGuardingMode]


class StartAutomatedReasoningPolicyBuildWorkflowRequest(TypedDict):
    policyArn: str
    buildWorkflowType: AutomatedReasoningPolicyBuildWorkflowType
    clientRequestToken: NotRequired[str]
    sourceContent: AutomatedReasoningPolicyBuildWorkflowSource


class StartAutomatedReasoningPolicyBuildWorkflowResponse(TypedDict):
    policyArn: str
    buildWorkflowId: str


class StartAutomatedReasoningPolicyTestWorkflowRequest(TypedDict):
    policyArn: str
    buildWorkflowId: str
    testCaseIds: NotRequired[list[str]]
    clientRequestToken: NotRequired[str]


class StartAutomatedReasoningPolicyTestWorkflowResponse(TypedDict):
    policyArn: str


class StatusDetails(TypedDict):
    validationDetails: NotRequired[ValidationDetails]
    dataProcessingDetails: NotRequired[DataProcessingDetails]
    trainingDetails: NotRequired[TrainingDetails]


class StopAdvancedPromptOptimizationJobRequest(TypedDict):
    jobIdentifier: str


class StopAdvancedPromptOptimizationJobResponse(TypedDict):
    pass


class StopEvaluationJobRequest(TypedDict):
    jobIdentifier: str


class StopEvaluationJobResponse(TypedDict):
    pass


class StopModelCustomizationJobRequest(TypedDict):
    jobIdentifier: str


class StopModelCustomizationJobResponse(TypedDict):
    pass


class StopModelInvocationJobRequest(TypedDict):
    jobIdentifier: str


class StopModelInvocationJobResponse(TypedDict):
    pass


class SupportTerm(TypedDict):
    refundPolicyDescription: NotRequired[str]


class Tag(TypedDict):
    key: str
    value: str


class TagResourceRequest(TypedDict):
    resourceARN: str
    tags: list[Tag]


class TagResourceResponse(TypedDict):
    pass


class TeacherModelConfig(TypedDict):
    teacherModelIdentifier: str
    maxResponseLengthForInference: NotRequired[int]


class TermDetails(TypedDict):
    usageBasedPricingTerm: PricingTerm
    legalTerm: LegalTerm
    supportTerm: SupportTerm
    validityTerm: NotRequired[ValidityTerm]


class TextInferenceConfig(TypedDict):
    temperature: NotRequired[float]
    topP: NotRequired[float]
    maxTokens: NotRequired[int]
    stopSequences: NotRequired[list[str]]


class TrainingDataConfig(TypedDict):
    s3Uri: NotRequired[str]
    invocationLogsConfig: NotRequired[InvocationLogsConfig]


class TrainingDetails(TypedDict):
    status: NotRequired[JobStatusDetails]
    creationTime: NotRequired[datetime]
    lastModifiedTime: NotRequired[datetime]


class TrainingMetrics(TypedDict):
    trainingLoss: NotRequired[float]


class UntagResourceRequest(TypedDict):
    resourceARN: str
    tagKeys: list[str]


class UntagResourceResponse(TypedDict):
    pass


class UpdateAutomatedReasoningPolicyAnnotationsRequest(TypedDict):
    policyArn: str
    buildWorkflowId: str
    annotations: list[AutomatedReasoningPolicyAnnotation]
    lastUpdatedAnnotationSetHash: str


class UpdateAutomatedReasoningPolicyAnnotationsResponse(TypedDict):
    policyArn: str
    buildWorkflowId: str
    annotationSetHash: str
    updatedAt: datetime


class UpdateAutomatedReasoningPolicyRequest(TypedDict):
    policyArn: str
    policyDefinition: AutomatedReasoningPolicyDefinition
    name: NotRequired[str]
    description: NotRequired[str]


class UpdateAutomatedReasoningPolicyResponse(TypedDict):
    policyArn: str
    name: str
    definitionHash: str
    updatedAt: datetime


class UpdateAutomatedReasoningPolicyTestCaseRequest(TypedDict):
    policyArn: str
    testCaseId: str
    guardContent: str
    queryContent: NotRequired[str]
    lastUpdatedAt: datetime
    expectedAggregatedFindingsResult: AutomatedReasoningCheckResult
    confidenceThreshold: NotRequired[float]
    clientRequestToken: NotRequired[str]


class UpdateAutomatedReasoningPolicyTestCaseResponse(TypedDict):
    policyArn: str
    testCaseId: str


class UpdateCustomModelDeploymentRequest(TypedDict):
    modelArn: str
    customModelDeploymentIdentifier: str


class UpdateCustomModelDeploymentResponse(TypedDict):
    customModelDeploymentArn: str


class UpdateGuardrailRequest(TypedDict):
    guardrailIdentifier: str
    name: str
    description: NotRequired[str]
    topicPolicyConfig: NotRequired[GuardrailTopicPolicyConfig]
    contentPolicyConfig: NotRequired[GuardrailContentPolicyConfig]
    wordPolicyConfig: NotRequired[GuardrailWordPolicyConfig]
    sensitiveInformationPolicyConfig: NotRequired[GuardrailSensitiveInformationPolicyConfig]
    contextualGroundingPolicyConfig: NotRequired[GuardrailContextualGroundingPolicyConfig]
    automatedReasoningPolicyConfig: NotRequired[GuardrailAutomatedReasoningPolicyConfig]
    crossRegionConfig: NotRequired[GuardrailCrossRegionConfig]
    blockedInputMessaging: str
    blockedOutputsMessaging: str
    kmsKeyId: NotRequired[str]


class UpdateGuardrailResponse(TypedDict):
    guardrailId: str
    guardrailArn: str
    version: str
    updatedAt: datetime


class UpdateMarketplaceModelEndpointRequest(TypedDict):
    endpointArn: str
    endpointConfig: EndpointConfig
    clientRequestToken: NotRequired[str]


class UpdateMarketplaceModelEndpointResponse(TypedDict):
    marketplaceModelEndpoint: MarketplaceModelEndpoint


class UpdateProvisionedModelThroughputRequest(TypedDict):
    provisionedModelId: str
    desiredProvisionedModelName: NotRequired[str]
    desiredModelId: NotRequired[str]


class UpdateProvisionedModelThroughputResponse(TypedDict):
    pass


class ValidationDataConfig(TypedDict):
    validators: list[Validator]


class ValidationDetails(TypedDict):
    status: NotRequired[JobStatusDetails]
    creationTime: NotRequired[datetime]
    lastModifiedTime: NotRequired[datetime]


class Validator(TypedDict):
    s3Uri: str


class ValidatorMetric(TypedDict):
    validationLoss: NotRequired[float]


class ValidityTerm(TypedDict):
    agreementDuration: NotRequired[str]


class VectorSearchBedrockRerankingConfiguration(TypedDict):
    modelConfiguration: VectorSearchBedrockRerankingModelConfiguration
    numberOfRerankedResults: NotRequired[int]
    metadataConfiguration: NotRequired[MetadataConfigurationForReranking]


class VectorSearchBedrockRerankingModelConfiguration(TypedDict):
    modelArn: str
    additionalModelRequestFields: NotRequired[dict[str, Any]]


class VectorSearchRerankingConfiguration(TypedDict):
    type: VectorSearchRerankingConfigurationType
    bedrockRerankingConfiguration: NotRequired[VectorSearchBedrockRerankingConfiguration]


class VpcConfig(TypedDict):
    subnetIds: list[str]
    securityGroupIds: list[str]
