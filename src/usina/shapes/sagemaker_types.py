"""Shapes of sagemaker 2017-07-24. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

AdditionalS3DataSourceDataType = Literal["S3Object", "S3Prefix"]
AssemblyType = Literal["None", "Line"]
AsyncNotificationTopicTypes = Literal["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"]
AthenaResultCompressionType = Literal["GZIP", "SNAPPY", "ZLIB"]
AthenaResultFormat = Literal["PARQUET", "ORC", "AVRO", "JSON", "TEXTFILE"]
AutotuneMode = Literal["Enabled"]
BatchStrategy = Literal["MultiRecord", "SingleRecord"]
CapacityReservationPreference = Literal["capacity-reservations-only"]
CapacitySizeType = Literal["INSTANCE_COUNT", "CAPACITY_PERCENT"]
CaptureMode = Literal["Input", "Output", "InputAndOutput"]
CaptureStatus = Literal["Started", "Stopped"]
ClarifyFeatureType = Literal["numerical", "categorical", "text"]
ClarifyTextGranularity = Literal["token", "sentence", "paragraph"]
ClarifyTextLanguage = Literal[
    "af",
    "sq",
    "ar",
    "hy",
    "eu",
    "bn",
    "bg",
    "ca",
    "zh",
    "hr",
    "cs",
    "da",
    "nl",
    "en",
    "et",
    "fi",
    "fr",
    "de",
    "el",
    "gu",
    "he",
    "hi",
    "hu",
    "is",
    "id",
    "ga",
    "it",
    "kn",
    "ky",
    "lv",
    "lt",
    "lb",
    "mk",
    "ml",
    "mr",
    "ne",
    "nb",
    "fa",
    "pl",
    "pt",
    "ro",
    "ru",
    "sa",
    "sr",
    "tn",
    "si",
    "sk",
    "sl",
    "es",
    "sv",
    "tl",
    "ta",
    "tt",
    "te",
    "tr",
    "uk",
    "ur",
    "yo",
    "lij",
    "xx",
]
CompleteOnConvergence = Literal["Disabled", "Enabled"]
CompressionType = Literal["None", "Gzip"]
ContainerMode = Literal["SingleModel", "MultiModel"]
CrossAccountFilterOption = Literal["SameAccount", "CrossAccount"]
CustomizationTechnique = Literal["SFT", "DPO", "RLVR", "RLAIF"]
DataDistributionType = Literal["FullyReplicated", "ShardedByS3Key"]
DetailedModelPackageStatus = Literal["NotStarted", "InProgress", "Completed", "Failed"]
EndpointConfigSortKey = Literal["Name", "CreationTime"]
EndpointSortKey = Literal["Name", "CreationTime", "Status"]
EndpointStatus = Literal[
    "OutOfService",
    "Creating",
    "Updating",
    "SystemUpdating",
    "RollingBack",
    "InService",
    "Deleting",
    "Failed",
    "UpdateRollbackFailed",
]
EvaluationType = Literal["LLMAJEvaluation", "CustomScorerEvaluation", "BenchmarkEvaluation"]
FileSystemAccessMode = Literal["rw", "ro"]
FileSystemType = Literal["EFS", "FSxLustre"]
HyperParameterScalingType = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]
HyperParameterTuningAllocationStrategy = Literal["Prioritized"]
HyperParameterTuningJobObjectiveType = Literal["Maximize", "Minimize"]
HyperParameterTuningJobSortByOptions = Literal["Name", "Status", "CreationTime"]
HyperParameterTuningJobStatus = Literal[
    "Completed",
    "InProgress",
    "Failed",
    "Stopped",
    "Stopping",
    "Deleting",
    "DeleteFailed",
]
HyperParameterTuningJobStrategyType = Literal["Bayesian", "Random", "Hyperband", "Grid"]
HyperParameterTuningJobWarmStartType = Literal["IdenticalDataAndAlgorithm", "TransferLearning"]
IncludedData = Literal["AllData", "MetadataOnly"]
InferenceExecutionMode = Literal["Serial", "Direct"]
InputMode = Literal["Pipe", "File"]
JoinSource = Literal["Input", "None"]
ManagedInstanceScalingScaleInStrategy = Literal["IDLE_RELEASE", "CONSOLIDATION"]
ManagedInstanceScalingStatus = Literal["ENABLED", "DISABLED"]
ManagedStorageType = Literal["Restricted"]
ModelApprovalStatus = Literal["Approved", "Rejected", "PendingManualApproval"]
ModelCacheSetting = Literal["Enabled", "Disabled"]
ModelCardStatus = Literal["Draft", "PendingReview", "Approved", "Archived"]
ModelCompressionType = Literal["None", "Gzip"]
ModelPackageGroupSortBy = Literal["Name", "CreationTime"]
ModelPackageGroupStatus = Literal["Pending", "InProgress", "Completed", "Failed", "Deleting", "DeleteFailed"]
ModelPackageRegistrationType = Literal["Logged", "Registered"]
ModelPackageSortBy = Literal["Name", "CreationTime"]
ModelPackageStatus = Literal["Pending", "InProgress", "Completed", "Failed", "Deleting"]
ModelPackageType = Literal["Versioned", "Unversioned", "Both"]
ModelSortKey = Literal["Name", "CreationTime"]
ObjectiveStatus = Literal["Succeeded", "Pending", "Failed"]
OrderKey = Literal["Ascending", "Descending"]
OutputCompressionType = Literal["GZIP", "NONE"]
Peft = Literal["LORA"]
ProcessingInstanceType = Literal[
    "ml.t3.medium",
    "ml.t3.large",
    "ml.t3.xlarge",
    "ml.t3.2xlarge",
    "ml.m4.xlarge",
    "ml.m4.2xlarge",
    "ml.m4.4xlarge",
    "ml.m4.10xlarge",
    "ml.m4.16xlarge",
    "ml.c4.xlarge",
    "ml.c4.2xlarge",
    "ml.c4.4xlarge",
    "ml.c4.8xlarge",
    "ml.p2.xlarge",
    "ml.p2.8xlarge",
    "ml.p2.16xlarge",
    "ml.p3.2xlarge",
    "ml.p3.8xlarge",
    "ml.p3.16xlarge",
    "ml.c5.xlarge",
    "ml.c5.2xlarge",
    "ml.c5.4xlarge",
    "ml.c5.9xlarge",
    "ml.c5.18xlarge",
    "ml.m5.large",
    "ml.m5.xlarge",
    "ml.m5.2xlarge",
    "ml.m5.4xlarge",
    "ml.m5.12xlarge",
    "ml.m5.24xlarge",
    "ml.r5.large",
    "ml.r5.xlarge",
    "ml.r5.2xlarge",
    "ml.r5.4xlarge",
    "ml.r5.8xlarge",
    "ml.r5.12xlarge",
    "ml.r5.16xlarge",
    "ml.r5.24xlarge",
    "ml.g4dn.xlarge",
    "ml.g4dn.2xlarge",
    "ml.g4dn.4xlarge",
    "ml.g4dn.8xlarge",
    "ml.g4dn.12xlarge",
    "ml.g4dn.16xlarge",
    "ml.g5.xlarge",
    "ml.g5.2xlarge",
    "ml.g5.4xlarge",
    "ml.g5.8xlarge",
    "ml.g5.16xlarge",
    "ml.g5.12xlarge",
    "ml.g5.24xlarge",
    "ml.g5.48xlarge",
    "ml.r5d.large",
    "ml.r5d.xlarge",
    "ml.r5d.2xlarge",
    "ml.r5d.4xlarge",
    "ml.r5d.8xlarge",
    "ml.r5d.12xlarge",
    "ml.r5d.16xlarge",
    "ml.r5d.24xlarge",
    "ml.g6.xlarge",
    "ml.g6.2xlarge",
    "ml.g6.4xlarge",
    "ml.g6.8xlarge",
    "ml.g6.12xlarge",
    "ml.g6.16xlarge",
    "ml.g6.24xlarge",
    "ml.g6.48xlarge",
    "ml.g6e.xlarge",
    "ml.g6e.2xlarge",
    "ml.g6e.4xlarge",
    "ml.g6e.8xlarge",
    "ml.g6e.12xlarge",
    "ml.g6e.16xlarge",
    "ml.g6e.24xlarge",
    "ml.g6e.48xlarge",
    "ml.m6i.large",
    "ml.m6i.xlarge",
    "ml.m6i.2xlarge",
    "ml.m6i.4xlarge",
    "ml.m6i.8xlarge",
    "ml.m6i.12xlarge",
    "ml.m6i.16xlarge",
    "ml.m6i.24xlarge",
    "ml.m6i.32xlarge",
    "ml.c6i.xlarge",
    "ml.c6i.2xlarge",
    "ml.c6i.4xlarge",
    "ml.c6i.8xlarge",
    "ml.c6i.12xlarge",
    "ml.c6i.16xlarge",
    "ml.c6i.24xlarge",
    "ml.c6i.32xlarge",
    "ml.m7i.large",
    "ml.m7i.xlarge",
    "ml.m7i.2xlarge",
    "ml.m7i.4xlarge",
    "ml.m7i.8xlarge",
    "ml.m7i.12xlarge",
    "ml.m7i.16xlarge",
    "ml.m7i.24xlarge",
    "ml.m7i.48xlarge",
    "ml.c7i.large",
    "ml.c7i.xlarge",
    "ml.c7i.2xlarge",
    "ml.c7i.4xlarge",
    "ml.c7i.8xlarge",
    "ml.c7i.12xlarge",
    "ml.c7i.16xlarge",
    "ml.c7i.24xlarge",
    "ml.c7i.48xlarge",
    "ml.r7i.large",
    "ml.r7i.xlarge",
    "ml.r7i.2xlarge",
    "ml.r7i.4xlarge",
    "ml.r7i.8xlarge",
    "ml.r7i.12xlarge",
    "ml.r7i.16xlarge",
    "ml.r7i.24xlarge",
    "ml.r7i.48xlarge",
    "ml.p5.4xlarge",
    "ml.g7e.2xlarge",
    "ml.g7e.4xlarge",
    "ml.g7e.8xlarge",
    "ml.g7e.12xlarge",
    "ml.g7e.24xlarge",
    "ml.g7e.48xlarge",
    "ml.g7.2xlarge",
    "ml.g7.4xlarge",
    "ml.g7.8xlarge",
    "ml.g7.12xlarge",
    "ml.g7.24xlarge",
    "ml.g7.48xlarge",
    "ml.r6i.large",
    "ml.r6i.xlarge",
    "ml.r6i.2xlarge",
    "ml.r6i.4xlarge",
    "ml.r6i.8xlarge",
    "ml.r6i.12xlarge",
    "ml.r6i.16xlarge",
    "ml.r6i.24xlarge",
    "ml.r6i.32xlarge",
    "ml.m8i.large",
    "ml.m8i.xlarge",
    "ml.m8i.2xlarge",
    "ml.m8i.4xlarge",
    "ml.m8i.8xlarge",
    "ml.m8i.12xlarge",
    "ml.m8i.16xlarge",
    "ml.m8i.24xlarge",
    "ml.m8i.32xlarge",
    "ml.m8i.48xlarge",
    "ml.m8i.96xlarge",
    "ml.c8i.xlarge",
    "ml.c8i.2xlarge",
    "ml.c8i.4xlarge",
    "ml.c8i.8xlarge",
    "ml.c8i.12xlarge",
    "ml.c8i.16xlarge",
    "ml.c8i.24xlarge",
    "ml.c8i.32xlarge",
    "ml.c8i.48xlarge",
    "ml.c8i.96xlarge",
    "ml.r8i.large",
    "ml.r8i.xlarge",
    "ml.r8i.2xlarge",
    "ml.r8i.4xlarge",
    "ml.r8i.8xlarge",
    "ml.r8i.12xlarge",
    "ml.r8i.16xlarge",
    "ml.r8i.24xlarge",
    "ml.r8i.32xlarge",
    "ml.r8i.48xlarge",
    "ml.r8i.96xlarge",
    "ml.m7i-flex.large",
    "ml.m7i-flex.xlarge",
    "ml.m7i-flex.2xlarge",
    "ml.m7i-flex.4xlarge",
    "ml.m7i-flex.8xlarge",
    "ml.m7i-flex.12xlarge",
    "ml.m7i-flex.16xlarge",
    "ml.c7i-flex.xlarge",
    "ml.c7i-flex.2xlarge",
    "ml.c7i-flex.4xlarge",
    "ml.c7i-flex.8xlarge",
    "ml.c7i-flex.12xlarge",
    "ml.c7i-flex.16xlarge",
    "ml.m8i-flex.large",
    "ml.m8i-flex.xlarge",
    "ml.m8i-flex.2xlarge",
    "ml.m8i-flex.4xlarge",
    "ml.m8i-flex.8xlarge",
    "ml.m8i-flex.12xlarge",
    "ml.m8i-flex.16xlarge",
    "ml.c8i-flex.xlarge",
    "ml.c8i-flex.2xlarge",
    "ml.c8i-flex.4xlarge",
    "ml.c8i-flex.8xlarge",
    "ml.c8i-flex.12xlarge",
    "ml.c8i-flex.16xlarge",
    "ml.r8i-flex.large",
    "ml.r8i-flex.xlarge",
    "ml.r8i-flex.2xlarge",
    "ml.r8i-flex.4xlarge",
    "ml.r8i-flex.8xlarge",
    "ml.r8i-flex.12xlarge",
    "ml.r8i-flex.16xlarge",
]
ProcessingJobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]
ProcessingS3CompressionType = Literal["None", "Gzip"]
ProcessingS3DataDistributionType = Literal["FullyReplicated", "ShardedByS3Key"]
ProcessingS3DataType = Literal["ManifestFile", "S3Prefix"]
ProcessingS3InputMode = Literal["Pipe", "File"]
ProcessingS3UploadMode = Literal["Continuous", "EndOfJob"]
ProductionVariantAcceleratorType = Literal[
    "ml.eia1.medium",
    "ml.eia1.large",
    "ml.eia1.xlarge",
    "ml.eia2.medium",
    "ml.eia2.large",
    "ml.eia2.xlarge",
]
ProductionVariantInferenceAmiVersion = Literal[
    "al2-ami-sagemaker-inference-gpu-2",
    "al2-ami-sagemaker-inference-gpu-2-1",
    "al2-ami-sagemaker-inference-gpu-3-1",
    "al2-ami-sagemaker-inference-neuron-2",
    "al2023-ami-sagemaker-inference-gpu-4-1",
]
ProductionVariantInstanceType = Literal[
    "ml.t2.medium",
    "ml.t2.large",
    "ml.t2.xlarge",
    "ml.t2.2xlarge",
    "ml.m4.xlarge",
    "ml.m4.2xlarge",
    "ml.m4.4xlarge",
    "ml.m4.10xlarge",
    "ml.m4.16xlarge",
    "ml.m5.large",
    "ml.m5.xlarge",
    "ml.m5.2xlarge",
    "ml.m5.4xlarge",
    "ml.m5.12xlarge",
    "ml.m5.24xlarge",
    "ml.m5d.large",
    "ml.m5d.xlarge",
    "ml.m5d.2xlarge",
    "ml.m5d.4xlarge",
    "ml.m5d.12xlarge",
    "ml.m5d.24xlarge",
    "ml.c4.large",
    "ml.c4.xlarge",
    "ml.c4.2xlarge",
    "ml.c4.4xlarge",
    "ml.c4.8xlarge",
    "ml.p2.xlarge",
    "ml.p2.8xlarge",
    "ml.p2.16xlarge",
    "ml.p3.2xlarge",
    "ml.p3.8xlarge",
    "ml.p3.16xlarge",
    "ml.c5.large",
    "ml.c5.xlarge",
    "ml.c5.2xlarge",
    "ml.c5.4xlarge",
    "ml.c5.9xlarge",
    "ml.c5.18xlarge",
    "ml.c5d.large",
    "ml.c5d.xlarge",
    "ml.c5d.2xlarge",
    "ml.c5d.4xlarge",
    "ml.c5d.9xlarge",
    "ml.c5d.18xlarge",
    "ml.g4dn.xlarge",
    "ml.g4dn.2xlarge",
    "ml.g4dn.4xlarge",
    "ml.g4dn.8xlarge",
    "ml.g4dn.12xlarge",
    "ml.g4dn.16xlarge",
    "ml.r5.large",
    "ml.r5.xlarge",
    "ml.r5.2xlarge",
    "ml.r5.4xlarge",
    "ml.r5.12xlarge",
    "ml.r5.24xlarge",
    "ml.r5d.large",
    "ml.r5d.xlarge",
    "ml.r5d.2xlarge",
    "ml.r5d.4xlarge",
    "ml.r5d.12xlarge",
    "ml.r5d.24xlarge",
    "ml.inf1.xlarge",
    "ml.inf1.2xlarge",
    "ml.inf1.6xlarge",
    "ml.inf1.24xlarge",
    "ml.dl1.24xlarge",
    "ml.c6i.large",
    "ml.c6i.xlarge",
    "ml.c6i.2xlarge",
    "ml.c6i.4xlarge",
    "ml.c6i.8xlarge",
    "ml.c6i.12xlarge",
    "ml.c6i.16xlarge",
    "ml.c6i.24xlarge",
    "ml.c6i.32xlarge",
    "ml.m6i.large",
    "ml.m6i.xlarge",
    "ml.m6i.2xlarge",
    "ml.m6i.4xlarge",
    "ml.m6i.8xlarge",
    "ml.m6i.12xlarge",
    "ml.m6i.16xlarge",
    "ml.m6i.24xlarge",
    "ml.m6i.32xlarge",
    "ml.r6i.large",
    "ml.r6i.xlarge",
    "ml.r6i.2xlarge",
    "ml.r6i.4xlarge",
    "ml.r6i.8xlarge",
    "ml.r6i.12xlarge",
    "ml.r6i.16xlarge",
    "ml.r6i.24xlarge",
    "ml.r6i.32xlarge",
    "ml.g5.xlarge",
    "ml.g5.2xlarge",
    "ml.g5.4xlarge",
    "ml.g5.8xlarge",
    "ml.g5.12xlarge",
    "ml.g5.16xlarge",
    "ml.g5.24xlarge",
    "ml.g5.48xlarge",
    "ml.g6.xlarge",
    "ml.g6.2xlarge",
    "ml.g6.4xlarge",
    "ml.g6.8xlarge",
    "ml.g6.12xlarge",
    "ml.g6.16xlarge",
    "ml.g6.24xlarge",
    "ml.g6.48xlarge",
    "ml.r8g.medium",
    "ml.r8g.large",
    "ml.r8g.xlarge",
    "ml.r8g.2xlarge",
    "ml.r8g.4xlarge",
    "ml.r8g.8xlarge",
    "ml.r8g.12xlarge",
    "ml.r8g.16xlarge",
    "ml.r8g.24xlarge",
    "ml.r8g.48xlarge",
    "ml.g6e.xlarge",
    "ml.g6e.2xlarge",
    "ml.g6e.4xlarge",
    "ml.g6e.8xlarge",
    "ml.g6e.12xlarge",
    "ml.g6e.16xlarge",
    "ml.g6e.24xlarge",
    "ml.g6e.48xlarge",
    "ml.g7e.2xlarge",
    "ml.g7e.4xlarge",
    "ml.g7e.8xlarge",
    "ml.g7e.12xlarge",
    "ml.g7e.24xlarge",
    "ml.g7e.48xlarge",
    "ml.g7.2xlarge",
    "ml.g7.4xlarge",
    "ml.g7.8xlarge",
    "ml.g7.12xlarge",
    "ml.g7.24xlarge",
    "ml.g7.48xlarge",
    "ml.p4d.24xlarge",
    "ml.c7g.large",
    "ml.c7g.xlarge",
    "ml.c7g.2xlarge",
    "ml.c7g.4xlarge",
    "ml.c7g.8xlarge",
    "ml.c7g.12xlarge",
    "ml.c7g.16xlarge",
    "ml.m6g.large",
    "ml.m6g.xlarge",
    "ml.m6g.2xlarge",
    "ml.m6g.4xlarge",
    "ml.m6g.8xlarge",
    "ml.m6g.12xlarge",
    "ml.m6g.16xlarge",
    "ml.m6gd.large",
    "ml.m6gd.xlarge",
    "ml.m6gd.2xlarge",
    "ml.m6gd.4xlarge",
    "ml.m6gd.8xlarge",
    "ml.m6gd.12xlarge",
    "ml.m6gd.16xlarge",
    "ml.c6g.large",
    "ml.c6g.xlarge",
    "ml.c6g.2xlarge",
    "ml.c6g.4xlarge",
    "ml.c6g.8xlarge",
    "ml.c6g.12xlarge",
    "ml.c6g.16xlarge",
    "ml.c6gd.large",
    "ml.c6gd.xlarge",
    "ml.c6gd.2xlarge",
    "ml.c6gd.4xlarge",
    "ml.c6gd.8xlarge",
    "ml.c6gd.12xlarge",
    "ml.c6gd.16xlarge",
    "ml.c6gn.large",
    "ml.c6gn.xlarge",
    "ml.c6gn.2xlarge",
    "ml.c6gn.4xlarge",
    "ml.c6gn.8xlarge",
    "ml.c6gn.12xlarge",
    "ml.c6gn.16xlarge",
    "ml.r6g.large",
    "ml.r6g.xlarge",
    "ml.r6g.2xlarge",
    "ml.r6g.4xlarge",
    "ml.r6g.8xlarge",
    "ml.r6g.12xlarge",
    "ml.r6g.16xlarge",
    "ml.r6gd.large",
    "ml.r6gd.xlarge",
    "ml.r6gd.2xlarge",
    "ml.r6gd.4xlarge",
    "ml.r6gd.8xlarge",
    "ml.r6gd.12xlarge",
    "ml.r6gd.16xlarge",
    "ml.p4de.24xlarge",
    "ml.trn1.2xlarge",
    "ml.trn1.32xlarge",
    "ml.trn1n.32xlarge",
    "ml.trn2.48xlarge",
    "ml.inf2.xlarge",
    "ml.inf2.8xlarge",
    "ml.inf2.24xlarge",
    "ml.inf2.48xlarge",
    "ml.p5.48xlarge",
    "ml.p5e.48xlarge",
    "ml.p5en.48xlarge",
    "ml.m7i.large",
    "ml.m7i.xlarge",
    "ml.m7i.2xlarge",
    "ml.m7i.4xlarge",
    "ml.m7i.8xlarge",
    "ml.m7i.12xlarge",
    "ml.m7i.16xlarge",
    "ml.m7i.24xlarge",
    "ml.m7i.48xlarge",
    "ml.c7i.large",
    "ml.c7i.xlarge",
    "ml.c7i.2xlarge",
    "ml.c7i.4xlarge",
    "ml.c7i.8xlarge",
    "ml.c7i.12xlarge",
    "ml.c7i.16xlarge",
    "ml.c7i.24xlarge",
    "ml.c7i.48xlarge",
    "ml.r7i.large",
    "ml.r7i.xlarge",
    "ml.r7i.2xlarge",
    "ml.r7i.4xlarge",
    "ml.r7i.8xlarge",
    "ml.r7i.12xlarge",
    "ml.r7i.16xlarge",
    "ml.r7i.24xlarge",
    "ml.r7i.48xlarge",
    "ml.c8g.medium",
    "ml.c8g.large",
    "ml.c8g.xlarge",
    "ml.c8g.2xlarge",
    "ml.c8g.4xlarge",
    "ml.c8g.8xlarge",
    "ml.c8g.12xlarge",
    "ml.c8g.16xlarge",
    "ml.c8g.24xlarge",
    "ml.c8g.48xlarge",
    "ml.r7gd.medium",
    "ml.r7gd.large",
    "ml.r7gd.xlarge",
    "ml.r7gd.2xlarge",
    "ml.r7gd.4xlarge",
    "ml.r7gd.8xlarge",
    "ml.r7gd.12xlarge",
    "ml.r7gd.16xlarge",
    "ml.m8g.medium",
    "ml.m8g.large",
    "ml.m8g.xlarge",
    "ml.m8g.2xlarge",
    "ml.m8g.4xlarge",
    "ml.m8g.8xlarge",
    "ml.m8g.12xlarge",
    "ml.m8g.16xlarge",
    "ml.m8g.24xlarge",
    "ml.m8g.48xlarge",
    "ml.c6in.large",
    "ml.c6in.xlarge",
    "ml.c6in.2xlarge",
    "ml.c6in.4xlarge",
    "ml.c6in.8xlarge",
    "ml.c6in.12xlarge",
    "ml.c6in.16xlarge",
    "ml.c6in.24xlarge",
    "ml.c6in.32xlarge",
    "ml.p6-b200.48xlarge",
    "ml.p6-b300.48xlarge",
    "ml.p6e-gb200.36xlarge",
    "ml.p5.4xlarge",
]
ProfilingStatus = Literal["Enabled", "Disabled"]
RecommendationStatus = Literal["IN_PROGRESS", "COMPLETED", "FAILED", "NOT_APPLICABLE"]
RecordWrapper = Literal["None", "RecordIO"]
RedshiftResultCompressionType = Literal["None", "GZIP", "BZIP2", "ZSTD", "SNAPPY"]
RedshiftResultFormat = Literal["PARQUET", "CSV"]
RepositoryAccessMode = Literal["Platform", "Vpc"]
RoutingStrategy = Literal["LEAST_OUTSTANDING_REQUESTS", "RANDOM", "PREFIX_AWARE", "KV_AWARE"]
RuleEvaluationStatus = Literal["InProgress", "NoIssuesFound", "IssuesFound", "Error", "Stopping", "Stopped"]
S3DataDistribution = Literal["FullyReplicated", "ShardedByS3Key"]
S3DataType = Literal["ManifestFile", "S3Prefix", "AugmentedManifestFile", "Converse"]
S3ModelDataType = Literal["S3Prefix", "S3Object"]
SecondaryStatus = Literal[
    "Starting",
    "LaunchingMLInstances",
    "PreparingTrainingStack",
    "Downloading",
    "DownloadingTrainingImage",
    "Training",
    "Uploading",
    "Stopping",
    "Stopped",
    "MaxRuntimeExceeded",
    "Completed",
    "Failed",
    "Interrupted",
    "MaxWaitTimeExceeded",
    "Updating",
    "Restarting",
    "Pending",
]
ServerlessJobType = Literal["FineTuning", "Evaluation"]
SkipModelValidation = Literal["All", "None"]
SortBy = Literal["Name", "CreationTime", "Status"]
SortOrder = Literal["Ascending", "Descending"]
SplitType = Literal["None", "Line", "RecordIO", "TFRecord"]
TrafficRoutingConfigType = Literal["ALL_AT_ONCE", "CANARY", "LINEAR"]
TrainingInputMode = Literal["Pipe", "File", "FastFile"]
TrainingInstanceType = Literal[
    "ml.m4.xlarge",
    "ml.m4.2xlarge",
    "ml.m4.4xlarge",
    "ml.m4.10xlarge",
    "ml.m4.16xlarge",
    "ml.g4dn.xlarge",
    "ml.g4dn.2xlarge",
    "ml.g4dn.4xlarge",
    "ml.g4dn.8xlarge",
    "ml.g4dn.12xlarge",
    "ml.g4dn.16xlarge",
    "ml.m5.large",
    "ml.m5.xlarge",
    "ml.m5.2xlarge",
    "ml.m5.4xlarge",
    "ml.m5.12xlarge",
    "ml.m5.24xlarge",
    "ml.c4.xlarge",
    "ml.c4.2xlarge",
    "ml.c4.4xlarge",
    "ml.c4.8xlarge",
    "ml.p2.xlarge",
    "ml.p2.8xlarge",
    "ml.p2.16xlarge",
    "ml.p3.2xlarge",
    "ml.p3.8xlarge",
    "ml.p3.16xlarge",
    "ml.p3dn.24xlarge",
    "ml.p4d.24xlarge",
    "ml.p4de.24xlarge",
    "ml.p5.48xlarge",
    "ml.p5e.48xlarge",
    "ml.p5en.48xlarge",
    "ml.c5.xlarge",
    "ml.c5.2xlarge",
    "ml.c5.4xlarge",
    "ml.c5.9xlarge",
    "ml.c5.18xlarge",
    "ml.c5n.xlarge",
    "ml.c5n.2xlarge",
    "ml.c5n.4xlarge",
    "ml.c5n.9xlarge",
    "ml.c5n.18xlarge",
    "ml.g5.xlarge",
    "ml.g5.2xlarge",
    "ml.g5.4xlarge",
    "ml.g5.8xlarge",
    "ml.g5.16xlarge",
    "ml.g5.12xlarge",
    "ml.g5.24xlarge",
    "ml.g5.48xlarge",
    "ml.g6.xlarge",
    "ml.g6.2xlarge",
    "ml.g6.4xlarge",
    "ml.g6.8xlarge",
    "ml.g6.16xlarge",
    "ml.g6.12xlarge",
    "ml.g6.24xlarge",
    "ml.g6.48xlarge",
    "ml.g6e.xlarge",
    "ml.g6e.2xlarge",
    "ml.g6e.4xlarge",
    "ml.g6e.8xlarge",
    "ml.g6e.16xlarge",
    "ml.g6e.12xlarge",
    "ml.g6e.24xlarge",
    "ml.g6e.48xlarge",
    "ml.trn1.2xlarge",
    "ml.trn1.32xlarge",
    "ml.trn1n.32xlarge",
    "ml.trn2.48xlarge",
    "ml.m6i.large",
    "ml.m6i.xlarge",
    "ml.m6i.2xlarge",
    "ml.m6i.4xlarge",
    "ml.m6i.8xlarge",
    "ml.m6i.12xlarge",
    "ml.m6i.16xlarge",
    "ml.m6i.24xlarge",
    "ml.m6i.32xlarge",
    "ml.c6i.xlarge",
    "ml.c6i.2xlarge",
    "ml.c6i.8xlarge",
    "ml.c6i.4xlarge",
    "ml.c6i.12xlarge",
    "ml.c6i.16xlarge",
    "ml.c6i.24xlarge",
    "ml.c6i.32xlarge",
    "ml.r5d.large",
    "ml.r5d.xlarge",
    "ml.r5d.2xlarge",
    "ml.r5d.4xlarge",
    "ml.r5d.8xlarge",
    "ml.r5d.12xlarge",
    "ml.r5d.16xlarge",
    "ml.r5d.24xlarge",
    "ml.t3.medium",
    "ml.t3.large",
    "ml.t3.xlarge",
    "ml.t3.2xlarge",
    "ml.r5.large",
    "ml.r5.xlarge",
    "ml.r5.2xlarge",
    "ml.r5.4xlarge",
    "ml.r5.8xlarge",
    "ml.r5.12xlarge",
    "ml.r5.16xlarge",
    "ml.r5.24xlarge",
    "ml.p6-b200.48xlarge",
    "ml.m7i.large",
    "ml.m7i.xlarge",
    "ml.m7i.2xlarge",
    "ml.m7i.4xlarge",
    "ml.m7i.8xlarge",
    "ml.m7i.12xlarge",
    "ml.m7i.16xlarge",
    "ml.m7i.24xlarge",
    "ml.m7i.48xlarge",
    "ml.c7i.large",
    "ml.c7i.xlarge",
    "ml.c7i.2xlarge",
    "ml.c7i.4xlarge",
    "ml.c7i.8xlarge",
    "ml.c7i.12xlarge",
    "ml.c7i.16xlarge",
    "ml.c7i.24xlarge",
    "ml.c7i.48xlarge",
    "ml.r7i.large",
    "ml.r7i.xlarge",
    "ml.r7i.2xlarge",
    "ml.r7i.4xlarge",
    "ml.r7i.8xlarge",
    "ml.r7i.12xlarge",
    "ml.r7i.16xlarge",
    "ml.r7i.24xlarge",
    "ml.r7i.48xlarge",
    "ml.p6e-gb200.36xlarge",
    "ml.p5.4xlarge",
    "ml.p6-b300.48xlarge",
    "ml.g7e.2xlarge",
    "ml.g7e.4xlarge",
    "ml.g7e.8xlarge",
    "ml.g7e.12xlarge",
    "ml.g7e.24xlarge",
    "ml.g7e.48xlarge",
    "ml.g7.2xlarge",
    "ml.g7.4xlarge",
    "ml.g7.8xlarge",
    "ml.g7.12xlarge",
    "ml.g7.24xlarge",
    "ml.g7.48xlarge",
    "ml.r6i.large",
    "ml.r6i.xlarge",
    "ml.r6i.2xlarge",
    "ml.r6i.4xlarge",
    "ml.r6i.8xlarge",
    "ml.r6i.12xlarge",
    "ml.r6i.16xlarge",
    "ml.r6i.24xlarge",
    "ml.r6i.32xlarge",
    "ml.m8i.large",
    "ml.m8i.xlarge",
    "ml.m8i.2xlarge",
    "ml.m8i.4xlarge",
    "ml.m8i.8xlarge",
    "ml.m8i.12xlarge",
    "ml.m8i.16xlarge",
    "ml.m8i.24xlarge",
    "ml.m8i.32xlarge",
    "ml.m8i.48xlarge",
    "ml.m8i.96xlarge",
    "ml.c8i.xlarge",
    "ml.c8i.2xlarge",
    "ml.c8i.4xlarge",
    "ml.c8i.8xlarge",
    "ml.c8i.12xlarge",
    "ml.c8i.16xlarge",
    "ml.c8i.24xlarge",
    "ml.c8i.32xlarge",
    "ml.c8i.48xlarge",
    "ml.c8i.96xlarge",
    "ml.r8i.large",
    "ml.r8i.xlarge",
    "ml.r8i.2xlarge",
    "ml.r8i.4xlarge",
    "ml.r8i.8xlarge",
    "ml.r8i.12xlarge",
    "ml.r8i.16xlarge",
    "ml.r8i.24xlarge",
    "ml.r8i.32xlarge",
    "ml.r8i.48xlarge",
    "ml.r8i.96xlarge",
    "ml.m7i-flex.large",
    "ml.m7i-flex.xlarge",
    "ml.m7i-flex.2xlarge",
    "ml.m7i-flex.4xlarge",
    "ml.m7i-flex.8xlarge",
    "ml.m7i-flex.12xlarge",
    "ml.m7i-flex.16xlarge",
    "ml.c7i-flex.xlarge",
    "ml.c7i-flex.2xlarge",
    "ml.c7i-flex.4xlarge",
    "ml.c7i-flex.8xlarge",
    "ml.c7i-flex.12xlarge",
    "ml.c7i-flex.16xlarge",
    "ml.m8i-flex.large",
    "ml.m8i-flex.xlarge",
    "ml.m8i-flex.2xlarge",
    "ml.m8i-flex.4xlarge",
    "ml.m8i-flex.8xlarge",
    "ml.m8i-flex.12xlarge",
    "ml.m8i-flex.16xlarge",
    "ml.c8i-flex.xlarge",
    "ml.c8i-flex.2xlarge",
    "ml.c8i-flex.4xlarge",
    "ml.c8i-flex.8xlarge",
    "ml.c8i-flex.12xlarge",
    "ml.c8i-flex.16xlarge",
    "ml.r8i-flex.large",
    "ml.r8i-flex.xlarge",
    "ml.r8i-flex.2xlarge",
    "ml.r8i-flex.4xlarge",
    "ml.r8i-flex.8xlarge",
    "ml.r8i-flex.12xlarge",
    "ml.r8i-flex.16xlarge",
]
TrainingJobEarlyStoppingType = Literal["Off", "Auto"]
TrainingJobSortByOptions = Literal["Name", "CreationTime", "Status", "FinalObjectiveMetricValue"]
TrainingJobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped", "Deleting"]
TrainingRepositoryAccessMode = Literal["Platform", "Vpc"]
TransformInstanceType = Literal[
    "ml.m4.xlarge",
    "ml.m4.2xlarge",
    "ml.m4.4xlarge",
    "ml.m4.10xlarge",
    "ml.m4.16xlarge",
    "ml.c4.xlarge",
    "ml.c4.2xlarge",
    "ml.c4.4xlarge",
    "ml.c4.8xlarge",
    "ml.p2.xlarge",
    "ml.p2.8xlarge",
    "ml.p2.16xlarge",
    "ml.p3.2xlarge",
    "ml.p3.8xlarge",
    "ml.p3.16xlarge",
    "ml.c5.xlarge",
    "ml.c5.2xlarge",
    "ml.c5.4xlarge",
    "ml.c5.9xlarge",
    "ml.c5.18xlarge",
    "ml.m5.large",
    "ml.m5.xlarge",
    "ml.m5.2xlarge",
    "ml.m5.4xlarge",
    "ml.m5.12xlarge",
    "ml.m5.24xlarge",
    "ml.m6i.large",
    "ml.m6i.xlarge",
    "ml.m6i.2xlarge",
    "ml.m6i.4xlarge",
    "ml.m6i.8xlarge",
    "ml.m6i.12xlarge",
    "ml.m6i.16xlarge",
    "ml.m6i.24xlarge",
    "ml.m6i.32xlarge",
    "ml.c6i.large",
    "ml.c6i.xlarge",
    "ml.c6i.2xlarge",
    "ml.c6i.4xlarge",
    "ml.c6i.8xlarge",
    "ml.c6i.12xlarge",
    "ml.c6i.16xlarge",
    "ml.c6i.24xlarge",
    "ml.c6i.32xlarge",
    "ml.r6i.large",
    "ml.r6i.xlarge",
    "ml.r6i.2xlarge",
    "ml.r6i.4xlarge",
    "ml.r6i.8xlarge",
    "ml.r6i.12xlarge",
    "ml.r6i.16xlarge",
    "ml.r6i.24xlarge",
    "ml.r6i.32xlarge",
    "ml.m7i.large",
    "ml.m7i.xlarge",
    "ml.m7i.2xlarge",
    "ml.m7i.4xlarge",
    "ml.m7i.8xlarge",
    "ml.m7i.12xlarge",
    "ml.m7i.16xlarge",
    "ml.m7i.24xlarge",
    "ml.m7i.48xlarge",
    "ml.c7i.large",
    "ml.c7i.xlarge",
    "ml.c7i.2xlarge",
    "ml.c7i.4xlarge",
    "ml.c7i.8xlarge",
    "ml.c7i.12xlarge",
    "ml.c7i.16xlarge",
    "ml.c7i.24xlarge",
    "ml.c7i.48xlarge",
    "ml.r7i.large",
    "ml.r7i.xlarge",
    "ml.r7i.2xlarge",
    "ml.r7i.4xlarge",
    "ml.r7i.8xlarge",
    "ml.r7i.12xlarge",
    "ml.r7i.16xlarge",
    "ml.r7i.24xlarge",
    "ml.r7i.48xlarge",
    "ml.g4dn.xlarge",
    "ml.g4dn.2xlarge",
    "ml.g4dn.4xlarge",
    "ml.g4dn.8xlarge",
    "ml.g4dn.12xlarge",
    "ml.g4dn.16xlarge",
    "ml.g5.xlarge",
    "ml.g5.2xlarge",
    "ml.g5.4xlarge",
    "ml.g5.8xlarge",
    "ml.g5.12xlarge",
    "ml.g5.16xlarge",
    "ml.g5.24xlarge",
    "ml.g5.48xlarge",
    "ml.trn1.2xlarge",
    "ml.trn1.32xlarge",
    "ml.inf2.xlarge",
    "ml.inf2.8xlarge",
    "ml.inf2.24xlarge",
    "ml.inf2.48xlarge",
    "ml.g6.xlarge",
    "ml.g6.2xlarge",
    "ml.g6.4xlarge",
    "ml.g6.8xlarge",
    "ml.g6.12xlarge",
    "ml.g6.16xlarge",
    "ml.g6.24xlarge",
    "ml.g6.48xlarge",
    "ml.g6e.xlarge",
    "ml.g6e.2xlarge",
    "ml.g6e.4xlarge",
    "ml.g6e.8xlarge",
    "ml.g6e.12xlarge",
    "ml.g6e.16xlarge",
    "ml.g6e.24xlarge",
    "ml.g6e.48xlarge",
]
TransformJobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped"]
VariantPropertyType = Literal["DesiredInstanceCount", "DesiredWeight", "DataCaptureConfig"]
VariantStatus = Literal["Creating", "Updating", "Deleting", "ActivatingTraffic", "Baking"]
WarmPoolResourceStatus = Literal["Available", "Terminated", "Reused", "InUse"]


class AcceleratorPartitionLayout(TypedDict):
    AcceleratorPartitionTypes: NotRequired[list[str]]


class AddTagsInput(TypedDict):
    ResourceArn: str
    Tags: list[Tag]


class AddTagsOutput(TypedDict):
    Tags: NotRequired[list[Tag]]


class AdditionalInferenceSpecificationDefinition(TypedDict):
    Name: str
    Description: NotRequired[str]
    Containers: list[ModelPackageContainerDefinition]
    SupportedTransformInstanceTypes: NotRequired[list[TransformInstanceType]]
    SupportedRealtimeInferenceInstanceTypes: NotRequired[list[ProductionVariantInstanceType]]
    SupportedContentTypes: NotRequired[list[str]]
    SupportedResponseMIMETypes: NotRequired[list[str]]


class AdditionalModelDataSource(TypedDict):
    ChannelName: str
    S3DataSource: S3ModelDataSource


class AdditionalS3DataSource(TypedDict):
    S3DataType: AdditionalS3DataSourceDataType
    S3Uri: str
    CompressionType: NotRequired[CompressionType]
    ETag: NotRequired[str]


class Alarm(TypedDict):
    AlarmName: NotRequired[str]


class AlgorithmSpecification(TypedDict):
    TrainingImage: NotRequired[str]
    AlgorithmName: NotRequired[str]
    TrainingInputMode: TrainingInputMode
    MetricDefinitions: NotRequired[list[MetricDefinition]]
    EnableSageMakerMetricsTimeSeries: NotRequired[bool]
    ContainerEntrypoint: NotRequired[list[str]]
    ContainerArguments: NotRequired[list[str]]
    TrainingImageConfig: NotRequired[TrainingImageConfig]


class AppSpecification(TypedDict):
    ImageUri: str
    ContainerEntrypoint: NotRequired[list[str]]
    ContainerArguments: NotRequired[list[str]]


class AsyncInferenceClientConfig(TypedDict):
    MaxConcurrentInvocationsPerInstance: NotRequired[int]


class AsyncInferenceConfig(TypedDict):
    ClientConfig: NotRequired[AsyncInferenceClientConfig]
    OutputConfig: AsyncInferenceOutputConfig


class AsyncInferenceNotificationConfig(TypedDict):
    SuccessTopic: NotRequired[str]
    ErrorTopic: NotRequired[str]
    IncludeInferenceResponseIn: NotRequired[list[AsyncNotificationTopicTypes]]


class AsyncInferenceOutputConfig(TypedDict):
    KmsKeyId: NotRequired[str]
    S3OutputPath: NotRequired[str]
    NotificationConfig: NotRequired[AsyncInferenceNotificationConfig]
    S3FailurePath: NotRequired[str]


class AthenaDatasetDefinition(TypedDict):
    Catalog: str
    Database: str
    QueryString: str
    WorkGroup: NotRequired[str]
    OutputS3Uri: str
    KmsKeyId: NotRequired[str]
    OutputFormat: AthenaResultFormat
    OutputCompression: NotRequired[AthenaResultCompressionType]


class AutoParameter(TypedDict):
    Name: str
    ValueHint: str


class AutoRollbackConfig(TypedDict):
    Alarms: NotRequired[list[Alarm]]


class Autotune(TypedDict):
    Mode: AutotuneMode


class BaseModel(TypedDict):
    HubContentName: NotRequired[str]
    HubContentVersion: NotRequired[str]
    RecipeName: NotRequired[str]


class BatchDataCaptureConfig(TypedDict):
    DestinationS3Uri: str
    KmsKeyId: NotRequired[str]
    GenerateInferenceId: NotRequired[bool]


class BestObjectiveNotImproving(TypedDict):
    MaxNumberOfTrainingJobsNotImproving: NotRequired[int]


class Bias(TypedDict):
    Report: NotRequired[MetricsSource]
    PreTrainingReport: NotRequired[MetricsSource]
    PostTrainingReport: NotRequired[MetricsSource]


class BlueGreenUpdatePolicy(TypedDict):
    TrafficRoutingConfiguration: TrafficRoutingConfig
    TerminationWaitInSeconds: NotRequired[int]
    MaximumExecutionTimeoutInSeconds: NotRequired[int]


class CapacitySize(TypedDict):
    Type: CapacitySizeType
    Value: int


class CaptureContentTypeHeader(TypedDict):
    CsvContentTypes: NotRequired[list[str]]
    JsonContentTypes: NotRequired[list[str]]


class CaptureOption(TypedDict):
    CaptureMode: CaptureMode


class CategoricalParameterRange(TypedDict):
    Name: str
    Values: list[str]


class Channel(TypedDict):
    ChannelName: str
    DataSource: DataSource
    ContentType: NotRequired[str]
    CompressionType: NotRequired[CompressionType]
    RecordWrapperType: NotRequired[RecordWrapper]
    InputMode: NotRequired[TrainingInputMode]
    ShuffleConfig: NotRequired[ShuffleConfig]


class CheckpointConfig(TypedDict):
    S3Uri: str
    LocalPath: NotRequired[str]


class ClarifyExplainerConfig(TypedDict):
    EnableExplanations: NotRequired[str]
    InferenceConfig: NotRequired[ClarifyInferenceConfig]
    ShapConfig: ClarifyShapConfig


class ClarifyInferenceConfig(TypedDict):
    FeaturesAttribute: NotRequired[str]
    ContentTemplate: NotRequired[str]
    MaxRecordCount: NotRequired[int]
    MaxPayloadInMB: NotRequired[int]
    ProbabilityIndex: NotRequired[int]
    LabelIndex: NotRequired[int]
    ProbabilityAttribute: NotRequired[str]
    LabelAttribute: NotRequired[str]
    LabelHeaders: NotRequired[list[str]]
    FeatureHeaders: NotRequired[list[str]]
    FeatureTypes: NotRequired[list[ClarifyFeatureType]]


class ClarifyShapBaselineConfig(TypedDict):
    MimeType: NotRequired[str]
    ShapBaseline: NotRequired[str]
    ShapBaselineUri: NotRequired[str]


class ClarifyShapConfig(TypedDict):
    ShapBaselineConfig: ClarifyShapBaselineConfig
    NumberOfSamples: NotRequired[int]
    UseLogit: NotRequired[bool]
    Seed: NotRequired[int]
    TextConfig: NotRequired[ClarifyTextConfig]


class ClarifyTextConfig(TypedDict):
    Language: ClarifyTextLanguage
    Granularity: ClarifyTextGranularity


class CollectionConfiguration(TypedDict):
    CollectionName: NotRequired[str]
    CollectionParameters: NotRequired[dict[str, str]]


class ContainerDefinition(TypedDict):
    ContainerHostname: NotRequired[str]
    Image: NotRequired[str]
    ImageConfig: NotRequired[ImageConfig]
    Mode: NotRequired[ContainerMode]
    ModelDataUrl: NotRequired[str]
    ModelDataSource: NotRequired[ModelDataSource]
    AdditionalModelDataSources: NotRequired[list[AdditionalModelDataSource]]
    Environment: NotRequired[dict[str, str]]
    ModelPackageName: NotRequired[str]
    InferenceSpecificationName: NotRequired[str]
    MultiModelConfig: NotRequired[MultiModelConfig]
    ContainerMetricsConfig: NotRequired[ContainerMetricsConfig]


class ContainerMetricsConfig(TypedDict):
    MetricsEndpoints: NotRequired[list[MetricsEndpoint]]


class ContinuousParameterRange(TypedDict):
    Name: str
    MinValue: str
    MaxValue: str
    ScalingType: NotRequired[HyperParameterScalingType]


class ConvergenceDetected(TypedDict):
    CompleteOnConvergence: NotRequired[CompleteOnConvergence]


class CreateEndpointConfigInput(TypedDict):
    EndpointConfigName: str
    ProductionVariants: list[ProductionVariant]
    DataCaptureConfig: NotRequired[DataCaptureConfig]
    Tags: NotRequired[list[Tag]]
    KmsKeyId: NotRequired[str]
    AsyncInferenceConfig: NotRequired[AsyncInferenceConfig]
    ExplainerConfig: NotRequired[ExplainerConfig]
    ShadowProductionVariants: NotRequired[list[ProductionVariant]]
    ExecutionRoleArn: NotRequired[str]
    VpcConfig: NotRequired[VpcConfig]
    EnableNetworkIsolation: NotRequired[bool]
    MetricsConfig: NotRequired[MetricsConfig]
    CrossRegionTrafficConfig: NotRequired[CrossRegionTrafficConfig]


class CreateEndpointConfigOutput(TypedDict):
    EndpointConfigArn: str


class CreateEndpointInput(TypedDict):
    EndpointName: str
    EndpointConfigName: str
    DeploymentConfig: NotRequired[DeploymentConfig]
    Tags: NotRequired[list[Tag]]


class CreateEndpointOutput(TypedDict):
    EndpointArn: str


class CreateHyperParameterTuningJobRequest(TypedDict):
    HyperParameterTuningJobName: str
    HyperParameterTuningJobConfig: HyperParameterTuningJobConfig
    TrainingJobDefinition: NotRequired[HyperParameterTrainingJobDefinition]
    TrainingJobDefinitions: NotRequired[list[HyperParameterTrainingJobDefinition]]
    WarmStartConfig: NotRequired[HyperParameterTuningJobWarmStartConfig]
    Tags: NotRequired[list[Tag]]
    Autotune: NotRequired[Autotune]


class CreateHyperParameterTuningJobResponse(TypedDict):
    HyperParameterTuningJobArn: str


class CreateModelInput(TypedDict):
    ModelName: str
    PrimaryContainer: NotRequired[ContainerDefinition]
    Containers: NotRequired[list[ContainerDefinition]]
    InferenceExecutionConfig: NotRequired[InferenceExecutionConfig]
    ExecutionRoleArn: NotRequired[str]
    Tags: NotRequired[list[Tag]]
    VpcConfig: NotRequired[VpcConfig]
    EnableNetworkIsolation: NotRequired[bool]


class CreateModelOutput(TypedDict):
    ModelArn: str


class CreateModelPackageGroupInput(TypedDict):
    ModelPackageGroupName: str
    ModelPackageGroupDescription: NotRequired[str]
    Tags: NotRequired[list[Tag]]
    ManagedConfiguration: NotRequired[ManagedConfiguration]


class CreateModelPackageGroupOutput(TypedDict):
    ModelPackageGroupArn: str


class CreateModelPackageInput(TypedDict):
    ModelPackageName: NotRequired[str]
    ModelPackageGroupName: NotRequired[str]
    ModelPackageDescription: NotRequired[str]
    ModelPackageRegistrationType: NotRequired[ModelPackageRegistrationType]
    InferenceSpecification: NotRequired[InferenceSpecification]
    ValidationSpecification: NotRequired[ModelPackageValidationSpecification]
    SourceAlgorithmSpecification: NotRequired[SourceAlgorithmSpecification]
    CertifyForMarketplace: NotRequired[bool]
    Tags: NotRequired[list[Tag]]
    ModelApprovalStatus: NotRequired[ModelApprovalStatus]
    MetadataProperties: NotRequired[MetadataProperties]
    ModelMetrics: NotRequired[ModelMetrics]
    ClientToken: NotRequired[str]
    Domain: NotRequired[str]
    Task: NotRequired[str]
    SamplePayloadUrl: NotRequired[str]
    CustomerMetadataProperties: NotRequired[dict[str, str]]
    DriftCheckBaselines: NotRequired[DriftCheckBaselines]
    AdditionalInferenceSpecifications: NotRequired[list[AdditionalInferenceSpecificationDefinition]]
    SkipModelValidation: NotRequired[SkipModelValidation]
    SourceUri: NotRequired[str]
    SecurityConfig: NotRequired[ModelPackageSecurityConfig]
    ModelCard: NotRequired[ModelPackageModelCard]
    ModelLifeCycle: NotRequired[ModelLifeCycle]
    ManagedStorageType: NotRequired[ManagedStorageType]


class CreateModelPackageOutput(TypedDict):
    ModelPackageArn: str


class CreateProcessingJobRequest(TypedDict):
    ProcessingInputs: NotRequired[list[ProcessingInput]]
    ProcessingOutputConfig: NotRequired[ProcessingOutputConfig]
    ProcessingJobName: str
    ProcessingResources: ProcessingResources
    StoppingCondition: NotRequired[ProcessingStoppingCondition]
    AppSpecification: AppSpecification
    Environment: NotRequired[dict[str, str]]
    NetworkConfig: NotRequired[NetworkConfig]
    RoleArn: str
    Tags: NotRequired[list[Tag]]
    ExperimentConfig: NotRequired[ExperimentConfig]


class CreateProcessingJobResponse(TypedDict):
    ProcessingJobArn: str


class CreateTrainingJobRequest(TypedDict):
    TrainingJobName: str
    HyperParameters: NotRequired[dict[str, str]]
    AlgorithmSpecification: NotRequired[AlgorithmSpecification]
    RoleArn: str
    InputDataConfig: NotRequired[list[Channel]]
    OutputDataConfig: OutputDataConfig
    ResourceConfig: NotRequired[ResourceConfig]
    VpcConfig: NotRequired[VpcConfig]
    StoppingCondition: NotRequired[StoppingCondition]
    Tags: NotRequired[list[Tag]]
    EnableNetworkIsolation: NotRequired[bool]
    EnableInterContainerTrafficEncryption: NotRequired[bool]
    EnableManagedSpotTraining: NotRequired[bool]
    CheckpointConfig: NotRequired[CheckpointConfig]
    DebugHookConfig: NotRequired[DebugHookConfig]
    DebugRuleConfigurations: NotRequired[list[DebugRuleConfiguration]]
    TensorBoardOutputConfig: NotRequired[TensorBoardOutputConfig]
    ExperimentConfig: NotRequired[ExperimentConfig]
    ProfilerConfig: NotRequired[ProfilerConfig]
    ProfilerRuleConfigurations: NotRequired[list[ProfilerRuleConfiguration]]
    Environment: NotRequired[dict[str, str]]
    RetryStrategy: NotRequired[RetryStrategy]
    RemoteDebugConfig: NotRequired[RemoteDebugConfig]
    InfraCheckConfig: NotRequired[InfraCheckConfig]
    SessionChainingConfig: NotRequired[SessionChainingConfig]
    ServerlessJobConfig: NotRequired[ServerlessJobConfig]
    MlflowConfig: NotRequired[MlflowConfig]
    ModelPackageConfig: NotRequired[ModelPackageConfig]


class CreateTrainingJobResponse(TypedDict):
    TrainingJobArn: str


class CreateTransformJobRequest(TypedDict):
    TransformJobName: str
    ModelName: str
    MaxConcurrentTransforms: NotRequired[int]
    ModelClientConfig: NotRequired[ModelClientConfig]
    MaxPayloadInMB: NotRequired[int]
    BatchStrategy: NotRequired[BatchStrategy]
    Environment: NotRequired[dict[str, str]]
    TransformInput: TransformInput
    TransformOutput: TransformOutput
    DataCaptureConfig: NotRequired[BatchDataCaptureConfig]
    TransformResources: TransformResources
    DataProcessing: NotRequired[DataProcessing]
    Tags: NotRequired[list[Tag]]
    ExperimentConfig: NotRequired[ExperimentConfig]


class CreateTransformJobResponse(TypedDict):
    TransformJobArn: str


class CrossRegionTrafficConfig(TypedDict):
    MaxInvocationsPerSecondPerInstance: int
    MaxCrossRegionPercentPerEndpoint: int


class DataCaptureConfig(TypedDict):
    EnableCapture: NotRequired[bool]
    InitialSamplingPercentage: int
    DestinationS3Uri: str
    KmsKeyId: NotRequired[str]
    CaptureOptions: list[CaptureOption]
    CaptureContentTypeHeader: NotRequired[CaptureContentTypeHeader]


class DataCaptureConfigSummary(TypedDict):
    EnableCapture: bool
    CaptureStatus: CaptureStatus
    CurrentSamplingPercentage: int
    DestinationS3Uri: str
    KmsKeyId: str


class DataProcessing(TypedDict):
    InputFilter: NotRequired[str]
    OutputFilter: NotRequired[str]
    JoinSource: NotRequired[JoinSource]


class DataSource(TypedDict):
    S3DataSource: NotRequired[S3DataSource]
    FileSystemDataSource: NotRequired[FileSystemDataSource]
    DatasetSource: NotRequired[DatasetSource]


class DatasetDefinition(TypedDict):
    AthenaDatasetDefinition: NotRequired[AthenaDatasetDefinition]
    RedshiftDatasetDefinition: NotRequired[RedshiftDatasetDefinition]
    LocalPath: NotRequired[str]
    DataDistributionType: NotRequired[DataDistributionType]
    InputMode: NotRequired[InputMode]


class DatasetSource(TypedDict):
    DatasetArn: str


class DebugHookConfig(TypedDict):
    LocalPath: NotRequired[str]
    S3OutputPath: str
    HookParameters: NotRequired[dict[str, str]]
    CollectionConfigurations: NotRequired[list[CollectionConfiguration]]


class DebugRuleConfiguration(TypedDict):
    RuleConfigurationName: str
    LocalPath: NotRequired[str]
    S3OutputPath: NotRequired[str]
    RuleEvaluatorImage: str
    InstanceType: NotRequired[ProcessingInstanceType]
    VolumeSizeInGB: NotRequired[int]
    RuleParameters: NotRequired[dict[str, str]]


class DebugRuleEvaluationStatus(TypedDict):
    RuleConfigurationName: NotRequired[str]
    RuleEvaluationJobArn: NotRequired[str]
    RuleEvaluationStatus: NotRequired[RuleEvaluationStatus]
    StatusDetails: NotRequired[str]
    LastModifiedTime: NotRequired[datetime]


class DeleteEndpointConfigInput(TypedDict):
    EndpointConfigName: str


class DeleteEndpointInput(TypedDict):
    EndpointName: str


class DeleteHyperParameterTuningJobRequest(TypedDict):
    HyperParameterTuningJobName: str


class DeleteModelInput(TypedDict):
    ModelName: str


class DeleteModelPackageGroupInput(TypedDict):
    ModelPackageGroupName: str


class DeleteModelPackageInput(TypedDict):
    ModelPackageName: str


class DeleteProcessingJobRequest(TypedDict):
    ProcessingJobName: str


class DeleteTagsInput(TypedDict):
    ResourceArn: str
    TagKeys: list[str]


class DeleteTagsOutput(TypedDict):
    pass


class DeleteTrainingJobRequest(TypedDict):
    TrainingJobName: str


class DeployedImage(TypedDict):
    SpecifiedImage: NotRequired[str]
    ResolvedImage: NotRequired[str]
    ResolutionTime: NotRequired[datetime]


class DeploymentConfig(TypedDict):
    BlueGreenUpdatePolicy: NotRequired[BlueGreenUpdatePolicy]
    RollingUpdatePolicy: NotRequired[RollingUpdatePolicy]
    AutoRollbackConfiguration: NotRequired[AutoRollbackConfig]


class DeploymentRecommendation(TypedDict):
    RecommendationStatus: RecommendationStatus
    RealTimeInferenceRecommendations: NotRequired[list[RealTimeInferenceRecommendation]]


class DescribeEndpointConfigInput(TypedDict):
    EndpointConfigName: str


class DescribeEndpointConfigOutput(TypedDict):
    EndpointConfigName: str
    EndpointConfigArn: str
    ProductionVariants: list[ProductionVariant]
    DataCaptureConfig: NotRequired[DataCaptureConfig]
    KmsKeyId: NotRequired[str]
    CreationTime: datetime
    AsyncInferenceConfig: NotRequired[AsyncInferenceConfig]
    ExplainerConfig: NotRequired[ExplainerConfig]
    ShadowProductionVariants: NotRequired[list[ProductionVariant]]
    ExecutionRoleArn: NotRequired[str]
    VpcConfig: NotRequired[VpcConfig]
    EnableNetworkIsolation: NotRequired[bool]
    MetricsConfig: NotRequired[MetricsConfig]
    CrossRegionTrafficConfig: NotRequired[CrossRegionTrafficConfig]


class DescribeEndpointInput(TypedDict):
    EndpointName: str


class DescribeEndpointOutput(TypedDict):
    EndpointName: str
    EndpointArn: str
    EndpointConfigName: NotRequired[str]
    ProductionVariants: NotRequired[list[ProductionVariantSummary]]
    DataCaptureConfig: NotRequired[DataCaptureConfigSummary]
    EndpointStatus: EndpointStatus
    FailureReason: NotRequired[str]
    CreationTime: datetime
    LastModifiedTime: datetime
    LastDeploymentConfig: NotRequired[DeploymentConfig]
    AsyncInferenceConfig: NotRequired[AsyncInferenceConfig]
    PendingDeploymentSummary: NotRequired[PendingDeploymentSummary]
    ExplainerConfig: NotRequired[ExplainerConfig]
    ShadowProductionVariants: NotRequired[list[ProductionVariantSummary]]
    MetricsConfig: NotRequired[MetricsConfig]
    CrossRegionTrafficConfig: NotRequired[CrossRegionTrafficConfig]


class DescribeHyperParameterTuningJobRequest(TypedDict):
    HyperParameterTuningJobName: str


class DescribeHyperParameterTuningJobResponse(TypedDict):
    HyperParameterTuningJobName: str
    HyperParameterTuningJobArn: str
    HyperParameterTuningJobConfig: HyperParameterTuningJobConfig
    TrainingJobDefinition: NotRequired[HyperParameterTrainingJobDefinition]
    TrainingJobDefinitions: NotRequired[list[HyperParameterTrainingJobDefinition]]
    HyperParameterTuningJobStatus: HyperParameterTuningJobStatus
    CreationTime: datetime
    HyperParameterTuningEndTime: NotRequired[datetime]
    LastModifiedTime: NotRequired[datetime]
    TrainingJobStatusCounters: TrainingJobStatusCounters
    ObjectiveStatusCounters: ObjectiveStatusCounters
    BestTrainingJob: NotRequired[HyperParameterTrainingJobSummary]
    OverallBestTrainingJob: NotRequired[HyperParameterTrainingJobSummary]
    WarmStartConfig: NotRequired[HyperParameterTuningJobWarmStartConfig]
    Autotune: NotRequired[Autotune]
    FailureReason: NotRequired[str]
    TuningJobCompletionDetails: NotRequired[HyperParameterTuningJobCompletionDetails]
    ConsumedResources: NotRequired[HyperParameterTuningJobConsumedResources]


class DescribeModelInput(TypedDict):
    ModelName: str


class DescribeModelOutput(TypedDict):
    ModelName: str
    PrimaryContainer: NotRequired[ContainerDefinition]
    Containers: NotRequired[list[ContainerDefinition]]
    InferenceExecutionConfig: NotRequired[InferenceExecutionConfig]
    ExecutionRoleArn: NotRequired[str]
    VpcConfig: NotRequired[VpcConfig]
    CreationTime: datetime
    ModelArn: str
    EnableNetworkIsolation: NotRequired[bool]
    DeploymentRecommendation: NotRequired[DeploymentRecommendation]


class DescribeModelPackageGroupInput(TypedDict):
    ModelPackageGroupName: str


class DescribeModelPackageGroupOutput(TypedDict):
    ModelPackageGroupName: str
    ModelPackageGroupArn: str
    ModelPackageGroupDescription: NotRequired[str]
    CreationTime: datetime
    CreatedBy: UserContext
    ModelPackageGroupStatus: ModelPackageGroupStatus
    ManagedConfiguration: NotRequired[ManagedConfiguration]


class DescribeModelPackageInput(TypedDict):
    ModelPackageName: str
    IncludedData: NotRequired[IncludedData]


class DescribeModelPackageOutput(TypedDict):
    ModelPackageName: str
    ModelPackageGroupName: NotRequired[str]
    ModelPackageVersion: NotRequired[int]
    ModelPackageRegistrationType: NotRequired[ModelPackageRegistrationType]
    ModelPackageArn: str
    ModelPackageDescription: NotRequired[str]
    CreationTime: datetime
    InferenceSpecification: NotRequired[InferenceSpecification]
    SourceAlgorithmSpecification: NotRequired[SourceAlgorithmSpecification]
    ValidationSpecification: NotRequired[ModelPackageValidationSpecification]
    ModelPackageStatus: ModelPackageStatus
    ModelPackageStatusDetails: ModelPackageStatusDetails
    CertifyForMarketplace: NotRequired[bool]
    ModelApprovalStatus: NotRequired[ModelApprovalStatus]
    CreatedBy: NotRequired[UserContext]
    MetadataProperties: NotRequired[MetadataProperties]
    ModelMetrics: NotRequired[ModelMetrics]
    LastModifiedTime: NotRequired[datetime]
    LastModifiedBy: NotRequired[UserContext]
    ApprovalDescription: NotRequired[str]
    Domain: NotRequired[str]
    Task: NotRequired[str]
    SamplePayloadUrl: NotRequired[str]
    CustomerMetadataProperties: NotRequired[dict[str, str]]
    DriftCheckBaselines: NotRequired[DriftCheckBaselines]
    AdditionalInferenceSpecifications: NotRequired[list[AdditionalInferenceSpecificationDefinition]]
    SkipModelValidation: NotRequired[SkipModelValidation]
    SourceUri: NotRequired[str]
    SecurityConfig: NotRequired[ModelPackageSecurityConfig]
    ModelCard: NotRequired[ModelPackageModelCard]
    ModelLifeCycle: NotRequired[ModelLifeCycle]
    ManagedStorageType: NotRequired[ManagedStorageType]


class DescribeProcessingJobRequest(TypedDict):
    ProcessingJobName: str


class DescribeProcessingJobResponse(TypedDict):
    ProcessingInputs: NotRequired[list[ProcessingInput]]
    ProcessingOutputConfig: NotRequired[ProcessingOutputConfig]
    ProcessingJobName: str
    ProcessingResources: ProcessingResources
    StoppingCondition: NotRequired[ProcessingStoppingCondition]
    AppSpecification: AppSpecification
    Environment: NotRequired[dict[str, str]]
    NetworkConfig: NotRequired[NetworkConfig]
    RoleArn: NotRequired[str]
    ExperimentConfig: NotRequired[ExperimentConfig]
    ProcessingJobArn: str
    ProcessingJobStatus: ProcessingJobStatus
    ExitMessage: NotRequired[str]
    FailureReason: NotRequired[str]
    ProcessingEndTime: NotRequired[datetime]
    ProcessingStartTime: NotRequired[datetime]
    LastModifiedTime: NotRequired[datetime]
    CreationTime: datetime
    MonitoringScheduleArn: NotRequired[str]
    AutoMLJobArn: NotRequired[str]
    TrainingJobArn: NotRequired[str]


class DescribeTrainingJobRequest(TypedDict):
    TrainingJobName: str


class DescribeTrainingJobResponse(TypedDict):
    TrainingJobName: str
    TrainingJobArn: str
    TuningJobArn: NotRequired[str]
    LabelingJobArn: NotRequired[str]
    AutoMLJobArn: NotRequired[str]
    ModelArtifacts: ModelArtifacts
    TrainingJobStatus: TrainingJobStatus
    SecondaryStatus: SecondaryStatus
    FailureReason: NotRequired[str]
    HyperParameters: NotRequired[dict[str, str]]
    AlgorithmSpecification: NotRequired[AlgorithmSpecification]
    RoleArn: NotRequired[str]
    InputDataConfig: NotRequired[list[Channel]]
    OutputDataConfig: NotRequired[OutputDataConfig]
    ResourceConfig: NotRequired[ResourceConfig]
    WarmPoolStatus: NotRequired[WarmPoolStatus]
    VpcConfig: NotRequired[VpcConfig]
    StoppingCondition: StoppingCondition
    CreationTime: datetime
    TrainingStartTime: NotRequired[datetime]
    TrainingEndTime: NotRequired[datetime]
    LastModifiedTime: NotRequired[datetime]
    SecondaryStatusTransitions: NotRequired[list[SecondaryStatusTransition]]
    FinalMetricDataList: NotRequired[list[MetricData]]
    EnableNetworkIsolation: NotRequired[bool]
    EnableInterContainerTrafficEncryption: NotRequired[bool]
    EnableManagedSpotTraining: NotRequired[bool]
    CheckpointConfig: NotRequired[CheckpointConfig]
    TrainingTimeInSeconds: NotRequired[int]
    BillableTimeInSeconds: NotRequired[int]
    BillableTokenCount: NotRequired[int]
    DebugHookConfig: NotRequired[DebugHookConfig]
    ExperimentConfig: NotRequired[ExperimentConfig]
    DebugRuleConfigurations: NotRequired[list[DebugRuleConfiguration]]
    TensorBoardOutputConfig: NotRequired[TensorBoardOutputConfig]
    DebugRuleEvaluationStatuses: NotRequired[list[DebugRuleEvaluationStatus]]
    ProfilerConfig: NotRequired[ProfilerConfig]
    ProfilerRuleConfigurations: NotRequired[list[ProfilerRuleConfiguration]]
    ProfilerRuleEvaluationStatuses: NotRequired[list[ProfilerRuleEvaluationStatus]]
    ProfilingStatus: NotRequired[ProfilingStatus]
    Environment: NotRequired[dict[str, str]]
    RetryStrategy: NotRequired[RetryStrategy]
    RemoteDebugConfig: NotRequired[RemoteDebugConfig]
    InfraCheckConfig: NotRequired[InfraCheckConfig]
    ServerlessJobConfig: NotRequired[ServerlessJobConfig]
    MlflowConfig: NotRequired[MlflowConfig]
    ModelPackageConfig: NotRequired[ModelPackageConfig]
    MlflowDetails: NotRequired[MlflowDetails]
    ProgressInfo: NotRequired[TrainingProgressInfo]
    OutputModelPackageArn: NotRequired[str]


class DescribeTransformJobRequest(TypedDict):
    TransformJobName: str


class DescribeTransformJobResponse(TypedDict):
    TransformJobName: str
    TransformJobArn: str
    TransformJobStatus: TransformJobStatus
    FailureReason: NotRequired[str]
    ModelName: str
    MaxConcurrentTransforms: NotRequired[int]
    ModelClientConfig: NotRequired[ModelClientConfig]
    MaxPayloadInMB: NotRequired[int]
    BatchStrategy: NotRequired[BatchStrategy]
    Environment: NotRequired[dict[str, str]]
    TransformInput: TransformInput
    TransformOutput: NotRequired[TransformOutput]
    DataCaptureConfig: NotRequired[BatchDataCaptureConfig]
    TransformResources: TransformResources
    CreationTime: datetime
    TransformStartTime: NotRequired[datetime]
    TransformEndTime: NotRequired[datetime]
    LabelingJobArn: NotRequired[str]
    AutoMLJobArn: NotRequired[str]
    DataProcessing: NotRequired[DataProcessing]
    ExperimentConfig: NotRequired[ExperimentConfig]


class DesiredWeightAndCapacity(TypedDict):
    VariantName: str
    DesiredWeight: NotRequired[float]
    DesiredInstanceCount: NotRequired[int]
    ServerlessUpdateConfig: NotRequired[ProductionVariantServerlessUpdateConfig]


class DriftCheckBaselines(TypedDict):
    Bias: NotRequired[DriftCheckBias]
    Explainability: NotRequired[DriftCheckExplainability]
    ModelQuality: NotRequired[DriftCheckModelQuality]
    ModelDataQuality: NotRequired[DriftCheckModelDataQuality]


class DriftCheckBias(TypedDict):
    ConfigFile: NotRequired[FileSource]
    PreTrainingConstraints: NotRequired[MetricsSource]
    PostTrainingConstraints: NotRequired[MetricsSource]


class DriftCheckExplainability(TypedDict):
    Constraints: NotRequired[MetricsSource]
    ConfigFile: NotRequired[FileSource]


class DriftCheckModelDataQuality(TypedDict):
    Statistics: NotRequired[MetricsSource]
    Constraints: NotRequired[MetricsSource]


class DriftCheckModelQuality(TypedDict):
    Statistics: NotRequired[MetricsSource]
    Constraints: NotRequired[MetricsSource]


class Ec2CapacityReservation(TypedDict):
    Ec2CapacityReservationId: NotRequired[str]
    TotalInstanceCount: NotRequired[int]
    AvailableInstanceCount: NotRequired[int]
    UsedByCurrentEndpoint: NotRequired[int]


class EndpointConfigSummary(TypedDict):
    EndpointConfigName: str
    EndpointConfigArn: str
    CreationTime: datetime


class EndpointSummary(TypedDict):
    EndpointName: str
    EndpointArn: str
    CreationTime: datetime
    LastModifiedTime: datetime
    EndpointStatus: EndpointStatus


class ExperimentConfig(TypedDict):
    ExperimentName: NotRequired[str]
    TrialName: NotRequired[str]
    TrialComponentDisplayName: NotRequired[str]
    RunName: NotRequired[str]


class Explainability(TypedDict):
    Report: NotRequired[MetricsSource]


class ExplainerConfig(TypedDict):
    ClarifyExplainerConfig: NotRequired[ClarifyExplainerConfig]


class FileSource(TypedDict):
    ContentType: NotRequired[str]
    ContentDigest: NotRequired[str]
    S3Uri: str


class FileSystemDataSource(TypedDict):
    FileSystemId: str
    FileSystemAccessMode: FileSystemAccessMode
    FileSystemType: FileSystemType
    DirectoryPath: str


class FinalHyperParameterTuningJobObjectiveMetric(TypedDict):
    Type: NotRequired[HyperParameterTuningJobObjectiveType]
    MetricName: str
    Value: float


class HubAccessConfig(TypedDict):
    HubContentArn: str


class HyperParameterAlgorithmSpecification(TypedDict):
    TrainingImage: NotRequired[str]
    TrainingInputMode: TrainingInputMode
    AlgorithmName: NotRequired[str]
    MetricDefinitions: NotRequired[list[MetricDefinition]]


class HyperParameterTrainingJobDefinition(TypedDict):
    DefinitionName: NotRequired[str]
    TuningObjective: NotRequired[HyperParameterTuningJobObjective]
    HyperParameterRanges: NotRequired[ParameterRanges]
    StaticHyperParameters: NotRequired[dict[str, str]]
    AlgorithmSpecification: HyperParameterAlgorithmSpecification
    RoleArn: str
    InputDataConfig: NotRequired[list[Channel]]
    VpcConfig: NotRequired[VpcConfig]
    OutputDataConfig: OutputDataConfig
    ResourceConfig: NotRequired[ResourceConfig]
    HyperParameterTuningResourceConfig: NotRequired[HyperParameterTuningResourceConfig]
    StoppingCondition: StoppingCondition
    EnableNetworkIsolation: NotRequired[bool]
    EnableInterContainerTrafficEncryption: NotRequired[bool]
    EnableManagedSpotTraining: NotRequired[bool]
    CheckpointConfig: NotRequired[CheckpointConfig]
    RetryStrategy: NotRequired[RetryStrategy]
    Environment: NotRequired[dict[str, str]]


class HyperParameterTrainingJobSummary(TypedDict):
    TrainingJobDefinitionName: NotRequired[str]
    TrainingJobName: str
    TrainingJobArn: str
    TuningJobName: NotRequired[str]
    CreationTime: datetime
    TrainingStartTime: NotRequired[datetime]
    TrainingEndTime: NotRequired[datetime]
    TrainingJobStatus: TrainingJobStatus
    TunedHyperParameters: dict[str, str]
    FailureReason: NotRequired[str]
    FinalHyperParameterTuningJobObjectiveMetric: NotRequired[FinalHyperParameterTuningJobObjectiveMetric]
    ObjectiveStatus: NotRequired[ObjectiveStatus]


class HyperParameterTuningInstanceConfig(TypedDict):
    InstanceType: TrainingInstanceType
    InstanceCount: int
    VolumeSizeInGB: int


class HyperParameterTuningJobCompletionDetails(TypedDict):
    NumberOfTrainingJobsObjectiveNotImproving: NotRequired[int]
    ConvergenceDetectedTime: NotRequired[datetime]


class HyperParameterTuningJobConfig(TypedDict):
    Strategy: HyperParameterTuningJobStrategyType
    StrategyConfig: NotRequired[HyperParameterTuningJobStrategyConfig]
    HyperParameterTuningJobObjective: NotRequired[HyperParameterTuningJobObjective]
    ResourceLimits: ResourceLimits
    ParameterRanges: NotRequired[ParameterRanges]
    TrainingJobEarlyStoppingType: NotRequired[TrainingJobEarlyStoppingType]
    TuningJobCompletionCriteria: NotRequired[TuningJobCompletionCriteria]
    RandomSeed: NotRequired[int]


class HyperParameterTuningJobConsumedResources(TypedDict):
    RuntimeInSeconds: NotRequired[int]


class HyperParameterTuningJobObjective(TypedDict):
    Type: HyperParameterTuningJobObjectiveType
    MetricName: str


class HyperParameterTuningJobStrategyConfig(TypedDict):
    HyperbandStrategyConfig: NotRequired[HyperbandStrategyConfig]


class HyperParameterTuningJobSummary(TypedDict):
    HyperParameterTuningJobName: str
    HyperParameterTuningJobArn: str
    HyperParameterTuningJobStatus: HyperParameterTuningJobStatus
    Strategy: HyperParameterTuningJobStrategyType
    CreationTime: datetime
    HyperParameterTuningEndTime: NotRequired[datetime]
    LastModifiedTime: NotRequired[datetime]
    TrainingJobStatusCounters: TrainingJobStatusCounters
    ObjectiveStatusCounters: ObjectiveStatusCounters
    ResourceLimits: NotRequired[ResourceLimits]


class HyperParameterTuningJobWarmStartConfig(TypedDict):
    ParentHyperParameterTuningJobs: list[ParentHyperParameterTuningJob]
    WarmStartType: HyperParameterTuningJobWarmStartType


class HyperParameterTuningResourceConfig(TypedDict):
    InstanceType: NotRequired[TrainingInstanceType]
    InstanceCount: NotRequired[int]
    VolumeSizeInGB: NotRequired[int]
    VolumeKmsKeyId: NotRequired[str]
    AllocationStrategy: NotRequired[HyperParameterTuningAllocationStrategy]
    InstanceConfigs: NotRequired[list[HyperParameterTuningInstanceConfig]]


class HyperbandStrategyConfig(TypedDict):
    MinResource: NotRequired[int]
    MaxResource: NotRequired[int]


class IamIdentity(TypedDict):
    Arn: NotRequired[str]
    PrincipalId: NotRequired[str]
    SourceIdentity: NotRequired[str]


class ImageConfig(TypedDict):
    RepositoryAccessMode: RepositoryAccessMode
    RepositoryAuthConfig: NotRequired[RepositoryAuthConfig]


class InferenceExecutionConfig(TypedDict):
    Mode: InferenceExecutionMode


class InferenceHubAccessConfig(TypedDict):
    HubContentArn: str


class InferenceSpecification(TypedDict):
    Containers: list[ModelPackageContainerDefinition]
    SupportedTransformInstanceTypes: NotRequired[list[TransformInstanceType]]
    SupportedRealtimeInferenceInstanceTypes: NotRequired[list[ProductionVariantInstanceType]]
    SupportedContentTypes: NotRequired[list[str]]
    SupportedResponseMIMETypes: NotRequired[list[str]]


class InfraCheckConfig(TypedDict):
    EnableInfraCheck: NotRequired[bool]


class InstanceGroup(TypedDict):
    InstanceType: TrainingInstanceType
    InstanceCount: int
    InstanceGroupName: str


class InstancePlacementConfig(TypedDict):
    EnableMultipleJobs: NotRequired[bool]
    PlacementSpecifications: NotRequired[list[PlacementSpecification]]


class InstancePool(TypedDict):
    InstanceType: ProductionVariantInstanceType
    ModelNameOverride: NotRequired[str]
    Priority: int


class InstancePoolSummary(TypedDict):
    InstanceType: ProductionVariantInstanceType
    CurrentInstanceCount: int


class InstancePreference(TypedDict):
    InstanceType: TrainingInstanceType
    InstanceCount: NotRequired[int]
    TrainingPlanArns: NotRequired[list[str]]


class IntegerParameterRange(TypedDict):
    Name: str
    MinValue: str
    MaxValue: str
    ScalingType: NotRequired[HyperParameterScalingType]


class ListEndpointConfigsInput(TypedDict):
    SortBy: NotRequired[EndpointConfigSortKey]
    SortOrder: NotRequired[OrderKey]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]
    NameContains: NotRequired[str]
    CreationTimeBefore: NotRequired[datetime]
    CreationTimeAfter: NotRequired[datetime]


class ListEndpointConfigsOutput(TypedDict):
    EndpointConfigs: list[EndpointConfigSummary]
    NextToken: NotRequired[str]


class ListEndpointsInput(TypedDict):
    SortBy: NotRequired[EndpointSortKey]
    SortOrder: NotRequired[OrderKey]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]
    NameContains: NotRequired[str]
    CreationTimeBefore: NotRequired[datetime]
    CreationTimeAfter: NotRequired[datetime]
    LastModifiedTimeBefore: NotRequired[datetime]
    LastModifiedTimeAfter: NotRequired[datetime]
    StatusEquals: NotRequired[EndpointStatus]


class ListEndpointsOutput(TypedDict):
    Endpoints: list[EndpointSummary]
    NextToken: NotRequired[str]


class ListHyperParameterTuningJobsRequest(TypedDict):
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]
    SortBy: NotRequired[HyperParameterTuningJobSortByOptions]
    SortOrder: NotRequired[SortOrder]
    NameContains: NotRequired[str]
    CreationTimeAfter: NotRequired[datetime]
    CreationTimeBefore: NotRequired[datetime]
    LastModifiedTimeAfter: NotRequired[datetime]
    LastModifiedTimeBefore: NotRequired[datetime]
    StatusEquals: NotRequired[HyperParameterTuningJobStatus]


class ListHyperParameterTuningJobsResponse(TypedDict):
    HyperParameterTuningJobSummaries: list[HyperParameterTuningJobSummary]
    NextToken: NotRequired[str]


class ListModelPackageGroupsInput(TypedDict):
    CreationTimeAfter: NotRequired[datetime]
    CreationTimeBefore: NotRequired[datetime]
    MaxResults: NotRequired[int]
    NameContains: NotRequired[str]
    NextToken: NotRequired[str]
    SortBy: NotRequired[ModelPackageGroupSortBy]
    SortOrder: NotRequired[SortOrder]
    CrossAccountFilterOption: NotRequired[CrossAccountFilterOption]


class ListModelPackageGroupsOutput(TypedDict):
    ModelPackageGroupSummaryList: list[ModelPackageGroupSummary]
    NextToken: NotRequired[str]


class ListModelPackagesInput(TypedDict):
    CreationTimeAfter: NotRequired[datetime]
    CreationTimeBefore: NotRequired[datetime]
    MaxResults: NotRequired[int]
    NameContains: NotRequired[str]
    ModelApprovalStatus: NotRequired[ModelApprovalStatus]
    ModelPackageGroupName: NotRequired[str]
    ModelPackageType: NotRequired[ModelPackageType]
    NextToken: NotRequired[str]
    SortBy: NotRequired[ModelPackageSortBy]
    SortOrder: NotRequired[SortOrder]


class ListModelPackagesOutput(TypedDict):
    ModelPackageSummaryList: list[ModelPackageSummary]
    NextToken: NotRequired[str]


class ListModelsInput(TypedDict):
    SortBy: NotRequired[ModelSortKey]
    SortOrder: NotRequired[OrderKey]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]
    NameContains: NotRequired[str]
    CreationTimeBefore: NotRequired[datetime]
    CreationTimeAfter: NotRequired[datetime]


class ListModelsOutput(TypedDict):
    Models: list[ModelSummary]
    NextToken: NotRequired[str]


class ListProcessingJobsRequest(TypedDict):
    CreationTimeAfter: NotRequired[datetime]
    CreationTimeBefore: NotRequired[datetime]
    LastModifiedTimeAfter: NotRequired[datetime]
    LastModifiedTimeBefore: NotRequired[datetime]
    NameContains: NotRequired[str]
    StatusEquals: NotRequired[ProcessingJobStatus]
    SortBy: NotRequired[SortBy]
    SortOrder: NotRequired[SortOrder]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListProcessingJobsResponse(TypedDict):
    ProcessingJobSummaries: list[ProcessingJobSummary]
    NextToken: NotRequired[str]


class ListTagsInput(TypedDict):
    ResourceArn: str
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListTagsOutput(TypedDict):
    Tags: NotRequired[list[Tag]]
    NextToken: NotRequired[str]


class ListTrainingJobsForHyperParameterTuningJobRequest(TypedDict):
    HyperParameterTuningJobName: str
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]
    StatusEquals: NotRequired[TrainingJobStatus]
    SortBy: NotRequired[TrainingJobSortByOptions]
    SortOrder: NotRequired[SortOrder]


class ListTrainingJobsForHyperParameterTuningJobResponse(TypedDict):
    TrainingJobSummaries: list[HyperParameterTrainingJobSummary]
    NextToken: NotRequired[str]


class ListTrainingJobsRequest(TypedDict):
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]
    CreationTimeAfter: NotRequired[datetime]
    CreationTimeBefore: NotRequired[datetime]
    LastModifiedTimeAfter: NotRequired[datetime]
    LastModifiedTimeBefore: NotRequired[datetime]
    NameContains: NotRequired[str]
    StatusEquals: NotRequired[TrainingJobStatus]
    SortBy: NotRequired[SortBy]
    SortOrder: NotRequired[SortOrder]
    WarmPoolStatusEquals: NotRequired[WarmPoolResourceStatus]
    TrainingPlanArnEquals: NotRequired[str]


class ListTrainingJobsResponse(TypedDict):
    TrainingJobSummaries: list[TrainingJobSummary]
    NextToken: NotRequired[str]


class ListTransformJobsRequest(TypedDict):
    CreationTimeAfter: NotRequired[datetime]
    CreationTimeBefore: NotRequired[datetime]
    LastModifiedTimeAfter: NotRequired[datetime]
    LastModifiedTimeBefore: NotRequired[datetime]
    NameContains: NotRequired[str]
    StatusEquals: NotRequired[TransformJobStatus]
    SortBy: NotRequired[SortBy]
    SortOrder: NotRequired[SortOrder]
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListTransformJobsResponse(TypedDict):
    TransformJobSummaries: list[TransformJobSummary]
    NextToken: NotRequired[str]


class ManagedConfiguration(TypedDict):
    ManagedStorageType: NotRequired[ManagedStorageType]


class MetadataProperties(TypedDict):
    CommitId: NotRequired[str]
    Repository: NotRequired[str]
    GeneratedBy: NotRequired[str]
    ProjectId: NotRequired[str]


class MetricData(TypedDict):
    MetricName: NotRequired[str]
    Value: NotRequired[float]
    Timestamp: NotRequired[datetime]


class MetricDefinition(TypedDict):
    Name: str
    Regex: str


class MetricsConfig(TypedDict):
    EnableEnhancedMetrics: NotRequired[bool]
    EnableDetailedObservability: NotRequired[bool]
    MetricPublishFrequencyInSeconds: NotRequired[int]


class MetricsEndpoint(TypedDict):
    MetricsEndpointPath: str
    MetricPublishFrequencyInSeconds: NotRequired[int]


class MetricsSource(TypedDict):
    ContentType: str
    ContentDigest: NotRequired[str]
    S3Uri: str


class MlflowConfig(TypedDict):
    MlflowResourceArn: str
    MlflowExperimentName: NotRequired[str]
    MlflowRunName: NotRequired[str]


class MlflowDetails(TypedDict):
    MlflowExperimentId: NotRequired[str]
    MlflowRunId: NotRequired[str]


class ModelAccessConfig(TypedDict):
    AcceptEula: bool


class ModelArtifacts(TypedDict):
    S3ModelArtifacts: str


class ModelClientConfig(TypedDict):
    InvocationsTimeoutInSeconds: NotRequired[int]
    InvocationsMaxRetries: NotRequired[int]


class ModelDataQuality(TypedDict):
    Statistics: NotRequired[MetricsSource]
    Constraints: NotRequired[MetricsSource]


class ModelDataSource(TypedDict):
    S3DataSource: NotRequired[S3ModelDataSource]


class ModelInput(TypedDict):
    DataInputConfig: str


class ModelLifeCycle(TypedDict):
    Stage: str
    StageStatus: str
    StageDescription: NotRequired[str]


class ModelMetrics(TypedDict):
    ModelQuality: NotRequired[ModelQuality]
    ModelDataQuality: NotRequired[ModelDataQuality]
    Bias: NotRequired[Bias]
    Explainability: NotRequired[Explainability]


class ModelPackageConfig(TypedDict):
    ModelPackageGroupArn: str
    SourceModelPackageArn: NotRequired[str]


class ModelPackageContainerDefinition(TypedDict):
    ContainerHostname: NotRequired[str]
    Image: NotRequired[str]
    ImageDigest: NotRequired[str]
    ModelDataUrl: NotRequired[str]
    ModelDataSource: NotRequired[ModelDataSource]
    ProductId: NotRequired[str]
    Environment: NotRequired[dict[str, str]]
    ModelInput: NotRequired[ModelInput]
    Framework: NotRequired[str]
    FrameworkVersion: NotRequired[str]
    NearestModelName: NotRequired[str]
    AdditionalModelDataSources: NotRequired[list[AdditionalModelDataSource]]
    AdditionalS3DataSource: NotRequired[AdditionalS3DataSource]
    ModelDataETag: NotRequired[str]
    IsCheckpoint: NotRequired[bool]
    BaseModel: NotRequired[BaseModel]


class ModelPackageGroupSummary(TypedDict):
    ModelPackageGroupName: str
    ModelPackageGroupArn: str
    ModelPackageGroupDescription: NotRequired[str]
    CreationTime: datetime
    ModelPackageGroupStatus: ModelPackageGroupStatus
    ManagedConfiguration: NotRequired[ManagedConfiguration]


class ModelPackageModelCard(TypedDict):
    ModelCardContent: NotRequired[str]
    ModelCardStatus: NotRequired[ModelCardStatus]


class ModelPackageSecurityConfig(TypedDict):
    KmsKeyId: str


class ModelPackageStatusDetails(TypedDict):
    ValidationStatuses: list[ModelPackageStatusItem]
    ImageScanStatuses: NotRequired[list[ModelPackageStatusItem]]


class ModelPackageStatusItem(TypedDict):
    Name: str
    Status: DetailedModelPackageStatus
    FailureReason: NotRequired[str]


class ModelPackageSummary(TypedDict):
    ModelPackageName: NotRequired[str]
    ModelPackageGroupName: NotRequired[str]
    ModelPackageVersion: NotRequired[int]
    ModelPackageArn: str
    ModelPackageDescription: NotRequired[str]
    CreationTime: datetime
    ModelPackageStatus: ModelPackageStatus
    ModelApprovalStatus: NotRequired[ModelApprovalStatus]
    ModelLifeCycle: NotRequired[ModelLifeCycle]
    ModelPackageRegistrationType: NotRequired[ModelPackageRegistrationType]


class ModelPackageValidationProfile(TypedDict):
    ProfileName: str
    TransformJobDefinition: TransformJobDefinition


class ModelPackageValidationSpecification(TypedDict):
    ValidationRole: str
    ValidationProfiles: list[ModelPackageValidationProfile]


class ModelQuality(TypedDict):
    Statistics: NotRequired[MetricsSource]
    Constraints: NotRequired[MetricsSource]


class ModelSummary(TypedDict):
    ModelName: str
    ModelArn: str
    CreationTime: datetime


class MultiModelConfig(TypedDict):
    ModelCacheSetting: NotRequired[ModelCacheSetting]


class NetworkConfig(TypedDict):
    EnableInterContainerTrafficEncryption: NotRequired[bool]
    EnableNetworkIsolation: NotRequired[bool]
    VpcConfig: NotRequired[VpcConfig]


class ObjectiveStatusCounters(TypedDict):
    Succeeded: NotRequired[int]
    Pending: NotRequired[int]
    Failed: NotRequired[int]


class OutputDataConfig(TypedDict):
    KmsKeyId: NotRequired[str]
    S3OutputPath: str
    CompressionType: NotRequired[OutputCompressionType]


class ParameterRanges(TypedDict):
    IntegerParameterRanges: NotRequired[list[IntegerParameterRange]]
    ContinuousParameterRanges: NotRequired[list[ContinuousParameterRange]]
    CategoricalParameterRanges: NotRequired[list[CategoricalParameterRange]]
    AutoParameters: NotRequired[list[AutoParameter]]


class ParentHyperParameterTuningJob(TypedDict):
    HyperParameterTuningJobName: NotRequired[str]


class PendingDeploymentSummary(TypedDict):
    EndpointConfigName: str
    ProductionVariants: NotRequired[list[PendingProductionVariantSummary]]
    StartTime: NotRequired[datetime]
    ShadowProductionVariants: NotRequired[list[PendingProductionVariantSummary]]


class PendingProductionVariantSummary(TypedDict):
    VariantName: str
    DeployedImages: NotRequired[list[DeployedImage]]
    CurrentWeight: NotRequired[float]
    DesiredWeight: NotRequired[float]
    CurrentInstanceCount: NotRequired[int]
    DesiredInstanceCount: NotRequired[int]
    InstanceType: NotRequired[ProductionVariantInstanceType]
    InstancePools: NotRequired[list[InstancePoolSummary]]
    AcceleratorType: NotRequired[ProductionVariantAcceleratorType]
    VariantStatus: NotRequired[list[ProductionVariantStatus]]
    CurrentServerlessConfig: NotRequired[ProductionVariantServerlessConfig]
    DesiredServerlessConfig: NotRequired[ProductionVariantServerlessConfig]
    ManagedInstanceScaling: NotRequired[ProductionVariantManagedInstanceScaling]
    RoutingConfig: NotRequired[ProductionVariantRoutingConfig]
    AcceleratorPartitionLayouts: NotRequired[list[AcceleratorPartitionLayout]]


class PlacementSpecification(TypedDict):
    UltraServerId: NotRequired[str]
    InstanceCount: int


class PrefixAwareRoutingConfig(TypedDict):
    PrefixLength: NotRequired[int]
    ConcurrencyThreshold: NotRequired[int]


class ProcessingClusterConfig(TypedDict):
    InstanceCount: NotRequired[int]
    InstanceType: NotRequired[ProcessingInstanceType]
    VolumeSizeInGB: int
    VolumeKmsKeyId: NotRequired[str]
    InstancePreferences: NotRequired[list[ProcessingInstancePreference]]
    SelectedInstanceType: NotRequired[ProcessingInstanceType]
    SelectedInstanceCount: NotRequired[int]


class ProcessingFeatureStoreOutput(TypedDict):
    FeatureGroupName: str


class ProcessingInput(TypedDict):
    InputName: str
    AppManaged: NotRequired[bool]
    S3Input: NotRequired[ProcessingS3Input]
    DatasetDefinition: NotRequired[DatasetDefinition]


class ProcessingInstancePreference(TypedDict):
    InstanceType: ProcessingInstanceType
    InstanceCount: NotRequired[int]


class ProcessingJobSummary(TypedDict):
    ProcessingJobName: str
    ProcessingJobArn: str
    CreationTime: datetime
    ProcessingEndTime: NotRequired[datetime]
    LastModifiedTime: NotRequired[datetime]
    ProcessingJobStatus: ProcessingJobStatus
    FailureReason: NotRequired[str]
    ExitMessage: NotRequired[str]


class ProcessingOutput(TypedDict):
    OutputName: str
    S3Output: NotRequired[ProcessingS3Output]
    FeatureStoreOutput: NotRequired[ProcessingFeatureStoreOutput]
    AppManaged: NotRequired[bool]


class ProcessingOutputConfig(TypedDict):
    Outputs: list[ProcessingOutput]
    KmsKeyId: NotRequired[str]


class ProcessingResources(TypedDict):
    ClusterConfig: ProcessingClusterConfig


class ProcessingS3Input(TypedDict):
    S3Uri: str
    LocalPath: NotRequired[str]
    S3DataType: ProcessingS3DataType
    S3InputMode: NotRequired[ProcessingS3InputMode]
    S3DataDistributionType: NotRequired[ProcessingS3DataDistributionType]
    S3CompressionType: NotRequired[ProcessingS3CompressionType]


class ProcessingS3Output(TypedDict):
    S3Uri: str
    LocalPath: NotRequired[str]
    S3UploadMode: ProcessingS3UploadMode


class ProcessingStoppingCondition(TypedDict):
    MaxRuntimeInSeconds: int


class ProductionVariant(TypedDict):
    VariantName: str
    ModelName: NotRequired[str]
    InitialInstanceCount: NotRequired[int]
    InstanceType: NotRequired[ProductionVariantInstanceType]
    InstancePools: NotRequired[list[InstancePool]]
    VariantInstanceProvisionTimeoutInSeconds: NotRequired[int]
    InitialVariantWeight: NotRequired[float]
    AcceleratorType: NotRequired[ProductionVariantAcceleratorType]
    CoreDumpConfig: NotRequired[ProductionVariantCoreDumpConfig]
    ServerlessConfig: NotRequired[ProductionVariantServerlessConfig]
    VolumeSizeInGB: NotRequired[int]
    ModelDataDownloadTimeoutInSeconds: NotRequired[int]
    ContainerStartupHealthCheckTimeoutInSeconds: NotRequired[int]
    EnableSSMAccess: NotRequired[bool]
    ManagedInstanceScaling: NotRequired[ProductionVariantManagedInstanceScaling]
    RoutingConfig: NotRequired[ProductionVariantRoutingConfig]
    InferenceAmiVersion: NotRequired[ProductionVariantInferenceAmiVersion]
    CapacityReservationConfig: NotRequired[ProductionVariantCapacityReservationConfig]
    AcceleratorPartitionLayouts: NotRequired[list[AcceleratorPartitionLayout]]


class ProductionVariantCapacityReservationConfig(TypedDict):
    CapacityReservationPreference: NotRequired[CapacityReservationPreference]
    MlReservationArn: NotRequired[str]


class ProductionVariantCapacityReservationSummary(TypedDict):
    MlReservationArn: NotRequired[str]
    CapacityReservationPreference: NotRequired[CapacityReservationPreference]
    TotalInstanceCount: NotRequired[int]
    AvailableInstanceCount: NotRequired[int]
    UsedByCurrentEndpoint: NotRequired[int]
    Ec2CapacityReservations: NotRequired[list[Ec2CapacityReservation]]


class ProductionVariantCoreDumpConfig(TypedDict):
    DestinationS3Uri: str
    KmsKeyId: NotRequired[str]


class ProductionVariantManagedInstanceScaling(TypedDict):
    Status: NotRequired[ManagedInstanceScalingStatus]
    MinInstanceCount: NotRequired[int]
    MaxInstanceCount: NotRequired[int]
    ScaleInPolicy: NotRequired[ProductionVariantManagedInstanceScalingScaleInPolicy]


class ProductionVariantManagedInstanceScalingScaleInPolicy(TypedDict):
    Strategy: ManagedInstanceScalingScaleInStrategy
    MaximumStepSize: NotRequired[int]
    CooldownInMinutes: NotRequired[int]


class ProductionVariantRoutingConfig(TypedDict):
    RoutingStrategy: RoutingStrategy
    PrefixAwareRoutingConfig: NotRequired[PrefixAwareRoutingConfig]


class ProductionVariantServerlessConfig(TypedDict):
    MemorySizeInMB: int
    MaxConcurrency: int
    ProvisionedConcurrency: NotRequired[int]


class ProductionVariantServerlessUpdateConfig(TypedDict):
    MaxConcurrency: NotRequired[int]
    ProvisionedConcurrency: NotRequired[int]


class ProductionVariantStatus(TypedDict):
    Status: VariantStatus
    StatusMessage: NotRequired[str]
    StartTime: NotRequired[datetime]


class ProductionVariantSummary(TypedDict):
    VariantName: str
    DeployedImages: NotRequired[list[DeployedImage]]
    CurrentWeight: NotRequired[float]
    DesiredWeight: NotRequired[float]
    CurrentInstanceCount: NotRequired[int]
    DesiredInstanceCount: NotRequired[int]
    InstancePools: NotRequired[list[InstancePoolSummary]]
    VariantStatus: NotRequired[list[ProductionVariantStatus]]
    CurrentServerlessConfig: NotRequired[ProductionVariantServerlessConfig]
    DesiredServerlessConfig: NotRequired[ProductionVariantServerlessConfig]
    ManagedInstanceScaling: NotRequired[ProductionVariantManagedInstanceScaling]
    RoutingConfig: NotRequired[ProductionVariantRoutingConfig]
    CapacityReservationConfig: NotRequired[ProductionVariantCapacityReservationSummary]
    AcceleratorPartitionLayouts: NotRequired[list[AcceleratorPartitionLayout]]


class ProfilerConfig(TypedDict):
    S3OutputPath: NotRequired[str]
    ProfilingIntervalInMilliseconds: NotRequired[int]
    ProfilingParameters: NotRequired[dict[str, str]]
    DisableProfiler: NotRequired[bool]


class ProfilerConfigForUpdate(TypedDict):
    S3OutputPath: NotRequired[str]
    ProfilingIntervalInMilliseconds: NotRequired[int]
    ProfilingParameters: NotRequired[dict[str, str]]
    DisableProfiler: NotRequired[bool]


class ProfilerRuleConfiguration(TypedDict):
    RuleConfigurationName: str
    LocalPath: NotRequired[str]
    S3OutputPath: NotRequired[str]
    RuleEvaluatorImage: str
    InstanceType: NotRequired[ProcessingInstanceType]
    VolumeSizeInGB: NotRequired[int]
    RuleParameters: NotRequired[dict[str, str]]


class ProfilerRuleEvaluationStatus(TypedDict):
    RuleConfigurationName: NotRequired[str]
    RuleEvaluationJobArn: NotRequired[str]
    RuleEvaluationStatus: NotRequired[RuleEvaluationStatus]
    StatusDetails: NotRequired[str]
    LastModifiedTime: NotRequired[datetime]


class RealTimeInferenceRecommendation(TypedDict):
    RecommendationId: str
    InstanceType: ProductionVariantInstanceType
    Environment: NotRequired[dict[str, str]]


class RedshiftDatasetDefinition(TypedDict):
    ClusterId: str
    Database: str
    DbUser: str
    QueryString: str
    ClusterRoleArn: str
    OutputS3Uri: str
    KmsKeyId: NotRequired[str]
    OutputFormat: RedshiftResultFormat
    OutputCompression: NotRequired[RedshiftResultCompressionType]


class RemoteDebugConfig(TypedDict):
    EnableRemoteDebug: NotRequired[bool]


class RemoteDebugConfigForUpdate(TypedDict):
    EnableRemoteDebug: NotRequired[bool]


class RepositoryAuthConfig(TypedDict):
    RepositoryCredentialsProviderArn: str


class ResourceConfig(TypedDict):
    InstanceType: NotRequired[TrainingInstanceType]
    InstanceCount: NotRequired[int]
    VolumeSizeInGB: NotRequired[int]
    VolumeKmsKeyId: NotRequired[str]
    KeepAlivePeriodInSeconds: NotRequired[int]
    InstanceGroups: NotRequired[list[InstanceGroup]]
    TrainingPlanArn: NotRequired[str]
    InstancePlacementConfig: NotRequired[InstancePlacementConfig]
    InstancePreferences: NotRequired[list[InstancePreference]]
    SelectedInstanceType: NotRequired[TrainingInstanceType]
    SelectedInstanceCount: NotRequired[int]


class ResourceConfigForUpdate(TypedDict):
    KeepAlivePeriodInSeconds: int


class ResourceLimits(TypedDict):
    MaxNumberOfTrainingJobs: NotRequired[int]
    MaxParallelTrainingJobs: int
    MaxRuntimeInSeconds: NotRequired[int]


class RetryStrategy(TypedDict):
    MaximumRetryAttempts: int


class RollingUpdatePolicy(TypedDict):
    MaximumBatchSize: CapacitySize
    WaitIntervalInSeconds: int
    MaximumExecutionTimeoutInSeconds: NotRequired[int]
    RollbackMaximumBatchSize: NotRequired[CapacitySize]


class S3DataSource(TypedDict):
    S3DataType: S3DataType
    S3Uri: str
    S3DataDistributionType: NotRequired[S3DataDistribution]
    AttributeNames: NotRequired[list[str]]
    InstanceGroupNames: NotRequired[list[str]]
    ModelAccessConfig: NotRequired[ModelAccessConfig]
    HubAccessConfig: NotRequired[HubAccessConfig]


class S3ModelDataSource(TypedDict):
    S3Uri: str
    S3DataType: S3ModelDataType
    CompressionType: ModelCompressionType
    ModelAccessConfig: NotRequired[ModelAccessConfig]
    HubAccessConfig: NotRequired[InferenceHubAccessConfig]
    ManifestS3Uri: NotRequired[str]
    ETag: NotRequired[str]
    ManifestEtag: NotRequired[str]


class SecondaryStatusTransition(TypedDict):
    Status: SecondaryStatus
    StartTime: datetime
    EndTime: NotRequired[datetime]
    StatusMessage: NotRequired[str]


class ServerlessJobConfig(TypedDict):
    BaseModelArn: str
    AcceptEula: NotRequired[bool]
    JobType: ServerlessJobType
    CustomizationTechnique: NotRequired[CustomizationTechnique]
    Peft: NotRequired[Peft]
    EvaluationType: NotRequired[EvaluationType]
    EvaluatorArn: NotRequired[str]
    SequenceLength: NotRequired[str]


class SessionChainingConfig(TypedDict):
    EnableSessionTagChaining: NotRequired[bool]


class ShuffleConfig(TypedDict):
    Seed: int


class SourceAlgorithm(TypedDict):
    ModelDataUrl: NotRequired[str]
    ModelDataSource: NotRequired[ModelDataSource]
    ModelDataETag: NotRequired[str]
    AlgorithmName: str


class SourceAlgorithmSpecification(TypedDict):
    SourceAlgorithms: list[SourceAlgorithm]


class StopHyperParameterTuningJobRequest(TypedDict):
    HyperParameterTuningJobName: str


class StopProcessingJobRequest(TypedDict):
    ProcessingJobName: str


class StopTrainingJobRequest(TypedDict):
    TrainingJobName: str


class StopTransformJobRequest(TypedDict):
    TransformJobName: str


class StoppingCondition(TypedDict):
    MaxRuntimeInSeconds: NotRequired[int]
    MaxWaitTimeInSeconds: NotRequired[int]
    MaxPendingTimeInSeconds: NotRequired[int]


class Tag(TypedDict):
    Key: str
    Value: str


class TensorBoardOutputConfig(TypedDict):
    LocalPath: NotRequired[str]
    S3OutputPath: str


class TrafficRoutingConfig(TypedDict):
    Type: TrafficRoutingConfigType
    WaitIntervalInSeconds: int
    CanarySize: NotRequired[CapacitySize]
    LinearStepSize: NotRequired[CapacitySize]


class TrainingImageConfig(TypedDict):
    TrainingRepositoryAccessMode: TrainingRepositoryAccessMode
    TrainingRepositoryAuthConfig: NotRequired[TrainingRepositoryAuthConfig]


class TrainingJobStatusCounters(TypedDict):
    Completed: NotRequired[int]
    InProgress: NotRequired[int]
    RetryableError: NotRequired[int]
    NonRetryableError: NotRequired[int]
    Stopped: NotRequired[int]


class TrainingJobSummary(TypedDict):
    TrainingJobName: str
    TrainingJobArn: str
    CreationTime: datetime
    TrainingEndTime: NotRequired[datetime]
    LastModifiedTime: NotRequired[datetime]
    TrainingJobStatus: TrainingJobStatus
    SecondaryStatus: NotRequired[SecondaryStatus]
    WarmPoolStatus: NotRequired[WarmPoolStatus]
    TrainingPlanArn: NotRequired[str]


class TrainingProgressInfo(TypedDict):
    TotalStepCountPerEpoch: NotRequired[int]
    CurrentStep: NotRequired[int]
    CurrentEpoch: NotRequired[int]
    MaxEpoch: NotRequired[int]


class TrainingRepositoryAuthConfig(TypedDict):
    TrainingRepositoryCredentialsProviderArn: str


class TransformDataSource(TypedDict):
    S3DataSource: TransformS3DataSource


class TransformInput(TypedDict):
    DataSource: TransformDataSource
    ContentType: NotRequired[str]
    CompressionType: NotRequired[CompressionType]
    SplitType: NotRequired[SplitType]


class TransformJobDefinition(TypedDict):
    MaxConcurrentTransforms: NotRequired[int]
    MaxPayloadInMB: NotRequired[int]
    BatchStrategy: NotRequired[BatchStrategy]
    Environment: NotRequired[dict[str, str]]
    TransformInput: TransformInput
    TransformOutput: TransformOutput
    TransformResources: TransformResources


class TransformJobSummary(TypedDict):
    TransformJobName: str
    TransformJobArn: str
    CreationTime: datetime
    TransformEndTime: NotRequired[datetime]
    LastModifiedTime: NotRequired[datetime]
    TransformJobStatus: TransformJobStatus
    FailureReason: NotRequired[str]


class TransformOutput(TypedDict):
    S3OutputPath: str
    Accept: NotRequired[str]
    AssembleWith: NotRequired[AssemblyType]
    KmsKeyId: NotRequired[str]


class TransformResources(TypedDict):
    InstanceType: TransformInstanceType
    InstanceCount: int
    VolumeKmsKeyId: NotRequired[str]
    TransformAmiVersion: NotRequired[str]


class TransformS3DataSource(TypedDict):
    S3DataType: S3DataType
    S3Uri: str


class TuningJobCompletionCriteria(TypedDict):
    TargetObjectiveMetricValue: NotRequired[float]
    BestObjectiveNotImproving: NotRequired[BestObjectiveNotImproving]
    ConvergenceDetected: NotRequired[ConvergenceDetected]


class UpdateEndpointInput(TypedDict):
    EndpointName: str
    EndpointConfigName: str
    RetainAllVariantProperties: NotRequired[bool]
    ExcludeRetainedVariantProperties: NotRequired[list[VariantProperty]]
    DeploymentConfig: NotRequired[DeploymentConfig]
    RetainDeploymentConfig: NotRequired[bool]


class UpdateEndpointOutput(TypedDict):
    EndpointArn: str


class UpdateEndpointWeightsAndCapacitiesInput(TypedDict):
    EndpointName: str
    DesiredWeightsAndCapacities: list[DesiredWeightAndCapacity]


class UpdateEndpointWeightsAndCapacitiesOutput(TypedDict):
    EndpointArn: str


class UpdateModelPackageInput(TypedDict):
    ModelPackageArn: str
    ModelApprovalStatus: NotRequired[ModelApprovalStatus]
    ModelPackageRegistrationType: NotRequired[ModelPackageRegistrationType]
    ApprovalDescription: NotRequired[str]
    CustomerMetadataProperties: NotRequired[dict[str, str]]
    CustomerMetadataPropertiesToRemove: NotRequired[list[str]]
    AdditionalInferenceSpecificationsToAdd: NotRequired[list[AdditionalInferenceSpecificationDefinition]]
    InferenceSpecification: NotRequired[InferenceSpecification]
    SourceUri: NotRequired[str]
    ModelCard: NotRequired[ModelPackageModelCard]
    ModelLifeCycle: NotRequired[ModelLifeCycle]
    ClientToken: NotRequired[str]


class UpdateModelPackageOutput(TypedDict):
    ModelPackageArn: str


class UpdateTrainingJobRequest(TypedDict):
    TrainingJobName: str
    ProfilerConfig: NotRequired[ProfilerConfigForUpdate]
    ProfilerRuleConfigurations: NotRequired[list[ProfilerRuleConfiguration]]
    ResourceConfig: NotRequired[ResourceConfigForUpdate]
    RemoteDebugConfig: NotRequired[RemoteDebugConfigForUpdate]


class UpdateTrainingJobResponse(TypedDict):
    TrainingJobArn: str


class UserContext(TypedDict):
    UserProfileArn: NotRequired[str]
    UserProfileName: NotRequired[str]
    DomainId: NotRequired[str]
    IamIdentity: NotRequired[IamIdentity]


class VariantProperty(TypedDict):
    VariantPropertyType: VariantPropertyType


class VpcConfig(TypedDict):
    SecurityGroupIds: list[str]
    Subnets: list[str]


class WarmPoolStatus(TypedDict):
    Status: WarmPoolResourceStatus
    ResourceRetainedBillableTimeInSeconds: NotRequired[int]
    ReusedByJob: NotRequired[str]
