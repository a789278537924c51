"""Tuning jobs: a search that creates training jobs, watches them and learns from what they came to.

What is known is in rows: the search is built from them anew for each step, so nothing is lost with the process.
"""
