"""Personal data in requests: found by its form and its check digits, and replaced by numbered placeholders.

Names of people, addresses of houses and what follows only from the sense of a text have no form: they are not found.
"""

from usina.federation.personal.redactor import PatternRedactor

__all__ = ["PatternRedactor"]
