"""Keys that are made, switched off and on, rotated and scheduled for deletion, and texts that lie under them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from tests.crash.actors import Actor, must_be

if TYPE_CHECKING:
    from tests.journeys.running import Factory

MOST_KEYS = 6
ON, OFF, ENDING = "Enabled", "Disabled", "PendingDeletion"
CLOSED: Final = {OFF: "DisabledException", ENDING: "KMSInvalidStateException"}


@dataclass
class Key:
    """One key that is surely there: in which state it may be, and what was encrypted under it."""

    id: str
    may_be: set[str] = field(default_factory=lambda: {ON})
    texts: list[tuple[bytes, bytes]] = field(default_factory=list)  # ciphertext and plaintext


class Keys(Actor):
    """Uses a few keys, and remembers what each has to open."""

    def __init__(self, name: str, factory: Factory, seed: int) -> None:
        super().__init__(name, factory, seed)
        self.kms = self.client("kms")
        self.keys: list[Key] = []
        self.written = 0

    def act(self) -> None:
        """A new key where there are few, else something with one of them."""
        if len(self.keys) < MOST_KEYS:
            answer = self.ask(self.kms.create_key, Description="crash")
            self.keys += [Key(answer["KeyMetadata"]["KeyId"])] if answer is not None else []
            return
        key = self.dice.choice(self.keys)
        if len(key.may_be) > 1:
            self._look(key)
        elif key.may_be == {ON}:
            how = self.dice.choices((self._encrypt, self._rotate, self._switch_off, self._schedule), (12, 1, 2, 1))[0]
            how(key)
        elif key.may_be == {OFF}:
            self._to(key, ON, key.may_be, self.kms.enable_key)
        else:
            self._to(key, OFF, key.may_be, self.kms.cancel_key_deletion)

    def _encrypt(self, key: Key) -> None:
        self.written += 1
        plain = f"text {self.written}".encode()
        answer = self.ask(self.kms.encrypt, KeyId=key.id, Plaintext=plain)
        if answer is not None:
            key.texts.append((answer["CiphertextBlob"], plain))

    def _rotate(self, key: Key) -> None:
        self.ask(self.kms.rotate_key_on_demand, KeyId=key.id)

    def _switch_off(self, key: Key) -> None:
        self._to(key, OFF, key.may_be, self.kms.disable_key)

    def _schedule(self, key: Key) -> None:
        self._to(key, ENDING, key.may_be, self.kms.schedule_key_deletion, PendingWindowInDays=7)

    def _to(self, key: Key, state: str, before: set[str], call: object, **more: object) -> None:
        answer = self.ask(call, KeyId=key.id, **more)  # type: ignore[arg-type] # botocore makes its methods
        key.may_be = {state} if answer is not None else before | {state}

    def check(self) -> None:
        """Each key is in a state that it may have, and opens what lies under it, or refuses as that state does."""
        for key in self.keys:
            self._look(key)
            (state,) = key.may_be
            for text, plain in self.dice.sample(key.texts, min(3, len(key.texts))):
                self._open(text, plain, state)

    def _look(self, key: Key) -> None:
        seen = self.ask(self.kms.describe_key, KeyId=key.id)
        if seen is None:
            return
        state = seen["KeyMetadata"]["KeyState"]
        assert state in key.may_be, f"a key is {state}, and was promised to be one of {key.may_be}"
        key.may_be = {state}

    def _open(self, text: bytes, plain: bytes, state: str) -> None:
        try:
            found = self.kms.decrypt(CiphertextBlob=text)["Plaintext"]
        except ClientError as error:
            if state == ON:
                raise
            must_be(error, CLOSED[state])
        else:
            assert state == ON, f"a key that is {state} opened a text"
            assert found == plain

    def finish(self) -> None:
        """Every text that was ever answered opens, once all keys are on."""
        self.check()
        for key in self.keys:
            (state,) = key.may_be
            if state == ENDING:
                self.kms.cancel_key_deletion(KeyId=key.id)
            if state != ON:
                self.kms.enable_key(KeyId=key.id)
            for text, plain in key.texts:
                self._open(text, plain, ON)

    def counts(self) -> dict[str, int]:
        """How many keys and texts."""
        return super().counts() | {"keys": len(self.keys), "texts": sum(len(key.texts) for key in self.keys)}
