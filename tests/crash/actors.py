"""Who acts while the factory is killed again and again: clients in threads of their own, which remember their answers.

An act that was answered is a promise. One whose answer never came is open: it may have been done or not, but nothing in
between; which of both it was is seen once the factory is back, and then stands.
"""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from usina.client.found import kit_folder, read_kit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.journeys.running import Factory

ONCE: Final = Config(
    retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=60, s3={"addressing_style": "path"}
)
PARK_SECONDS = 90


class Gate:
    """Lets actors act, or gathers them between two acts."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open = self._over = False
        self._inside = 0

    def enter(self) -> bool:
        """Wait until it is open; False once all is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._open or self._over)
            self._inside += not self._over
            return not self._over

    def leave(self) -> None:
        """An act ended."""
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def open(self) -> None:
        """Let them act."""
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def close(self) -> None:
        """Let none begin."""
        with self._changed:
            self._open = False

    def emptied(self) -> None:
        """Wait until nobody acts. Raises AssertionError where an act does not end."""
        with self._changed:
            assert self._changed.wait_for(lambda: not self._inside, PARK_SECONDS), "an act does not end"

    def end(self) -> None:
        """No more acts."""
        with self._changed:
            self._open, self._over = False, True
            self._changed.notify_all()


def must_be(error: ClientError, code: str) -> None:
    """Raises the error again where it is another."""
    if error.response["Error"]["Code"] != code:
        raise error


class Actor(threading.Thread):
    """One client: acts in an order that its seed gives, and remembers."""

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name=name, daemon=True)
        self.factory = factory
        self.dice = random.Random(f"{seed} {name}")  # chance that can be had again, not secrets
        self.gate = Gate()
        self.answered: list[str] = []  # ids of requests that were answered
        self.open = 0
        self.trouble: BaseException | None = None
        kit = read_kit(kit_folder(factory.home))
        self._session = boto3.Session(kit.access_key_id, kit.secret_access_key, region_name=kit.region)

    def client(self, service: str) -> Any:
        """A client that asks once, over the loopback."""
        return self._session.client(service, endpoint_url=self.factory.url, config=ONCE)

    def run(self) -> None:
        """Act until the gate says that all is over, or something is wrong."""
        while self.gate.enter():
            try:
                self.act()
            except BaseException as error:  # noqa: BLE001 - handed to the campaign, which raises it
                self.trouble = error
                return
            finally:
                self.gate.leave()

    def ask(self, call: Callable[..., Any], **arguments: Any) -> Any:
        """The answer; None where it never came, so that nobody knows whether the act was done.

        Raises:
            ClientError: the factory refused. It is killed, not confused: nothing here deserves a refusal unless the
                caller of this says so.
        """
        try:
            answer = call(**arguments)
        except (BotoCoreError, HTTPError):
            self.open += 1
            return None
        self.answered.append(answer["ResponseMetadata"]["RequestId"])
        return answer

    def prepare(self) -> None:
        """Make what the acts need, while the factory is not killed yet."""

    def act(self) -> None:
        """Do one thing."""
        raise NotImplementedError

    def check(self) -> None:
        """Look at the factory that is back: what was promised must be there. Raises AssertionError where it is not."""
        raise NotImplementedError

    def finish(self) -> None:
        """After the last kill: wait for the end of what runs, and look at everything."""
        self.check()

    def counts(self) -> dict[str, int]:
        """What it did, for the report."""
        return {"answered": len(self.answered), "open": self.open}
