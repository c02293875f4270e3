"""Where a server is, and with which key it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cellspeak.errors import ValidationError

__all__ = ["Server"]


@dataclass(frozen=True, slots=True)
class Server:
    """A server's address, with or without `/v1` at its end, and the key for it.

    Raises:
        ValidationError: if the address is no `http` or `https` one.
    """

    base_url: str
    api_key: str = field(default="", repr=False)
    """Sent as `Authorization: Bearer …`; never part of an address or a message."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValidationError(
                f"expected a server as http://HOST:PORT or https://HOST; got {self.base_url!r:.120}"
            )
        if parts.username is not None or parts.password is not None:
            raise ValidationError(
                "expected a server's address without a name or password in it, because addresses "
                "are shown and saved; set CELLSPEAK_API_KEY instead"
            )
        object.__setattr__(self, "base_url", self.base_url.rstrip("/").removesuffix("/v1"))

    @property
    def socket_url(self) -> str:
        """The address of the session socket."""
        return "ws" + self.base_url.removeprefix("http") + "/v1/ws/session"

    @property
    def headers(self) -> Mapping[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
