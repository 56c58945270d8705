"""Writes the quickstart's model and data: encoder.onnx, inputs.jsonl, golden.jsonl. For developers only.

    python -m venv /tmp/v && /tmp/v/bin/pip install onnx==1.23.2 onnxruntime==1.31.1 numpy==2.4.6
    /tmp/v/bin/python make-model.py

The encoder has BERT's shape (embeddings with positions, masked self-attention, GELU, layer norm, residuals) and
seeded random weights; as in ALBERT all layers share theirs, which keeps the file small without making it faster.
"""

import argparse
import json
import math
import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

VOCABULARY = 1000
POSITIONS = 64
PAD, FIRST_TOKEN = 0, 1


class Graph:
    """Collects nodes; every method returns the name of what it adds."""

    def __init__(self) -> None:
        self.nodes, self.weights = [], []

    def weight(self, name: str, value) -> str:
        array = np.asarray(value)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def op(self, kind: str, *inputs: str, out: str | None = None, **attributes) -> str:
        out = out or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [out], name=f"node_{out}", **attributes))
        return out


def encoder(layers: int, hidden: int, heads: int, seed: int) -> onnx.ModelProto:
    random, g = np.random.default_rng(seed), Graph()

    def dense(name: str, rows: int, columns: int) -> tuple[str, str]:
        kernel = random.normal(0, 1 / math.sqrt(rows), (rows, columns)).astype(np.float32)
        bias = random.normal(0, 0.02, columns).astype(np.float32)
        return g.weight(f"{name}.kernel", kernel), g.weight(f"{name}.bias", bias)

    def apply(x: str, parameters: tuple[str, str]) -> str:
        return g.op("Add", g.op("MatMul", x, parameters[0]), parameters[1])

    def norm(name: str) -> tuple[str, str]:
        return (g.weight(f"{name}.scale", np.ones(hidden, np.float32)),
                g.weight(f"{name}.shift", np.zeros(hidden, np.float32)))  # fmt: skip

    def normalize(x: str, parameters: tuple[str, str]) -> str:
        return g.op("LayerNormalization", x, *parameters, axis=-1, epsilon=1e-12)

    size = hidden // heads
    tokens = g.weight("embeddings.tokens", random.normal(0, 1, (VOCABULARY, hidden)).astype(np.float32))
    positions = g.weight("embeddings.positions", random.normal(0, 0.5, (POSITIONS, hidden)).astype(np.float32))
    query, key, value, mixed = (dense(f"attention.{n}", hidden, hidden) for n in ("query", "key", "value", "output"))
    up, down = dense("ffn.up", hidden, 4 * hidden), dense("ffn.down", 4 * hidden, hidden)
    norm_in, norm_attention, norm_ffn = norm("embeddings.norm"), norm("attention.norm"), norm("ffn.norm")
    by_head = g.weight("shape.by_head", np.array([0, 0, heads, size], np.int64))
    by_token = g.weight("shape.by_token", np.array([0, 0, hidden], np.int64))
    one, half = g.weight("one", np.float32(1)), g.weight("half", np.float32(0.5))
    root_two, scale = g.weight("root_two", np.float32(math.sqrt(2))), g.weight("scale", np.float32(math.sqrt(size)))
    far, axes = g.weight("far", np.float32(-10_000)), g.weight("axes", np.array([1, 2], np.int64))
    first, last = g.weight("axis.1", np.array([1], np.int64)), g.weight("axis.-1", np.array([-1], np.int64))
    zero = g.weight("zero", np.array([0], np.int64))

    length = g.op("Shape", "input_ids", start=1, end=2)
    here = g.op("Slice", positions, zero, length, zero)
    x = normalize(g.op("Add", g.op("Gather", tokens, "input_ids"), here), norm_in)
    mask = g.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    hidden_away = g.op("Mul", g.op("Sub", one, g.op("Unsqueeze", mask, axes)), far)

    def split(x: str, order: list[int]) -> str:
        return g.op("Transpose", g.op("Reshape", x, by_head), perm=order)

    for _ in range(layers):
        q, k, v = (
            split(apply(x, p), o) for p, o in ((query, [0, 2, 1, 3]), (key, [0, 2, 3, 1]), (value, [0, 2, 1, 3]))
        )
        scores = g.op("Add", g.op("Div", g.op("MatMul", q, k), scale), hidden_away)
        attended = g.op("MatMul", g.op("Softmax", scores, axis=-1), v)
        joined = g.op("Reshape", g.op("Transpose", attended, perm=[0, 2, 1, 3]), by_token)
        x = normalize(g.op("Add", x, apply(joined, mixed)), norm_attention)
        inner = apply(x, up)
        gelu = g.op("Mul", g.op("Mul", inner, g.op("Add", g.op("Erf", g.op("Div", inner, root_two)), one)), half)
        x = normalize(g.op("Add", x, apply(gelu, down)), norm_ffn)

    g.op("Identity", x, out="hidden")
    weights = g.op("Unsqueeze", mask, last)
    total = g.op("ReduceSum", g.op("Mul", x, weights), first, keepdims=0)
    mean = g.op("Div", total, g.op("ReduceSum", mask, first, keepdims=1))
    g.op("Tanh", mean, out="pooled")

    def declare(name: str, kind: int, *shape) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, shape)

    graph = helper.make_graph(
        g.nodes,
        "encoder",
        [declare(n, TensorProto.INT64, "batch", "sequence") for n in ("input_ids", "attention_mask")],
        [declare("pooled", TensorProto.FLOAT, "batch", hidden),
         declare("hidden", TensorProto.FLOAT, "batch", "sequence", hidden)],
        g.weights,
    )  # fmt: skip
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="infersweep", ir_version=8
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def examples(count: int, length: int, seed: int) -> list[dict]:
    """Sentences of half to full length, padded to one length as a tokeniser with `padding: max` does."""
    random = np.random.default_rng(seed)
    lines = []
    for i in range(count):
        used = int(random.integers(length // 2, length + 1))
        ids = [int(t) for t in random.integers(FIRST_TOKEN, VOCABULARY, used)] + [PAD] * (length - used)
        mask = [1] * used + [0] * (length - used)
        inputs = [
            {"name": name, "datatype": "INT64", "shape": [1, length], "data": data}
            for name, data in (("input_ids", ids), ("attention_mask", mask))
        ]
        lines.append({"id": f"{i + 1:02d}", "inputs": inputs})
    return lines


def golden(model: bytes, lines: list[dict], hidden: int) -> list[dict]:
    """What ONNX Runtime gives one by one without any optimisation; `hidden` too in the first so many lines."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    results = []
    for i, line in enumerate(lines):
        feed = {t["name"]: np.array(t["data"], np.int64).reshape(t["shape"]) for t in line["inputs"]}
        names = ["pooled", "hidden"] if i < hidden else ["pooled"]
        outputs = [
            {
                "name": n,
                "datatype": "FP32",
                "shape": list(a.shape),
                "data": [float(f"{x:.6g}") for x in a.ravel().tolist()],
            }
            for n, a in zip(names, session.run(names, feed))
        ]
        results.append({"id": line["id"], "outputs": outputs})
    return results


def write_lines(path: pathlib.Path, lines: list[dict]) -> None:
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--length", type=int, default=16)
    parser.add_argument("--count", type=int, default=32)
    # In all lines it would be half a megabyte.
    parser.add_argument("--hidden-in-golden", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    o = parser.parse_args()
    model = encoder(o.layers, o.hidden, o.heads, o.seed).SerializeToString()
    lines = examples(o.count, o.length, o.seed)
    (o.folder / "encoder.onnx").write_bytes(model)
    write_lines(o.folder / "inputs.jsonl", lines)
    write_lines(o.folder / "golden.jsonl", golden(model, lines, o.hidden_in_golden))


if __name__ == "__main__":
    main()
