"""The image addresses that a SageMaker SDK (either version) resolves its frameworks to, for every version it knows."""

import json

try:
    from sagemaker.core import image_uris
except ImportError:
    from sagemaker import image_uris

FRAMEWORKS = {"sklearn": "cpu", "xgboost": "cpu", "pytorch": "cpu", "huggingface": "gpu"}
INSTANCES = {"cpu": "ml.m5.large", "gpu": "ml.g5.xlarge"}

told: dict[str, list[str]] = {}
for framework, kind in FRAMEWORKS.items():
    found = told.setdefault(framework, [])
    table = image_uris.config_for_framework(framework)
    for scope in ("training", "inference"):
        of_scope = table.get(scope, table)
        if scope not in (of_scope.get("scope") or table.get("scope") or [scope]):
            continue
        for version, entry in of_scope["versions"].items():
            bases = [name for name in entry if name.startswith("pytorch")] if framework == "huggingface" else [None]
            for base in bases:
                pythons = (entry[base] if base else entry).get("py_versions") or [None]
                found.append(
                    image_uris.retrieve(
                        framework,
                        "us-east-1",
                        version=version,
                        py_version=pythons[-1],
                        instance_type=INSTANCES[kind],
                        image_scope=scope,
                        base_framework_version=base,
                    )
                )
print(json.dumps(told))
