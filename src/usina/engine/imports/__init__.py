"""Models that accounts bring from the object store: fetched as a role, converted, served to that account alone.

loop.py   which imports and removals are under way; behind the port `Imports`
run.py    one import, from its bucket to a model that answers
kept.py   an account's model on this site's disk and in its rows
"""
