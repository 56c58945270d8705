"""Sockets and threads: one thread per connection, which may be idle, busy with a request, or on its way out."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from .errors import RequestError
from .http_message import Reader, Request, response

#: Beyond this, a connection is answered 503 and closed: each one costs a thread.
MAX_CONNECTIONS = 2048
#: A peer that neither sends nor reads for this long is gone.
SILENCE_SECONDS = 300


class Answer(NamedTuple):
    body: bytes
    #: Lines that each end in CR LF.
    headers: str = "Content-Type: application/json\r\n"
    status: int = 200


class HttpServer:
    """Binds at once, so that the port is known before anything is served. Raises OSError when it cannot."""

    def __init__(self, host: str, port: int, answer: Callable[[Request], Answer]) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._answer = answer
        self._lock = threading.Lock()
        self._busy: dict[socket.socket, bool] = {}
        self._draining = False

    def start(self) -> None:
        threading.Thread(target=self._accept, name="accept", daemon=True).start()

    def drain(self, seconds: float) -> int:
        """Takes nothing new, lets what is in flight finish. Returns how many connections were left."""
        with self._lock:
            self._draining = True
            for connection, busy in self._busy.items():
                if not busy:
                    _stop_reading(connection)
        _stop_reading(self._listener)
        self._listener.close()
        deadline_s = time.monotonic() + seconds
        while self._busy and time.monotonic() < deadline_s:
            time.sleep(0.01)
        return len(self._busy)

    def _accept(self) -> None:
        while not self._draining:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                time.sleep(0.01)  # out of descriptors, the peer gave up, or we are draining
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with self._lock:
            crowded = len(self._busy) >= MAX_CONNECTIONS
            self._busy[connection] = False
            if self._draining:
                _stop_reading(connection)
        try:
            _prepare(connection)
            if crowded:
                connection.sendall(_refusal(RequestError(f"{MAX_CONNECTIONS} connections are open already", 503)))
            else:
                self._exchange(connection)
        except OSError:
            pass  # the peer is gone
        finally:
            with self._lock:
                del self._busy[connection]
            connection.close()

    def _exchange(self, connection: socket.socket) -> None:
        reader = Reader(connection)
        while reader.wait():
            self._busy[connection] = True
            try:
                request = reader.next()
            except RequestError as error:
                connection.sendall(_refusal(error))
                return _linger(connection)
            answer = self._answer(request)
            keep_alive = request.keep_alive and not self._draining
            connection.sendall(response(answer.status, answer.body, answer.headers, keep_alive))
            with self._lock:
                self._busy[connection] = False
                if not keep_alive or self._draining:
                    return


def error_answer(error: RequestError) -> Answer:
    body = json.dumps({"error": str(error)}).encode()
    return Answer(body, f"Content-Type: application/json\r\n{error.headers}", error.status)


def _refusal(error: RequestError) -> bytes:
    answer = error_answer(error)
    return response(answer.status, answer.body, answer.headers, keep_alive=False)


def _prepare(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Limits of the kernel: Python's own timeouts cost a poll() before every call.
    limit = struct.pack("@ll", SILENCE_SECONDS, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def _stop_reading(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        pass


def _linger(connection: socket.socket) -> None:
    """Reads on for a moment: closing with unread data would reset the connection and lose the answer."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(1)
    left = 1 << 20
    while left > 0 and (piece := connection.recv(65536)):
        left -= len(piece)
