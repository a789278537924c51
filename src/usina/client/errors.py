"""What can go wrong for a client, each error saying what to do next.

OperatorError
  KitError          there is no client kit, or it cannot be read
  UnreachableError  nothing answers at the factory's address, or not with its certificate
  RefusedError      the factory answered with an error
  SignInError       a person could not be signed in, or is signed in no more
"""

from __future__ import annotations

from usina.core.errors import OperatorError

_NEXT_STEPS = {
    "AccessDeniedException": "The policies of the site decide (policies/ in its home); `usina keys create` makes a key "
    "with another role.",
    "UnrecognizedClientException": "The key is revoked or of another factory: take a new client kit.",
    "ExpiredTokenException": "The key has ended: take a new one with `usina keys create`.",
    "InvalidSignatureException": "Take a new client kit; compare this machine's clock with the factory's.",
    "SignatureDoesNotMatch": "Take a new client kit; compare this machine's clock with the factory's.",
    "ThrottlingException": "The factory is busy: try again in a moment.",
    "ModelNotReadyException": "The model is still starting: `usina status --wait 60` waits for it.",
    "ServiceUnavailableException": "`usina status` tells what is missing.",
    "InternalServerException": "The factory's log tells why, under that request id.",
    "ModelErrorException": "The factory's log tells why, under that request id; `usina status` shows the engine.",
}

# Our own operations name each other in what they say; at a keyboard the commands are nearer.
_COMMANDS = {
    "ListModels": "usina models list",
    "ListAliases": "usina models aliases",
    "ListKeys": "usina keys list",
    "DisableShippedAliases": "usina models aws-ids off",
}


class KitError(OperatorError):
    """There is no client kit, or it cannot be read."""


class UnreachableError(OperatorError):
    """Nothing answers at the factory's address, or not with its certificate."""


class SignInError(OperatorError):
    """A person could not be signed in, or is signed in no more."""


class RefusedError(OperatorError):
    """The factory answered with an error: its code, its words and the request id that its log and ledger know."""

    def __init__(self, code: str, message: str, request_id: str) -> None:
        step = _NEXT_STEPS.get(code, "")
        said = message or code
        for operation, command in _COMMANDS.items():
            said = said.replace(f" {operation} ", f" `{command}` ")
        words = f"{said if said.endswith(('.', '!', '?')) else said + '.'} {step}".rstrip()
        super().__init__(f"{words} (request {request_id})" if request_id else words)
        self.code = code
        self.message = message
        self.request_id = request_id
