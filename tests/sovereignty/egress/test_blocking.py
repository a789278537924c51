"""A client of botocore goes out by the door, or not at all."""

from __future__ import annotations

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.session import Session

from tests.sovereignty.egress.test_door import Notes
from usina.core.clock import SystemClock, SystemDice
from usina.core.egress import Purpose
from usina.sovereignty.egress import Destinations, EgressDoor
from usina.sovereignty.egress.blocking import through_door

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKETS = (
    b"<ListAllMyBucketsResult><Owner/><Buckets><Bucket><Name>here</Name></Bucket></Buckets></ListAllMyBucketsResult>"
)


class Store(BaseHTTPRequestHandler):
    """Knows one bucket."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", str(len(BUCKETS)))
        self.end_headers()
        self.wfile.write(BUCKETS)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def client_of(port: int, door: EgressDoor) -> Any:
    session = Session()
    session.set_credentials("key", "secret")
    made = session.create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{port}",
        config=Config(proxies={}, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    through_door(made, door, Purpose.OBJECT_STORE)
    return made


async def test_each_connection_of_the_client_is_let_out_and_counted(port: int) -> None:
    notes = Notes()
    door = EgressDoor(Destinations.read({"object-store": [f"127.0.0.1:{port}"]}), notes, SystemClock(), SystemDice())
    client = client_of(port, door)
    for _ in range(2):
        answer = await asyncio.to_thread(client.list_buckets)
        assert [bucket["Name"] for bucket in answer["Buckets"]] == ["here"]
    await asyncio.to_thread(client.close)
    await door.close()
    [before], [after] = notes.of("egress"), notes.of("egress-end")  # one connection, used twice
    assert (before["purpose"], before["port"]) == ("object-store", port)
    assert after["sent"] > 0
    assert after["received"] > 2 * len(BUCKETS)


async def test_a_store_that_is_not_named_is_not_reached(port: int) -> None:
    notes = Notes()
    door = EgressDoor(Destinations.read({}), notes, SystemClock(), SystemDice())
    client = client_of(port, door)
    with pytest.raises(EndpointConnectionError):
        await asyncio.to_thread(client.list_buckets)
    await asyncio.to_thread(client.close)
    await door.close()
    assert {kind for kind, _ in notes.said} == {"egress-denied"}
