"""Bytes in, bytes out: HTTP limits, TLS, health and metrics, and the one `except Exception` of the factory."""
