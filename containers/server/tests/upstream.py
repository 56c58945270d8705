"""A KServe v2 server that records what it is sent and answers as it is told: for what our own server never does."""

from __future__ import annotations

import http.server
import json
import struct
import threading
from typing import Any


class Upstream:
    """`with Upstream([{"name": ..., "datatype": ..., "shape": [...]}]) as upstream:`; answers `y` = items of FP32."""

    def __init__(self, inputs: list[dict[str, Any]]) -> None:
        self.requests: list[dict[str, list[Any]]] = []
        self.connections: set[Any] = set()
        #: Status and body in the place of an inference; None to answer.
        self.refusal: tuple[int, bytes] | None = None
        self.close_after_answer = False
        upstream = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path.endswith("/ready"):
                    return self.answer(200, b"{}")
                outputs = [{"name": "y", "datatype": "FP32", "shape": [-1, 1]}]
                self.answer(200, json.dumps({"platform": "recorded", "inputs": inputs, "outputs": outputs}).encode())

            def do_POST(self) -> None:
                upstream.connections.add(self.client_address)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if upstream.refusal is not None:
                    return self.answer(*upstream.refusal)
                at = int(self.headers["Inference-Header-Content-Length"])
                items, seen = 0, {}
                for value in json.loads(body[:at])["inputs"]:
                    size = value["parameters"]["binary_data_size"]
                    code = {"INT64": "q", "INT32": "i", "UINT32": "I", "UINT64": "Q", "FP32": "f"}[value["datatype"]]
                    seen[value["name"]] = [value["shape"], [v for (v,) in struct.iter_unpack(f"<{code}", body[at : at + size])]]
                    at, items = at + size, value["shape"][0]
                upstream.requests.append(seen)
                data = struct.pack(f"<{items}f", *range(items))
                value = {"name": "y", "datatype": "FP32", "shape": [items, 1], "parameters": {"binary_data_size": len(data)}}
                head = json.dumps({"outputs": [value]}).encode()
                self.answer(200, head + data, len(head))
                self.close_connection = upstream.close_after_answer

            def answer(self, status: int, body: bytes, head: int | None = None) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                if head is not None:
                    self.send_header("Inference-Header-Content-Length", str(head))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Upstream:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
