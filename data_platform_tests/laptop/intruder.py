"""Another user of the machine, or a web page: tries everything on every socket, and tells what was answered.

Run as ``python intruder.py`` with a JSON object on standard input: ``uid`` (null: stay who you are), ``ports``,
``sockets`` (paths), ``hosts``, ``origins``, ``requests`` (pairs of method and target). Writes a JSON list of what was
answered: who was asked (a port or a path), how, the status, the body's beginning, and the CORS headers. No credentials
are ever sent. The interpreter is started first and the uid changed then: the other user may be barred from the folder
that it lies in.
"""

import encodings.idna  # noqa: F401 - nothing can be imported any more once the uid has changed
import http.client
import json
import os
import socket
import ssl
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

SECONDS = 5.0

Answer = dict[str, Any]


def text_field(number: int, text: str) -> bytes:
    """A string field of a protobuf message."""
    return bytes([number << 3 | 2, len(text)]) + text.encode()


# A call that the server of each part has; any answer at all, UNIMPLEMENTED too, means that it is open.
CALLS = (
    ("/filer_pb.SeaweedFiler/LookupDirectoryEntry", text_field(1, "/buckets") + text_field(2, "data-platform")),
    ("/filer_pb.SeaweedFiler/DeleteEntry", text_field(1, "/buckets/data-platform") + text_field(2, "object")),
    ("/master_pb.Seaweed/Assign", b""),
    ("/volume_server_pb.VolumeServer/VolumeServerStatus", b""),
    ("/iam_pb.SeaweedIdentityAccessManagement/GetConfiguration", b""),
    ("/grpc.health.v1.Health/Check", b""),
    ("/api.DagsterApi/Ping", text_field(1, "hello")),
    ("/api.DagsterApi/ListRepositories", b""),
)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(SECONDS)
        self.sock.connect(self.host)


def connection_to(where: int | str) -> http.client.HTTPConnection:
    if isinstance(where, str):
        return UnixConnection(where, timeout=SECONDS)
    return http.client.HTTPConnection("127.0.0.1", where, timeout=SECONDS)


def over_http(where: int | str, method: str, target: str, headers: dict[str, str]) -> Iterator[Answer]:
    connection = connection_to(where)
    try:
        connection.putrequest(method, target, skip_host=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        body = b"" if method in {"GET", "HEAD", "OPTIONS"} else b"written by an intruder"
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        answered = {"status": response.status, "body": response.read(4000).decode(errors="replace")}
        cors = {name: value for name, value in response.getheaders() if name.lower().startswith("access-control")}
        yield {"where": where, "how": f"{method} {target}", "headers": headers, "cors": cors, **answered}
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()


def over_tls(port: int) -> Iterator[Answer]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=SECONDS, context=context)
    try:
        connection.request("GET", "/")
        yield {"where": port, "how": "TLS", "status": connection.getresponse().status, "body": "", "cors": {}}
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()


def over_grpc(where: int | str) -> Iterator[Answer]:
    target = f"unix:{where}" if isinstance(where, str) else f"127.0.0.1:{where}"
    with grpc.insecure_channel(target, options=[("grpc.enable_retries", 0)]) as channel:
        for method, message in CALLS:
            try:
                answer = channel.unary_unary(method)(message, timeout=SECONDS)
                yield {"where": where, "how": method, "status": "OK", "body": repr(answer), "cors": {}}
            except grpc.RpcError as error:
                code = error.code().name  # type: ignore[attr-defined]
                if code not in {"UNAVAILABLE", "DEADLINE_EXCEEDED"}:
                    yield {"where": where, "how": method, "status": code, "body": error.details(), "cors": {}}  # type: ignore[attr-defined]


def attack(where: int | str, task: dict[str, Any]) -> list[Answer]:
    answers = list(over_grpc(where))
    if isinstance(where, int):
        answers += over_tls(where)
    for host in task["hosts"]:
        for origin in task["origins"]:
            headers = {"Host": host} | ({"Origin": origin} if origin else {})
            for method, target in task["requests"]:
                preflight = {"Access-Control-Request-Method": "DELETE"} if method == "OPTIONS" else {}
                answers += over_http(where, method, target, headers | preflight)
    return answers


def main() -> None:
    task = json.load(sys.stdin)
    grpc.insecure_channel("127.0.0.1:1").close()  # imports what it needs
    if task["uid"] is not None:
        os.setgroups([])
        os.setgid(task["uid"])
        os.setuid(task["uid"])
    with ThreadPoolExecutor(8) as pool:
        attacks = [pool.submit(attack, where, task) for where in [*task["ports"], *task["sockets"]]]
        json.dump([answer for done in attacks for answer in done.result()], sys.stdout)


if __name__ == "__main__":
    main()
