"""The contract under gunicorn, with and without Falcon; and what only several processes can do wrong."""

from __future__ import annotations

import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from typing import Any
from unittest import mock

from infersweep_server import gunicorn_start
from infersweep_server.config import parse_config
from infersweep_server.errors import ConfigError
from infersweep_server.http_message import Request
from infersweep_server.worker_slots import StartGate, WorkerSlots
from tests.contract import Contract
from tests.running_server import SERVER, RunningServer, x_input
from tests.usage_watch import wait_for_rows, watchers_of
from tests.test_lifetime import gone
from tests.tiny_encoder import missing, skipped_once

MISSING = missing("gunicorn", lock="gunicorn")
WITHOUT_FALCON = missing("gunicorn", "falcon", lock="gunicorn")


class UnderGunicorn(Contract, unittest.TestCase):
    unavailable = MISSING

    def start(self, **config: Any) -> RunningServer:
        return RunningServer(gunicorn={"workers": 1, "threads": 8}, **config)


class WithFalcon(Contract, unittest.TestCase):
    unavailable = WITHOUT_FALCON

    def start(self, **config: Any) -> RunningServer:
        return RunningServer(gunicorn={"workers": 1, "threads": 8, "falcon": True}, **config)


class SlotsTest(unittest.TestCase):
    def test_a_freed_slot_is_taken_again(self) -> None:
        slots = WorkerSlots(3)
        self.assertEqual([slots.take(age) for age in (1, 2, 3)], [0, 1, 2])
        slots.give_back(2)
        slots.give_back(99)  # never had one
        self.assertEqual(slots.take(4), 1)

    def test_the_gate_opens_when_all_have_passed_and_stays_open(self) -> None:
        gate = StartGate(2)
        self.assertFalse(gate.open)
        gate.pass_through(1)
        self.assertFalse(gate.open)
        gate.pass_through(0)
        self.assertTrue(gate.open)


class ReadinessTest(unittest.TestCase):
    def test_a_worker_that_has_loaded_waits_for_the_others(self) -> None:
        from infersweep_server.wsgi import Core

        core, gate = Core(parse_config({"model": {"name": "m"}, "adapter": "reference"})), StartGate(2)
        path = "/v2/health/ready"
        ask = lambda: core.routes.answer(Request("GET", path, {}, b"", True)).status  # noqa: E731
        core.start(gate, 0)
        deadline = time.monotonic() + 10
        while not gate._ready[0] and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual((gate._ready[0], ask()), (1, 503))
        gate.pass_through(1)
        self.assertEqual(ask(), 200)


class ConfigurationTest(unittest.TestCase):
    def test_batching_cannot_cross_workers(self) -> None:
        base = {"model": {"name": "m"}, "adapter": "reference", "batching": {"maxBatchSize": 4}}
        self.assertEqual(parse_config({**base, "gunicorn": {"workers": 1}}).gunicorn.threads, 8)
        with self.assertRaisesRegex(ConfigError, '"batching" cannot join requests of 2 processes: set "gunicorn.workers" to 1'):
            parse_config({**base, "gunicorn": {"workers": 2}})
        self.assertEqual(parse_config({**base, "batching": None, "gunicorn": {"workers": 2}}).gunicorn.workers, 2)

    def test_says_what_to_install(self) -> None:
        with mock.patch.object(gunicorn_start, "find_spec", lambda _: None):
            with self.assertRaisesRegex(ConfigError, "environments/gunicorn.txt"):
                gunicorn_start.replace_process("config.json", None)


