from __future__ import annotations

from dataclasses import replace

import pytest

from usina.core.cloud import CLOUD
from usina.core.endpoints import LANGUAGE_IMAGE, LANGUAGE_MODEL
from usina.core.errors import ValidationError
from usina.services.sagemaker.models import create_model
from usina.testing.catalogue import CHAT
from usina.testing.world import call_of, world


async def test_no_endpoint_is_made_of_a_model_outside_the_site() -> None:
    ports = world(cards=(CHAT, replace(CHAT, id="cloud.far", runtime=CLOUD)))
    container = {"Image": LANGUAGE_IMAGE, "Environment": {LANGUAGE_MODEL[0]: "cloud.far"}}
    role = "arn:aws:iam::111122223333:role/jobs"
    with pytest.raises(ValidationError, match="serves a model of this site") as refused:
        await create_model(call_of({"ModelName": "m", "PrimaryContainer": container, "ExecutionRoleArn": role}), ports)
    assert "cloud.far" not in refused.value.message
