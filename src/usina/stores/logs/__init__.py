"""Log events in append-only files, one folder a stream; groups, streams and sealed segments in the site's database.

Left out: full-text indexes. A search reads the events of its time range.
"""
