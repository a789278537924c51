"""Shapes of cloudwatch 2010-08-01. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

ActionsSuppressedBy = Literal["WaitPeriod", "ExtensionPeriod", "Alarm"]
AlarmMuteRuleStatus = Literal["SCHEDULED", "ACTIVE", "EXPIRED"]
AlarmType = Literal["CompositeAlarm", "MetricAlarm", "LogAlarm"]
AnomalyDetectorAdaptationSpeed = Literal["FAST", "NORMAL", "SLOW"]
AnomalyDetectorOutlierFilteringStrength = Literal["MINIMAL", "MODERATE", "STRICT"]
AnomalyDetectorStateValue = Literal["PENDING_TRAINING", "TRAINED_INSUFFICIENT_DATA", "TRAINED"]
AnomalyDetectorType = Literal["SINGLE_METRIC", "METRIC_MATH"]
ComparisonOperator = Literal[
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
]
EvaluationState = Literal["PARTIAL_DATA", "EVALUATION_FAILURE", "EVALUATION_ERROR"]
HistoryItemType = Literal[
    "ConfigurationUpdate",
    "StateUpdate",
    "Action",
    "AlarmContributorStateUpdate",
    "AlarmContributorAction",
]
MetricStreamOutputFormat = Literal["json", "opentelemetry0.7", "opentelemetry1.0"]
OTelEnrichmentStatus = Literal["Running", "Stopped"]
QueryType = Literal["PROMQL", "SQL", "METRIC_MATH"]
RecentlyActive = Literal["PT3H"]
ScanBy = Literal["TimestampDescending", "TimestampAscending"]
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
StateValue = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
Statistic = Literal["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
StatusCode = Literal["Complete", "InternalError", "PartialData", "Forbidden"]


class ActionConfiguration(TypedDict):
    AlarmTagsPropagation: NotRequired[AlarmTagsPropagation]


class AlarmContributor(TypedDict):
    ContributorId: str
    ContributorAttributes: dict[str, str]
    StateReason: str
    StateTransitionedTimestamp: NotRequired[datetime]


class AlarmHistoryItem(TypedDict):
    AlarmName: NotRequired[str]
    AlarmContributorId: NotRequired[str]
    AlarmType: NotRequired[AlarmType]
    Timestamp: NotRequired[datetime]
    HistoryItemType: NotRequired[HistoryItemType]
    HistorySummary: NotRequired[str]
    HistoryData: NotRequired[str]
    AlarmContributorAttributes: NotRequired[dict[str, str]]


class AlarmMuteRuleSummary(TypedDict):
    AlarmMuteRuleArn: NotRequired[str]
    ExpireDate: NotRequired[datetime]
    Status: NotRequired[AlarmMuteRuleStatus]
    MuteType: NotRequired[str]
    LastUpdatedTimestamp: NotRequired[datetime]


class AlarmPromQLCriteria(TypedDict):
    Query: str
    PendingPeriod: NotRequired[int]
    RecoveryPeriod: NotRequired[int]


class AlarmTagsPropagation(TypedDict):
    Enabled: bool
    IncludedTagKeys: NotRequired[list[str]]
    ExcludedTagKeys: NotRequired[list[str]]


class AnomalyDetector(TypedDict):
    AnomalyDetectorId: NotRequired[str]
    Namespace: NotRequired[str]
    MetricName: NotRequired[str]
    Dimensions: NotRequired[list[Dimension]]
    Stat: NotRequired[str]
    Configuration: NotRequired[AnomalyDetectorConfiguration]
    StateValue: NotRequired[AnomalyDetectorStateValue]
    MetricCharacteristics: NotRequired[MetricCharacteristics]
    SingleMetricAnomalyDetector: NotRequired[SingleMetricAnomalyDetector]
    MetricMathAnomalyDetector: NotRequired[MetricMathAnomalyDetector]


class AnomalyDetectorConfiguration(TypedDict):
    ExcludedTimeRanges: NotRequired[list[Range]]
    MetricTimezone: NotRequired[str]
    AdaptationSpeed: NotRequired[AnomalyDetectorAdaptationSpeed]
    OutlierFilteringStrength: NotRequired[AnomalyDetectorOutlierFilteringStrength]


class AssociateDatasetKmsKeyInput(TypedDict):
    DatasetIdentifier: str
    KmsKeyArn: str


class AssociateDatasetKmsKeyOutput(TypedDict):
    pass


class CompositeAlarm(TypedDict):
    ActionsEnabled: NotRequired[bool]
    AlarmActions: NotRequired[list[str]]
    AlarmArn: NotRequired[str]
    AlarmConfigurationUpdatedTimestamp: NotRequired[datetime]
    AlarmDescription: NotRequired[str]
    AlarmName: NotRequired[str]
    AlarmRule: NotRequired[str]
    InsufficientDataActions: NotRequired[list[str]]
    OKActions: NotRequired[list[str]]
    StateReason: NotRequired[str]
    StateReasonData: NotRequired[str]
    StateUpdatedTimestamp: NotRequired[datetime]
    StateValue: NotRequired[StateValue]
    StateTransitionedTimestamp: NotRequired[datetime]
    ActionsSuppressedBy: NotRequired[ActionsSuppressedBy]
    ActionsSuppressedReason: NotRequired[str]
    ActionsSuppressor: NotRequired[str]
    ActionsSuppressorWaitPeriod: NotRequired[int]
    ActionsSuppressorExtensionPeriod: NotRequired[int]
    ActionConfiguration: NotRequired[ActionConfiguration]


class CreateResourceMetricsConfigurationInput(TypedDict):
    ResourceArn: str
    MetricSelections: NotRequired[list[ResourceMetricSelection]]


class CreateResourceMetricsConfigurationOutput(TypedDict):
    ResourceMetricsConfiguration: ResourceMetricsConfiguration


class DashboardEntry(TypedDict):
    DashboardName: NotRequired[str]
    DashboardArn: NotRequired[str]
    LastModified: NotRequired[datetime]
    Size: NotRequired[int]


class DashboardValidationMessage(TypedDict):
    DataPath: NotRequired[str]
    Message: NotRequired[str]


class Datapoint(TypedDict):
    Timestamp: NotRequired[datetime]
    SampleCount: NotRequired[float]
    Average: NotRequired[float]
    Sum: NotRequired[float]
    Minimum: NotRequired[float]
    Maximum: NotRequired[float]
    Unit: NotRequired[StandardUnit]
    ExtendedStatistics: NotRequired[dict[str, float]]


class DeleteAlarmMuteRuleInput(TypedDict):
    AlarmMuteRuleName: str


class DeleteAlarmsInput(TypedDict):
    AlarmNames: list[str]


class DeleteAnomalyDetectorInput(TypedDict):
    AnomalyDetectorId: NotRequired[str]
    Namespace: NotRequired[str]
    MetricName: NotRequired[str]
    Dimensions: NotRequired[list[Dimension]]
    Stat: NotRequired[str]
    SingleMetricAnomalyDetector: NotRequired[SingleMetricAnomalyDetector]
    MetricMathAnomalyDetector: NotRequired[MetricMathAnomalyDetector]


class DeleteAnomalyDetectorOutput(TypedDict):
    pass


class DeleteDashboardsInput(TypedDict):
    DashboardNames: list[str]


class DeleteDashboardsOutput(TypedDict):
    pass


class DeleteInsightRulesInput(TypedDict):
    RuleNames: list[str]


class DeleteInsightRulesOutput(TypedDict):
    Failures: NotRequired[list[PartialFailure]]


class DeleteMetricDataQueryDefinitionInput(TypedDict):
    Id: str


class DeleteMetricDataQueryDefinitionOutput(TypedDict):
    pass


class DeleteMetricStreamInput(TypedDict):
    Name: str


class DeleteMetricStreamOutput(TypedDict):
    pass


class DeleteResourceMetricsConfigurationInput(TypedDict):
    ResourceArn: str


class DeleteResourceMetricsConfigurationOutput(TypedDict):
    pass


class DescribeAlarmContributorsInput(TypedDict):
    AlarmName: str
    NextToken: NotRequired[str]


class DescribeAlarmContributorsOutput(TypedDict):
    AlarmContributors: list[AlarmContributor]
    NextToken: NotRequired[str]


class DescribeAlarmHistoryInput(TypedDict):
    AlarmName: NotRequired[str]
    AlarmContributorId: NotRequired[str]
    AlarmTypes: NotRequired[list[AlarmType]]
    HistoryItemType: NotRequired[HistoryItemType]
    StartDate: NotRequired[datetime]
    EndDate: NotRequired[datetime]
    MaxRecords: NotRequired[int]
    NextToken: NotRequired[str]
    ScanBy: NotRequired[ScanBy]


class DescribeAlarmHistoryOutput(TypedDict):
    AlarmHistoryItems: NotRequired[list[AlarmHistoryItem]]
    NextToken: NotRequired[str]


class DescribeAlarmsForMetricInput(TypedDict):
    MetricName: str
    Namespace: str
    Statistic: NotRequired[Statistic]
    ExtendedStatistic: NotRequired[str]
    Dimensions: NotRequired[list[Dimension]]
    Period: NotRequired[int]
    Unit: NotRequired[StandardUnit]


class DescribeAlarmsForMetricOutput(TypedDict):
    MetricAlarms: NotRequired[list[MetricAlarm]]


class DescribeAlarmsInput(TypedDict):
    AlarmNames: NotRequired[list[str]]
    AlarmNamePrefix: NotRequired[str]
    AlarmTypes: NotRequired[list[AlarmType]]
    ChildrenOfAlarmName: NotRequired[str]
    ParentsOfAlarmName: NotRequired[str]
    StateValue: NotRequired[StateValue]
    ActionPrefix: NotRequired[str]
    MaxRecords: NotRequired[int]
    NextToken: NotRequired[str]


class DescribeAlarmsOutput(TypedDict):
    CompositeAlarms: NotRequired[list[CompositeAlarm]]
    MetricAlarms: NotRequired[list[MetricAlarm]]
    LogAlarms: NotRequired[list[LogAlarm]]
    NextToken: NotRequired[str]


class DescribeAnomalyDetectorsInput(TypedDict):
    AnomalyDetectorIds: NotRequired[list[str]]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]
    Namespace: NotRequired[str]
    MetricName: NotRequired[str]
    Dimensions: NotRequired[list[Dimension]]
    AnomalyDetectorTypes: NotRequired[list[AnomalyDetectorType]]


class DescribeAnomalyDetectorsOutput(TypedDict):
    AnomalyDetectors: NotRequired[list[AnomalyDetector]]
    NextToken: NotRequired[str]


class DescribeInsightRulesInput(TypedDict):
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class DescribeInsightRulesOutput(TypedDict):
    NextToken: NotRequired[str]
    InsightRules: NotRequired[list[InsightRule]]


class Dimension(TypedDict):
    Name: str
    Value: str


class DimensionFilter(TypedDict):
    Name: str
    Value: NotRequired[str]


class DisableAlarmActionsInput(TypedDict):
    AlarmNames: list[str]


class DisableInsightRulesInput(TypedDict):
    RuleNames: list[str]


class DisableInsightRulesOutput(TypedDict):
    Failures: NotRequired[list[PartialFailure]]


class DisassociateDatasetKmsKeyInput(TypedDict):
    DatasetIdentifier: str


class DisassociateDatasetKmsKeyOutput(TypedDict):
    pass


class EnableAlarmActionsInput(TypedDict):
    AlarmNames: list[str]


class EnableInsightRulesInput(TypedDict):
    RuleNames: list[str]


class EnableInsightRulesOutput(TypedDict):
    Failures: NotRequired[list[PartialFailure]]


class Entity(TypedDict):
    KeyAttributes: NotRequired[dict[str, str]]
    Attributes: NotRequired[dict[str, str]]


class EntityMetricData(TypedDict):
    Entity: NotRequired[Entity]
    MetricData: NotRequired[list[MetricDatum]]


class EvaluationCriteria(TypedDict):
    PromQLCriteria: NotRequired[AlarmPromQLCriteria]


class EvaluationWindow(TypedDict):
    WallClockWindow: NotRequired[WallClockWindow]
    SlidingWindow: NotRequired[SlidingWindow]


class GetAlarmMuteRuleInput(TypedDict):
    AlarmMuteRuleName: str


class GetAlarmMuteRuleOutput(TypedDict):
    Name: NotRequired[str]
    AlarmMuteRuleArn: NotRequired[str]
    Description: NotRequired[str]
    Rule: NotRequired[Rule]
    MuteTargets: NotRequired[MuteTargets]
    StartDate: NotRequired[datetime]
    ExpireDate: NotRequired[datetime]
    Status: NotRequired[AlarmMuteRuleStatus]
    LastUpdatedTimestamp: NotRequired[datetime]
    MuteType: NotRequired[str]


class GetDashboardInput(TypedDict):
    DashboardName: str


class GetDashboardOutput(TypedDict):
    DashboardArn: NotRequired[str]
    DashboardBody: NotRequired[str]
    DashboardName: NotRequired[str]


class GetDatasetInput(TypedDict):
    DatasetIdentifier: str


class GetDatasetOutput(TypedDict):
    DatasetId: str
    Arn: str
    KmsKeyArn: NotRequired[str]


class GetInsightRuleReportInput(TypedDict):
    RuleName: str
    StartTime: datetime
    EndTime: datetime
    Period: int
    MaxContributorCount: NotRequired[int]
    Metrics: NotRequired[list[str]]
    OrderBy: NotRequired[str]


class GetInsightRuleReportOutput(TypedDict):
    KeyLabels: NotRequired[list[str]]
    AggregationStatistic: NotRequired[str]
    AggregateValue: NotRequired[float]
    ApproximateUniqueCount: NotRequired[int]
    Contributors: NotRequired[list[InsightRuleContributor]]
    MetricDatapoints: NotRequired[list[InsightRuleMetricDatapoint]]


class GetMetricDataInput(TypedDict):
    MetricDataQueries: list[MetricDataQuery]
    StartTime: datetime
    EndTime: datetime
    NextToken: NotRequired[str]
    ScanBy: NotRequired[ScanBy]
    MaxDatapoints: NotRequired[int]
    LabelOptions: NotRequired[LabelOptions]


class GetMetricDataOutput(TypedDict):
    MetricDataResults: NotRequired[list[MetricDataResult]]
    NextToken: NotRequired[str]
    Messages: NotRequired[list[MessageData]]


class GetMetricDataQueryDefinitionInput(TypedDict):
    Id: str


class GetMetricDataQueryDefinitionOutput(TypedDict):
    Id: str
    Arn: str
    Path: str
    Expression: str
    Type: QueryType
    CreatedAt: datetime
    UpdatedAt: datetime


class GetMetricStatisticsInput(TypedDict):
    Namespace: str
    MetricName: str
    Dimensions: NotRequired[list[Dimension]]
    StartTime: datetime
    EndTime: datetime
    Period: int
    Statistics: NotRequired[list[Statistic]]
    ExtendedStatistics: NotRequired[list[str]]
    Unit: NotRequired[StandardUnit]


class GetMetricStatisticsOutput(TypedDict):
    Label: NotRequired[str]
    Datapoints: NotRequired[list[Datapoint]]


class GetMetricStreamInput(TypedDict):
    Name: str


class GetMetricStreamOutput(TypedDict):
    Arn: NotRequired[str]
    Name: NotRequired[str]
    IncludeFilters: NotRequired[list[MetricStreamFilter]]
    ExcludeFilters: NotRequired[list[MetricStreamFilter]]
    FirehoseArn: NotRequired[str]
    RoleArn: NotRequired[str]
    State: NotRequired[str]
    CreationDate: NotRequired[datetime]
    LastUpdateDate: NotRequired[datetime]
    OutputFormat: NotRequired[MetricStreamOutputFormat]
    StatisticsConfigurations: NotRequired[list[MetricStreamStatisticsConfiguration]]
    IncludeLinkedAccountsMetrics: NotRequired[bool]


class GetMetricWidgetImageInput(TypedDict):
    MetricWidget: str
    OutputFormat: NotRequired[str]


class GetMetricWidgetImageOutput(TypedDict):
    MetricWidgetImage: NotRequired[bytes]


class GetOTelEnrichmentInput(TypedDict):
    pass


class GetOTelEnrichmentOutput(TypedDict):
    Status: OTelEnrichmentStatus
    IncludeFilters: NotRequired[list[OTelEnrichmentMetricSelector]]
    ExcludeFilters: NotRequired[list[OTelEnrichmentMetricSelector]]
    CreatedAt: NotRequired[datetime]
    UpdatedAt: NotRequired[datetime]


class GetResourceMetricsConfigurationInput(TypedDict):
    ResourceArn: str


class GetResourceMetricsConfigurationOutput(TypedDict):
    ResourceMetricsConfiguration: ResourceMetricsConfiguration


class InsightRule(TypedDict):
    Name: str
    State: str
    Schema: str
    Definition: str
    ManagedRule: NotRequired[bool]
    ApplyOnTransformedLogs: NotRequired[bool]


class InsightRuleContributor(TypedDict):
    Keys: list[str]
    ApproximateAggregateValue: float
    Datapoints: list[InsightRuleContributorDatapoint]


class InsightRuleContributorDatapoint(TypedDict):
    Timestamp: datetime
    ApproximateValue: float


class InsightRuleMetricDatapoint(TypedDict):
    Timestamp: datetime
    UniqueContributors: NotRequired[float]
    MaxContributorValue: NotRequired[float]
    SampleCount: NotRequired[float]
    Average: NotRequired[float]
    Sum: NotRequired[float]
    Minimum: NotRequired[float]
    Maximum: NotRequired[float]


class LabelOptions(TypedDict):
    Timezone: NotRequired[str]


class ListAlarmMuteRulesInput(TypedDict):
    AlarmName: NotRequired[str]
    Statuses: NotRequired[list[AlarmMuteRuleStatus]]
    MaxRecords: NotRequired[int]
    NextToken: NotRequired[str]


class ListAlarmMuteRulesOutput(TypedDict):
    AlarmMuteRuleSummaries: NotRequired[list[AlarmMuteRuleSummary]]
    NextToken: NotRequired[str]


class ListDashboardsInput(TypedDict):
    DashboardNamePrefix: NotRequired[str]
    NextToken: NotRequired[str]


class ListDashboardsOutput(TypedDict):
    DashboardEntries: NotRequired[list[DashboardEntry]]
    NextToken: NotRequired[str]


class ListManagedInsightRulesInput(TypedDict):
    ResourceARN: str
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListManagedInsightRulesOutput(TypedDict):
    ManagedRules: NotRequired[list[ManagedRuleDescription]]
    NextToken: NotRequired[str]


class ListMetricDataQueryDefinitionsInput(TypedDict):
    MaxResults: NotRequired[int]
    NextToken: NotRequired[str]


class ListMetricDataQueryDefinitionsOutput(TypedDict):
    Items: list[MetricDataQueryDefinitionSummary]
    NextToken: NotRequired[str]


class ListMetricStreamsInput(TypedDict):
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListMetricStreamsOutput(TypedDict):
    NextToken: NotRequired[str]
    Entries: NotRequired[list[MetricStreamEntry]]


class ListMetricsInput(TypedDict):
    Namespace: NotRequired[str]
    MetricName: NotRequired[str]
    Dimensions: NotRequired[list[DimensionFilter]]
    NextToken: NotRequired[str]
    RecentlyActive: NotRequired[RecentlyActive]
    IncludeLinkedAccounts: NotRequired[bool]
    OwningAccount: NotRequired[str]


class ListMetricsOutput(TypedDict):
    Metrics: NotRequired[list[Metric]]
    NextToken: NotRequired[str]
    OwningAccounts: NotRequired[list[str]]


class ListTagsForResourceInput(TypedDict):
    ResourceARN: str


class ListTagsForResourceOutput(TypedDict):
    Tags: NotRequired[list[Tag]]


class LogAlarm(TypedDict):
    AlarmName: NotRequired[str]
    AlarmArn: NotRequired[str]
    AlarmDescription: NotRequired[str]
    AlarmConfigurationUpdatedTimestamp: NotRequired[datetime]
    ActionsEnabled: NotRequired[bool]
    OKActions: NotRequired[list[str]]
    AlarmActions: NotRequired[list[str]]
    InsufficientDataActions: NotRequired[list[str]]
    StateValue: NotRequired[StateValue]
    StateReason: NotRequired[str]
    StateReasonData: NotRequired[str]
    StateUpdatedTimestamp: NotRequired[datetime]
    ScheduledQueryConfiguration: NotRequired[ScheduledQueryConfiguration]
    QueryResultsToEvaluate: NotRequired[int]
    QueryResultsToAlarm: NotRequired[int]
    Threshold: NotRequired[float]
    ComparisonOperator: NotRequired[ComparisonOperator]
    TreatMissingData: NotRequired[str]
    StateTransitionedTimestamp: NotRequired[datetime]
    EvaluationState: NotRequired[EvaluationState]
    ActionLogLineCount: NotRequired[int]
    ActionLogLineRoleArn: NotRequired[str]
    WarmUpConfiguration: NotRequired[WarmUpConfiguration]
    ActionConfiguration: NotRequired[ActionConfiguration]


class ManagedRule(TypedDict):
    TemplateName: str
    ResourceARN: str
    Tags: NotRequired[list[Tag]]


class ManagedRuleDescription(TypedDict):
    TemplateName: NotRequired[str]
    ResourceARN: NotRequired[str]
    RuleState: NotRequired[ManagedRuleState]


class ManagedRuleState(TypedDict):
    RuleName: str
    State: str


class MessageData(TypedDict):
    Code: NotRequired[str]
    Value: NotRequired[str]


class Metric(TypedDict):
    Namespace: NotRequired[str]
    MetricName: NotRequired[str]
    Dimensions: NotRequired[list[Dimension]]


class MetricAlarm(TypedDict):
    AlarmName: NotRequired[str]
    AlarmArn: NotRequired[str]
    AlarmDescription: NotRequired[str]
    AlarmConfigurationUpdatedTimestamp: NotRequired[datetime]
    ActionsEnabled: NotRequired[bool]
    OKActions: NotRequired[list[str]]
    AlarmActions: NotRequired[list[str]]
    InsufficientDataActions: NotRequired[list[str]]
    StateValue: NotRequired[StateValue]
    StateReason: NotRequired[str]
    StateReasonData: NotRequired[str]
    StateUpdatedTimestamp: NotRequired[datetime]
    MetricName: NotRequired[str]
    Namespace: NotRequired[str]
    Statistic: NotRequired[Statistic]
    ExtendedStatistic: NotRequired[str]
    Dimensions: NotRequired[list[Dimension]]
    Period: NotRequired[int]
    Unit: NotRequired[StandardUnit]
    EvaluationPeriods: NotRequired[int]
    DatapointsToAlarm: NotRequired[int]
    Threshold: NotRequired[float]
    ComparisonOperator: NotRequired[ComparisonOperator]
    TreatMissingData: NotRequired[str]
    EvaluateLowSampleCountPercentile: NotRequired[str]
    Metrics: NotRequired[list[MetricDataQuery]]
    ThresholdMetricId: NotRequired[str]
    EvaluationState: NotRequired[EvaluationState]
    StateTransitionedTimestamp: NotRequired[datetime]
    EvaluationWindow: NotRequired[EvaluationWindow]
    WarmUpConfiguration: NotRequired[WarmUpConfiguration]
    EvaluationCriteria: NotRequired[EvaluationCriteria]
    EvaluationInterval: NotRequired[int]
    ActionConfiguration: NotRequired[ActionConfiguration]


class MetricCharacteristics(TypedDict):
    PeriodicSpikes: NotRequired[bool]


class MetricDataQuery(TypedDict):
    Id: str
    MetricStat: NotRequired[MetricStat]
    Expression: NotRequired[str]
    Label: NotRequired[str]
    ReturnData: NotRequired[bool]
    Period: NotRequired[int]
    AccountId: NotRequired[str]


class MetricDataQueryDefinitionSummary(TypedDict):
    Id: str
    Path: str
    Type: QueryType
    UpdatedAt: NotRequired[datetime]


class MetricDataResult(TypedDict):
    Id: NotRequired[str]
    Label: NotRequired[str]
    Timestamps: NotRequired[list[datetime]]
    Values: NotRequired[list[float]]
    StatusCode: NotRequired[StatusCode]
    Messages: NotRequired[list[MessageData]]


class MetricDatum(TypedDict):
    MetricName: str
    Dimensions: NotRequired[list[Dimension]]
    Timestamp: NotRequired[datetime]
    Value: NotRequired[float]
    StatisticValues: NotRequired[StatisticSet]
    Values: NotRequired[list[float]]
    Counts: NotRequired[list[float]]
    Unit: NotRequired[StandardUnit]
    StorageResolution: NotRequired[int]


class MetricMathAnomalyDetector(TypedDict):
    MetricDataQueries: NotRequired[list[MetricDataQuery]]


class MetricStat(TypedDict):
    Metric: Metric
    Period: int
    Stat: str
    Unit: NotRequired[StandardUnit]


class MetricStreamEntry(TypedDict):
    Arn: NotRequired[str]
    CreationDate: NotRequired[datetime]
    LastUpdateDate: NotRequired[datetime]
    Name: NotRequired[str]
    FirehoseArn: NotRequired[str]
    State: NotRequired[str]
    OutputFormat: NotRequired[MetricStreamOutputFormat]


class MetricStreamFilter(TypedDict):
    Namespace: NotRequired[str]
    MetricNames: NotRequired[list[str]]


class MetricStreamStatisticsConfiguration(TypedDict):
    IncludeMetrics: list[MetricStreamStatisticsMetric]
    AdditionalStatistics: list[str]


class MetricStreamStatisticsMetric(TypedDict):
    Namespace: str
    MetricName: str


class MuteTargets(TypedDict):
    AlarmNames: list[str]


class OTelEnrichmentMetricSelector(TypedDict):
    Namespace: str
    MetricNames: NotRequired[list[str]]


class PartialFailure(TypedDict):
    FailureResource: NotRequired[str]
    ExceptionType: NotRequired[str]
    FailureCode: NotRequired[str]
    FailureDescription: NotRequired[str]


class PutAlarmMuteRuleInput(TypedDict):
    Name: str
    Description: NotRequired[str]
    Rule: Rule
    MuteTargets: NotRequired[MuteTargets]
    Tags: NotRequired[list[Tag]]
    StartDate: NotRequired[datetime]
    ExpireDate: NotRequired[datetime]


class PutAnomalyDetectorInput(TypedDict):
    Namespace: NotRequired[str]
    MetricName: NotRequired[str]
    Dimensions: NotRequired[list[Dimension]]
    Stat: NotRequired[str]
    Configuration: NotRequired[AnomalyDetectorConfiguration]
    MetricCharacteristics: NotRequired[MetricCharacteristics]
    SingleMetricAnomalyDetector: NotRequired[SingleMetricAnomalyDetector]
    MetricMathAnomalyDetector: NotRequired[MetricMathAnomalyDetector]


class PutAnomalyDetectorOutput(TypedDict):
    AnomalyDetectorId: NotRequired[str]


class PutCompositeAlarmInput(TypedDict):
    ActionsEnabled: NotRequired[bool]
    AlarmActions: NotRequired[list[str]]
    AlarmDescription: NotRequired[str]
    AlarmName: str
    AlarmRule: str
    InsufficientDataActions: NotRequired[list[str]]
    OKActions: NotRequired[list[str]]
    Tags: NotRequired[list[Tag]]
    ActionsSuppressor: NotRequired[str]
    ActionsSuppressorWaitPeriod: NotRequired[int]
    ActionsSuppressorExtensionPeriod: NotRequired[int]
    ActionConfiguration: NotRequired[ActionConfiguration]


class PutDashboardInput(TypedDict):
    DashboardName: str
    DashboardBody: str
    Tags: NotRequired[list[Tag]]


class PutDashboardOutput(TypedDict):
    DashboardValidationMessages: NotRequired[list[DashboardValidationMessage]]


class PutInsightRuleInput(TypedDict):
    RuleName: str
    RuleState: NotRequired[str]
    RuleDefinition: str
    Tags: NotRequired[list[Tag]]
    ApplyOnTransformedLogs: NotRequired[bool]


class PutInsightRuleOutput(TypedDict):
    pass


class PutLogAlarmInput(TypedDict):
    AlarmName: str
    AlarmDescription: NotRequired[str]
    ScheduledQueryConfiguration: ScheduledQueryConfiguration
    ActionLogLineCount: NotRequired[int]
    ActionLogLineRoleArn: NotRequired[str]
    ActionsEnabled: NotRequired[bool]
    OKActions: NotRequired[list[str]]
    AlarmActions: NotRequired[list[str]]
    InsufficientDataActions: NotRequired[list[str]]
    QueryResultsToEvaluate: int
    QueryResultsToAlarm: int
    Threshold: float
    ComparisonOperator: ComparisonOperator
    TreatMissingData: NotRequired[str]
    Tags: NotRequired[list[Tag]]
    WarmUpConfiguration: NotRequired[WarmUpConfiguration]
    ActionConfiguration: NotRequired[ActionConfiguration]


class PutManagedInsightRulesInput(TypedDict):
    ManagedRules: list[ManagedRule]


class PutManagedInsightRulesOutput(TypedDict):
    Failures: NotRequired[list[PartialFailure]]


class PutMetricAlarmInput(TypedDict):
    AlarmName: str
    AlarmDescription: NotRequired[str]
    ActionsEnabled: NotRequired[bool]
    OKActions: NotRequired[list[str]]
    AlarmActions: NotRequired[list[str]]
    InsufficientDataActions: NotRequired[list[str]]
    MetricName: NotRequired[str]
    Namespace: NotRequired[str]
    Statistic: NotRequired[Statistic]
    ExtendedStatistic: NotRequired[str]
    Dimensions: NotRequired[list[Dimension]]
    Period: NotRequired[int]
    Unit: NotRequired[StandardUnit]
    EvaluationPeriods: NotRequired[int]
    DatapointsToAlarm: NotRequired[int]
    Threshold: NotRequired[float]
    ComparisonOperator: NotRequired[ComparisonOperator]
    TreatMissingData: NotRequired[str]
    EvaluateLowSampleCountPercentile: NotRequired[str]
    Metrics: NotRequired[list[MetricDataQuery]]
    Tags: NotRequired[list[Tag]]
    ThresholdMetricId: NotRequired[str]
    EvaluationWindow: NotRequired[EvaluationWindow]
    WarmUpConfiguration: NotRequired[WarmUpConfiguration]
    EvaluationCriteria: NotRequired[EvaluationCriteria]
    EvaluationInterval: NotRequired[int]
    ActionConfiguration: NotRequired[ActionConfiguration]


class PutMetricDataInput(TypedDict):
    Namespace: str
    MetricData: NotRequired[list[MetricDatum]]
    EntityMetricData: NotRequired[list[EntityMetricData]]
    StrictEntityValidation: NotRequired[bool]


class PutMetricDataQueryDefinitionInput(TypedDict):
    Id: NotRequired[str]
    Path: str
    Expression: str
    Type: QueryType
    Tags: NotRequired[list[Tag]]


class PutMetricDataQueryDefinitionOutput(TypedDict):
    Id: str
    Arn: str
    Path: str
    Expression: str
    Type: QueryType
    CreatedAt: datetime
    UpdatedAt: datetime


class PutMetricStreamInput(TypedDict):
    Name: str
    IncludeFilters: NotRequired[list[MetricStreamFilter]]
    ExcludeFilters: NotRequired[list[MetricStreamFilter]]
    FirehoseArn: str
    RoleArn: str
    OutputFormat: MetricStreamOutputFormat
    Tags: NotRequired[list[Tag]]
    StatisticsConfigurations: NotRequired[list[MetricStreamStatisticsConfiguration]]
    IncludeLinkedAccountsMetrics: NotRequired[bool]


class PutMetricStreamOutput(TypedDict):
    Arn: NotRequired[str]


class Range(TypedDict):
    StartTime: datetime
    EndTime: datetime


class ResourceMetricSelection(TypedDict):
    IncludeMetrics: list[str]


class ResourceMetricsConfiguration(TypedDict):
    ResourceArn: str
    CreatedAt: datetime
    UpdatedAt: datetime
    MetricSelections: NotRequired[list[ResourceMetricSelection]]


class Rule(TypedDict):
    Schedule: Schedule


class Schedule(TypedDict):
    Expression: str
    Duration: str
    Timezone: NotRequired[str]


class ScheduleConfiguration(TypedDict):
    ScheduleExpression: str
    StartTimeOffset: int
    EndTimeOffset: NotRequired[int]


class ScheduledQueryConfiguration(TypedDict):
    QueryString: str
    LogGroupIdentifiers: NotRequired[list[str]]
    QueryARN: NotRequired[str]
    ScheduledQueryRoleARN: str
    ScheduleConfiguration: ScheduleConfiguration
    AggregationExpression: str
    Tags: NotRequired[list[Tag]]


class SetAlarmStateInput(TypedDict):
    AlarmName: str
    StateValue: StateValue
    StateReason: str
    StateReasonData: NotRequired[str]


class SingleMetricAnomalyDetector(TypedDict):
    AccountId: NotRequired[str]
    Namespace: NotRequired[str]
    MetricName: NotRequired[str]
    Dimensions: NotRequired[list[Dimension]]
    Stat: NotRequired[str]


class SlidingWindow(TypedDict):
    pass


class StartMetricStreamsInput(TypedDict):
    Names: list[str]


class StartMetricStreamsOutput(TypedDict):
    pass


class StartOTelEnrichmentInput(TypedDict):
    IncludeFilters: NotRequired[list[OTelEnrichmentMetricSelector]]
    ExcludeFilters: NotRequired[list[OTelEnrichmentMetricSelector]]


class StartOTelEnrichmentOutput(TypedDict):
    IncludeFilters: NotRequired[list[OTelEnrichmentMetricSelector]]
    ExcludeFilters: NotRequired[list[OTelEnrichmentMetricSelector]]
    CreatedAt: NotRequired[datetime]
    UpdatedAt: NotRequired[datetime]


class StatisticSet(TypedDict):
    SampleCount: float
    Sum: float
    Minimum: float
    Maximum: float


class StopMetricStreamsInput(TypedDict):
    Names: list[str]


class StopMetricStreamsOutput(TypedDict):
    pass


class StopOTelEnrichmentInput(TypedDict):
    pass


class StopOTelEnrichmentOutput(TypedDict):
    pass


class Tag(TypedDict):
    Key: str
    Value: str


class TagResourceInput(TypedDict):
    ResourceARN: str
    Tags: list[Tag]


class TagResourceOutput(TypedDict):
    pass


class UntagResourceInput(TypedDict):
    ResourceARN: str
    TagKeys: list[str]


class UntagResourceOutput(TypedDict):
    pass


class UpdateOTelEnrichmentInput(TypedDict):
    IncludeFilters: NotRequired[list[OTelEnrichmentMetricSelector]]
    ExcludeFilters: NotRequired[list[OTelEnrichmentMetricSelector]]


class UpdateOTelEnrichmentOutput(TypedDict):
    IncludeFilters: NotRequired[list[OTelEnrichmentMetricSelector]]
    ExcludeFilters: NotRequired[list[OTelEnrichmentMetricSelector]]
    CreatedAt: NotRequired[datetime]
    UpdatedAt: NotRequired[datetime]


class UpdateResourceMetricsConfigurationInput(TypedDict):
    ResourceArn: str
    MetricSelections: NotRequired[list[ResourceMetricSelection]]


class UpdateResourceMetricsConfigurationOutput(TypedDict):
    ResourceMetricsConfiguration: ResourceMetricsConfiguration


class WallClockWindow(TypedDict):
    Timezone: NotRequired[str]


class WarmUpConfiguration(TypedDict):
    WarmUpPeriodDurationInMinutes: int
    OnlyStartEvaluatingAfterWarmUpPeriodEnds: NotRequired[bool]
