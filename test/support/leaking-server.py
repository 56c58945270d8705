"""A KServe server that keeps some of every request, under a limit of its address space: python leaking-server.py ANNOUNCE_FILE."""

import http.server
import json
import os
import resource
import sys
import threading

KEPT_BYTES = 1 << 20
LIMIT_BYTES = 1 << 30
kept: list = []


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self.answer(404 if "stats" in self.path else 200, b"{}")

    def do_POST(self) -> None:
        x = json.loads(self.rfile.read(int(self.headers["content-length"])))["inputs"][0]["data"][0]
        try:
            kept.append(bytearray(KEPT_BYTES))
        except MemoryError:
            kept.clear()
            print("MemoryError: no room for another request", file=sys.stderr, flush=True)
            os._exit(1)
        output = {"name": "y", "datatype": "FP32", "shape": [1, 1], "data": [x]}
        self.answer(200, json.dumps({"model_name": "model", "outputs": [output]}).encode())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


# Its parent's pipe: it must not outlive the test.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".tmp", "w", encoding="utf-8") as file:
    json.dump({"port": server.server_address[1]}, file)
os.rename(sys.argv[1] + ".tmp", sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
server.serve_forever()
