"""Makes the typed shapes: one module of TypedDicts per served service, from its service model.

    python -m usina.shapes.generate

A structure becomes a TypedDict, an enumeration a Literal; single values, lists and maps are written in place. Events of
a stream that are errors are left out: a handler raises an `ApiError` instead. Never edit what this writes.
"""

from __future__ import annotations

import gzip
import keyword
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore
import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).parent
SERVICES = (
    "bedrock-runtime",
    "bedrock",
    "sts",
    "iam",
    "kms",
    "sagemaker",
    "sagemaker-runtime",
    "usina",
    "openai",
    "logs",
    "cloudwatch",
    "cloudtrail",
)
# Of these services only the operations that are served or about to be: all 425 of SageMaker make two megabytes.
ONLY = {
    "cloudtrail": ("LookupEvents",),
    "sagemaker": (
        "AddTags",
        "CreateEndpoint",
        "CreateEndpointConfig",
        "CreateHyperParameterTuningJob",
        "CreateModel",
        "CreateModelPackage",
        "CreateModelPackageGroup",
        "CreateProcessingJob",
        "CreateTrainingJob",
        "CreateTransformJob",
        "DeleteEndpoint",
        "DeleteEndpointConfig",
        "DeleteHyperParameterTuningJob",
        "DeleteModel",
        "DeleteModelPackage",
        "DeleteModelPackageGroup",
        "DeleteProcessingJob",
        "DeleteTags",
        "DeleteTrainingJob",
        "DescribeEndpoint",
        "DescribeEndpointConfig",
        "DescribeHyperParameterTuningJob",
        "DescribeModel",
        "DescribeModelPackage",
        "DescribeModelPackageGroup",
        "DescribeProcessingJob",
        "DescribeTrainingJob",
        "DescribeTransformJob",
        "ListEndpointConfigs",
        "ListEndpoints",
        "ListHyperParameterTuningJobs",
        "ListModelPackageGroups",
        "ListModelPackages",
        "ListModels",
        "ListProcessingJobs",
        "ListTags",
        "ListTrainingJobs",
        "ListTrainingJobsForHyperParameterTuningJob",
        "ListTransformJobs",
        "StopHyperParameterTuningJob",
        "StopProcessingJob",
        "StopTrainingJob",
        "StopTransformJob",
        "UpdateEndpoint",
        "UpdateEndpointWeightsAndCapacities",
        "UpdateModelPackage",
        "UpdateTrainingJob",
    ),
}
_SCALARS = {
    "string": "str",
    "character": "str",
    "boolean": "bool",
    "integer": "int",
    "long": "int",
    "short": "int",
    "byte": "int",
    "float": "float",
    "double": "float",
    "bigInteger": "int",
    "bigDecimal": "float",
    "timestamp": "datetime",
    "blob": "bytes",
}
_TAKEN = frozenset({"Any", "AsyncIterator", "Literal", "NotRequired", "Sequence", "TypedDict", "datetime"})
_LINE = 120


def module_path(service: str) -> Path:
    """Where the shapes of a service are written."""
    return FOLDER / f"{service.replace('-', '_')}_types.py"


def find_model(service: str) -> Path | None:
    """The newest model file of a service, ours first; None where there is none."""
    for folder in (FOLDER / "models" / service, Path(botocore.__file__).parent / "data" / service):
        found = sorted(folder.glob("*/service-2.json*"))
        if found:
            return found[-1]
    return None


def render(service: str, model_file: Path) -> str:
    """The module of a service as text."""
    content = model_file.read_bytes()
    document = msgspec.json.decode(gzip.decompress(content) if model_file.suffix == ".gz" else content)
    operations = {name: document["operations"][name] for name in ONLY.get(service, document["operations"])}
    return _Module(service, model_file.parent.name, document["shapes"], operations).text()


