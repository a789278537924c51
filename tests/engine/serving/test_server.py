"""A user's inference.py behind a model server, in the sandbox of this machine."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from tests.engine.images.building import wheel
from tests.engine.images.site import site_images
from tests.engine.serving.site import DOUBLES, ask
from tests.engine.waiting import until
from usina.core.endpoints import Ask, Streamed
from usina.core.jobs import InstanceType
from usina.engine.images.places import Places
from usina.engine.serving.backend import BackendError
from usina.engine.serving.wire import ServerGoneError, ServerSlowError

if TYPE_CHECKING:
    from tests.engine.serving.site import ServingSite

CUSTOM = """
import json
def model_fn(model_dir):
    return "loaded"
def input_fn(body, content_type):
    return body.decode() + "|" + content_type
def predict_fn(data, model, context):
    print("asked with", context.get_request_header(0, "X-Amzn-SageMaker-Custom-Attributes"))
    context.set_response_header(0, "X-Amzn-SageMaker-Custom-Attributes", "seen=1")
    return data + "|" + model
def output_fn(prediction, accept):
    return prediction + "|" + accept, "text/special"
"""
STREAMS = """
import time
def model_fn(model_dir):
    return None
def transform_fn(model, body, content_type, accept):
    def pieces():
        for number in range(int(body)):
            yield f"piece {number}\\n"
        if content_type == "text/broken":
            raise RuntimeError("no more")
    return pieces(), "text/plain"
