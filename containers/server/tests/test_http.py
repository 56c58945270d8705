"""HTTP itself: what is legal works, what is not gets an answer and never harms the server."""

import json
import random
import socket
import time
import unittest

from tests.running_server import RunningServer, x_input

BODY = json.dumps({"inputs": [x_input(1)]}).encode()
HEAD = b"POST /v2/models/m/infer HTTP/1.1\r\nHost: a\r\n"


def chunked(body: bytes, size: int) -> bytes:
    pieces = (body[i : i + size] for i in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


class HttpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.server = RunningServer().__enter__()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.__exit__()

    def test_chunked_bodies(self) -> None:
        for size in (1, 7, 10_000):
            sent = HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunked(BODY, size)
            self.assertEqual(status(self.server.raw(sent)), 200)

    def test_chunk_extensions_and_trailers(self) -> None:
        sent = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x;a=b\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(BODY), BODY)
        self.assertEqual(status(self.server.raw(sent)), 200)

    def test_pipelined_requests_are_answered_in_order(self) -> None:
        one = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
        answer = self.server.raw(one + b"GET /ping HTTP/1.1\r\n\r\n" + one)
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK"), 3)
        self.assertLess(answer.index(b"outputs"), answer.index(b'{"ready": true}'))

    def test_request_in_single_bytes(self) -> None:
        with self.server.connect() as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY:
                connection.sendall(bytes([byte]))
            self.assertEqual(status(connection.recv(65536)), 200)

    def test_expect_continue(self) -> None:
        with self.server.connect() as connection:
            connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
            self.assertEqual(connection.recv(65536), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(BODY)
            self.assertEqual(status(connection.recv(65536)), 200)

    def test_keep_alive(self) -> None:
        self.assertNotIn(b"Connection", self.server.raw(b"GET /ping HTTP/1.1\r\n\r\n"))
        self.assertIn(b"Connection: close", self.server.raw(b"GET /ping HTTP/1.0\r\n\r\n"))
        self.assertIn(b"Connection: close", self.server.raw(b"GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n"))

    def test_query_is_ignored(self) -> None:
        self.assertEqual(self.server.get("/ping?a=b")[0], 200)

    def test_malformed_requests_get_their_status(self) -> None:
        for sent, expected in {
            b"\x16\x03\x01\x02\x00hello\r\n\r\n": 400,
            b"GET /ping\r\n\r\n": 400,
            b"GET ping HTTP/1.1\r\n\r\n": 400,
            b"BREW /ping HTTP/1.1\r\n\r\n": 400,
            b"GET /ping HTTP/2.0\r\n\r\n": 505,
            b"GET /ping HTTP/1.1\r\nno colon\r\n\r\n": 400,
            b"GET /ping HTTP/1.1\r\nspace : x\r\n\r\n": 400,
            b"GET /ping HTT": 400,
            HEAD + b"\r\n": 411,
            HEAD + b"Content-Length: x\r\n\r\n": 400,
            HEAD + b"Content-Length: -1\r\n\r\n": 400,
            HEAD + b"Content-Length: 99999999999\r\n\r\n": 413,
            HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n": 400,
            HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n": 400,
            HEAD + b"Transfer-Encoding: gzip\r\n\r\n": 501,
            HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n": 400,
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n": 400,
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n": 400,
            HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n": 413,
            HEAD + b"Content-Length: 50\r\n\r\nshort": 400,
            b"GET /ping HTTP/1.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n": 431,
        }.items():
            with self.subTest(sent[:80]):
                answer = self.server.raw(sent)
                self.assertEqual(status(answer), expected)
                self.assertIn("error", json.loads(answer.partition(b"\r\n\r\n")[2]))
                self.assertIn(b"Connection: close", answer)

    def test_random_bytes_never_stop_the_server(self) -> None:
        random_ = random.Random(1)
        whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
        for _ in range(200):
            sent = bytearray(whole)
            for _ in range(random_.randint(1, 5)):
                sent[random_.randrange(len(sent))] = random_.randrange(256)
            try:
                self.server.raw(bytes(sent[: random_.randint(1, len(sent))]))
            except ConnectionError:
                pass
        self.assertEqual(self.server.infer({"inputs": [x_input(1)]})[0], 200)

    def test_clients_that_leave_in_the_middle(self) -> None:
        for _ in range(20):
            with self.server.connect() as connection:
                connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY[:20])
        deadline = time.monotonic() + 10
        while self.server.get("/v2/models/m/stats")[1]["process"]["threads"] > 6 and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertLessEqual(self.server.get("/v2/models/m/stats")[1]["process"]["threads"], 6)
