"""Usina: an open AI factory that an organisation runs in its own data centre."""

__version__ = "0.1.0"
