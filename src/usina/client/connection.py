"""The way to one factory with one kit: signed calls over botocore, and its readiness, which needs no identity.

Nothing of the user's own AWS set-up is used: endpoint, region, keys and CA are the kit's.
"""

from __future__ import annotations

import http.client
import ssl
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from usina.client.errors import RefusedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from usina.client.found import Kit

_CONNECT_SECONDS = 5
_READ_SECONDS = 300
_READINESS_SECONDS = 5.0
_PAGE_BYTES = 4_096


class Connection:
    """Calls to one factory. Every method may raise `RefusedError` or `UnreachableError`."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.request_id = ""  # of the last answer
        self._clients: dict[str, Any] = {}

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """One operation by botocore's names; parameters that are None are left out."""
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

        given = {name: value for name, value in parameters.items() if value is not None}
        try:
            answer: dict[str, Any] = getattr(self._client(service), operation)(**given)
        except ClientError as error:
            raise _refused(error.response) from None
        except ParamValidationError as error:
            raise RefusedError("ValidationException", str(error), "") from None
        except BotoCoreError as error:
            raise self._unreachable(error) from None
        self.request_id = answer["ResponseMetadata"].get("RequestId", "")
        return answer

    def events(self, stream: Any) -> Iterator[dict[str, Any]]:
        """The events of a stream that an operation answered with, as they come; closes it at the end."""
        from botocore.exceptions import BotoCoreError, EventStreamError

        try:
            yield from stream
        except EventStreamError as error:
            raise _refused(error.response) from None
        except (BotoCoreError, OSError) as error:
            raise self._unreachable(error) from None
        finally:
            stream.close()

    def readiness(self) -> tuple[bool, str]:
        """Whether the factory says that it is ready, and its words."""
        status, words = self.page("/readyz")
        return status == http.client.OK, words.strip()

    def page(self, path: str) -> tuple[int, str]:
        """Status and text of a page that needs no identity."""
        place = urlsplit(self.kit.endpoint)
        connection = http.client.HTTPSConnection(
            place.hostname or "", place.port, timeout=_READINESS_SECONDS, context=self._tls
        )
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            words = response.read(_PAGE_BYTES).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            connection.close()
        return response.status, words

    def _client(self, service: str) -> Any:
        client = self._clients.get(service)
        if client is None:
            self._clients[service] = client = self._make_client(service)
        return client

    @cached_property
    def _session(self) -> Any:
        import botocore.session

        session = botocore.session.Session()
        for name, value in (
            ("data_path", self.kit.models),
            ("config_file", self.kit.folder / "config"),
            ("credentials_file", self.kit.folder / "credentials"),
            ("profile", "usina"),
        ):
            session.set_config_variable(name, str(value))
        return session

    def _make_client(self, service: str) -> Any:
        from botocore.config import Config

        kit = self.kit
        return self._session.create_client(
            service,
            region_name=kit.region,
            endpoint_url=kit.endpoint,
            verify=str(kit.ca_bundle),
            aws_access_key_id=kit.access_key_id,
            aws_secret_access_key=kit.secret_access_key,
            aws_session_token=kit.session_token or None,
            config=Config(
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": 1},  # a person is told at once
                signature_version="v4",  # what must be signed is; a bearer token in the environment is not ours
                proxies={},
                use_fips_endpoint=False,
                use_dualstack_endpoint=False,
            ),
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.kit.ca_bundle))

    def _unreachable(self, error: Exception) -> UnreachableError:
        endpoint = self.kit.endpoint
        if "SSL" in type(error).__name__ or "certificate" in str(error).lower():
            return UnreachableError(
                f"{endpoint} did not show a certificate of this factory's CA ({self.kit.ca_bundle}). Take a new client "
                "kit, or see whether another program has the port."
            )
        return UnreachableError(
            f"The factory does not answer at {endpoint}. Start it with `usina up`, or see why it stopped in its log."
        )


def _refused(response: Mapping[str, Any]) -> RefusedError:
    error = response.get("Error", {})
    metadata = response.get("ResponseMetadata", {})
    return RefusedError(error.get("Code", "Unknown"), error.get("Message", ""), metadata.get("RequestId", ""))
