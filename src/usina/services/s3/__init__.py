"""The S3 API, one file a resource. Entries and content are behind the ports of `usina.core.objects`."""
