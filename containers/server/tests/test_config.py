import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from infersweep_server.config import parse_config
from infersweep_server.errors import ConfigError
from tests.running_server import SERVER

LEGAL = {"model": {"name": "m", "path": "/m"}, "adapter": "reference"}


class ConfigTest(unittest.TestCase):
    def refused(self, change: dict, words: str) -> None:
        with self.assertRaisesRegex(ConfigError, words):
            parse_config({**LEGAL, **change})

    def test_defaults(self) -> None:
        config = parse_config(LEGAL)
        self.assertEqual((config.host, config.port, config.batching), ("127.0.0.1", 0, None))
        self.assertTrue(config.die_with_parent)

    def test_batching_defaults(self) -> None:
        batching = parse_config({**LEGAL, "batching": {}}).batching
        assert batching is not None
        self.assertEqual((batching.max_batch_size, batching.max_queue_delay_ms), (8, 0))

    def test_refusals_name_key_and_allowed_values(self) -> None:
        self.refused({"prot": 1}, 'unknown key "prot"; allowed: model, adapter, .*port')
        self.refused({"batching": {"size": 1}}, 'unknown key "batching.size"; allowed: maxBatchSize, maxQueueDelayMs')
        self.refused({"adapter": "tflite"}, '"adapter" must be one of emulated, neuron, onnxruntime, .*triton-proxy')
        self.refused({"batching": {"maxBatchSize": 0}}, '"batching.maxBatchSize" must be an integer from 1 to 1024')
        self.refused({"batching": {"maxBatchSize": True}}, "must be an integer")
        self.refused({"port": 70000}, '"port" must be an integer from 0 to 65535')
        self.refused({"model": {"name": "a/b"}}, '"model.name" must not contain')
        self.refused({"dieWithParent": "yes"}, "must be true or false")

    def test_missing_key(self) -> None:
        with self.assertRaisesRegex(ConfigError, '"adapter" is missing'):
            parse_config({"model": {"name": "m"}})


class ExitTest(unittest.TestCase):
    """What a user sees: one line, a code, no traceback."""

    def started(self, content: str, *arguments: str) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "config.json")
            file.write_text(content)
            command = [sys.executable, *(arguments or ("-m", "infersweep_server")), "--config", str(file)]
            done = subprocess.run(
                command,
                stdin=subprocess.PIPE,
                capture_output=True,
                text=True,
                timeout=30,
                env={**os.environ, "PYTHONPATH": str(SERVER)},
            )
        return done.returncode, "\n".join(line for line in done.stderr.splitlines() if "listening" not in line)

    def test_illegal_configuration(self) -> None:
        for content in ("{", "[]", json.dumps({**LEGAL, "extra": 1})):
            code, message = self.started(content)
            self.assertEqual((code, len(message.splitlines())), (2, 1), message)

    def test_illegal_configuration_when_started_by_folder(self) -> None:
        code, message = self.started("{", str(SERVER / "infersweep_server"))
        self.assertEqual((code, len(message.splitlines())), (2, 1), message)

    def test_illegal_parameter(self) -> None:
        for adapter, parameters, words in (
            ("reference", {"threads": 1}, "allowed: (none)"),
            ("emulated", {"fixedMs": -1}, "must be a number from 0 to 60000"),
            ("onnxruntime", {"graphOptimization": "most"}, "must be one of disabled, basic, extended, all"),
        ):
            content = {**LEGAL, "adapter": adapter, "parameters": parameters, "dieWithParent": False}
            code, message = self.started(json.dumps(content))
            self.assertEqual((code, len(message.splitlines())), (2, 1), message)
            self.assertIn(words, message)

    def test_missing_config_file(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "infersweep_server", "--config", "/nowhere"],
            capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(SERVER)},
        )  # fmt: skip
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1), done.stderr)
