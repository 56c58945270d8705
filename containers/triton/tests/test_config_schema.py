"""The generated configurations, read with Triton's own schema: what it does not know, it refuses."""

from __future__ import annotations

import pathlib
import unittest

from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

FIXTURES = pathlib.Path(__file__).resolve().parents[3] / "test" / "fixtures" / "triton"


def parsed(name: str) -> model_config_pb2.ModelConfig:
    text = (FIXTURES / f"{name}.pbtxt").read_text(encoding="utf-8")
    return text_format.Parse(text, model_config_pb2.ModelConfig())


class ConfigSchema(unittest.TestCase):
    def test_every_file_is_read_and_says_what_it_meant(self) -> None:
        files = sorted(FIXTURES.glob("*.pbtxt"))
        self.assertGreaterEqual(len(files), 16)
        for file in files:
            with self.subTest(file.stem):
                config = parsed(file.stem)
                self.assertTrue(config.name)
                self.assertNotEqual(bool(config.platform), bool(config.backend))
                self.assertTrue(config.input and config.output)
                self.assertEqual(list(config.version_policy.specific.versions), [1])
                # Nothing is lost: what was read, printed and read again is the same.
                again = text_format.Parse(text_format.MessageToString(config), model_config_pb2.ModelConfig())
                self.assertEqual(again, config)

    def test_the_eight_of_source_002(self) -> None:
        for model, size in (("pt", 32), ("trt", 16)):
            both = "ig-db" if model == "pt" else "db-ig"
            for words, batching, count in (("base", False, 1), ("db", True, 1), ("ig", False, 2), (both, True, 2)):
                with self.subTest(f"{model}-{words}"):
                    config = parsed(f"{model}-{words}")
                    self.assertEqual(config.max_batch_size, size)
                    self.assertEqual(config.HasField("dynamic_batching"), batching)
                    (group,) = config.instance_group
                    self.assertEqual((group.count, group.kind), (count, model_config_pb2.ModelInstanceGroup.KIND_GPU))
                    self.assertEqual([list(t.dims) for t in config.input], [[512], [512]])
                    self.assertEqual(list(config.output[0].dims), [512, 1024])

    def test_source_001_has_the_product(self) -> None:
        config = parsed("bert-torch-tensorrt")
        self.assertEqual(config.max_batch_size, 0)
        self.assertEqual(list(config.output[0].dims), [1, 40 * 45])

    def test_every_option_is_where_the_schema_has_it(self) -> None:
        config = parsed("every-option")
        self.assertEqual(list(config.dynamic_batching.preferred_batch_size), [8, 16])
        self.assertEqual(config.dynamic_batching.max_queue_delay_microseconds, 100)
        self.assertEqual(config.dynamic_batching.default_queue_policy.max_queue_size, 64)
        self.assertEqual(list(config.instance_group[0].gpus), [0, 2])
        self.assertEqual(dict(config.cc_model_filenames), {"7.5": "model_t4.plan", "8.9": "model_l4.plan"})
        self.assertTrue(config.optimization.cuda.graphs)
        self.assertFalse(config.response_cache.enable)

    def test_fastertransformer_is_for_the_cpu_kind(self) -> None:
        for model in ("bert", "gpt", "t5"):
            config = parsed(f"fastertransformer-{model}")
            self.assertEqual(config.instance_group[0].kind, model_config_pb2.ModelInstanceGroup.KIND_CPU)
            self.assertEqual(config.parameters["data_type"].string_value, "fp16")

    def test_the_schema_can_refuse(self) -> None:
        for text in ('nmae: "x"', "instance_group { kind: KIND_TPU }", 'max_batch_size: "8"'):
            with self.subTest(text), self.assertRaises(text_format.ParseError):
                text_format.Parse(text, model_config_pb2.ModelConfig())

    def test_strings_survive(self) -> None:
        self.assertEqual(parsed("python-ragged").parameters["settings"].string_value, '{"path":"C:\\\\é"}')

    def test_an_item_that_is_a_scalar_is_reshaped(self) -> None:
        output = parsed("onnxruntime-cpu").output[0]
        self.assertEqual((list(output.dims), output.HasField("reshape"), list(output.reshape.shape)), ([1], True, []))
