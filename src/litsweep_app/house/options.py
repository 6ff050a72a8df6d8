"""What a person chooses when a house is stood up, checked; where it listens and keeps its files."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from litsweep.errors import UsageError

POOL: Final = "litsweep"
WARM_POOL: Final = "litsweep-warm"
LOOPBACK: Final = "127.0.0.1"
_ASYNC_DRIVER: Final = "postgresql+asyncpg://"


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseOptions:
    """The options of ``litsweep up``; ``folder`` is absolute, ports are real ones.

    Raises:
        UsageError: an address that other machines reach, without a password.
    """

    folder: Path
    host: str = LOOPBACK
    port: int = 4200
    health_port: int = 4201
    desk_port: int = 8765
    limit: int = 2
    has_auth: bool = False
    has_gpu: bool = False
    has_desk: bool = True
    prefect_database_url: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what would be open to strangers, or could not work."""
        if not _is_loopback(self.host) and not self.has_auth:
            raise UsageError(
                f"--host {self.host} lets other machines reach the Prefect server, which starts "
                "whatever it is told to: give it a password with --auth, or leave out --host."
            )
        self._refuse_same_ports()

    def _refuse_same_ports(self) -> None:
        ports = {"--port": self.port, "--health-port": self.health_port}
        if self.has_desk:
            ports["--desk-port"] = self.desk_port
        named: dict[int, str] = {}
        for option, port in ports.items():
            if port in named:
                raise UsageError(f"{named[port]} and {option} are both {port}: choose another one.")
            named[port] = option

    @property
    def local_host(self) -> str:
        """The address by which this machine reaches the server."""
        return LOOPBACK if self.host in {"0.0.0.0", "localhost"} else self.host.replace("::", "::1")

    @property
    def server_url(self) -> str:
        """Where the user interface is, for this machine."""
        host = self.local_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def api_url(self) -> str:
        """Where Prefect's clients on this machine find the server."""
        return f"{self.server_url}/api"

    @property
    def health_url(self) -> str:
        """Where the health page is."""
        return f"http://{LOOPBACK}:{self.health_port}"

    @property
    def desk_url(self) -> str:
        """Where the review desk is, for this machine; a proxy before it has another address."""
        return f"http://{LOOPBACK}:{self.desk_port}"

    @property
    def server_database_url(self) -> str:
        """The address of Prefect's own database, with the driver that its server needs."""
        given = self.prefect_database_url
        if given is None:
            return f"sqlite+aiosqlite:///{self.server_database}"
        scheme, separator, rest = given.partition("://")
        return _ASYNC_DRIVER + rest if separator and scheme.startswith("postgres") else given

    @property
    def server_database(self) -> Path:
        """The file of Prefect's own database, where it is one of the house."""
        return self.server_home / "prefect.db"

    @property
    def server_home(self) -> Path:
        """What the server keeps beside its database: its leases."""
        return self.folder / "server"

    @property
    def worker_home(self) -> Path:
        """What Prefect's clients keep: results of tasks."""
        return self.folder / "worker"

    @property
    def log_folder(self) -> Path:
        """One file a process."""
        return self.folder / "logs"

    @property
    def password_file(self) -> Path:
        """What ``PREFECT_API_AUTH_STRING`` must be, when there is a password."""
        return self.folder / "auth-string"

    @property
    def lock_file(self) -> Path:
        """Held while a house stands in the folder."""
        return self.folder / "house.lock"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
