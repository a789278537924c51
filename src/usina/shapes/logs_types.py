"""Shapes of logs 2014-03-28. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Literal, NotRequired, TypedDict

ActionStatus = Literal["IN_PROGRESS", "CLIENT_ERROR", "FAILED", "COMPLETE"]
AnomalyDetectorStatus = Literal["INITIALIZING", "TRAINING", "ANALYZING", "FAILED", "DELETED", "PAUSED"]
DataProtectionStatus = Literal["ACTIVATED", "DELETED", "ARCHIVED", "DISABLED"]
DeliveryDestinationType = Literal["S3", "CWL", "FH", "XRAY"]
DeliverySourceConfigurationSchemaValueType = Literal["string", "boolean", "int", "double", "long"]
DeliverySourceStatus = Literal["ACTIVE", "INACTIVE"]
DeliverySourceStatusReason = Literal["RESOURCE_DELETED"]
Distribution = Literal["Random", "ByLogStream"]
EntityRejectionErrorType = Literal[
    "InvalidEntity",
    "InvalidTypeValue",
    "InvalidKeyAttributes",
    "InvalidAttributes",
    "EntitySizeTooLarge",
    "UnsupportedLogGroupType",
    "MissingRequiredFields",
]
EvaluationFrequency = Literal["ONE_MIN", "FIVE_MIN", "TEN_MIN", "FIFTEEN_MIN", "THIRTY_MIN", "ONE_HOUR"]
EventSource = Literal["CloudTrail", "Route53Resolver", "VPCFlow", "EKSAudit", "AWSWAF"]
ExecutionStatus = Literal["Running", "InvalidQuery", "Complete", "Failed", "Timeout"]
ExportTaskStatusCode = Literal["CANCELLED", "COMPLETED", "FAILED", "PENDING", "PENDING_CANCEL", "RUNNING"]
FlattenedElement = Literal["first", "last"]
ImportStatus = Literal["IN_PROGRESS", "CANCELLED", "COMPLETED", "FAILED"]
IndexCategory = Literal["DEFAULT", "CUSTOM", "AUTO", "INACTIVE"]
IndexSource = Literal["ACCOUNT", "LOG_GROUP"]
IndexType = Literal["FACET", "FIELD_INDEX"]
InheritedProperty = Literal["ACCOUNT_DATA_PROTECTION"]
IntegrationStatus = Literal["PROVISIONING", "ACTIVE", "FAILED"]
IntegrationType = Literal["OPENSEARCH"]
ListAggregateLogGroupSummariesGroupBy = Literal["DATA_SOURCE_NAME_TYPE_AND_FORMAT", "DATA_SOURCE_NAME_AND_TYPE"]
LogGroupClass = Literal["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"]
OCSFVersion = Literal["V1.1", "V1.5"]
OpenSearchResourceStatusType = Literal["ACTIVE", "NOT_FOUND", "ERROR"]
OrderBy = Literal["LogStreamName", "LastEventTime"]
OutputFormat = Literal["json", "plain", "w3c", "raw", "parquet"]
PolicyScope = Literal["ACCOUNT", "RESOURCE"]
PolicyType = Literal[
    "DATA_PROTECTION_POLICY",
    "SUBSCRIPTION_FILTER_POLICY",
    "FIELD_INDEX_POLICY",
    "TRANSFORMER_POLICY",
    "METRIC_EXTRACTION_POLICY",
    "RETENTION_POLICY",
]
QueryLanguage = Literal["CWLI", "SQL", "PPL"]
QueryStatus = Literal["Scheduled", "Running", "Complete", "Failed", "Cancelled", "Timeout", "Unknown"]
S3TableIntegrationSourceStatus = Literal["ACTIVE", "UNHEALTHY", "FAILED", "DATA_SOURCE_DELETE_IN_PROGRESS"]
ScheduleType = Literal["CUSTOMER_MANAGED", "AWS_MANAGED"]
ScheduledQueryDestinationType = Literal["S3", "LOOKUP_TABLE"]
ScheduledQueryState = Literal["ENABLED", "DISABLED"]
Scope = Literal["ALL"]
StandardUnit = Literal[
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
]
State = Literal["Active", "Suppressed", "Baseline"]
StorageTier = Literal["STANDARD", "INTELLIGENT_TIERING"]
SuppressionState = Literal["SUPPRESSED", "UNSUPPRESSED"]
SuppressionType = Literal["LIMITED", "INFINITE"]
SuppressionUnit = Literal["SECONDS", "MINUTES", "HOURS"]
SyslogSourceType = Literal["VPCE"]
Type = Literal["boolean", "integer", "double", "string"]


class AccountPolicy(TypedDict):
    policyName: NotRequired[str]
    policyDocument: NotRequired[str]
    lastUpdatedTime: NotRequired[int]
    policyType: NotRequired[PolicyType]
    scope: NotRequired[Scope]
    selectionCriteria: NotRequired[str]
    accountId: NotRequired[str]


class AddKeyEntry(TypedDict):
    key: str
    value: str
    overwriteIfExists: NotRequired[bool]


class AddKeys(TypedDict):
    entries: list[AddKeyEntry]


class AggregateLogGroupSummary(TypedDict):
    logGroupCount: NotRequired[int]
    groupingIdentifiers: NotRequired[list[GroupingIdentifier]]


class Anomaly(TypedDict):
    anomalyId: str
    patternId: str
    anomalyDetectorArn: str
    patternString: str
    patternRegex: NotRequired[str]
    priority: NotRequired[str]
    firstSeen: int
    lastSeen: int
    description: str
    active: bool
    state: State
    histogram: dict[str, int]
    logSamples: list[LogEvent]
    patternTokens: list[PatternToken]
    logGroupArnList: list[str]
    suppressed: NotRequired[bool]
    suppressedDate: NotRequired[int]
    suppressedUntil: NotRequired[int]
    isPatternLevelSuppression: NotRequired[bool]


class AnomalyDetector(TypedDict):
    anomalyDetectorArn: NotRequired[str]
    detectorName: NotRequired[str]
    logGroupArnList: NotRequired[list[str]]
    evaluationFrequency: NotRequired[EvaluationFrequency]
    filterPattern: NotRequired[str]
    anomalyDetectorStatus: NotRequired[AnomalyDetectorStatus]
    kmsKeyId: NotRequired[str]
    creationTimeStamp: NotRequired[int]
    lastModifiedTimeStamp: NotRequired[int]
    anomalyVisibilityTime: NotRequired[int]


class AssociateKmsKeyRequest(TypedDict):
    logGroupName: NotRequired[str]
    kmsKeyId: str
    resourceIdentifier: NotRequired[str]


class AssociateSourceToS3TableIntegrationRequest(TypedDict):
    integrationArn: str
    dataSource: DataSource


class AssociateSourceToS3TableIntegrationResponse(TypedDict):
    identifier: NotRequired[str]


class CSV(TypedDict):
    quoteCharacter: NotRequired[str]
    delimiter: NotRequired[str]
    columns: NotRequired[list[str]]
    source: NotRequired[str]
    destination: NotRequired[str]


class CancelExportTaskRequest(TypedDict):
    taskId: str


class CancelImportTaskRequest(TypedDict):
    importId: str


class CancelImportTaskResponse(TypedDict):
    importId: NotRequired[str]
    importStatistics: NotRequired[ImportStatistics]
    importStatus: NotRequired[ImportStatus]
    creationTime: NotRequired[int]
    lastUpdatedTime: NotRequired[int]


class ConfigurationTemplate(TypedDict):
    service: NotRequired[str]
    logType: NotRequired[str]
    resourceType: NotRequired[str]
    deliveryDestinationType: NotRequired[DeliveryDestinationType]
    defaultDeliveryConfigValues: NotRequired[ConfigurationTemplateDeliveryConfigValues]
    allowedFields: NotRequired[list[RecordField]]
    allowedOutputFormats: NotRequired[list[OutputFormat]]
    allowedActionForAllowVendedLogsDeliveryForResource: NotRequired[str]
    allowedFieldDelimiters: NotRequired[list[str]]
    allowedSuffixPathFields: NotRequired[list[str]]
    deliverySourceConfiguration: NotRequired[list[DeliverySourceConfigurationSchema]]
    s3TablesIntegration: NotRequired[S3TablesIntegration]


class ConfigurationTemplateDeliveryConfigValues(TypedDict):
    recordFields: NotRequired[list[str]]
    fieldDelimiter: NotRequired[str]
    s3DeliveryConfiguration: NotRequired[S3DeliveryConfiguration]


class CopyValue(TypedDict):
    entries: list[CopyValueEntry]


class CopyValueEntry(TypedDict):
    source: str
    target: str
    overwriteIfExists: NotRequired[bool]


class CreateDeliveryRequest(TypedDict):
    deliverySourceName: str
    deliveryDestinationArn: str
    recordFields: NotRequired[list[str]]
    fieldDelimiter: NotRequired[str]
    s3DeliveryConfiguration: NotRequired[S3DeliveryConfiguration]
    tags: NotRequired[dict[str, str]]


class CreateDeliveryResponse(TypedDict):
    delivery: NotRequired[Delivery]


CreateExportTaskRequest = TypedDict(
    "CreateExportTaskRequest",
    {
        "taskName": "NotRequired[str]",
        "logGroupName": "str",
        "logStreamNamePrefix": "NotRequired[str]",
        "from": "int",
        "to": "int",
        "destination": "str",
        "destinationPrefix": "NotRequired[str]",
    },
)


class CreateExportTaskResponse(TypedDict):
    taskId: NotRequired[str]


class CreateImportTaskRequest(TypedDict):
    importSourceArn: str
    importRoleArn: str
    importFilter: NotRequired[ImportFilter]


class CreateImportTaskResponse(TypedDict):
    importId: NotRequired[str]
    importDestinationArn: NotRequired[str]
    creationTime: NotRequired[int]


class CreateLogAnomalyDetectorRequest(TypedDict):
    logGroupArnList: list[str]
    detectorName: NotRequired[str]
    evaluationFrequency: NotRequired[EvaluationFrequency]
    filterPattern: NotRequired[str]
    kmsKeyId: NotRequired[str]
    anomalyVisibilityTime: NotRequired[int]
    tags: NotRequired[dict[str, str]]


class CreateLogAnomalyDetectorResponse(TypedDict):
    anomalyDetectorArn: NotRequired[str]


class CreateLogGroupRequest(TypedDict):
    logGroupName: str
    kmsKeyId: NotRequired[str]
    tags: NotRequired[dict[str, str]]
    logGroupClass: NotRequired[LogGroupClass]
    deletionProtectionEnabled: NotRequired[bool]


class CreateLogStreamRequest(TypedDict):
    logGroupName: str
    logStreamName: str


class CreateLookupTableRequest(TypedDict):
    lookupTableName: str
    description: NotRequired[str]
    tableBody: NotRequired[str]
    queryId: NotRequired[str]
    kmsKeyId: NotRequired[str]
    tags: NotRequired[dict[str, str]]


class CreateLookupTableResponse(TypedDict):
    lookupTableArn: NotRequired[str]
    createdAt: NotRequired[int]


class CreateScheduledQueryRequest(TypedDict):
    name: str
    description: NotRequired[str]
    queryLanguage: QueryLanguage
    queryString: str
    logGroupIdentifiers: NotRequired[list[str]]
    scheduleExpression: str
    timezone: NotRequired[str]
    startTimeOffset: NotRequired[int]
    endTimeOffset: NotRequired[int]
    destinationConfiguration: NotRequired[DestinationConfiguration]
    scheduleStartTime: NotRequired[int]
    scheduleEndTime: NotRequired[int]
    executionRoleArn: str
    state: NotRequired[ScheduledQueryState]
    tags: NotRequired[dict[str, str]]


class CreateScheduledQueryResponse(TypedDict):
    scheduledQueryArn: NotRequired[str]
    state: NotRequired[ScheduledQueryState]


class DataSource(TypedDict):
    name: str
    type: NotRequired[str]


class DataSourceFilter(TypedDict):
    name: str
    type: NotRequired[str]


class DateTimeConverter(TypedDict):
    source: str
    target: str
    targetFormat: NotRequired[str]
    matchPatterns: list[str]
    sourceTimezone: NotRequired[str]
    targetTimezone: NotRequired[str]
    locale: NotRequired[str]


class DeleteAccountPolicyRequest(TypedDict):
    policyName: str
    policyType: PolicyType
    dryRun: NotRequired[bool]


class DeleteAccountPolicyResponse(TypedDict):
    dryRunResult: NotRequired[DryRunResult]


class DeleteDataProtectionPolicyRequest(TypedDict):
    logGroupIdentifier: str


class DeleteDeliveryDestinationPolicyRequest(TypedDict):
    deliveryDestinationName: str


class DeleteDeliveryDestinationRequest(TypedDict):
    name: str


class DeleteDeliveryRequest(TypedDict):
    id: str


class DeleteDeliverySourceRequest(TypedDict):
    name: str


class DeleteDestinationRequest(TypedDict):
    destinationName: str


class DeleteIndexPolicyRequest(TypedDict):
    logGroupIdentifier: str


class DeleteIndexPolicyResponse(TypedDict):
    pass


class DeleteIntegrationRequest(TypedDict):
    integrationName: str
    force: NotRequired[bool]


class DeleteIntegrationResponse(TypedDict):
    pass


class DeleteKeys(TypedDict):
    withKeys: list[str]


class DeleteLogAnomalyDetectorRequest(TypedDict):
    anomalyDetectorArn: str


class DeleteLogGroupRequest(TypedDict):
    logGroupName: str


class DeleteLogStreamRequest(TypedDict):
    logGroupName: str
    logStreamName: str


class DeleteLookupTableRequest(TypedDict):
    lookupTableArn: str


class DeleteMetricFilterRequest(TypedDict):
    logGroupName: str
    filterName: str


class DeleteQueryDefinitionRequest(TypedDict):
    queryDefinitionId: str


class DeleteQueryDefinitionResponse(TypedDict):
    success: NotRequired[bool]


class DeleteResourcePolicyRequest(TypedDict):
    policyName: NotRequired[str]
    resourceArn: NotRequired[str]
    expectedRevisionId: NotRequired[str]


class DeleteRetentionPolicyRequest(TypedDict):
    logGroupName: str


class DeleteScheduledQueryRequest(TypedDict):
    identifier: str


class DeleteScheduledQueryResponse(TypedDict):
    pass


class DeleteSubscriptionFilterRequest(TypedDict):
    logGroupName: str
    filterName: str


class DeleteSyslogConfigurationRequest(TypedDict):
    logGroupIdentifier: str
    vpcEndpointId: NotRequired[str]


class DeleteTransformerRequest(TypedDict):
    logGroupIdentifier: str


class Delivery(TypedDict):
    id: NotRequired[str]
    arn: NotRequired[str]
    deliverySourceName: NotRequired[str]
    deliveryDestinationArn: NotRequired[str]
    deliveryDestinationType: NotRequired[DeliveryDestinationType]
    recordFields: NotRequired[list[str]]
    fieldDelimiter: NotRequired[str]
    s3DeliveryConfiguration: NotRequired[S3DeliveryConfiguration]
    tags: NotRequired[dict[str, str]]


class DeliveryDestination(TypedDict):
    name: NotRequired[str]
    arn: NotRequired[str]
    deliveryDestinationType: NotRequired[DeliveryDestinationType]
    outputFormat: NotRequired[OutputFormat]
    deliveryDestinationConfiguration: NotRequired[DeliveryDestinationConfiguration]
    roleArn: NotRequired[str]
    tags: NotRequired[dict[str, str]]


class DeliveryDestinationConfiguration(TypedDict):
    destinationResourceArn: str


class DeliverySource(TypedDict):
    name: NotRequired[str]
    arn: NotRequired[str]
    resourceArns: NotRequired[list[str]]
    service: NotRequired[str]
    logType: NotRequired[str]
    tags: NotRequired[dict[str, str]]
    deliverySourceConfiguration: NotRequired[dict[str, str]]
    status: NotRequired[DeliverySourceStatus]
    statusReason: NotRequired[DeliverySourceStatusReason]


class DeliverySourceConfigurationSchema(TypedDict):
    keyName: str
    valueType: DeliverySourceConfigurationSchemaValueType
    defaultValue: str
    supportedValues: NotRequired[list[str]]
    minValue: NotRequired[float]
    maxValue: NotRequired[float]


class DescribeAccountPoliciesRequest(TypedDict):
    policyType: PolicyType
    policyName: NotRequired[str]
    accountIdentifiers: NotRequired[list[str]]
    nextToken: NotRequired[str]


class DescribeAccountPoliciesResponse(TypedDict):
    accountPolicies: NotRequired[list[AccountPolicy]]
    nextToken: NotRequired[str]


class DescribeConfigurationTemplatesRequest(TypedDict):
    service: NotRequired[str]
    logTypes: NotRequired[list[str]]
    resourceTypes: NotRequired[list[str]]
    deliveryDestinationTypes: NotRequired[list[DeliveryDestinationType]]
    nextToken: NotRequired[str]
    limit: NotRequired[int]


class DescribeConfigurationTemplatesResponse(TypedDict):
    configurationTemplates: NotRequired[list[ConfigurationTemplate]]
    nextToken: NotRequired[str]


class DescribeDeliveriesRequest(TypedDict):
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    deliverySourceNames: NotRequired[list[str]]


class DescribeDeliveriesResponse(TypedDict):
    deliveries: NotRequired[list[Delivery]]
    nextToken: NotRequired[str]


class DescribeDeliveryDestinationsRequest(TypedDict):
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    names: NotRequired[list[str]]


class DescribeDeliveryDestinationsResponse(TypedDict):
    deliveryDestinations: NotRequired[list[DeliveryDestination]]
    nextToken: NotRequired[str]


class DescribeDeliverySourcesRequest(TypedDict):
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    resourceArns: NotRequired[list[str]]


class DescribeDeliverySourcesResponse(TypedDict):
    deliverySources: NotRequired[list[DeliverySource]]
    nextToken: NotRequired[str]


class DescribeDestinationsRequest(TypedDict):
    DestinationNamePrefix: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]


class DescribeDestinationsResponse(TypedDict):
    destinations: NotRequired[list[Destination]]
    nextToken: NotRequired[str]


class DescribeExportTasksRequest(TypedDict):
    taskId: NotRequired[str]
    statusCode: NotRequired[ExportTaskStatusCode]
    nextToken: NotRequired[str]
    limit: NotRequired[int]


class DescribeExportTasksResponse(TypedDict):
    exportTasks: NotRequired[list[ExportTask]]
    nextToken: NotRequired[str]


class DescribeFieldIndexesRequest(TypedDict):
    logGroupIdentifiers: list[str]
    indexCategories: NotRequired[list[IndexCategory]]
    nextToken: NotRequired[str]


class DescribeFieldIndexesResponse(TypedDict):
    fieldIndexes: NotRequired[list[FieldIndex]]
    nextToken: NotRequired[str]


class DescribeImportTaskBatchesRequest(TypedDict):
    importId: str
    batchImportStatus: NotRequired[list[ImportStatus]]
    limit: NotRequired[int]
    nextToken: NotRequired[str]


class DescribeImportTaskBatchesResponse(TypedDict):
    importSourceArn: NotRequired[str]
    importId: NotRequired[str]
    importBatches: NotRequired[list[ImportBatch]]
    nextToken: NotRequired[str]


class DescribeImportTasksRequest(TypedDict):
    importId: NotRequired[str]
    importStatus: NotRequired[ImportStatus]
    importSourceArn: NotRequired[str]
    limit: NotRequired[int]
    nextToken: NotRequired[str]


class DescribeImportTasksResponse(TypedDict):
    imports: NotRequired[list[Import]]
    nextToken: NotRequired[str]


class DescribeIndexPoliciesRequest(TypedDict):
    logGroupIdentifiers: list[str]
    nextToken: NotRequired[str]


class DescribeIndexPoliciesResponse(TypedDict):
    indexPolicies: NotRequired[list[IndexPolicy]]
    nextToken: NotRequired[str]


class DescribeLogGroupsRequest(TypedDict):
    accountIdentifiers: NotRequired[list[str]]
    logGroupNamePrefix: NotRequired[str]
    logGroupNamePattern: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    includeLinkedAccounts: NotRequired[bool]
    logGroupClass: NotRequired[LogGroupClass]
    logGroupIdentifiers: NotRequired[list[str]]


class DescribeLogGroupsResponse(TypedDict):
    logGroups: NotRequired[list[LogGroup]]
    nextToken: NotRequired[str]


class DescribeLogStreamsRequest(TypedDict):
    logGroupName: NotRequired[str]
    logGroupIdentifier: NotRequired[str]
    logStreamNamePrefix: NotRequired[str]
    orderBy: NotRequired[OrderBy]
    descending: NotRequired[bool]
    nextToken: NotRequired[str]
    limit: NotRequired[int]


class DescribeLogStreamsResponse(TypedDict):
    logStreams: NotRequired[list[LogStream]]
    nextToken: NotRequired[str]


class DescribeLookupTablesRequest(TypedDict):
    lookupTableNamePrefix: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class DescribeLookupTablesResponse(TypedDict):
    lookupTables: NotRequired[list[LookupTable]]
    nextToken: NotRequired[str]


class DescribeMetricFiltersRequest(TypedDict):
    logGroupName: NotRequired[str]
    filterNamePrefix: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    metricName: NotRequired[str]
    metricNamespace: NotRequired[str]


class DescribeMetricFiltersResponse(TypedDict):
    metricFilters: NotRequired[list[MetricFilter]]
    nextToken: NotRequired[str]


class DescribeQueriesRequest(TypedDict):
    logGroupName: NotRequired[str]
    status: NotRequired[QueryStatus]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    queryLanguage: NotRequired[QueryLanguage]


class DescribeQueriesResponse(TypedDict):
    queries: NotRequired[list[QueryInfo]]
    nextToken: NotRequired[str]


class DescribeQueryDefinitionsRequest(TypedDict):
    queryLanguage: NotRequired[QueryLanguage]
    queryDefinitionNamePrefix: NotRequired[str]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class DescribeQueryDefinitionsResponse(TypedDict):
    queryDefinitions: NotRequired[list[QueryDefinition]]
    nextToken: NotRequired[str]


class DescribeResourcePoliciesRequest(TypedDict):
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    resourceArn: NotRequired[str]
    policyScope: NotRequired[PolicyScope]


class DescribeResourcePoliciesResponse(TypedDict):
    resourcePolicies: NotRequired[list[ResourcePolicy]]
    nextToken: NotRequired[str]


class DescribeSubscriptionFiltersRequest(TypedDict):
    logGroupName: str
    filterNamePrefix: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]


class DescribeSubscriptionFiltersResponse(TypedDict):
    subscriptionFilters: NotRequired[list[SubscriptionFilter]]
    nextToken: NotRequired[str]


class Destination(TypedDict):
    destinationName: NotRequired[str]
    targetArn: NotRequired[str]
    roleArn: NotRequired[str]
    accessPolicy: NotRequired[str]
    arn: NotRequired[str]
    creationTime: NotRequired[int]


class DestinationConfiguration(TypedDict):
    s3Configuration: NotRequired[S3Configuration]
    lookupTableConfiguration: NotRequired[LookupTableConfiguration]


class DisassociateKmsKeyRequest(TypedDict):
    logGroupName: NotRequired[str]
    resourceIdentifier: NotRequired[str]


class DisassociateSourceFromS3TableIntegrationRequest(TypedDict):
    identifier: str


class DisassociateSourceFromS3TableIntegrationResponse(TypedDict):
    identifier: NotRequired[str]


class DryRunResult(TypedDict):
    totalMatchedLogGroups: NotRequired[int]
    increasedRetentionLogGroupCount: NotRequired[int]
    decreasedRetentionLogGroupCount: NotRequired[int]
    unchangedRetentionLogGroupCount: NotRequired[int]
    failedAnalysisCount: NotRequired[int]
    topLogGroupsImpacted: NotRequired[list[LogGroupImpact]]


class Entity(TypedDict):
    keyAttributes: NotRequired[dict[str, str]]
    attributes: NotRequired[dict[str, str]]


ExportTask = TypedDict(
    "ExportTask",
    {
        "taskId": "NotRequired[str]",
        "taskName": "NotRequired[str]",
        "logGroupName": "NotRequired[str]",
        "from": "NotRequired[int]",
        "to": "NotRequired[int]",
        "destination": "NotRequired[str]",
        "destinationPrefix": "NotRequired[str]",
        "status": "NotRequired[ExportTaskStatus]",
        "executionInfo": "NotRequired[ExportTaskExecutionInfo]",
    },
)


class ExportTaskExecutionInfo(TypedDict):
    creationTime: NotRequired[int]
    completionTime: NotRequired[int]


class ExportTaskStatus(TypedDict):
    code: NotRequired[ExportTaskStatusCode]
    message: NotRequired[str]


class FieldIndex(TypedDict):
    logGroupIdentifier: NotRequired[str]
    fieldIndexName: NotRequired[str]
    lastScanTime: NotRequired[int]
    firstEventTime: NotRequired[int]
    lastEventTime: NotRequired[int]
    type: NotRequired[IndexType]
    indexCategory: NotRequired[IndexCategory]


class FieldsData(TypedDict):
    data: NotRequired[bytes]


class FilterLogEventsRequest(TypedDict):
    logGroupName: NotRequired[str]
    logGroupIdentifier: NotRequired[str]
    logStreamNames: NotRequired[list[str]]
    logStreamNamePrefix: NotRequired[str]
    startTime: NotRequired[int]
    endTime: NotRequired[int]
    filterPattern: NotRequired[str]
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    startFromHead: NotRequired[bool]
    interleaved: NotRequired[bool]
    unmask: NotRequired[bool]


class FilterLogEventsResponse(TypedDict):
    events: NotRequired[list[FilteredLogEvent]]
    searchedLogStreams: NotRequired[list[SearchedLogStream]]
    nextToken: NotRequired[str]


class FilteredLogEvent(TypedDict):
    logStreamName: NotRequired[str]
    timestamp: NotRequired[int]
    message: NotRequired[str]
    ingestionTime: NotRequired[int]
    eventId: NotRequired[str]


class GetDataProtectionPolicyRequest(TypedDict):
    logGroupIdentifier: str


class GetDataProtectionPolicyResponse(TypedDict):
    logGroupIdentifier: NotRequired[str]
    policyDocument: NotRequired[str]
    lastUpdatedTime: NotRequired[int]


class GetDeliveryDestinationPolicyRequest(TypedDict):
    deliveryDestinationName: str


class GetDeliveryDestinationPolicyResponse(TypedDict):
    policy: NotRequired[Policy]


class GetDeliveryDestinationRequest(TypedDict):
    name: str


class GetDeliveryDestinationResponse(TypedDict):
    deliveryDestination: NotRequired[DeliveryDestination]


class GetDeliveryRequest(TypedDict):
    id: str


class GetDeliveryResponse(TypedDict):
    delivery: NotRequired[Delivery]


class GetDeliverySourceRequest(TypedDict):
    name: str


class GetDeliverySourceResponse(TypedDict):
    deliverySource: NotRequired[DeliverySource]


class GetIntegrationRequest(TypedDict):
    integrationName: str


class GetIntegrationResponse(TypedDict):
    integrationName: NotRequired[str]
    integrationType: NotRequired[IntegrationType]
    integrationStatus: NotRequired[IntegrationStatus]
    integrationDetails: NotRequired[IntegrationDetails]


class GetLogAnomalyDetectorRequest(TypedDict):
    anomalyDetectorArn: str


class GetLogAnomalyDetectorResponse(TypedDict):
    detectorName: NotRequired[str]
    logGroupArnList: NotRequired[list[str]]
    evaluationFrequency: NotRequired[EvaluationFrequency]
    filterPattern: NotRequired[str]
    anomalyDetectorStatus: NotRequired[AnomalyDetectorStatus]
    kmsKeyId: NotRequired[str]
    creationTimeStamp: NotRequired[int]
    lastModifiedTimeStamp: NotRequired[int]
    anomalyVisibilityTime: NotRequired[int]


class GetLogEventsRequest(TypedDict):
    logGroupName: NotRequired[str]
    logGroupIdentifier: NotRequired[str]
    logStreamName: str
    startTime: NotRequired[int]
    endTime: NotRequired[int]
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    startFromHead: NotRequired[bool]
    unmask: NotRequired[bool]


class GetLogEventsResponse(TypedDict):
    events: NotRequired[list[OutputLogEvent]]
    nextForwardToken: NotRequired[str]
    nextBackwardToken: NotRequired[str]


class GetLogFieldsRequest(TypedDict):
    dataSourceName: str
    dataSourceType: str


class GetLogFieldsResponse(TypedDict):
    logFields: NotRequired[list[LogFieldsListItem]]


class GetLogGroupFieldsRequest(TypedDict):
    logGroupName: NotRequired[str]
    time: NotRequired[int]
    logGroupIdentifier: NotRequired[str]


class GetLogGroupFieldsResponse(TypedDict):
    logGroupFields: NotRequired[list[LogGroupField]]


class GetLogObjectRequest(TypedDict):
    unmask: NotRequired[bool]
    logObjectPointer: str


class GetLogObjectResponse(TypedDict):
    fieldStream: NotRequired[AsyncIterator[Sequence[GetLogObjectResponseStream]]]


class GetLogObjectResponseStream(TypedDict):
    fields: NotRequired[FieldsData]


class GetLogRecordRequest(TypedDict):
    logRecordPointer: str
    unmask: NotRequired[bool]


class GetLogRecordResponse(TypedDict):
    logRecord: NotRequired[dict[str, str]]


class GetLookupTableRequest(TypedDict):
    lookupTableArn: str


class GetLookupTableResponse(TypedDict):
    lookupTableArn: NotRequired[str]
    lookupTableName: NotRequired[str]
    description: NotRequired[str]
    tableBody: NotRequired[str]
    sizeBytes: NotRequired[int]
    lastUpdatedTime: NotRequired[int]
    kmsKeyId: NotRequired[str]


class GetQueryResultsRequest(TypedDict):
    queryId: str
    nextToken: NotRequired[str]
    maxItems: NotRequired[int]


class GetQueryResultsResponse(TypedDict):
    queryLanguage: NotRequired[QueryLanguage]
    results: NotRequired[list[list[ResultField]]]
    statistics: NotRequired[QueryStatistics]
    status: NotRequired[QueryStatus]
    encryptionKey: NotRequired[str]
    nextToken: NotRequired[str]


class GetScheduledQueryHistoryRequest(TypedDict):
    identifier: str
    startTime: int
    endTime: int
    executionStatuses: NotRequired[list[ExecutionStatus]]
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class GetScheduledQueryHistoryResponse(TypedDict):
    name: NotRequired[str]
    scheduledQueryArn: NotRequired[str]
    triggerHistory: NotRequired[list[TriggerHistoryRecord]]
    nextToken: NotRequired[str]


class GetScheduledQueryRequest(TypedDict):
    identifier: str


class GetScheduledQueryResponse(TypedDict):
    scheduledQueryArn: NotRequired[str]
    name: NotRequired[str]
    description: NotRequired[str]
    queryLanguage: NotRequired[QueryLanguage]
    queryString: NotRequired[str]
    logGroupIdentifiers: NotRequired[list[str]]
    scheduleExpression: NotRequired[str]
    timezone: NotRequired[str]
    startTimeOffset: NotRequired[int]
    endTimeOffset: NotRequired[int]
    destinationConfiguration: NotRequired[DestinationConfiguration]
    state: NotRequired[ScheduledQueryState]
    scheduleType: NotRequired[ScheduleType]
    lastTriggeredTime: NotRequired[int]
    lastExecutionStatus: NotRequired[ExecutionStatus]
    scheduleStartTime: NotRequired[int]
    scheduleEndTime: NotRequired[int]
    executionRoleArn: NotRequired[str]
    creationTime: NotRequired[int]
    lastUpdatedTime: NotRequired[int]


class GetStorageTierPolicyRequest(TypedDict):
    pass


class GetStorageTierPolicyResponse(TypedDict):
    storageTier: NotRequired[StorageTier]
    lastUpdatedTime: NotRequired[int]


class GetTransformerRequest(TypedDict):
    logGroupIdentifier: str


class GetTransformerResponse(TypedDict):
    logGroupIdentifier: NotRequired[str]
    creationTime: NotRequired[int]
    lastModifiedTime: NotRequired[int]
    transformerConfig: NotRequired[list[Processor]]


class Grok(TypedDict):
    source: NotRequired[str]
    match: str


class GroupingIdentifier(TypedDict):
    key: NotRequired[str]
    value: NotRequired[str]


class Import(TypedDict):
    importId: NotRequired[str]
    importSourceArn: NotRequired[str]
    importStatus: NotRequired[ImportStatus]
    importDestinationArn: NotRequired[str]
    importStatistics: NotRequired[ImportStatistics]
    importFilter: NotRequired[ImportFilter]
    creationTime: NotRequired[int]
    lastUpdatedTime: NotRequired[int]
    errorMessage: NotRequired[str]


class ImportBatch(TypedDict):
    batchId: str
    status: ImportStatus
    errorMessage: NotRequired[str]


class ImportFilter(TypedDict):
    startEventTime: NotRequired[int]
    endEventTime: NotRequired[int]


class ImportStatistics(TypedDict):
    bytesImported: NotRequired[int]


class IndexPolicy(TypedDict):
    logGroupIdentifier: NotRequired[str]
    lastUpdateTime: NotRequired[int]
    policyDocument: NotRequired[str]
    policyName: NotRequired[str]
    source: NotRequired[IndexSource]


class InputLogEvent(TypedDict):
    timestamp: int
    message: str


class IntegrationDetails(TypedDict):
    openSearchIntegrationDetails: NotRequired[OpenSearchIntegrationDetails]


class IntegrationSummary(TypedDict):
    integrationName: NotRequired[str]
    integrationType: NotRequired[IntegrationType]
    integrationStatus: NotRequired[IntegrationStatus]


class ListAggregateLogGroupSummariesRequest(TypedDict):
    accountIdentifiers: NotRequired[list[str]]
    includeLinkedAccounts: NotRequired[bool]
    logGroupClass: NotRequired[LogGroupClass]
    logGroupNamePattern: NotRequired[str]
    dataSources: NotRequired[list[DataSourceFilter]]
    groupBy: ListAggregateLogGroupSummariesGroupBy
    nextToken: NotRequired[str]
    limit: NotRequired[int]


class ListAggregateLogGroupSummariesResponse(TypedDict):
    aggregateLogGroupSummaries: NotRequired[list[AggregateLogGroupSummary]]
    nextToken: NotRequired[str]


class ListAnomaliesRequest(TypedDict):
    anomalyDetectorArn: NotRequired[str]
    suppressionState: NotRequired[SuppressionState]
    limit: NotRequired[int]
    nextToken: NotRequired[str]


class ListAnomaliesResponse(TypedDict):
    anomalies: NotRequired[list[Anomaly]]
    nextToken: NotRequired[str]


class ListIntegrationsRequest(TypedDict):
    integrationNamePrefix: NotRequired[str]
    integrationType: NotRequired[IntegrationType]
    integrationStatus: NotRequired[IntegrationStatus]


class ListIntegrationsResponse(TypedDict):
    integrationSummaries: NotRequired[list[IntegrationSummary]]


class ListLogAnomalyDetectorsRequest(TypedDict):
    filterLogGroupArn: NotRequired[str]
    limit: NotRequired[int]
    nextToken: NotRequired[str]


class ListLogAnomalyDetectorsResponse(TypedDict):
    anomalyDetectors: NotRequired[list[AnomalyDetector]]
    nextToken: NotRequired[str]


class ListLogGroupsForQueryRequest(TypedDict):
    queryId: str
    nextToken: NotRequired[str]
    maxResults: NotRequired[int]


class ListLogGroupsForQueryResponse(TypedDict):
    logGroupIdentifiers: NotRequired[list[str]]
    nextToken: NotRequired[str]


class ListLogGroupsRequest(TypedDict):
    logGroupNamePattern: NotRequired[str]
    logGroupClass: NotRequired[LogGroupClass]
    includeLinkedAccounts: NotRequired[bool]
    accountIdentifiers: NotRequired[list[str]]
    nextToken: NotRequired[str]
    limit: NotRequired[int]
    dataSources: NotRequired[list[DataSourceFilter]]
    fieldIndexNames: NotRequired[list[str]]
    logGroupTags: NotRequired[list[TagFilter]]


class ListLogGroupsResponse(TypedDict):
    logGroups: NotRequired[list[LogGroupSummary]]
    nextToken: NotRequired[str]


class ListScheduledQueriesRequest(TypedDict):
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]
    state: NotRequired[ScheduledQueryState]
    scheduleType: NotRequired[ScheduleType]


class ListScheduledQueriesResponse(TypedDict):
    nextToken: NotRequired[str]
    scheduledQueries: NotRequired[list[ScheduledQuerySummary]]


class ListSourcesForS3TableIntegrationRequest(TypedDict):
    integrationArn: str
    maxResults: NotRequired[int]
    nextToken: NotRequired[str]


class ListSourcesForS3TableIntegrationResponse(TypedDict):
    sources: NotRequired[list[S3TableIntegrationSource]]
    nextToken: NotRequired[str]


class ListSyslogConfigurationsRequest(TypedDict):
    logGroupIdentifier: NotRequired[str]
    vpcEndpointId: NotRequired[str]
    nextToken: NotRequired[str]
    maxResults: NotRequired[int]


class ListSyslogConfigurationsResponse(TypedDict):
    syslogConfigurations: NotRequired[list[SyslogConfiguration]]
    nextToken: NotRequired[str]


class ListTagsForResourceRequest(TypedDict):
    resourceArn: str


class ListTagsForResourceResponse(TypedDict):
    tags: NotRequired[dict[str, str]]


class ListTagsLogGroupRequest(TypedDict):
    logGroupName: str


class ListTagsLogGroupResponse(TypedDict):
    tags: NotRequired[dict[str, str]]


class ListToMap(TypedDict):
    source: str
    key: str
    valueKey: NotRequired[str]
    target: NotRequired[str]
    flatten: NotRequired[bool]
    flattenedElement: NotRequired[FlattenedElement]


class LiveTailSessionLogEvent(TypedDict):
    logStreamName: NotRequired[str]
    logGroupIdentifier: NotRequired[str]
    message: NotRequired[str]
    timestamp: NotRequired[int]
    ingestionTime: NotRequired[int]


class LiveTailSessionMetadata(TypedDict):
    sampled: NotRequired[bool]


class LiveTailSessionStart(TypedDict):
    requestId: NotRequired[str]
    sessionId: NotRequired[str]
    logGroupIdentifiers: NotRequired[list[str]]
    logStreamNames: NotRequired[list[str]]
    logStreamNamePrefixes: NotRequired[list[str]]
    logEventFilterPattern: NotRequired[str]


class LiveTailSessionUpdate(TypedDict):
    sessionMetadata: NotRequired[LiveTailSessionMetadata]
    sessionResults: NotRequired[list[LiveTailSessionLogEvent]]


class LogEvent(TypedDict):
    timestamp: NotRequired[int]
    message: NotRequired[str]


class LogFieldType(TypedDict):
    type: NotRequired[str]
    element: NotRequired[LogFieldType]
    fields: NotRequired[list[LogFieldsListItem]]


class LogFieldsListItem(TypedDict):
    logFieldName: NotRequired[str]
    logFieldType: NotRequired[LogFieldType]


class LogGroup(TypedDict):
    logGroupName: NotRequired[str]
    creationTime: NotRequired[int]
    retentionInDays: NotRequired[int]
    metricFilterCount: NotRequired[int]
    arn: NotRequired[str]
    storedBytes: NotRequired[int]
    kmsKeyId: NotRequired[str]
    dataProtectionStatus: NotRequired[DataProtectionStatus]
    inheritedProperties: NotRequired[list[InheritedProperty]]
    logGroupClass: NotRequired[LogGroupClass]
    logGroupArn: NotRequired[str]
    deletionProtectionEnabled: NotRequired[bool]
    bearerTokenAuthenticationEnabled: NotRequired[bool]
    retentionPolicyName: NotRequired[str]


class LogGroupField(TypedDict):
    name: NotRequired[str]
    percent: NotRequired[int]


class LogGroupImpact(TypedDict):
    logGroupName: NotRequired[str]
    currentRetention: NotRequired[str]
    proposedRetention: NotRequired[str]
    storedBytes: NotRequired[int]


class LogGroupSummary(TypedDict):
    logGroupName: NotRequired[str]
    logGroupArn: NotRequired[str]
    logGroupClass: NotRequired[LogGroupClass]


class LogStream(TypedDict):
    logStreamName: NotRequired[str]
    creationTime: NotRequired[int]
    firstEventTimestamp: NotRequired[int]
    lastEventTimestamp: NotRequired[int]
    lastIngestionTime: NotRequired[int]
    uploadSequenceToken: NotRequired[str]
    arn: NotRequired[str]
    storedBytes: NotRequired[int]


class LookupTable(TypedDict):
    lookupTableArn: NotRequired[str]
    lookupTableName: NotRequired[str]
    description: NotRequired[str]
    tableFields: NotRequired[list[str]]
    recordsCount: NotRequired[int]
    sizeBytes: NotRequired[int]
    lastUpdatedTime: NotRequired[int]
    kmsKeyId: NotRequired[str]


class LookupTableConfiguration(TypedDict):
    tableName: str
    roleArn: str
    description: NotRequired[str]
    kmsKeyId: NotRequired[str]
    tags: NotRequired[dict[str, str]]


class LowerCaseString(TypedDict):
    withKeys: list[str]


class MetricFilter(TypedDict):
    filterName: NotRequired[str]
    filterPattern: NotRequired[str]
    metricTransformations: NotRequired[list[MetricTransformation]]
    creationTime: NotRequired[int]
    logGroupName: NotRequired[str]
    applyOnTransformedLogs: NotRequired[bool]
    fieldSelectionCriteria: NotRequired[str]
    emitSystemFieldDimensions: NotRequired[list[str]]


class MetricFilterMatchRecord(TypedDict):
    eventNumber: NotRequired[int]
    eventMessage: NotRequired[str]
    extractedValues: NotRequired[dict[str, str]]


class MetricTransformation(TypedDict):
    metricName: str
    metricNamespace: str
    metricValue: str
    defaultValue: NotRequired[float]
    dimensions: NotRequired[dict[str, str]]
    unit: NotRequired[StandardUnit]


class MoveKeyEntry(TypedDict):
    source: str
    target: str
    overwriteIfExists: NotRequired[bool]


class MoveKeys(TypedDict):
    entries: list[MoveKeyEntry]


class OpenSearchApplication(TypedDict):
    applicationEndpoint: NotRequired[str]
    applicationArn: NotRequired[str]
    applicationId: NotRequired[str]
    status: NotRequired[OpenSearchResourceStatus]


class OpenSearchCollection(TypedDict):
    collectionEndpoint: NotRequired[str]
    collectionArn: NotRequired[str]
    status: NotRequired[OpenSearchResourceStatus]


class OpenSearchDataAccessPolicy(TypedDict):
    policyName: NotRequired[str]
    status: NotRequired[OpenSearchResourceStatus]


class OpenSearchDataSource(TypedDict):
    dataSourceName: NotRequired[str]
    status: NotRequired[OpenSearchResourceStatus]


class OpenSearchEncryptionPolicy(TypedDict):
    policyName: NotRequired[str]
    status: NotRequired[OpenSearchResourceStatus]


class OpenSearchIntegrationDetails(TypedDict):
    dataSource: NotRequired[OpenSearchDataSource]
    application: NotRequired[OpenSearchApplication]
    collection: NotRequired[OpenSearchCollection]
    workspace: NotRequired[OpenSearchWorkspace]
    encryptionPolicy: NotRequired[OpenSearchEncryptionPolicy]
    networkPolicy: NotRequired[OpenSearchNetworkPolicy]
    accessPolicy: NotRequired[OpenSearchDataAccessPolicy]
    lifecyclePolicy: NotRequired[OpenSearchLifecyclePolicy]


class OpenSearchLifecyclePolicy(TypedDict):
    policyName: NotRequired[str]
    status: NotRequired[OpenSearchResourceStatus]


class OpenSearchNetworkPolicy(TypedDict):
    policyName: NotRequired[str]
    status: NotRequired[OpenSearchResourceStatus]


class OpenSearchResourceConfig(TypedDict):
    kmsKeyArn: NotRequired[str]
    dataSourceRoleArn: str
    dashboardViewerPrincipals: list[str]
    applicationArn: NotRequired[str]
    retentionDays: int


class OpenSearchResourceStatus(TypedDict):
    status: NotRequired[OpenSearchResourceStatusType]
    statusMessage: NotRequired[str]


class OpenSearchWorkspace(TypedDict):
    workspaceId: NotRequired[str]
    status: NotRequired[OpenSearchResourceStatus]


class OutputLogEvent(TypedDict):
    timestamp: NotRequired[int]
    message: NotRequired[str]
    ingestionTime: NotRequired[int]


class ParseCloudfront(TypedDict):
    source: NotRequired[str]


class ParseJSON(TypedDict):
    source: NotRequired[str]
    destination: NotRequired[str]


class ParseKeyValue(TypedDict):
    source: NotRequired[str]
    destination: NotRequired[str]
    fieldDelimiter: NotRequired[str]
    keyValueDelimiter: NotRequired[str]
    keyPrefix: NotRequired[str]
    nonMatchValue: NotRequired[str]
    overwriteIfExists: NotRequired[bool]


class ParsePostgres(TypedDict):
    source: NotRequired[str]


class ParseRoute53(TypedDict):
    source: NotRequired[str]


class ParseToOCSF(TypedDict):
    source: NotRequired[str]
    eventSource: EventSource
    ocsfVersion: OCSFVersion
    mappingVersion: NotRequired[str]


class ParseVPC(TypedDict):
    source: NotRequired[str]


class ParseWAF(TypedDict):
    source: NotRequired[str]


class PatternToken(TypedDict):
    dynamicTokenPosition: NotRequired[int]
    isDynamic: NotRequired[bool]
    tokenString: NotRequired[str]
    enumerations: NotRequired[dict[str, int]]
    inferredTokenName: NotRequired[str]


class Policy(TypedDict):
    deliveryDestinationPolicy: NotRequired[str]


class Processor(TypedDict):
    addKeys: NotRequired[AddKeys]
    copyValue: NotRequired[CopyValue]
    csv: NotRequired[CSV]
    dateTimeConverter: NotRequired[DateTimeConverter]
    deleteKeys: NotRequired[DeleteKeys]
    grok: NotRequired[Grok]
    listToMap: NotRequired[ListToMap]
    lowerCaseString: NotRequired[LowerCaseString]
    moveKeys: NotRequired[MoveKeys]
    parseCloudfront: NotRequired[ParseCloudfront]
    parseJSON: NotRequired[ParseJSON]
    parseKeyValue: NotRequired[ParseKeyValue]
    parseRoute53: NotRequired[ParseRoute53]
    parseToOCSF: NotRequired[ParseToOCSF]
    parsePostgres: NotRequired[ParsePostgres]
    parseVPC: NotRequired[ParseVPC]
    parseWAF: NotRequired[ParseWAF]
    renameKeys: NotRequired[RenameKeys]
    splitString: NotRequired[SplitString]
    substituteString: NotRequired[SubstituteString]
    trimString: NotRequired[TrimString]
    typeConverter: NotRequired[TypeConverter]
    upperCaseString: NotRequired[UpperCaseString]


class PutAccountPolicyRequest(TypedDict):
    policyName: str
    policyDocument: str
    policyType: PolicyType
    scope: NotRequired[Scope]
    selectionCriteria: NotRequired[str]
    dryRun: NotRequired[bool]


class PutAccountPolicyResponse(TypedDict):
    accountPolicy: NotRequired[AccountPolicy]
    dryRunResult: NotRequired[DryRunResult]


class PutBearerTokenAuthenticationRequest(TypedDict):
    logGroupIdentifier: str
    bearerTokenAuthenticationEnabled: bool


class PutDataProtectionPolicyRequest(TypedDict):
    logGroupIdentifier: str
    policyDocument: str


class PutDataProtectionPolicyResponse(TypedDict):
    logGroupIdentifier: NotRequired[str]
    policyDocument: NotRequired[str]
    lastUpdatedTime: NotRequired[int]


class PutDeliveryDestinationPolicyRequest(TypedDict):
    deliveryDestinationName: str
    deliveryDestinationPolicy: str


class PutDeliveryDestinationPolicyResponse(TypedDict):
    policy: NotRequired[Policy]


class PutDeliveryDestinationRequest(TypedDict):
    name: str
    outputFormat: NotRequired[OutputFormat]
    deliveryDestinationConfiguration: NotRequired[DeliveryDestinationConfiguration]
    deliveryDestinationType: NotRequired[DeliveryDestinationType]
    roleArn: NotRequired[str]
    tags: NotRequired[dict[str, str]]


class PutDeliveryDestinationResponse(TypedDict):
    deliveryDestination: NotRequired[DeliveryDestination]


class PutDeliverySourceRequest(TypedDict):
    name: str
    resourceArn: str
    logType: str
    tags: NotRequired[dict[str, str]]
    deliverySourceConfiguration: NotRequired[dict[str, str]]


class PutDeliverySourceResponse(TypedDict):
    deliverySource: NotRequired[DeliverySource]


class PutDestinationPolicyRequest(TypedDict):
    destinationName: str
    accessPolicy: str
    forceUpdate: NotRequired[bool]


class PutDestinationRequest(TypedDict):
    destinationName: str
    targetArn: str
    roleArn: str
    tags: NotRequired[dict[str, str]]


class PutDestinationResponse(TypedDict):
    destination: NotRequired[Destination]


class PutIndexPolicyRequest(TypedDict):
    logGroupIdentifier: str
    policyDocument: str


class PutIndexPolicyResponse(TypedDict):
    indexPolicy: NotRequired[IndexPolicy]


class PutIntegrationRequest(TypedDict):
    integrationName: str
    resourceConfig: ResourceConfig
    integrationType: IntegrationType


class PutIntegrationResponse(TypedDict):
    integrationName: NotRequired[str]
    integrationStatus: NotRequired[IntegrationStatus]


class PutLogEventsRequest(TypedDict):
    logGroupName: str
    logStreamName: str
    logEvents: list[InputLogEvent]
    sequenceToken: NotRequired[str]
    entity: NotRequired[Entity]


class PutLogEventsResponse(TypedDict):
    nextSequenceToken: NotRequired[str]
    rejectedLogEventsInfo: NotRequired[RejectedLogEventsInfo]
    rejectedEntityInfo: NotRequired[RejectedEntityInfo]


class PutLogGroupDeletionProtectionRequest(TypedDict):
    logGroupIdentifier: str
    deletionProtectionEnabled: bool


class PutMetricFilterRequest(TypedDict):
    logGroupName: str
    filterName: str
    filterPattern: str
    metricTransformations: list[MetricTransformation]
    applyOnTransformedLogs: NotRequired[bool]
    fieldSelectionCriteria: NotRequired[str]
    emitSystemFieldDimensions: NotRequired[list[str]]


class PutQueryDefinitionRequest(TypedDict):
    queryLanguage: NotRequired[QueryLanguage]
    name: str
    queryDefinitionId: NotRequired[str]
    logGroupNames: NotRequired[list[str]]
    queryString: str
    clientToken: NotRequired[str]
    parameters: NotRequired[list[QueryParameter]]


class PutQueryDefinitionResponse(TypedDict):
    queryDefinitionId: NotRequired[str]


class PutResourcePolicyRequest(TypedDict):
    policyName: NotRequired[str]
    policyDocument: NotRequired[str]
    resourceArn: NotRequired[str]
    expectedRevisionId: NotRequired[str]


class PutResourcePolicyResponse(TypedDict):
    resourcePolicy: NotRequired[ResourcePolicy]
    revisionId: NotRequired[str]


class PutRetentionPolicyRequest(TypedDict):
    logGroupName: str
    retentionInDays: int


class PutStorageTierPolicyRequest(TypedDict):
    storageTier: StorageTier


class PutStorageTierPolicyResponse(TypedDict):
    storageTier: NotRequired[StorageTier]
    lastUpdatedTime: NotRequired[int]


class PutSubscriptionFilterRequest(TypedDict):
    logGroupName: str
    filterName: str
    filterPattern: str
    destinationArn: str
    roleArn: NotRequired[str]
    distribution: NotRequired[Distribution]
    applyOnTransformedLogs: NotRequired[bool]
    fieldSelectionCriteria: NotRequired[str]
    emitSystemFields: NotRequired[list[str]]


class PutSyslogConfigurationRequest(TypedDict):
    logGroupIdentifier: str
    vpcEndpointId: NotRequired[str]


class PutTransformerRequest(TypedDict):
    logGroupIdentifier: str
    transformerConfig: list[Processor]


class QueryDefinition(TypedDict):
    queryLanguage: NotRequired[QueryLanguage]
    queryDefinitionId: NotRequired[str]
    name: NotRequired[str]
    queryString: NotRequired[str]
    lastModified: NotRequired[int]
    logGroupNames: NotRequired[list[str]]
    parameters: NotRequired[list[QueryParameter]]


class QueryInfo(TypedDict):
    queryLanguage: NotRequired[QueryLanguage]
    queryId: NotRequired[str]
    queryString: NotRequired[str]
    status: NotRequired[QueryStatus]
    createTime: NotRequired[int]
    logGroupName: NotRequired[str]
    queryDuration: NotRequired[int]
    bytesScanned: NotRequired[float]
    userIdentity: NotRequired[str]


class QueryParameter(TypedDict):
    name: str
    defaultValue: NotRequired[str]
    description: NotRequired[str]


class QueryStatistics(TypedDict):
    recordsMatched: NotRequired[float]
    recordsScanned: NotRequired[float]
    estimatedRecordsSkipped: NotRequired[float]
    bytesScanned: NotRequired[float]
    estimatedBytesSkipped: NotRequired[float]
    logGroupsScanned: NotRequired[float]
    resultCount: NotRequired[float]


class RecordField(TypedDict):
    name: NotRequired[str]
    mandatory: NotRequired[bool]


class RejectedEntityInfo(TypedDict):
    errorType: EntityRejectionErrorType


class RejectedLogEventsInfo(TypedDict):
    tooNewLogEventStartIndex: NotRequired[int]
    tooOldLogEventEndIndex: NotRequired[int]
    expiredLogEventEndIndex: NotRequired[int]


class RenameKeyEntry(TypedDict):
    key: str
    renameTo: str
    overwriteIfExists: NotRequired[bool]


class RenameKeys(TypedDict):
    entries: list[RenameKeyEntry]


class ResourceConfig(TypedDict):
    openSearchResourceConfig: NotRequired[OpenSearchResourceConfig]


class ResourcePolicy(TypedDict):
    policyName: NotRequired[str]
    policyDocument: NotRequired[str]
    lastUpdatedTime: NotRequired[int]
    policyScope: NotRequired[PolicyScope]
    resourceArn: NotRequired[str]
    revisionId: NotRequired[str]


class ResultField(TypedDict):
    field: NotRequired[str]
    value: NotRequired[str]


class S3Configuration(TypedDict):
    destinationIdentifier: str
    roleArn: str
    ownerAccountId: NotRequired[str]
    kmsKeyId: NotRequired[str]


class S3DeliveryConfiguration(TypedDict):
    suffixPath: NotRequired[str]
    enableHiveCompatiblePath: NotRequired[bool]


class S3TableIntegrationSource(TypedDict):
    identifier: NotRequired[str]
    dataSource: NotRequired[DataSource]
    status: NotRequired[S3TableIntegrationSourceStatus]
    statusReason: NotRequired[str]
    createdTimeStamp: NotRequired[int]
    parentSourceIdentifier: NotRequired[str]


class S3TablesIntegration(TypedDict):
    datasourceName: NotRequired[str]
    datasourceType: NotRequired[str]


class ScheduledQueryDestination(TypedDict):
    destinationType: NotRequired[ScheduledQueryDestinationType]
    destinationIdentifier: NotRequired[str]
    status: NotRequired[ActionStatus]
    processedIdentifier: NotRequired[str]
    errorMessage: NotRequired[str]


class ScheduledQuerySummary(TypedDict):
    scheduledQueryArn: NotRequired[str]
    name: NotRequired[str]
    state: NotRequired[ScheduledQueryState]
    scheduleType: NotRequired[ScheduleType]
    lastTriggeredTime: NotRequired[int]
    lastExecutionStatus: NotRequired[ExecutionStatus]
    scheduleExpression: NotRequired[str]
    timezone: NotRequired[str]
    destinationConfiguration: NotRequired[DestinationConfiguration]
    creationTime: NotRequired[int]
    lastUpdatedTime: NotRequired[int]


class SearchedLogStream(TypedDict):
    logStreamName: NotRequired[str]
    searchedCompletely: NotRequired[bool]


class SplitString(TypedDict):
    entries: list[SplitStringEntry]


class SplitStringEntry(TypedDict):
    source: str
    delimiter: str


class StartLiveTailRequest(TypedDict):
    logGroupIdentifiers: list[str]
    logStreamNames: NotRequired[list[str]]
    logStreamNamePrefixes: NotRequired[list[str]]
    logEventFilterPattern: NotRequired[str]


class StartLiveTailResponse(TypedDict):
    responseStream: NotRequired[AsyncIterator[Sequence[StartLiveTailResponseStream]]]


class StartLiveTailResponseStream(TypedDict):
    sessionStart: NotRequired[LiveTailSessionStart]
    sessionUpdate: NotRequired[LiveTailSessionUpdate]


class StartQueryRequest(TypedDict):
    queryLanguage: NotRequired[QueryLanguage]
    logGroupName: NotRequired[str]
    logGroupNames: NotRequired[list[str]]
    logGroupIdentifiers: NotRequired[list[str]]
    startTime: int
    endTime: int
    queryString: str
    limit: NotRequired[int]


class StartQueryResponse(TypedDict):
    queryId: NotRequired[str]


class StopQueryRequest(TypedDict):
    queryId: str


class StopQueryResponse(TypedDict):
    success: NotRequired[bool]


class SubscriptionFilter(TypedDict):
    filterName: NotRequired[str]
    logGroupName: NotRequired[str]
    filterPattern: NotRequired[str]
    destinationArn: NotRequired[str]
    roleArn: NotRequired[str]
    distribution: NotRequired[Distribution]
    applyOnTransformedLogs: NotRequired[bool]
    creationTime: NotRequired[int]
    fieldSelectionCriteria: NotRequired[str]
    emitSystemFields: NotRequired[list[str]]


class SubstituteString(TypedDict):
    entries: list[SubstituteStringEntry]


SubstituteStringEntry = TypedDict(
    "SubstituteStringEntry",
    {
        "source": "str",
        "from": "str",
        "to": "str",
    },
)


class SuppressionPeriod(TypedDict):
    value: NotRequired[int]
    suppressionUnit: NotRequired[SuppressionUnit]


class SyslogConfiguration(TypedDict):
    logGroupArn: NotRequired[str]
    sourceType: NotRequired[SyslogSourceType]
    vpcEndpointId: NotRequired[str]
    createdAt: NotRequired[int]


class TagFilter(TypedDict):
    key: str
    values: NotRequired[list[str]]


class TagLogGroupRequest(TypedDict):
    logGroupName: str
    tags: dict[str, str]


class TagResourceRequest(TypedDict):
    resourceArn: str
    tags: dict[str, str]


class TestMetricFilterRequest(TypedDict):
    filterPattern: str
    logEventMessages: list[str]


class TestMetricFilterResponse(TypedDict):
    matches: NotRequired[list[MetricFilterMatchRecord]]


class TestTransformerRequest(TypedDict):
    transformerConfig: list[Processor]
    logEventMessages: list[str]


class TestTransformerResponse(TypedDict):
    transformedLogs: NotRequired[list[TransformedLogRecord]]


class TransformedLogRecord(TypedDict):
    eventNumber: NotRequired[int]
    eventMessage: NotRequired[str]
    transformedEventMessage: NotRequired[str]


class TriggerHistoryRecord(TypedDict):
    queryId: NotRequired[str]
    executionStatus: NotRequired[ExecutionStatus]
    triggeredTimestamp: NotRequired[int]
    errorMessage: NotRequired[str]
    destinations: NotRequired[list[ScheduledQueryDestination]]


class TrimString(TypedDict):
    withKeys: list[str]


class TypeConverter(TypedDict):
    entries: list[TypeConverterEntry]


class TypeConverterEntry(TypedDict):
    key: str
    type: Type


class UntagLogGroupRequest(TypedDict):
    logGroupName: str
    tags: list[str]


class UntagResourceRequest(TypedDict):
    resourceArn: str
    tagKeys: list[str]


class UpdateAnomalyRequest(TypedDict):
    anomalyId: NotRequired[str]
    patternId: NotRequired[str]
    anomalyDetectorArn: str
    suppressionType: NotRequired[SuppressionType]
    suppressionPeriod: NotRequired[SuppressionPeriod]
    baseline: NotRequired[bool]


class UpdateDeliveryConfigurationRequest(TypedDict):
    id: str
    recordFields: NotRequired[list[str]]
    fieldDelimiter: NotRequired[str]
    s3DeliveryConfiguration: NotRequired[S3DeliveryConfiguration]


class UpdateDeliveryConfigurationResponse(TypedDict):
    pass


class UpdateLogAnomalyDetectorRequest(TypedDict):
    anomalyDetectorArn: str
    evaluationFrequency: NotRequired[EvaluationFrequency]
    filterPattern: NotRequired[str]
    anomalyVisibilityTime: NotRequired[int]
    enabled: bool


class UpdateLookupTableRequest(TypedDict):
    lookupTableArn: str
    description: NotRequired[str]
    tableBody: NotRequired[str]
    queryId: NotRequired[str]
    kmsKeyId: NotRequired[str]


class UpdateLookupTableResponse(TypedDict):
    lookupTableArn: NotRequired[str]
    lastUpdatedTime: NotRequired[int]


class UpdateScheduledQueryRequest(TypedDict):
    identifier: str
    description: NotRequired[str]
    queryLanguage: QueryLanguage
    queryString: str
    logGroupIdentifiers: NotRequired[list[str]]
    scheduleExpression: str
    timezone: NotRequired[str]
    startTimeOffset: NotRequired[int]
    endTimeOffset: NotRequired[int]
    destinationConfiguration: NotRequired[DestinationConfiguration]
    scheduleStartTime: NotRequired[int]
    scheduleEndTime: NotRequired[int]
    executionRoleArn: str
    state: NotRequired[ScheduledQueryState]


class UpdateScheduledQueryResponse(TypedDict):
    scheduledQueryArn: NotRequired[str]
    name: NotRequired[str]
    description: NotRequired[str]
    queryLanguage: NotRequired[QueryLanguage]
    queryString: NotRequired[str]
    logGroupIdentifiers: NotRequired[list[str]]
    scheduleExpression: NotRequired[str]
    timezone: NotRequired[str]
    startTimeOffset: NotRequired[int]
    endTimeOffset: NotRequired[int]
    destinationConfiguration: NotRequired[DestinationConfiguration]
    state: NotRequired[ScheduledQueryState]
    scheduleType: NotRequired[ScheduleType]
    lastTriggeredTime: NotRequired[int]
    lastExecutionStatus: NotRequired[ExecutionStatus]
    scheduleStartTime: NotRequired[int]
    scheduleEndTime: NotRequired[int]
    executionRoleArn: NotRequired[str]
    creationTime: NotRequired[int]
    lastUpdatedTime: NotRequired[int]


class UpperCaseString(TypedDict):
    withKeys: list[str]
