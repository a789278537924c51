"""Amazon CloudWatch Logs: groups, streams, events and searches."""
