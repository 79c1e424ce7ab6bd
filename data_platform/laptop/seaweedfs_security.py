"""What lets nobody but SeaweedFS itself into the inner parts of the embedded S3.

What belongs here: the keys and certificates of one process, the file by which it reads them, and the proof that its
ports are closed. What does not: the process (`seaweedfs`), and the key pair of the S3's own users (`credentials`).

Master, volume, filer and admin listen on HTTP and gRPC, and by themselves ask nobody for anything: whoever reaches the
filer's port reads and deletes every object without the S3's keys. That every port is on loopback keeps out neither
other users of the machine nor web pages that the user has open. So every port but the S3's speaks TLS and asks for a
client certificate, which only the process itself has, and the sockets that speak no TLS lie in a folder of their own.
"""

import secrets
import socket
import ssl
from collections.abc import Collection
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import psutil

from data_platform.laptop.errors import LaptopError
from data_platform.laptop.processes import tree
from data_platform.laptop.settings import HOST

_AUTHORITY, _CERTIFICATE, _KEY = "authority.crt", "part.crt", "part.key"
_GRPC: Final = ("master", "volume", "filer", "s3", "admin", "worker", "client", "mq", "msg_broker", "msg_agent")
_HTTPS: Final = ("master", "volume", "filer", "admin")
_JWT: Final = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
# Made anew at each start, so nothing has to expire: RFC 5280, 4.1.2.5 gives this date for a certificate without an
# end. A beginning long ago keeps a clock that was set back from locking the S3.
_BEGINS, _ENDS = datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_SECONDS: Final = 5.0


def write_security(folder: Path) -> None:
    """Make new keys and certificates for one process, and the `security.toml` that makes it use them.

    Args:
        folder: The working directory of the process, which is the first place where it looks for that file. It is made
            when missing, and closed to others. What an earlier start wrote is replaced.

    Source of the format: ``weed scaffold -config=security``.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    for name, content in {**_certificates(), "security.toml": _toml().encode()}.items():
        path = folder / name
        path.unlink(missing_ok=True)  # an old one may have wider permissions
        path.touch(mode=0o600)
        path.write_bytes(content)


def closed(pid: int, known: Collection[int], public: int) -> bool:
    """Whether every TCP port of a running process asks for a certificate of ours.

    SeaweedFS falls back to plain text when it cannot use a certificate, and says so in its log only; a newer one may
    read its settings otherwise, or open a port that we have not heard of.

    Args:
        pid: The process; those that it started count as well.
        known: Ports that it was told to open.
        public: The one port that is left out: the S3, which asks for a signature instead.

    Returns:
        False while a known port does not answer yet.

    Raises:
        LaptopError: A port answers anybody.
    """
    listening = {
        connection.laddr.port
        for process in tree(pid)
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr
    }
    return all(_asks_for_a_certificate(port) for port in sorted({*listening, *known} - {public}))


def _asks_for_a_certificate(port: int) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # whoever answers: nothing is told to it
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # from 1.3 on, a handshake ends well before the client is refused
    try:
        with socket.create_connection((HOST, port), _SECONDS) as connection, context.wrap_socket(connection):
            problem = "asks for no certificate"
    except ssl.SSLError as error:
        if "ALERT" in (error.reason or ""):
            return True
        problem = "does not speak TLS"
    except OSError:
        return False
    raise LaptopError(f"SeaweedFS' port {port} {problem}: anybody on this machine could use it, so it was ended.")


def _toml() -> str:
    own = f'cert = "{_CERTIFICATE}"\nkey = "{_KEY}"\n'
    sections = {name: f'key = "{secrets.token_urlsafe(32)}"\n' for name in _JWT}
    sections |= {"grpc": f'ca = "{_AUTHORITY}"\n'} | {f"grpc.{part}": own for part in _GRPC}
    sections |= {f"https.{part}": f'{own}ca = "{_AUTHORITY}"\n' for part in _HTTPS}
    sections |= {"https.client": f'enabled = true\n{own}ca = "{_AUTHORITY}"\n', "access": "ui = false\n"}
    sections |= {"filer.expose_directory_metadata": "enabled = false\n"}
    sections |= {"cors.allowed_origins": f'values = "http://{HOST}"\n'}
    return "\n".join(f"[{name}]\n{content}" for name, content in sections.items())


def _certificates() -> dict[str, bytes]:
    """An authority, whose key is forgotten at once, and the one certificate that it has signed, by file name."""
    from cryptography import x509  # noqa: PLC0415 - `data-platform --help` does without it
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
    )
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: PLC0415

    def builder(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        def name(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        return x509.CertificateBuilder(
            issuer_name=name("data-platform laptop"),
            subject_name=name(subject),
            public_key=key.public_key(),
            serial_number=x509.random_serial_number(),
            not_valid_before=_BEGINS,
            not_valid_after=_ENDS,
        )

    authority_key, part_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = builder("data-platform laptop", authority_key).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    part = (
        builder("seaweedfs", part_key)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    )
    return {
        _AUTHORITY: authority.sign(authority_key, hashes.SHA256()).public_bytes(Encoding.PEM),
        _CERTIFICATE: part.sign(authority_key, hashes.SHA256()).public_bytes(Encoding.PEM),
        _KEY: part_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    }
