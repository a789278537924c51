"""The site's policies as they come into force: their text is kept, and the ledger says from when on they are."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from usina.core.clock import SystemClock
from usina.core.errors import ApiError, UnavailableError
from usina.sovereignty.policy.kept import keep_policies

if TYPE_CHECKING:
    from pathlib import Path

    from usina.sovereignty.ledger import Ledger
    from usina.sovereignty.policy import Policy

KEPT_POLICIES = "policies-kept"  # folder of the home
_CHECK_SECONDS = 1.0


async def watch_policy(policy: Policy, ledger: Ledger, kept: Path) -> None:
    """Take changed policy files into force, and write into the ledger which are in force from when on.

    A broken file keeps the old set, and the judge logs why.
    """
    clock = SystemClock()
    while True:
        await clock.sleep(_CHECK_SECONDS)
        if policy.reload():
            with contextlib.suppress(ApiError):  # the ledger said in the log that it cannot write
                await note_policy(policy, ledger, kept)


async def note_policy(policy: Policy, ledger: Ledger, kept: Path) -> None:
    """Keep the text of the policies in force, then write into the ledger that they are. Raises: UnavailableError."""
    status = policy.status
    try:
        await asyncio.to_thread(keep_policies, kept, status.digest, policy.texts)
    except OSError as error:
        raise UnavailableError(f"{kept}: the policies in force cannot be kept: {error.strerror}") from error
    await ledger.note("policy", {"digest": status.digest, "policies": status.policy_count, "files": status.files})