class _Module:
    """One service's shapes on their way to text."""

    def __init__(
        self, service: str, version: str, shapes: Mapping[str, Any], operations: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._service = service
        self._version = version
        self._shapes = shapes
        self._operations = operations
        self._used: set[str] = set()
        # What streams in has been read whole when a handler sees it; what streams out is made as it goes.
        self._inputs = {each["input"]["shape"] for each in operations.values() if "input" in each}

    def text(self) -> str:
        parts: list[str] = []
        wanted = [name for name in sorted(self._reachable()) if self._rendered(name)]
        for name in wanted:
            shape = self._shapes[name]
            parts.append(self._structure(name, shape) if shape["type"] == "structure" else self._enum(name, shape))
        # Literals first: they are evaluated where they stand, names within classes are not.
        parts.sort(key=lambda part: not re.match(r"\w+ = Literal", part))
        return f"{self._header()}\n{''.join(parts)}"

    def _header(self) -> str:
        lines = [
            f'"""Shapes of {self._service} {self._version}. Made by `python -m usina.shapes.generate`: do not edit."""',
            "",
            "from __future__ import annotations",
            "",
        ]
        if "AsyncIterator" in self._used or "Sequence" in self._used:
            names = sorted({"AsyncIterator", "Sequence"} & self._used)
            lines.append(f"from collections.abc import {', '.join(names)}")
        if "datetime" in self._used:
            lines.append("from datetime import datetime")
        names = sorted({"Any", "Literal", "NotRequired", "TypedDict"} & self._used)
        lines += [f"from typing import {', '.join(names)}", ""]
        return "\n".join(lines)

    def _reachable(self) -> Iterator[str]:
        waiting = [
            operation[side]["shape"]
            for operation in self._operations.values()
            for side in ("input", "output")
            if side in operation
        ]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen or self._shapes[name].get("exception"):
                continue
            seen.add(name)
            yield name
            shape = self._shapes[name]
            references = [*shape.get("members", {}).values()]
            references += [shape[key] for key in ("member", "key", "value") if key in shape]
            waiting += [reference["shape"] for reference in references]

    def _rendered(self, name: str) -> bool:
        shape = self._shapes[name]
        if shape["type"] == "structure":
            return not shape.get("document")
        return shape["type"] == "string" and bool(shape.get("enum"))

    def _enum(self, name: str, shape: Mapping[str, Any]) -> str:
        self._used.add("Literal")
        values = [_quoted(value) for value in shape["enum"]]
        line = f"{_class_name(name)} = Literal[{', '.join(values)}]\n"
        if len(line) <= _LINE:
            return line
        return f"{_class_name(name)} = Literal[\n" + "".join(f"    {value},\n" for value in values) + "]\n"

    def _structure(self, name: str, shape: Mapping[str, Any]) -> str:
        self._used.add("TypedDict")
        members = {
            member: self._member(shape, member, reference, answer=name not in self._inputs)
            for member, reference in shape.get("members", {}).items()
            if not self._shapes[reference["shape"]].get("exception")
        }
        title = _class_name(name)
        if all(member.isidentifier() and not keyword.iskeyword(member) for member in members):
            body = "".join(f"    {member}: {kind}\n" for member, kind in members.items()) or "    pass\n"
            return f"\n\nclass {title}(TypedDict):\n{body}"
        body = "".join(f"        {_quoted(member)}: {_quoted(kind)},\n" for member, kind in members.items())
        return f'\n\n{title} = TypedDict(\n    "{title}",\n    {{\n{body}    }},\n)\n'

    def _member(self, shape: Mapping[str, Any], name: str, reference: Mapping[str, Any], *, answer: bool) -> str:
        target = self._shapes[reference["shape"]]
        if target.get("eventstream"):
            batch = f"Sequence[{_class_name(reference['shape'])}]"
            self._used |= {"AsyncIterator", "Sequence"} if answer else {"Sequence"}
            kind = f"AsyncIterator[{batch}]" if answer else batch
        elif answer and target["type"] == "blob" and (reference.get("streaming") or target.get("streaming")):
            self._used.add("AsyncIterator")
            kind = "bytes | AsyncIterator[bytes]"
        else:
            kind = self._type(reference["shape"], reference)
        if name in shape.get("required", ()):
            return kind
        self._used.add("NotRequired")
        return f"NotRequired[{kind}]"

    def _type(self, name: str, reference: Mapping[str, Any]) -> str:
        shape = self._shapes[name]
        kind = shape["type"]
        if shape.get("document") or (
            reference.get("location") == "header" and (reference.get("jsonvalue") or shape.get("jsonvalue"))
        ):
            self._used.add("Any")
            return "Any"
        if kind == "structure" or (kind == "string" and shape.get("enum")):
            return _class_name(name)
        if kind == "list":
            return f"list[{self._type(shape['member']['shape'], shape['member'])}]"
        if kind == "map":
            return f"dict[str, {self._type(shape['value']['shape'], shape['value'])}]"
        if kind == "timestamp":
            self._used.add("datetime")
        return _SCALARS[kind]


def _class_name(name: str) -> str:
    title = name[:1].upper() + name[1:]
    return f"{title}Shape" if title in _TAKEN else title


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main() -> int:
    """Write the modules of all services that have a model."""
    for service in SERVICES:
        model_file = find_model(service)
        if model_file is not None:
            module_path(service).write_text(render(service, model_file), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
