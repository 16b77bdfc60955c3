"""A server that sends what it is told to, byte by byte, and what downloads from it."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from multipolar.errors import DataError
from multipolar.world.download import Fetched, download

BODY = bytes(range(256)) * 40
MD5 = "md5:" + hashlib.md5(BODY, usedforsecurity=False).hexdigest()
Answer = bytes | Callable[[socket.socket], None]
OLD = "Wed, 01 Oct 2025 10:00:00 GMT"


class Wire:
    """Answers the requests of a test one after the other, the last again and again."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.asked: list[str] = []
        self.base = self.url = ""

    def serve(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request and not request.startswith(b"\x16"):  # that is TLS
            more = connection.recv(65536)
            if not more:
                return
            request += more
        self.asked.append(request.decode("latin-1"))
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        with contextlib.suppress(OSError):
            connection.sendall(answer) if isinstance(answer, bytes) else answer(connection)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 32

    def __init__(self, wire: Wire, safe: ssl.SSLContext | None = None) -> None:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    here = self.request
                    if safe:
                        here = safe.wrap_socket(here, server_side=True)
                    with here:
                        wire.serve(here)

        super().__init__(("127.0.0.1", 0), Handler)


@contextlib.contextmanager
def serving(wire: Wire, safe: ssl.SSLContext | None = None) -> Iterator[Wire]:
    server = Server(wire, safe)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    wire.base = f"http{'s' if safe else ''}://127.0.0.1:{server.server_address[1]}"
    wire.url = f"{wire.base}/file.csv"
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(*headers: str, body: bytes = BODY, status: str = "200 OK", size: bool = True) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, "Connection: close"]
    lines += [f"Content-Length: {len(body)}"] if size else []
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(body: bytes) -> bytes:
    return reply("Transfer-Encoding: chunked", body=body, size=False)


def get(wire: Wire, into: Path, **more: Any) -> Fetched:
    return download(wire.url, "file.csv", into=into, **{"wait": lambda s: None, **more})


def refused(wire: Wire, into: Path, **more: Any) -> str:
    """Return the line in which a download is refused; nothing lies under its name then."""
    with pytest.raises(DataError) as fault:
        get(wire, into, **more)
    text = str(fault.value)
    assert text.isprintable() and len(text) < 900, text
    assert fault.value.hint and not (into / "file.csv").exists()
    assert not list(into.glob(".*")), "a lock or a draft was left"
    return text
