"""Typed shapes of the served APIs, made from their service models by `python -m usina.shapes.generate`."""
