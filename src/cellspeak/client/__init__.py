"""Sessions behind a server, as a `Transport`: reconnects by itself, each event once, in order.

`address` says where the server is, `retries` how long to go on trying, `link` carries commands,
`transport` puts them together.  Twin of the engine: it belongs to one event loop.
"""

from .address import Server
from .retries import Patience
from .transport import SocketTransport

__all__ = ["Patience", "Server", "SocketTransport"]
