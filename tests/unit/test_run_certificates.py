"""The door's certificate: made once, signed by our own authority, renewed before it ends."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from dispatch.run import certificates, mouth
from dispatch.run.errors import InsecureDoor
from dispatch.run.settings import Settings

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def serial(files):
    return x509.load_pem_x509_certificate(files.certificate.read_bytes()).serial_number


def test_keys_are_ours_alone_and_the_chain_is_trusted(tmp_path):
    files = certificates.door_files(tmp_path, "192.0.2.7", NOW)
    for file in (tmp_path / "tls").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700
    held = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    held.verify_directly_issued_by(authority)
    names = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"192.0.2.7", "127.0.0.1", "localhost"} <= {str(one.value) for one in names}
    assert certificates.authority_pem(tmp_path, NOW) == files.authority.read_text()
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.key)


def test_it_is_made_anew_only_before_it_ends_or_when_the_names_change(tmp_path):
    first = serial(certificates.door_files(tmp_path, "127.0.0.1", NOW))
    later = NOW + timedelta(days=300)
    assert serial(certificates.door_files(tmp_path, "127.0.0.1", later)) == first
    late = NOW + timedelta(days=310)
    second = serial(certificates.door_files(tmp_path, "127.0.0.1", late))
    assert second != first
    authority = certificates.authority_pem(tmp_path, late)
    assert serial(certificates.door_files(tmp_path, "192.0.2.7", late)) != second
    assert certificates.authority_pem(tmp_path, late) == authority, "devices trust it"


def test_it_is_made_anew_where_the_authority_was_lost(tmp_path):
    first = certificates.door_files(tmp_path, "127.0.0.1", NOW)
    (tmp_path / "tls" / "ca.key").unlink()
    second = certificates.door_files(tmp_path, "127.0.0.1", NOW)
    assert first == second
    door, authority = (
        x509.load_pem_x509_certificate(file.read_bytes())
        for file in (second.certificate, second.authority)
    )
    door.verify_directly_issued_by(authority)


def test_two_installs_share_nothing(tmp_path):
    keys = set()
    for name in ("a", "b"):
        certificates.door_files(tmp_path / name, "127.0.0.1", NOW)
        keys |= {(tmp_path / name / "tls" / file).read_text() for file in ("ca.key", "door.key")}
    assert len(keys) == 4


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "cars.example"])
def test_other_machines_are_spoken_to_in_the_clear_only_if_that_is_said(host):
    with pytest.raises(InsecureDoor, match="GONGCHE_DOOR_TLS"):
        mouth.require_safe(Settings(door_host=host))
    mouth.require_safe(Settings(door_host=host, door_tls=True))
    mouth.require_safe(Settings(door_host=host, door_insecure=True))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_this_machine_alone_needs_no_tls(host):
    mouth.require_safe(Settings(door_host=host))
