"""The KMS API, one file a resource. Key material stays behind the port `Kms`."""
