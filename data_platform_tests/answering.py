"""A server of the outside world that answers whatever a test says, byte by byte: for answers that no simulator would
give."""

import http.client
import http.server
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Reply:
    """What to answer: a body, or its pieces with a wait before each."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] = ()
    seconds_between: float = 0.0


@dataclass(frozen=True)
class Asked:
    """One request."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""
    target: str = ""


@dataclass
class Server:
    """A running server; `answer` may be replaced at any time."""

    answer: Callable[[Asked], Reply]
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def forwarded(asked: Asked, host: str, port: int) -> Reply:
    """What another server answers; it sees the very same request, whose signature holds."""
    connection = http.client.HTTPConnection(host, port, timeout=30)
    with closing(connection):
        connection.request(asked.method, asked.target, asked.body, dict(asked.headers))
        response = connection.getresponse()
        body = response.read()
        unwanted = {"connection", "transfer-encoding", "date", "server"}
        headers = {name: value for name, value in response.getheaders() if name.lower() not in unwanted}
    length = headers.pop("Content-Length", str(len(body))) if asked.method == "HEAD" else str(len(body))
    return Reply(body, response.status, headers | {"Content-Length": length})


@contextmanager
def answering(answer: Callable[[Asked], Reply]) -> Iterator[Server]:
    """Answer on loopback for as long as the block lasts."""
    server, ended = Server(answer), threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(parts.path, query, dict(self.headers), self.command, body, self.path)
            server.asked.append(asked)
            with suppress(OSError):  # the client may go
                self._send(server.answer(asked))

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - as http.server calls them

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            body = reply.body
            if reply.pieces:
                self.send_header("Connection", "close")
                self.close_connection = True
            elif "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "HEAD":
                return
            self.wfile.write(body)
            for piece in reply.pieces:
                if ended.is_set():
                    return
                time.sleep(reply.seconds_between)
                self.wfile.write(piece)
                self.wfile.flush()

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads = True
        server.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            listener.shutdown()
            thread.join()
