"""When a server becomes ready, when it ends, and with what."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from tests.running_server import SERVER, RunningServer, x_input


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
    except OSError:
        return True


def gone(pid: int, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if sys.platform == "linux":
            if not alive(pid):
                return True
        elif subprocess.run(["ps", "-p", str(pid)], capture_output=True).returncode != 0:
            return True
        time.sleep(0.02)
    return False


class ReadinessTest(unittest.TestCase):
    def test_live_before_ready(self) -> None:
        with RunningServer(ready=False, adapter="emulated", parameters={"fixedMs": 1500}) as server:
            self.assertEqual(server.get("/v2/health/live")[0], 200)
            for path in ("/v2/health/ready", "/ping", "/v2/models/m/ready", "/v2/models/m"):
                self.assertEqual(server.get(path)[0], 503, path)
            status, answer = server.infer({"inputs": [x_input(1)]})
            self.assertEqual((status, answer["error"]), (503, "the model is still loading"))
            server.wait_for(lambda: server.get("/ping")[0] == 200)

    def test_a_model_that_cannot_load_ends_the_server(self) -> None:
        for adapter, path in (("onnxruntime", "/nowhere/model.onnx"), ("onnxruntime", tempfile.gettempdir())):
            server = RunningServer(ready=False, adapter=adapter, model={"name": "m", "path": path})
            try:
                with server:
                    server.process.wait(20)
                    code, log = server.process.returncode, server.log.read_text()
            except AssertionError as error:  # it ended before the announcement could be read
                code, log = 1, str(error)
            self.assertEqual(code, 1)
            self.assertIn("cannot load the model", log)
            self.assertNotIn("Traceback", log)

    def test_started_by_folder(self) -> None:
        with RunningServer(command=[sys.executable, str(SERVER / "infersweep_server")]) as server:
            self.assertEqual(server.infer({"inputs": [x_input(1)]})[0], 200)


class EndTest(unittest.TestCase):
    def test_sigterm_drains(self) -> None:
        with RunningServer(adapter="emulated", parameters={"fixedMs": 700, "perItemMs": 0}) as server:
            idle = server.connect()
            results: list[int] = []
            threads = [
                threading.Thread(target=lambda: results.append(server.infer({"inputs": [x_input(1)]})[0]))
                for _ in range(2)
            ]
            for thread in threads:
                thread.start()
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            with self.assertRaises(OSError):
                server.connect().close()
            for thread in threads:
                thread.join()
            self.assertEqual(results, [200, 200])
            self.assertEqual(server.process.wait(5), 0)
            idle.close()

    def test_a_request_half_sent_at_sigterm_is_answered(self) -> None:
        body = json.dumps({"inputs": [x_input(1)]}).encode()
        head = b"POST /v2/models/m/infer HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)
        with RunningServer() as server, server.connect() as connection:
            connection.sendall(head + body[:10])
            time.sleep(0.2)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            connection.sendall(body[10:])
            answer = connection.recv(65536)
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer)
            self.assertIn(b"Connection: close", answer)
            self.assertEqual(server.process.wait(5), 0)

    def test_ends_when_stdin_does(self) -> None:
        with RunningServer() as server:
            assert server.process.stdin is not None
            server.process.stdin.close()
            self.assertTrue(gone(server.pid))

    def test_survives_the_end_of_stdin_when_told_so(self) -> None:
        with RunningServer(dieWithParent=False) as server:
            assert server.process.stdin is not None
            server.process.stdin.close()
            time.sleep(0.3)
            self.assertEqual(server.get("/ping")[0], 200)

    def test_null_stdin_is_no_end(self) -> None:
        command = ["/bin/sh", "-c", 'exec "$0" "$@" </dev/null', sys.executable, "-m", "infersweep_server"]
        with RunningServer(command=command) as server:
            time.sleep(0.3)
            self.assertEqual(server.get("/ping")[0], 200)

    def kill_parent(self, stdin: str) -> None:
        """A parent that starts the server and is then killed without a chance to clean up."""
        server = RunningServer()
        program = (
            "import subprocess, sys, time\n"
            f"subprocess.Popen([sys.executable, '-m', 'infersweep_server', '--config', sys.argv[1]], stdin={stdin})\n"
            "time.sleep(60)\n"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", program, str(server.config)],
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(SERVER)},
        )
        server.process = parent
        try:
            server.wait_for(server.announce.exists)
            pid = json.loads(pathlib.Path(server.announce).read_text())["pid"]
            self.assertTrue(alive(pid) if sys.platform == "linux" else True)
            parent.kill()
            parent.wait()
            self.assertTrue(gone(pid))
        finally:
            parent.kill()
            parent.wait()

    def test_dies_when_its_parent_is_killed(self) -> None:
        self.kill_parent("subprocess.PIPE")

    @unittest.skipUnless(sys.platform == "linux", "only Linux has a death signal; elsewhere the pipe on stdin does it")
    def test_dies_by_signal_when_stdin_is_no_pipe(self) -> None:
        self.kill_parent("subprocess.DEVNULL")
