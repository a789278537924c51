"""A client of botocore whose connections go through the door.

botocore speaks by urllib3, whose pools make their connections by a class that can be chosen: ours opens the socket at
the door and says so before it is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from usina.core.egress import Egress, Purpose

_CONNECT_SECONDS = 30.0


def through_door(client: Any, egress: Egress, purpose: Purpose) -> None:
    """Have all connections of a client of botocore go through the door, from now on.

    Raises: AttributeError where this botocore keeps its pools elsewhere. A test holds that it does not.
    """
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Plain(_Opened, HTTPConnection):
        """Over the door's socket."""

    class Secure(_Opened, HTTPSConnection):
        """The same, before TLS begins."""

    for made in (Plain, Secure):
        made.egress, made.purpose = egress, purpose

    class PlainPool(HTTPConnectionPool):
        """Of those."""

        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        """Of those."""

        ConnectionCls = Secure

    client._endpoint.http_session._manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}  # noqa: SLF001 - botocore has no public way


class _Opened:
    """What both kinds of connections do by the door."""

    egress: Egress
    purpose: Purpose
    host: str
    port: int
    timeout: Any
    _over: Callable[[], None] | None = None

    def _new_conn(self) -> socket.socket:
        """urllib3 asks for its socket here."""
        from urllib3.exceptions import NewConnectionError

        from usina.core.errors import ApiError

        seconds = self.timeout if isinstance(self.timeout, int | float) else _CONNECT_SECONDS
        try:
            used, self._over = self.egress.open_socket(self.purpose, self.host, self.port, seconds)
        except (OSError, ApiError) as error:
            raise NewConnectionError(self, str(error)) from error  # type: ignore[arg-type] # it is one of theirs
        return used

    def close(self) -> None:
        """Say so while the socket can still be asked."""
        if self._over is not None:
            over, self._over = self._over, None
            over()
        super().close()  # type: ignore[misc] # of urllib3's class beside
