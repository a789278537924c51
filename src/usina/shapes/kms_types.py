"""Shapes of kms 2014-11-01. Made by `python -m usina.shapes.generate`: do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NotRequired, TypedDict

AlgorithmSpec = Literal[
    "RSAES_PKCS1_V1_5",
    "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256",
    "RSA_AES_KEY_WRAP_SHA_1",
    "RSA_AES_KEY_WRAP_SHA_256",
    "SM2PKE",
]
ConnectionErrorCodeType = Literal[
    "INVALID_CREDENTIALS",
    "CLUSTER_NOT_FOUND",
    "NETWORK_ERRORS",
    "INTERNAL_ERROR",
    "INSUFFICIENT_CLOUDHSM_HSMS",
    "USER_LOCKED_OUT",
    "USER_NOT_FOUND",
    "USER_LOGGED_IN",
    "SUBNET_NOT_FOUND",
    "INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET",
    "XKS_PROXY_ACCESS_DENIED",
    "XKS_PROXY_NOT_REACHABLE",
    "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND",
    "XKS_PROXY_INVALID_RESPONSE",
    "XKS_PROXY_INVALID_CONFIGURATION",
    "XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION",
    "XKS_PROXY_TIMED_OUT",
    "XKS_PROXY_INVALID_TLS_CONFIGURATION",
]
ConnectionStateType = Literal["CONNECTED", "CONNECTING", "FAILED", "DISCONNECTED", "DISCONNECTING"]
CustomKeyStoreType = Literal["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"]
CustomerMasterKeySpec = Literal[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
]
DataKeyPairSpec = Literal[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SM2",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
]
DataKeySpec = Literal["AES_256", "AES_128"]
DryRunModifierType = Literal["IGNORE_CIPHERTEXT"]
EncapsulationAlgorithmSpec = Literal["ML_KEM"]
EncryptionAlgorithmSpec = Literal["SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"]
ExpirationModelType = Literal["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"]
GrantOperation = Literal[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "GetPublicKey",
    "CreateGrant",
    "RetireGrant",
    "DescribeKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "VerifyMac",
    "DeriveSharedSecret",
    "Encapsulate",
    "Decapsulate",
]
ImportState = Literal["IMPORTED", "PENDING_IMPORT"]
ImportType = Literal["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"]
IncludeKeyMaterial = Literal["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"]
KeyAgreementAlgorithmSpec = Literal["ECDH"]
KeyEncryptionMechanism = Literal["RSAES_OAEP_SHA_256"]
KeyLastUsageTrackingOperation = Literal[
    "Decrypt",
    "DeriveSharedSecret",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
    "Encapsulate",
    "Decapsulate",
]
KeyManagerType = Literal["AWS", "CUSTOMER"]
KeyMaterialState = Literal["NON_CURRENT", "CURRENT", "PENDING_ROTATION", "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"]
KeySpec = Literal[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
]
KeyState = Literal[
    "Creating",
    "Enabled",
    "Disabled",
    "PendingDeletion",
    "PendingImport",
    "PendingReplicaDeletion",
    "Unavailable",
    "Updating",
]
KeyUsageType = Literal[
    "SIGN_VERIFY",
    "ENCRYPT_DECRYPT",
    "GENERATE_VERIFY_MAC",
    "KEY_AGREEMENT",
    "ENCAPSULATE_DECAPSULATE",
]
MacAlgorithmSpec = Literal["HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"]
MessageType = Literal["RAW", "DIGEST", "EXTERNAL_MU"]
MultiRegionKeyType = Literal["PRIMARY", "REPLICA"]
OriginType = Literal["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"]
ResourceOwnerType = Literal["SELF", "OTHER_ACCOUNTS_VIA_RAM"]
RotationType = Literal["AUTOMATIC", "ON_DEMAND"]
SigningAlgorithmSpec = Literal[
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "ECDSA_SHA_256",
    "ECDSA_SHA_384",
    "ECDSA_SHA_512",
    "SM2DSA",
    "ML_DSA_SHAKE_256",
    "ED25519_SHA_512",
    "ED25519_PH_SHA_512",
]
WrappingKeySpec = Literal["RSA_2048", "RSA_3072", "RSA_4096", "SM2"]
XksProxyConnectivityType = Literal["PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE"]


class AliasListEntry(TypedDict):
    AliasName: NotRequired[str]
    AliasArn: NotRequired[str]
    TargetKeyId: NotRequired[str]
    CreationDate: NotRequired[datetime]
    LastUpdatedDate: NotRequired[datetime]


class CancelKeyDeletionRequest(TypedDict):
    KeyId: str


class CancelKeyDeletionResponse(TypedDict):
    KeyId: NotRequired[str]


class ConnectCustomKeyStoreRequest(TypedDict):
    CustomKeyStoreId: str


class ConnectCustomKeyStoreResponse(TypedDict):
    pass


class CreateAliasRequest(TypedDict):
    AliasName: str
    TargetKeyId: str


class CreateCustomKeyStoreRequest(TypedDict):
    CustomKeyStoreName: str
    CloudHsmClusterId: NotRequired[str]
    TrustAnchorCertificate: NotRequired[str]
    KeyStorePassword: NotRequired[str]
    CustomKeyStoreType: NotRequired[CustomKeyStoreType]
    XksProxyUriEndpoint: NotRequired[str]
    XksProxyUriPath: NotRequired[str]
    XksProxyVpcEndpointServiceName: NotRequired[str]
    XksProxyVpcEndpointServiceOwner: NotRequired[str]
    XksProxyAuthenticationCredential: NotRequired[XksProxyAuthenticationCredentialType]
    XksProxyConnectivity: NotRequired[XksProxyConnectivityType]


class CreateCustomKeyStoreResponse(TypedDict):
    CustomKeyStoreId: NotRequired[str]


class CreateGrantRequest(TypedDict):
    KeyId: str
    GranteePrincipal: NotRequired[str]
    RetiringPrincipal: NotRequired[str]
    Operations: list[GrantOperation]
    Constraints: NotRequired[GrantConstraints]
    GrantTokens: NotRequired[list[str]]
    Name: NotRequired[str]
    DryRun: NotRequired[bool]
    GranteeServicePrincipal: NotRequired[str]
    RetiringServicePrincipal: NotRequired[str]


class CreateGrantResponse(TypedDict):
    GrantToken: NotRequired[str]
    GrantId: NotRequired[str]


class CreateKeyRequest(TypedDict):
    Policy: NotRequired[str]
    Description: NotRequired[str]
    KeyUsage: NotRequired[KeyUsageType]
    CustomerMasterKeySpec: NotRequired[CustomerMasterKeySpec]
    KeySpec: NotRequired[KeySpec]
    Origin: NotRequired[OriginType]
    CustomKeyStoreId: NotRequired[str]
    BypassPolicyLockoutSafetyCheck: NotRequired[bool]
    Tags: NotRequired[list[Tag]]
    MultiRegion: NotRequired[bool]
    XksKeyId: NotRequired[str]


class CreateKeyResponse(TypedDict):
    KeyMetadata: NotRequired[KeyMetadata]


class CustomKeyStoresListEntry(TypedDict):
    CustomKeyStoreId: NotRequired[str]
    CustomKeyStoreName: NotRequired[str]
    CloudHsmClusterId: NotRequired[str]
    TrustAnchorCertificate: NotRequired[str]
    ConnectionState: NotRequired[ConnectionStateType]
    ConnectionErrorCode: NotRequired[ConnectionErrorCodeType]
    CreationDate: NotRequired[datetime]
    CustomKeyStoreType: NotRequired[CustomKeyStoreType]
    XksProxyConfiguration: NotRequired[XksProxyConfigurationType]


class DecapsulateRequest(TypedDict):
    KeyId: str
    SharedSecretCiphertextBlob: bytes
    EncapsulationAlgorithm: EncapsulationAlgorithmSpec
    GrantTokens: NotRequired[list[str]]
    DryRun: NotRequired[bool]


class DecapsulateResponse(TypedDict):
    KeyId: NotRequired[str]
    SharedSecret: NotRequired[bytes]
    EncapsulationAlgorithm: NotRequired[EncapsulationAlgorithmSpec]


class DecryptRequest(TypedDict):
    CiphertextBlob: NotRequired[bytes]
    EncryptionContext: NotRequired[dict[str, str]]
    GrantTokens: NotRequired[list[str]]
    KeyId: NotRequired[str]
    EncryptionAlgorithm: NotRequired[EncryptionAlgorithmSpec]
    Recipient: NotRequired[RecipientInfo]
    DryRun: NotRequired[bool]
    DryRunModifiers: NotRequired[list[DryRunModifierType]]


class DecryptResponse(TypedDict):
    KeyId: NotRequired[str]
    Plaintext: NotRequired[bytes]
    EncryptionAlgorithm: NotRequired[EncryptionAlgorithmSpec]
    CiphertextForRecipient: NotRequired[bytes]
    KeyMaterialId: NotRequired[str]


class DeleteAliasRequest(TypedDict):
    AliasName: str


class DeleteCustomKeyStoreRequest(TypedDict):
    CustomKeyStoreId: str


class DeleteCustomKeyStoreResponse(TypedDict):
    pass


class DeleteImportedKeyMaterialRequest(TypedDict):
    KeyId: str
    KeyMaterialId: NotRequired[str]


class DeleteImportedKeyMaterialResponse(TypedDict):
    KeyId: NotRequired[str]
    KeyMaterialId: NotRequired[str]


class DeriveSharedSecretRequest(TypedDict):
    KeyId: str
    KeyAgreementAlgorithm: KeyAgreementAlgorithmSpec
    PublicKey: bytes
    GrantTokens: NotRequired[list[str]]
    DryRun: NotRequired[bool]
    Recipient: NotRequired[RecipientInfo]


class DeriveSharedSecretResponse(TypedDict):
    KeyId: NotRequired[str]
    SharedSecret: NotRequired[bytes]
    CiphertextForRecipient: NotRequired[bytes]
    KeyAgreementAlgorithm: NotRequired[KeyAgreementAlgorithmSpec]
    KeyOrigin: NotRequired[OriginType]


class DescribeCustomKeyStoresRequest(TypedDict):
    CustomKeyStoreId: NotRequired[str]
    CustomKeyStoreName: NotRequired[str]
    Limit: NotRequired[int]
    Marker: NotRequired[str]


class DescribeCustomKeyStoresResponse(TypedDict):
    CustomKeyStores: NotRequired[list[CustomKeyStoresListEntry]]
    NextMarker: NotRequired[str]
    Truncated: NotRequired[bool]


class DescribeKeyRequest(TypedDict):
    KeyId: str
    GrantTokens: NotRequired[list[str]]


class DescribeKeyResponse(TypedDict):
    KeyMetadata: NotRequired[KeyMetadata]


class DisableKeyRequest(TypedDict):
    KeyId: str


class DisableKeyRotationRequest(TypedDict):
    KeyId: str


class DisconnectCustomKeyStoreRequest(TypedDict):
    CustomKeyStoreId: str


class DisconnectCustomKeyStoreResponse(TypedDict):
    pass


class EnableKeyRequest(TypedDict):
    KeyId: str


class EnableKeyRotationRequest(TypedDict):
    KeyId: str
    RotationPeriodInDays: NotRequired[int]


class EncapsulateRequest(TypedDict):
    KeyId: str
    EncapsulationAlgorithm: EncapsulationAlgorithmSpec
    GrantTokens: NotRequired[list[str]]
    DryRun: NotRequired[bool]


class EncapsulateResponse(TypedDict):
    KeyId: NotRequired[str]
    SharedSecret: NotRequired[bytes]
    SharedSecretCiphertextBlob: NotRequired[bytes]
    EncapsulationAlgorithm: NotRequired[EncapsulationAlgorithmSpec]


class EncryptRequest(TypedDict):
    KeyId: str
    Plaintext: bytes
    EncryptionContext: NotRequired[dict[str, str]]
    GrantTokens: NotRequired[list[str]]
    EncryptionAlgorithm: NotRequired[EncryptionAlgorithmSpec]
    DryRun: NotRequired[bool]


class EncryptResponse(TypedDict):
    CiphertextBlob: NotRequired[bytes]
    KeyId: NotRequired[str]
    EncryptionAlgorithm: NotRequired[EncryptionAlgorithmSpec]


class GenerateDataKeyPairRequest(TypedDict):
    EncryptionContext: NotRequired[dict[str, str]]
    KeyId: str
    KeyPairSpec: DataKeyPairSpec
    GrantTokens: NotRequired[list[str]]
    Recipient: NotRequired[RecipientInfo]
    DryRun: NotRequired[bool]


class GenerateDataKeyPairResponse(TypedDict):
    PrivateKeyCiphertextBlob: NotRequired[bytes]
    PrivateKeyPlaintext: NotRequired[bytes]
    PublicKey: NotRequired[bytes]
    KeyId: NotRequired[str]
    KeyPairSpec: NotRequired[DataKeyPairSpec]
    CiphertextForRecipient: NotRequired[bytes]
    KeyMaterialId: NotRequired[str]


class GenerateDataKeyPairWithoutPlaintextRequest(TypedDict):
    EncryptionContext: NotRequired[dict[str, str]]
    KeyId: str
    KeyPairSpec: DataKeyPairSpec
    GrantTokens: NotRequired[list[str]]
    DryRun: NotRequired[bool]


class GenerateDataKeyPairWithoutPlaintextResponse(TypedDict):
    PrivateKeyCiphertextBlob: NotRequired[bytes]
    PublicKey: NotRequired[bytes]
    KeyId: NotRequired[str]
    KeyPairSpec: NotRequired[DataKeyPairSpec]
    KeyMaterialId: NotRequired[str]


class GenerateDataKeyRequest(TypedDict):
    KeyId: str
    EncryptionContext: NotRequired[dict[str, str]]
    NumberOfBytes: NotRequired[int]
    KeySpec: NotRequired[DataKeySpec]
    GrantTokens: NotRequired[list[str]]
    Recipient: NotRequired[RecipientInfo]
    DryRun: NotRequired[bool]


class GenerateDataKeyResponse(TypedDict):
    CiphertextBlob: NotRequired[bytes]
    Plaintext: NotRequired[bytes]
    KeyId: NotRequired[str]
    CiphertextForRecipient: NotRequired[bytes]
    KeyMaterialId: NotRequired[str]


class GenerateDataKeyWithoutPlaintextRequest(TypedDict):
    KeyId: str
    EncryptionContext: NotRequired[dict[str, str]]
    KeySpec: NotRequired[DataKeySpec]
    NumberOfBytes: NotRequired[int]
    GrantTokens: NotRequired[list[str]]
    DryRun: NotRequired[bool]


class GenerateDataKeyWithoutPlaintextResponse(TypedDict):
    CiphertextBlob: NotRequired[bytes]
    KeyId: NotRequired[str]
    KeyMaterialId: NotRequired[str]


class GenerateMacRequest(TypedDict):
    Message: bytes
    KeyId: str
    MacAlgorithm: MacAlgorithmSpec
    GrantTokens: NotRequired[list[str]]
    DryRun: NotRequired[bool]


class GenerateMacResponse(TypedDict):
    Mac: NotRequired[bytes]
    MacAlgorithm: NotRequired[MacAlgorithmSpec]
    KeyId: NotRequired[str]


class GenerateRandomRequest(TypedDict):
    NumberOfBytes: NotRequired[int]
    CustomKeyStoreId: NotRequired[str]
    Recipient: NotRequired[RecipientInfo]


class GenerateRandomResponse(TypedDict):
    Plaintext: NotRequired[bytes]
    CiphertextForRecipient: NotRequired[bytes]


class GetKeyLastUsageRequest(TypedDict):
    KeyId: str


class GetKeyLastUsageResponse(TypedDict):
    KeyId: NotRequired[str]
    KeyLastUsage: NotRequired[KeyLastUsageData]
    TrackingStartDate: NotRequired[datetime]
    KeyCreationDate: NotRequired[datetime]


class GetKeyPolicyRequest(TypedDict):
    KeyId: str
    PolicyName: NotRequired[str]


class GetKeyPolicyResponse(TypedDict):
    Policy: NotRequired[str]
    PolicyName: NotRequired[str]


class GetKeyRotationStatusRequest(TypedDict):
    KeyId: str


class GetKeyRotationStatusResponse(TypedDict):
    KeyRotationEnabled: NotRequired[bool]
    KeyId: NotRequired[str]
    RotationPeriodInDays: NotRequired[int]
    NextRotationDate: NotRequired[datetime]
    OnDemandRotationStartDate: NotRequired[datetime]


class GetParametersForImportRequest(TypedDict):
    KeyId: str
    WrappingAlgorithm: AlgorithmSpec
    WrappingKeySpec: WrappingKeySpec


class GetParametersForImportResponse(TypedDict):
    KeyId: NotRequired[str]
    ImportToken: NotRequired[bytes]
    PublicKey: NotRequired[bytes]
    ParametersValidTo: NotRequired[datetime]


class GetPublicKeyRequest(TypedDict):
    KeyId: str
    GrantTokens: NotRequired[list[str]]


class GetPublicKeyResponse(TypedDict):
    KeyId: NotRequired[str]
    PublicKey: NotRequired[bytes]
    CustomerMasterKeySpec: NotRequired[CustomerMasterKeySpec]
    KeySpec: NotRequired[KeySpec]
    KeyUsage: NotRequired[KeyUsageType]
    EncryptionAlgorithms: NotRequired[list[EncryptionAlgorithmSpec]]
    SigningAlgorithms: NotRequired[list[SigningAlgorithmSpec]]
    KeyAgreementAlgorithms: NotRequired[list[KeyAgreementAlgorithmSpec]]
    EncapsulationAlgorithms: NotRequired[list[EncapsulationAlgorithmSpec]]


class GrantConstraints(TypedDict):
    EncryptionContextSubset: NotRequired[dict[str, str]]
    EncryptionContextEquals: NotRequired[dict[str, str]]
    SourceArn: NotRequired[str]


class GrantListEntry(TypedDict):
    KeyId: NotRequired[str]
    GrantId: NotRequired[str]
    Name: NotRequired[str]
    CreationDate: NotRequired[datetime]
    GranteePrincipal: NotRequired[str]
    RetiringPrincipal: NotRequired[str]
    IssuingAccount: NotRequired[str]
    Operations: NotRequired[list[GrantOperation]]
    Constraints: NotRequired[GrantConstraints]
    GranteeServicePrincipal: NotRequired[str]
    RetiringServicePrincipal: NotRequired[str]


class ImportKeyMaterialRequest(TypedDict):
    KeyId: str
    ImportToken: bytes
    EncryptedKeyMaterial: bytes
    ValidTo: NotRequired[datetime]
    ExpirationModel: NotRequired[ExpirationModelType]
    ImportType: NotRequired[ImportType]
    KeyMaterialDescription: NotRequired[str]
    KeyMaterialId: NotRequired[str]


class ImportKeyMaterialResponse(TypedDict):
    KeyId: NotRequired[str]
    KeyMaterialId: NotRequired[str]


class KeyLastUsageData(TypedDict):
    Operation: NotRequired[KeyLastUsageTrackingOperation]
    Timestamp: NotRequired[datetime]
    CloudTrailEventId: NotRequired[str]
    KmsRequestId: NotRequired[str]


class KeyListEntry(TypedDict):
    KeyId: NotRequired[str]
    KeyArn: NotRequired[str]


class KeyMetadata(TypedDict):
    AWSAccountId: NotRequired[str]
    KeyId: str
    Arn: NotRequired[str]
    CreationDate: NotRequired[datetime]
    Enabled: NotRequired[bool]
    Description: NotRequired[str]
    KeyUsage: NotRequired[KeyUsageType]
    KeyState: NotRequired[KeyState]
    DeletionDate: NotRequired[datetime]
    ValidTo: NotRequired[datetime]
    Origin: NotRequired[OriginType]
    CustomKeyStoreId: NotRequired[str]
    CloudHsmClusterId: NotRequired[str]
    ExpirationModel: NotRequired[ExpirationModelType]
    KeyManager: NotRequired[KeyManagerType]
    CustomerMasterKeySpec: NotRequired[CustomerMasterKeySpec]
    KeySpec: NotRequired[KeySpec]
    EncryptionAlgorithms: NotRequired[list[EncryptionAlgorithmSpec]]
    SigningAlgorithms: NotRequired[list[SigningAlgorithmSpec]]
    KeyAgreementAlgorithms: NotRequired[list[KeyAgreementAlgorithmSpec]]
    EncapsulationAlgorithms: NotRequired[list[EncapsulationAlgorithmSpec]]
    MultiRegion: NotRequired[bool]
    MultiRegionConfiguration: NotRequired[MultiRegionConfiguration]
    PendingDeletionWindowInDays: NotRequired[int]
    MacAlgorithms: NotRequired[list[MacAlgorithmSpec]]
    XksKeyConfiguration: NotRequired[XksKeyConfigurationType]
    CurrentKeyMaterialId: NotRequired[str]


class ListAliasesRequest(TypedDict):
    KeyId: NotRequired[str]
    Limit: NotRequired[int]
    Marker: NotRequired[str]


class ListAliasesResponse(TypedDict):
    Aliases: NotRequired[list[AliasListEntry]]
    NextMarker: NotRequired[str]
    Truncated: NotRequired[bool]


class ListGrantsRequest(TypedDict):
    Limit: NotRequired[int]
    Marker: NotRequired[str]
    KeyId: str
    GrantId: NotRequired[str]
    GranteePrincipal: NotRequired[str]
    GranteeServicePrincipal: NotRequired[str]


class ListGrantsResponse(TypedDict):
    Grants: NotRequired[list[GrantListEntry]]
    NextMarker: NotRequired[str]
    Truncated: NotRequired[bool]


class ListKeyPoliciesRequest(TypedDict):
    KeyId: str
    Limit: NotRequired[int]
    Marker: NotRequired[str]


class ListKeyPoliciesResponse(TypedDict):
    PolicyNames: NotRequired[list[str]]
    NextMarker: NotRequired[str]
    Truncated: NotRequired[bool]


class ListKeyRotationsRequest(TypedDict):
    KeyId: str
    IncludeKeyMaterial: NotRequired[IncludeKeyMaterial]
    Limit: NotRequired[int]
    Marker: NotRequired[str]


class ListKeyRotationsResponse(TypedDict):
    Rotations: NotRequired[list[RotationsListEntry]]
    NextMarker: NotRequired[str]
    Truncated: NotRequired[bool]


class ListKeysRequest(TypedDict):
    Limit: NotRequired[int]
    Marker: NotRequired[str]
    ResourceOwners: NotRequired[list[ResourceOwnerType]]


class ListKeysResponse(TypedDict):
    Keys: NotRequired[list[KeyListEntry]]
    NextMarker: NotRequired[str]
    Truncated: NotRequired[bool]


class ListResourceTagsRequest(TypedDict):
    KeyId: str
    Limit: NotRequired[int]
    Marker: NotRequired[str]


class ListResourceTagsResponse(TypedDict):
    Tags: NotRequired[list[Tag]]
    NextMarker: NotRequired[str]
    Truncated: NotRequired[bool]


class ListRetirableGrantsRequest(TypedDict):
    Limit: NotRequired[int]
    Marker: NotRequired[str]
    RetiringPrincipal: NotRequired[str]
    RetiringServicePrincipal: NotRequired[str]


class MultiRegionConfiguration(TypedDict):
    MultiRegionKeyType: NotRequired[MultiRegionKeyType]
    PrimaryKey: NotRequired[MultiRegionKey]
    ReplicaKeys: NotRequired[list[MultiRegionKey]]


class MultiRegionKey(TypedDict):
    Arn: NotRequired[str]
    Region: NotRequired[str]


class PutKeyPolicyRequest(TypedDict):
    KeyId: str
    PolicyName: NotRequired[str]
    Policy: str
    BypassPolicyLockoutSafetyCheck: NotRequired[bool]


class ReEncryptRequest(TypedDict):
    CiphertextBlob: NotRequired[bytes]
    SourceEncryptionContext: NotRequired[dict[str, str]]
    SourceKeyId: NotRequired[str]
    DestinationKeyId: str
    DestinationEncryptionContext: NotRequired[dict[str, str]]
    SourceEncryptionAlgorithm: NotRequired[EncryptionAlgorithmSpec]
    DestinationEncryptionAlgorithm: NotRequired[EncryptionAlgorithmSpec]
    GrantTokens: NotRequired[list[str]]
    DryRun: NotRequired[bool]
    DryRunModifiers: NotRequired[list[DryRunModifierType]]


class ReEncryptResponse(TypedDict):
    CiphertextBlob: NotRequired[bytes]
    SourceKeyId: NotRequired[str]
    KeyId: NotRequired[str]
    SourceEncryptionAlgorithm: NotRequired[EncryptionAlgorithmSpec]
    DestinationEncryptionAlgorithm: NotRequired[EncryptionAlgorithmSpec]
    SourceKeyMaterialId: NotRequired[str]
    DestinationKeyMaterialId: NotRequired[str]


class RecipientInfo(TypedDict):
    KeyEncryptionAlgorithm: NotRequired[KeyEncryptionMechanism]
    AttestationDocument: NotRequired[bytes]


class ReplicateKeyRequest(TypedDict):
    KeyId: str
    ReplicaRegion: str
    Policy: NotRequired[str]
    BypassPolicyLockoutSafetyCheck: NotRequired[bool]
    Description: NotRequired[str]
    Tags: NotRequired[list[Tag]]


class ReplicateKeyResponse(TypedDict):
    ReplicaKeyMetadata: NotRequired[KeyMetadata]
    ReplicaPolicy: NotRequired[str]
    ReplicaTags: NotRequired[list[Tag]]


class RetireGrantRequest(TypedDict):
    GrantToken: NotRequired[str]
    KeyId: NotRequired[str]
    GrantId: NotRequired[str]
    DryRun: NotRequired[bool]


class RevokeGrantRequest(TypedDict):
    KeyId: str
    GrantId: str
    DryRun: NotRequired[bool]


class RotateKeyOnDemandRequest(TypedDict):
    KeyId: str


class RotateKeyOnDemandResponse(TypedDict):
    KeyId: NotRequired[str]


class RotationsListEntry(TypedDict):
    KeyId: NotRequired[str]
    KeyMaterialId: NotRequired[str]
    KeyMaterialDescription: NotRequired[str]
    ImportState: NotRequired[ImportState]
    KeyMaterialState: NotRequired[KeyMaterialState]
    ExpirationModel: NotRequired[ExpirationModelType]
    ValidTo: NotRequired[datetime]
    RotationDate: NotRequired[datetime]
    RotationType: NotRequired[RotationType]


class ScheduleKeyDeletionRequest(TypedDict):
    KeyId: str
    PendingWindowInDays: NotRequired[int]


class ScheduleKeyDeletionResponse(TypedDict):
    KeyId: NotRequired[str]
    DeletionDate: NotRequired[datetime]
    KeyState: NotRequired[KeyState]
    PendingWindowInDays: NotRequired[int]


class SignRequest(TypedDict):
    KeyId: str
    Message: bytes
    MessageType: NotRequired[MessageType]
    GrantTokens: NotRequired[list[str]]
    SigningAlgorithm: SigningAlgorithmSpec
    DryRun: NotRequired[bool]


class SignResponse(TypedDict):
    KeyId: NotRequired[str]
    Signature: NotRequired[bytes]
    SigningAlgorithm: NotRequired[SigningAlgorithmSpec]


class Tag(TypedDict):
    TagKey: str
    TagValue: str


class TagResourceRequest(TypedDict):
    KeyId: str
    Tags: list[Tag]


class UntagResourceRequest(TypedDict):
    KeyId: str
    TagKeys: list[str]


class UpdateAliasRequest(TypedDict):
    AliasName: str
    TargetKeyId: str


class UpdateCustomKeyStoreRequest(TypedDict):
    CustomKeyStoreId: str
    NewCustomKeyStoreName: NotRequired[str]
    KeyStorePassword: NotRequired[str]
    CloudHsmClusterId: NotRequired[str]
    XksProxyUriEndpoint: NotRequired[str]
    XksProxyUriPath: NotRequired[str]
    XksProxyVpcEndpointServiceName: NotRequired[str]
    XksProxyVpcEndpointServiceOwner: NotRequired[str]
    XksProxyAuthenticationCredential: NotRequired[XksProxyAuthenticationCredentialType]
    XksProxyConnectivity: NotRequired[XksProxyConnectivityType]


class UpdateCustomKeyStoreResponse(TypedDict):
    pass


class UpdateKeyDescriptionRequest(TypedDict):
    KeyId: str
    Description: str


class UpdatePrimaryRegionRequest(TypedDict):
    KeyId: str
    PrimaryRegion: str


class VerifyMacRequest(TypedDict):
    Message: bytes
    KeyId: str
    MacAlgorithm: MacAlgorithmSpec
    Mac: bytes
    GrantTokens: NotRequired[list[str]]
    DryRun: NotRequired[bool]


class VerifyMacResponse(TypedDict):
    KeyId: NotRequired[str]
    MacValid: NotRequired[bool]
    MacAlgorithm: NotRequired[MacAlgorithmSpec]


class VerifyRequest(TypedDict):
    KeyId: str
    Message: bytes
    MessageType: NotRequired[MessageType]
    Signature: bytes
    SigningAlgorithm: SigningAlgorithmSpec
    GrantTokens: NotRequired[list[str]]
    DryRun: NotRequired[bool]


class VerifyResponse(TypedDict):
    KeyId: NotRequired[str]
    SignatureValid: NotRequired[bool]
    SigningAlgorithm: NotRequired[SigningAlgorithmSpec]


class XksKeyConfigurationType(TypedDict):
    Id: NotRequired[str]


class XksProxyAuthenticationCredentialType(TypedDict):
    AccessKeyId: str
    RawSecretAccessKey: str


class XksProxyConfigurationType(TypedDict):
    Connectivity: NotRequired[XksProxyConnectivityType]
    AccessKeyId: NotRequired[str]
    UriEndpoint: NotRequired[str]
    UriPath: NotRequired[str]
    VpcEndpointServiceName: NotRequired[str]
    VpcEndpointServiceOwner: NotRequired[str]
