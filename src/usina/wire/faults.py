"""What is wrong with the type of a value, said with its place; becomes a `ValidationError` at the codec's edge."""

from __future__ import annotations

from usina.core.errors import ValidationError

NOT_NULL = ""  # what is expected where there is nothing


class TypeFaultError(Exception):
    """A value is not of its shape's type. Containers add their part of the path while the error rises."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.path: list[str] = []

    def under(self, *parts: str) -> TypeFaultError:
        """The same fault, one level up."""
        self.path[:0] = parts
        return self


def spoken_path(parts: list[str]) -> str:
    """A member's path as AWS writes it: `messages.1.member.content`, each name beginning in lower case."""
    return ".".join(part[:1].lower() + part[1:] for part in parts)


def type_error(fault: TypeFaultError) -> ValidationError:
    """The answer to a value of a wrong type. The value itself is never repeated: it may be a prompt or a secret."""
    place = f"Value at '{spoken_path(fault.path)}'" if fault.path else "The request"
    must = f"be {fault.expected}" if fault.expected else "not be null"
    return ValidationError(f"1 validation error detected: {place} failed to satisfy constraint: Member must {must}")


def constraint_error(failures: list[str]) -> ValidationError:
    """The answer to values out of bounds, worded as AWS words it."""
    noun = "error" if len(failures) == 1 else "errors"
    return ValidationError(f"{len(failures)} validation {noun} detected: {'; '.join(failures)}")
