"""HTTP/1.1 messages from and to one socket: lean, strict where laxness would be dangerous."""

from __future__ import annotations

import socket
import time
from http import HTTPStatus
from typing import NamedTuple

from .errors import RequestError

MAX_HEAD_BYTES = 64 << 10
#: SageMaker stops at 25 MB; batches of images on a machine of one's own may be larger.
MAX_BODY_BYTES = 256 << 20
_READ_BYTES = 256 << 10
_METHODS = frozenset(("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"))
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class Request(NamedTuple):
    method: str
    path: str
    #: Names in lower case.
    headers: dict[str, str]
    body: bytes
    keep_alive: bool
    #: From its first bytes to its last: how long the peer and the path to it took to send them.
    receive_ns: int = 0


class Reader:
    """Reads requests from a connection, one after the other."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def wait(self) -> bool:
        """Until a request begins; False when the peer closes instead."""
        while not self._buffer.strip():  # blank lines between requests mean nothing
            self._buffer = b""
            if not self._more():
                return False
        return True

    def next(self) -> Request:
        """The request that has begun. Raises RequestError, after which nothing can be read."""
        begun_ns = time.perf_counter_ns()
        self._buffer = self._buffer.lstrip(b"\r\n")
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise RequestError("the request head is too long", 431)
            if not self._more():
                raise RequestError("the request head ends early")
        if end > MAX_HEAD_BYTES:
            raise RequestError("the request head is too long", 431)
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        method, path, version, headers = _parse_head(head)
        body = self._body(method, headers)
        connection = headers.get("connection", "").lower()
        keep_alive = "close" not in connection and (version == "HTTP/1.1" or "keep-alive" in connection)
        return Request(method, path, headers, body, keep_alive, time.perf_counter_ns() - begun_ns)

    def _body(self, method: str, headers: dict[str, str]) -> bytes:
        coding, length = headers.get("transfer-encoding"), headers.get("content-length")
        if coding is not None:
            if length is not None:
                raise RequestError("Content-Length and Transfer-Encoding exclude each other")
            if coding.lower() != "chunked":
                raise RequestError(f"Transfer-Encoding {coding!r} is not supported", 501)
            self._expectation(headers)
            return self._chunks()
        if length is None:
            if method in ("POST", "PUT", "PATCH"):
                raise RequestError("Content-Length is missing", 411)
            return b""
        if not (length.isascii() and length.isdigit()) or len(length) > 18:
            raise RequestError("Content-Length is not a number")
        if int(length) > MAX_BODY_BYTES:
            raise RequestError(f"the body exceeds {MAX_BODY_BYTES} bytes", 413)
        self._expectation(headers)
        return self._exactly(int(length))

    def _expectation(self, headers: dict[str, str]) -> None:
        if headers.get("expect", "").lower() == "100-continue":
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _chunks(self) -> bytes:
        chunks: list[bytes] = []
        total = 0
        while True:
            size_line = self._line().split(b";")[0].strip()
            try:
                if not size_line.isalnum() or len(size_line) > 15:
                    raise ValueError
                size = int(size_line, 16)
            except ValueError:
                raise RequestError("a chunk has no valid size") from None
            total += size
            if total > MAX_BODY_BYTES:
                raise RequestError(f"the body exceeds {MAX_BODY_BYTES} bytes", 413)
            if size == 0:
                while self._line():
                    pass  # trailers
                return b"".join(chunks)
            chunks.append(self._exactly(size))
            if self._exactly(2) != b"\r\n":
                raise RequestError("a chunk does not end where its size says")

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES or not self._more():
                raise RequestError("the chunked body ends early")
        line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
        return line

    def _exactly(self, size: int) -> bytes:
        if len(self._buffer) >= size:
            data, self._buffer = self._buffer[:size], self._buffer[size:]
            return data
        body = bytearray(self._buffer)
        self._buffer = b""
        while len(body) < size:
            piece = self._connection.recv(min(_READ_BYTES, size - len(body)))
            if not piece:
                raise RequestError("the body ends early")
            body += piece
        return bytes(body)

    def _more(self) -> bool:
        piece = self._connection.recv(_READ_BYTES)
        self._buffer += piece
        return bool(piece)


def _parse_head(head: bytes) -> tuple[str, str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ")
    if len(parts) != 3 or parts[0] not in _METHODS or not parts[1].startswith("/"):
        raise RequestError("the request line is not HTTP")
    method, target, version = parts
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise RequestError(f"{version!r} is not supported", 505)
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name.strip() != name:
            raise RequestError("a header line has no name")
        name, value = name.lower(), value.strip()
        if name == "content-length" and headers.get(name, value) != value:
            raise RequestError("Content-Length stands twice")
        headers[name] = value
    return method, target.partition("?")[0], version, headers


def response(status: int, body: bytes, headers: str, keep_alive: bool) -> bytes:
    """A whole response, to be sent in one call. `headers` are lines that each end in CR LF."""
    connection = "" if keep_alive else "Connection: close\r\n"
    phrase = _PHRASES.get(status, "")
    return (
        f"HTTP/1.1 {status} {phrase}\r\n{headers}Content-Length: {len(body)}\r\n{connection}\r\n".encode("latin-1")
        + body
    )