@skipped_once(MISSING)
class ProcessesTest(unittest.TestCase):
    def workers(self, server: RunningServer, count: int) -> dict[int, int]:
        """Slot → pid, asked until `count` of them have answered."""
        seen: dict[int, int] = {}
        deadline = time.monotonic() + 20
        while len(seen) < count and time.monotonic() < deadline:
            process = server.get("/v2/models/m/stats")[1]["process"]
            seen[process["worker"]] = process["pid"]
        return seen

    def test_a_killed_worker_is_replaced_on_its_slot(self) -> None:
        with RunningServer(gunicorn={"workers": 3, "threads": 2}) as server:
            before = self.workers(server, 3)
            self.assertEqual(sorted(before), [0, 1, 2])
            os.kill(before[1], signal.SIGKILL)
            server.wait_for(lambda: self.workers(server, 3).get(1, before[1]) != before[1])
            after = self.workers(server, 3)
            self.assertEqual(sorted(after), [0, 1, 2])
            self.assertEqual((after[0], after[2]), (before[0], before[2]))
            self.assertEqual(server.infer({"inputs": [x_input(1)]})[0], 200)

    def test_ready_only_when_every_worker_is(self) -> None:
        with RunningServer(
            ready=False, adapter="emulated", parameters={"fixedMs": 800}, gunicorn={"workers": 2, "threads": 2}
        ) as server:
            server.wait_for(lambda: server.get("/v2/health/ready")[0] == 200)
            statuses = [server.infer({"inputs": [x_input(1)]})[0] for _ in range(4)]
            self.assertEqual(set(statuses), {200})

    def test_a_model_that_cannot_load_ends_all_of_it(self) -> None:
        """gunicorn would start one worker after the other for ever."""
        server = RunningServer(
            ready=False, model={"name": "m", "path": "/nowhere"}, adapter="torch", gunicorn={"workers": 2, "threads": 1}
        )
        try:
            with server:
                server.process.wait(20)
                code, log = server.process.returncode, server.log.read_text()
        except AssertionError as error:  # it ended before the announcement could be read
            code, log = 3, str(error)
        # gunicorn's "worker failed to boot", or 1 where that reaches it while it starts the next worker.
        self.assertIn(code, (3, 1))
        self.assertIn("error: /nowhere is not a folder", log)

    def test_ends_when_stdin_does(self) -> None:
        with RunningServer(gunicorn={"workers": 2, "threads": 2}) as server:
            pids = self.workers(server, 2).values()
            assert server.process.stdin is not None
            server.process.stdin.close()
            for pid in (server.pid, *pids):
                self.assertTrue(gone(pid), pid)

    def test_one_watcher_counts_all_workers_and_any_of_them_tells(self) -> None:
        with RunningServer(gunicorn={"workers": 3, "threads": 2}) as server:
            pids = self.workers(server, 3)
            rows = wait_for_rows(server, 2)
            each = {slot: self.usage_of_worker(server, slot) for slot in pids}
            own = server.get("/v2/models/m/stats")[1]["process"]["rss_mib"]
            self.assertEqual(len(watchers_of(server.pid)), 1)
            self.assertEqual([len(watchers_of(pid)) for pid in pids.values()], [0, 0, 0])
        self.assertEqual(len({json.dumps(usage["capacity"]) for usage in each.values()}), 1)
        self.assertGreater(rows[-1]["rss_mib"], 3 * 0.9 * own)

    def usage_of_worker(self, server: RunningServer, slot: int) -> dict[str, Any]:
        """As the worker on this slot tells it: a connection stays with the worker that took it."""
        while True:
            connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
            answers = []
            for path in ("/v2/models/m/stats", "/v2/utilisation/5"):
                connection.request("GET", path)
                answers.append(json.loads(connection.getresponse().read()))
            connection.close()
            if answers[0]["process"]["worker"] == slot:
                return answers[1]

    def test_settings(self) -> None:
        with tempfile.TemporaryDirectory() as home:
            config = pathlib.Path(home, "config.json")
            config.write_text(
                '{"model": {"name": "m"}, "adapter": "reference", "port": 8080, "gunicorn": {"workers": 4, "threads": 3}}'
            )
            shown = subprocess.run(
                [sys.executable, "-m", "gunicorn", "--print-config", "-c", f"file:{SERVER}/infersweep_server/gunicorn.conf.py", "infersweep_server.wsgi:application"],
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SERVER), *filter(None, [os.environ.get("PYTHONPATH")])]), gunicorn_start.CONFIG_VARIABLE: str(config), "HOME": home},
                capture_output=True,
                text=True,
                timeout=30,
            )
            settings = dict(line.split("=", 1) for line in shown.stdout.splitlines() if "=" in line)
            settings = {name.strip(): value.strip() for name, value in settings.items()}
            self.assertFalse(pathlib.Path(home, ".gunicorn").exists())
        wanted = {
            "bind": "['127.0.0.1:8080']", "workers": "4", "threads": "3", "timeout": "60", "graceful_timeout": "25",
            "keepalive": "75", "preload_app": "False",
        }  # fmt: skip
        self.assertEqual({name: settings.get(name) for name in wanted}, wanted, shown.stderr)
        self.assertIn("gthread", settings["worker_class"].lower())
        if "control_socket_disable" in settings:
            self.assertEqual(settings["control_socket_disable"], "True")
