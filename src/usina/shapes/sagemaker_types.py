"""Shapes of sagemaker 2017-07-24. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

CompressionType = Literal["None", "Gzip"]
ContainerMode = Literal["SingleModel", "MultiModel"]
CustomizationTechnique = Literal["SFT", "DPO", "RLVR", "RLAIF"]
EvaluationType = Literal["LLMAJEvaluation", "CustomScorerEvaluation", "BenchmarkEvaluation"]
FileSystemAccessMode = Literal["rw", "ro"]
FileSystemType = Literal["EFS", "FSxLustre"]
InferenceExecutionMode = Literal["Serial", "Direct"]
ModelCacheSetting = Literal["Enabled", "Disabled"]
ModelCompressionType = Literal["None", "Gzip"]
ModelSortKey = Literal["Name", "CreationTime"]
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
RepositoryAccessMode = Literal["Platform", "Vpc"]
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
SortBy = Literal["Name", "CreationTime", "Status"]
SortOrder = Literal["Ascending", "Descending"]
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
TrainingJobStatus = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped", "Deleting"]
TrainingRepositoryAccessMode = Literal["Platform", "Vpc"]
WarmPoolResourceStatus = Literal["Available", "Terminated", "Reused", "InUse"]


class AddTagsInput(TypedDict):
    ResourceArn: str
    Tags: list[Tag]


class AddTagsOutput(TypedDict):
    Tags: NotRequired[list[Tag]]


class AdditionalModelDataSource(TypedDict):
    ChannelName: str
    S3DataSource: S3ModelDataSource


class AlgorithmSpecification(TypedDict):
    TrainingImage: NotRequired[str]
    AlgorithmName: NotRequired[str]
    TrainingInputMode: TrainingInputMode
    MetricDefinitions: NotRequired[list[MetricDefinition]]
    EnableSageMakerMetricsTimeSeries: NotRequired[bool]
    ContainerEntrypoint: NotRequired[list[str]]
    ContainerArguments: NotRequired[list[str]]
    TrainingImageConfig: NotRequired[TrainingImageConfig]


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


class DataSource(TypedDict):
    S3DataSource: NotRequired[S3DataSource]
    FileSystemDataSource: NotRequired[FileSystemDataSource]
    DatasetSource: NotRequired[DatasetSource]


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


class DeleteModelInput(TypedDict):
    ModelName: str


class DeleteTagsInput(TypedDict):
    ResourceArn: str
    TagKeys: list[str]


class DeleteTagsOutput(TypedDict):
    pass


class DeploymentRecommendation(TypedDict):
    RecommendationStatus: RecommendationStatus
    RealTimeInferenceRecommendations: NotRequired[list[RealTimeInferenceRecommendation]]


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


class ExperimentConfig(TypedDict):
    ExperimentName: NotRequired[str]
    TrialName: NotRequired[str]
    TrialComponentDisplayName: NotRequired[str]
    RunName: NotRequired[str]


class FileSystemDataSource(TypedDict):
    FileSystemId: str
    FileSystemAccessMode: FileSystemAccessMode
    FileSystemType: FileSystemType
    DirectoryPath: str


class HubAccessConfig(TypedDict):
    HubContentArn: str


class ImageConfig(TypedDict):
    RepositoryAccessMode: RepositoryAccessMode
    RepositoryAuthConfig: NotRequired[RepositoryAuthConfig]


class InferenceExecutionConfig(TypedDict):
    Mode: InferenceExecutionMode


class InferenceHubAccessConfig(TypedDict):
    HubContentArn: str


class InfraCheckConfig(TypedDict):
    EnableInfraCheck: NotRequired[bool]


class InstanceGroup(TypedDict):
    InstanceType: TrainingInstanceType
    InstanceCount: int
    InstanceGroupName: str


class InstancePlacementConfig(TypedDict):
    EnableMultipleJobs: NotRequired[bool]
    PlacementSpecifications: NotRequired[list[PlacementSpecification]]


class InstancePreference(TypedDict):
    InstanceType: TrainingInstanceType
    InstanceCount: NotRequired[int]
    TrainingPlanArns: NotRequired[list[str]]


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


class ListTagsInput(TypedDict):
    ResourceArn: str
    NextToken: NotRequired[str]
    MaxResults: NotRequired[int]


class ListTagsOutput(TypedDict):
    Tags: NotRequired[list[Tag]]
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


class MetricData(TypedDict):
    MetricName: NotRequired[str]
    Value: NotRequired[float]
    Timestamp: NotRequired[datetime]


class MetricDefinition(TypedDict):
    Name: str
    Regex: str


class MetricsEndpoint(TypedDict):
    MetricsEndpointPath: str
    MetricPublishFrequencyInSeconds: NotRequired[int]


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


class ModelDataSource(TypedDict):
    S3DataSource: NotRequired[S3ModelDataSource]


class ModelPackageConfig(TypedDict):
    ModelPackageGroupArn: str
    SourceModelPackageArn: NotRequired[str]


class ModelSummary(TypedDict):
    ModelName: str
    ModelArn: str
    CreationTime: datetime


class MultiModelConfig(TypedDict):
    ModelCacheSetting: NotRequired[ModelCacheSetting]


class OutputDataConfig(TypedDict):
    KmsKeyId: NotRequired[str]
    S3OutputPath: str
    CompressionType: NotRequired[OutputCompressionType]


class PlacementSpecification(TypedDict):
    UltraServerId: NotRequired[str]
    InstanceCount: int


class ProfilerConfig(TypedDict):
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


class RemoteDebugConfig(TypedDict):
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


class RetryStrategy(TypedDict):
    MaximumRetryAttempts: int


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


class StopTrainingJobRequest(TypedDict):
    TrainingJobName: str


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


class TrainingImageConfig(TypedDict):
    TrainingRepositoryAccessMode: TrainingRepositoryAccessMode
    TrainingRepositoryAuthConfig: NotRequired[TrainingRepositoryAuthConfig]


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


class VpcConfig(TypedDict):
    SecurityGroupIds: list[str]
    Subnets: list[str]


class WarmPoolStatus(TypedDict):
    Status: WarmPoolResourceStatus
    ResourceRetainedBillableTimeInSeconds: NotRequired[int]
    ReusedByJob: NotRequired[str]
