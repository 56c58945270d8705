"""A client that costs little: one thread, a few kept connections, prepared requests."""

from __future__ import annotations

import selectors
import socket
import time


class ClosedLoop:
    def __init__(self, port: int, requests: list[bytes], users: int) -> None:
        self._requests = requests
        self._connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(users)]
        self._selector = selectors.DefaultSelector()
        for at, connection in enumerate(self._connections):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(connection, selectors.EVENT_READ, at)

    def run(self, seconds: float) -> tuple[int, float]:
        """Answers and the wall seconds from the first request to the last answer. Raises on any answer that is not 200."""
        started = time.perf_counter()
        received: list[bytes] = [b""] * len(self._connections)
        sent, answers = 0, 0
        for connection in self._connections:
            connection.sendall(self._requests[sent % len(self._requests)])
            sent += 1
        while answers < sent:
            ready = self._selector.select(30)
            if not ready:
                raise RuntimeError("the server said nothing for 30 s")
            for key, _ in ready:
                piece = key.fileobj.recv(1 << 18)  # type: ignore[union-attr]
                if not piece:
                    raise RuntimeError("the server closed a connection")
                received[key.data] += piece
                if not _whole(received[key.data]):
                    continue
                received[key.data] = b""
                answers += 1
                if time.perf_counter() - started < seconds:
                    self._connections[key.data].sendall(self._requests[sent % len(self._requests)])
                    sent += 1
        return answers, time.perf_counter() - started


def _whole(answer: bytes) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer[:300].decode("latin-1"))
    head = answer[:end].lower()
    # Not Inference-Header-Content-Length, which ends alike and may come first.
    at = head.index(b"\r\ncontent-length:") + 17
    return len(answer) >= end + 4 + int(head[at:].split(b"\r\n", 1)[0])
