"""The AWS SDK for JavaScript v3 over its default HTTP/2: by ALPN under TLS, by prior knowledge on cleartext."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.journeys.running import Factory

FOLDER = Path(__file__).with_name("javascript")


def node() -> str:
    """Path of node; skips where it or the SDK is not installed."""
    found = shutil.which("node", path=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin") or shutil.which(
        "node"
    )
    if found is None:
        pytest.skip("node is not installed and could not be (see tools/javascript.sh)")
    if not (FOLDER / "node_modules" / "@aws-sdk").is_dir():
        pytest.skip("the JavaScript SDK is not installed: `make test` runs `npm ci` for it")
    return found


@pytest.mark.parametrize("cleartext", [False, True], ids=["tls", "cleartext"])
def test_the_javascript_sdk_converses_and_streams_over_http2(factory: Factory, model: str, cleartext: bool) -> None:
    where = [factory.url] if cleartext else []
    done = factory.program(node(), "journey.mjs", model, *where, cwd=FOLDER)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["whole"]
    assert told["text"] == told["whole"]
    assert told["usage"]["outputTokens"] > 0
    assert told["stopReason"] in {"end_turn", "max_tokens"}
    assert told["refused"] in {"ValidationException", "ResourceNotFoundException"}
    assert told["handler"] == "NodeHttp2Handler"
