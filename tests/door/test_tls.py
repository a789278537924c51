"""The site's authority signs the door's certificate; keys are private; certificates renew before they end."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from cryptography import x509

from usina.core.clock import SystemClock
from usina.door.tls import TlsFiles, ensure_tls

if TYPE_CHECKING:
    from pathlib import Path


class _Later(SystemClock):
    """The system's clock, some days ahead."""

    def __init__(self, days: int) -> None:
        self._days = days

    def now(self) -> float:
        return super().now() + self._days * 86_400


def _serial(files: TlsFiles) -> int:
    return x509.load_pem_x509_certificate(files.certificate.read_bytes()).serial_number


def test_the_door_certificate_is_signed_by_the_site_authority_and_names_its_hosts(tmp_path: Path) -> None:
    files = ensure_tls(tmp_path, ["localhost", "127.0.0.1", "door.example"], SystemClock())
    door = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    door.verify_directly_issued_by(authority)
    names = door.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "door.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_private_keys_are_for_the_owner_only(tmp_path: Path) -> None:
    ensure_tls(tmp_path, ["localhost"], SystemClock())
    for name in ("ca-key.pem", "door-key.pem"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_second_start_keeps_the_certificate(tmp_path: Path) -> None:
    first = _serial(ensure_tls(tmp_path, ["localhost"], SystemClock()))
    assert _serial(ensure_tls(tmp_path, ["localhost"], SystemClock())) == first


def test_a_certificate_that_ends_soon_or_lacks_a_name_is_renewed_under_the_same_authority(tmp_path: Path) -> None:
    files = ensure_tls(tmp_path, ["localhost"], SystemClock())
    first, authority = _serial(files), files.authority.read_bytes()
    second = _serial(ensure_tls(tmp_path, ["localhost", "new.example"], SystemClock()))
    third = _serial(ensure_tls(tmp_path, ["localhost", "new.example"], _Later(370)))
    assert len({first, second, third}) == 3
    assert files.authority.read_bytes() == authority


def test_the_files_of_a_sites_own_pki_are_left_alone(tmp_path: Path) -> None:
    ensure_tls(tmp_path, ["localhost"], SystemClock())
    (tmp_path / "ca-key.pem").unlink()
    before = (tmp_path / "door.pem").read_bytes()
    ensure_tls(tmp_path, ["another.example"], _Later(390))
    assert (tmp_path / "door.pem").read_bytes() == before
