"""Metrics in the site's database: every datum is added to the minute, the five minutes and the hour it belongs to."""