"""


async def test_a_model_is_brought_loaded_and_asked(site: ServingSite) -> None:
    server = await site.running()
    answer = await ask(server, b"[1, 2.5]")
    assert json.loads(answer.body) == [2, 5]
    assert (answer.status, answer.content_type) == (200, "application/json")
    csv = await ask(server, b"1,2\n", content_type="text/csv", accept="text/csv")
    assert (csv.body, csv.content_type) == (b"2,4\n", "text/csv")


async def test_a_handler_that_raises_answers_its_message_and_the_server_goes_on(site: ServingSite) -> None:
    server = await site.running()
    answer = await ask(server, b'"boom"')
    assert (answer.status, answer.body) == (500, b"RuntimeError: this input is not for me")
    assert (await ask(server, b"[3]", content_type="application/x-tar")).status == 415
    assert (await ask(server, b"[3]")).body == b"[6]"
    await until(lambda: any("this input is not for me" in line for line in site.logs.text("AllTraffic/i-0")))


async def test_the_users_own_functions_see_types_and_attributes(site: ServingSite) -> None:
    server = await site.running(CUSTOM)
    answer = await server.invoke(Ask(b"in", "text/plain", "text/special", attributes="trace=7"), 20.0)
    assert answer.body == b"in|text/plain|loaded|text/special"
    assert (answer.content_type, answer.attributes) == ("text/special", "seen=1")
    await until(lambda: "asked with trace=7" in site.logs.text())


async def test_a_generator_streams_and_a_broken_one_has_no_end(site: ServingSite) -> None:
    server = await site.running(STREAMS)
    streamed = await server.stream(Ask(b"3", "text/plain"), 20.0)
    assert isinstance(streamed, Streamed)
    assert b"".join([piece async for piece in streamed.pieces]) == b"piece 0\npiece 1\npiece 2\n"
    assert (await ask(server, b"2")).body == b"piece 0\npiece 1\n"
    broken = await server.stream(Ask(b"2", "text/broken"), 20.0)
    assert isinstance(broken, Streamed)
    with pytest.raises(ServerGoneError):
        _ = [piece async for piece in broken.pieces]
    refused = await server.stream(Ask(b"nothing", "text/plain"), 20.0)
    assert not isinstance(refused, Streamed)
    assert (refused.status, refused.body[:10]) == (500, b"ValueError")
    assert server.load == 0


async def test_workers_serve_side_by_side_and_one_that_dies_is_replaced(site: ServingSite) -> None:
    script = (
        "import os, signal\ndef model_fn(model_dir):\n    return 0\ndef predict_fn(data, model):\n"
        "    if data:\n        os.kill(os.getpid(), signal.SIGKILL)\n    return os.getpid()\n"
    )
    await site.archive("model.tar.gz", script)
    server = site.server(instance=InstanceType("ml.t2.large", 2, 600_000_000))
    await server.start()
    await server.ready(60.0)
    with pytest.raises(ServerGoneError):
        await ask(server, b"1")
    first = {int((await ask(server, b"0")).body) for _ in range(3)}
    assert len(first) >= 1
    assert not server.has_ended


async def test_a_script_of_its_own_archive_and_another_name(site: ServingSite) -> None:
    await site.archive("source.tar.gz", DOUBLES)
    await site.archive("model.tar.gz", "raise RuntimeError('not me')")
    await site.put("plain/factor.json", b"5")
    source = {"S3DataSource": {"S3Uri": "s3://data/plain/", "S3DataType": "S3Prefix", "CompressionType": "None"}}
    server = site.server(
        ModelDataSource=source,
        Environment={
            "SAGEMAKER_SUBMIT_DIRECTORY": "s3://data/source.tar.gz",
            "SAGEMAKER_PROGRAM": "code/inference.py",
        },
    )
    await server.start()
    await server.ready(60.0)
    assert (await ask(server, b"[1]")).body == b"[5]"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raise ValueError('this script is broken')", "this script is broken"),
        ("x = 1", "there is no model in /opt/ml/model that this image loads by itself"),
        ("import time\ndef model_fn(model_dir):\n    time.sleep(60)", "did not answer within 1 seconds"),
    ],
)
async def test_a_model_that_cannot_be_loaded_says_why(site: ServingSite, script: str, said: str) -> None:
    await site.archive("model.tar.gz", script)
    server = site.server()
    await server.start()
    with pytest.raises(BackendError, match=said):
        await server.ready(1.0 if "sleep" in script else 60.0)


async def test_packages_beside_the_script_are_installed_once(site: ServingSite) -> None:
    wheel(site.folder / "wheels")
    site.images = site_images(site.folder, places=Places(wheels=str(site.folder / "wheels")))
    script = "import lathe\ndef model_fn(d):\n    pass\ndef predict_fn(data, m):\n    return lathe.VERSION\n"
    await site.archive("model.tar.gz", script, **{"code/requirements.txt": "lathe\n"})
    server = site.server()
    await server.start()
    await server.ready(60.0)
    assert (await ask(server, b"1")).body == b'"1.0"'
    assert "requirements.txt: installed lathe 1.0" in site.logs.text()
    await server.stop(keep=True)
    site.images = None  # nothing is installed again
    again = site.server()
    await again.start()
    await again.ready(60.0)
    assert (await ask(again, b"1")).body == b'"1.0"'


async def test_packages_that_the_site_cannot_bring_are_told(site: ServingSite) -> None:
    await site.archive("model.tar.gz", DOUBLES, **{"code/requirements.txt": "lathe\n"})
    with pytest.raises(BackendError, match=r"requirements\.txt asks for packages that the image lacks"):
        await site.server().start()


async def test_what_the_role_may_not_read_is_not_brought(site: ServingSite) -> None:
    await site.archive("model.tar.gz", DOUBLES)
    site.iam.forbidden.add("s3:GetObject")
    with pytest.raises(BackendError, match="AccessDenied"):
        await site.server().start()
    site.iam.forbidden.clear()
    await site.put("model.tar.gz", b"no archive at all")
    with pytest.raises(BackendError, match="damaged"):
        await site.server("endpoint/two").start()
    with pytest.raises(BackendError, match="no object"):
        await site.server("endpoint/three", ModelDataUrl="s3://data/nothing.tar.gz").start()


async def test_a_server_outlives_its_factory_and_is_taken_up(site: ServingSite) -> None:
    server = await site.running(
        "import os\ndef model_fn(d):\n    pass\ndef predict_fn(d, m):\n    return os.getpid()\n"
    )
    process = (await ask(server, b"1")).body
    server.let_go()
    again = site.server()
    assert again.is_there()
    await again.start()
    await again.ready(60.0)
    assert (await ask(again, b"1")).body == process
    await again.stop()
    assert not again.is_there()
    assert not list((site.folder / "endpoints" / "111122223333").iterdir())


async def test_a_server_that_died_is_started_again_from_what_was_brought(site: ServingSite) -> None:
    server = await site.running()
    keeper = int(next((site.folder / "endpoints").rglob("keeper.lock")).read_text())
    os.kill(keeper, signal.SIGINT)
    await server.wait_ended()
    server.let_go()
    site.iam.forbidden.add("s3:GetObject")  # nothing is fetched again
    again = site.server()
    await again.start()
    await again.ready(60.0)
    assert (await ask(again, b"[4]")).body == b"[8]"


async def test_an_answer_that_does_not_come_is_given_up(site: ServingSite) -> None:
    script = "import time\ndef model_fn(d):\n    pass\ndef predict_fn(data, m):\n    time.sleep(data)\n    return data"
    server = await site.running(script)
    with pytest.raises(ServerSlowError):
        await server.invoke(Ask(b"0.5"), 0.1)
    assert json.loads((await ask(server, b"0")).body) == 0
    with pytest.raises(ServerSlowError):
        await server.invoke(Ask(b"1000000"), 0.1)  # its worker is ended, and another one begins
    assert json.loads((await ask(server, b"0")).body) == 0
    await until(lambda: any("took longer for a request" in line for line in site.logs.text()), 60.0)
    assert not server.has_ended


async def test_only_as_many_requests_are_with_the_server_as_it_has_workers(site: ServingSite) -> None:
    script = "def model_fn(d):\n    return []\ndef predict_fn(data, m):\n    m.append(data)\n    return m\n"
    server = await site.running(script)
    answers = await asyncio.gather(*(ask(server, b"%d" % number) for number in range(20)))
    assert max(len(json.loads(answer.body)) for answer in answers) == 20
    assert server.load == 0


async def test_a_link_in_the_place_of_the_socket_is_not_followed(site: ServingSite) -> None:
    other = site.folder / "other.sock"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(other))
    listener.listen()
    await site.archive(
        "model.tar.gz",
        f"import os\nos.rename('/usina/serving/model.sock', '/usina/serving/x')\n"
        f"os.symlink({str(other)!r}, '/usina/serving/model.sock')\ndef model_fn(d):\n    pass\n",
    )
    server = site.server()
    await server.start()
    moved = next((site.folder / "run" / "serving").iterdir()) / "x"
    await until(moved.exists)
    with pytest.raises(BackendError, match="did not answer"):
        await server.ready(0.3)
    with pytest.raises(ServerGoneError):
        await ask(server, b"1")
    listener.close()
