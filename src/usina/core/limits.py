"""Every limit of one front-door process, each with its unit. Past a limit a request is refused, never truncated."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one process. The defaults suit one machine; a site changes them in `site.toml` under `[limits]`."""

    body_bytes: int = 25_000_000  # Bedrock's own limit for InvokeModel is 25,000,000 bytes
    object_bytes: int = 5_368_709_120  # one body that is written as it comes: an S3 object or part, 5 GiB there too
    object_bytes_per_second: int = 1_024  # a body that comes slower in the mean than this, is given up
    header_bytes: int = 65_536
    header_count: int = 200
    uri_bytes: int = 32_768
    json_depth: int = 128  # nested arrays and objects in one document
    stream_frame_bytes: int = 16_777_216  # one event-stream message, prelude and checksums included
    header_read_seconds: float = 30.0  # also how long an idle HTTP/1.1 connection stays open
    body_read_seconds: float = 60.0
    body_idle_seconds: float = 15.0  # without one byte
    idle_connection_seconds: float = 120.0
    concurrent_requests: int = 1_024  # past it the door answers 503 before it reads the body
    clock_skew_seconds: float = 300.0
    presigned_seconds: int = 604_800
    failed_proofs_per_key: int = 10  # from one address; past it the key is locked there, 1 s and doubling
    failed_proofs_per_address: int = 100  # over all keys; past it only keys that proved themselves from there go on
    lockout_seconds: float = 300.0  # longest lock; twice that without a failure forgets all
    adapters_per_model: int = 32  # custom models of one base that are deployed at the same time, of all accounts
    imported_models_per_account: int = 10  # each has an engine of its own, with the memory that takes
    batch_jobs_per_account: int = 100  # that are not over
    queue_per_model: int = 64  # waiting requests; past it ThrottlingException
    queue_wait_seconds: float = 120.0
    engine_first_byte_seconds: float = 300.0
    engine_idle_seconds: float = 120.0  # between two chunks of a stream
    engine_answer_bytes: int = 64_000_000
    drain_seconds: float = 30.0  # how long a stop waits for running answers


DEFAULT_LIMITS = Limits()
