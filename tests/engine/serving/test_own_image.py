"""Other ways to be served: an image with a server of its own, and a machine without a sandbox."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.engine.serving.site import OwnImage, ServingSite, ask
from usina.core.clock import SystemClock
from usina.core.endpoints import Ask, Streamed
from usina.engine.sandbox.unsafe import UnsafeNoSandbox

SERVER = """
import http.server, json, os, sys, time
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response(200 if self.path == "/ping" else 404)
        self.send_header("content-length", "0")
        self.end_headers()
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if body == b"stream":
            self.send_response(200)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for piece in (b"one", b"two"):
                self.wfile.write(b"%x\\r\\n%b\\r\\n" % (len(piece), piece))
            self.wfile.write(b"0\\r\\n\\r\\n")
            return
        names = ("MINE", "THEIRS", "SAGEMAKER_BIND_TO_PORT", "SM_MODEL_DIR")
        told = {"argv": sys.argv[1:], "cwd": os.getcwd(), "model": open("/opt/ml/model/factor.json").read(),
                "usina": sorted(os.listdir("/usina")), **{name: os.environ.get(name) for name in names}}
        answer = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-type", "application/mine")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *_):
        pass
time.sleep(0.3)
http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
"""


async def test_an_image_of_its_own_is_started_with_serve_and_asked_on_its_port(site: ServingSite) -> None:
    site.own_image = OwnImage(site.folder / "image", SERVER)
    server = await site.running(Image="mine:1", Environment={"THEIRS": "container", "MINE": "container"})
    answer = await ask(server, b"x")
    told = json.loads(answer.body)
    assert (told["argv"], told["cwd"], told["model"]) == (["serve"], "/app", "2")
    assert (told["MINE"], told["THEIRS"]) == ("container", "container")
    assert (told["SAGEMAKER_BIND_TO_PORT"], told["SM_MODEL_DIR"]) == ("8080", "/opt/ml/model")
    assert not {"serving", "model-server"} & set(told["usina"])  # nothing of ours that it could put a link into
    assert answer.content_type == "application/mine"
    streamed = await server.stream(Ask(b"stream"), 20.0)
    assert isinstance(streamed, Streamed)
    assert b"".join([piece async for piece in streamed.pieces]) == b"onetwo"
    server.let_go()
    again = site.server(Image="mine:1")
    await again.start()
    await again.ready(60.0)
    assert (await ask(again, b"x")).status == 200


async def test_without_a_sandbox_the_same_is_served_from_the_machines_own_paths() -> None:
    short = tempfile.TemporaryDirectory(prefix="u-")  # a socket's path has its bound, and here it is the machine's own
    site = ServingSite(Path(short.name), UnsafeNoSandbox(SystemClock()))
    try:
        server = await site.running()
        assert json.loads((await ask(server, b"[1, 2]")).body) == [2, 4]
    finally:
        await site.close()
        short.cleanup()
