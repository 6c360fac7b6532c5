"""The encoder's graph for ONNX Runtime: BERT in that runtime's own operators, without weights, written from its sizes.

The operators whose names ONNX does not know are ONNX Runtime's: attention with its three maps in one, the sum of a layer and
what passes it by with their norm, and GELU with its bias. They are what its optimizer makes of an exported PyTorch
model, written here directly, so that a graph of six kilobytes says all. The tests compare it with the PyTorch model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rag.encoder.bert import GRAPH, LAYERS

HIDDEN, HEADS, INNER = 384, 12, 1_536
EPSILON = 1e-12
OPERATORS, RUNTIME_OPERATORS, FORMAT = 17, 1, 9
"""Versions of ONNX's operators, of ONNX Runtime's and of the file, old enough for each ONNX Runtime that chromadb takes."""

RUNTIME = "com.microsoft"


def write_graph(path: Path = GRAPH) -> None:
    """Write the graph: from ``summed`` embeddings (sequences, tokens, 384) and ``lengths`` (sequences,) to hidden states."""
    path.write_bytes(build_graph().SerializeToString(deterministic=True))


def build_graph() -> Any:
    """The graph as an ONNX model; every weight in it is external, to be handed over when it is opened."""
    from onnx import TensorProto, helper

    weights: list[Any] = []
    nodes: list[Any] = []

    def weight(name: str, *shape: int) -> str:
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
        tensor.external_data.add(key="location", value="handed over")
        weights.append(tensor)
        return name

    def norm(name: str) -> tuple[str, str]:
        return weight(f"{name}.weight", HIDDEN), weight(f"{name}.bias", HIDDEN)

    def linear(source: str, name: str, narrow: int, wide: int) -> tuple[str, str]:
        nodes.append(helper.make_node("MatMul", [source, weight(f"{name}.weight", narrow, wide)], [name]))
        return name, weight(f"{name}.bias", wide)

    def add_and_norm(passing: str, added: tuple[str, str], name: str) -> str:
        inputs = [passing, added[0], *norm(name), added[1]]
        nodes.append(
            helper.make_node("SkipLayerNormalization", inputs, [f"{name}.out"], domain=RUNTIME, epsilon=EPSILON)
        )
        return f"{name}.out"

    nodes.append(helper.make_node("LayerNormalization", ["summed", *norm("norm")], ["norm.out"], epsilon=EPSILON))
    hidden = "norm.out"
    for layer in range(LAYERS):
        attended = f"{layer}.attended"
        maps = [weight(f"{attended}.weight", HIDDEN, 3 * HIDDEN), weight(f"{attended}.bias", 3 * HIDDEN)]
        nodes.append(
            helper.make_node("Attention", [hidden, *maps, "lengths"], [attended], domain=RUNTIME, num_heads=HEADS)
        )
        hidden = add_and_norm(hidden, linear(attended, f"{layer}.mixed", HIDDEN, HIDDEN), name=f"{layer}.mixed_norm")
        widened, bias = linear(hidden, f"{layer}.widened", HIDDEN, INNER)
        nodes.append(helper.make_node("BiasGelu", [widened, bias], [f"{widened}.out"], domain=RUNTIME))
        hidden = add_and_norm(
            hidden, linear(f"{widened}.out", f"{layer}.narrowed", INNER, HIDDEN), name=f"{layer}.narrowed_norm"
        )
    taken = [
        helper.make_tensor_value_info("summed", TensorProto.FLOAT, ["sequences", "tokens", HIDDEN]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["sequences"]),
    ]
    given = [helper.make_tensor_value_info(hidden, TensorProto.FLOAT, ["sequences", "tokens", HIDDEN])]
    versions = [helper.make_opsetid("", OPERATORS), helper.make_opsetid(RUNTIME, RUNTIME_OPERATORS)]
    graph = helper.make_graph(nodes, "bert", taken, given, weights)
    return helper.make_model(graph, opset_imports=versions, ir_version=FORMAT, producer_name="footnote")
