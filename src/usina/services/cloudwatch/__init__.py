"""Amazon CloudWatch: metrics that programs put, and their statistics."""
