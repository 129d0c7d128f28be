"""OpenVINO's CPU plugin under transformers' `generate`, by way of optimum-intel."""

from peer_protocol import serve  # isort: skip (first: it takes standard output)

import importlib.metadata

import openvino
import torch
from openvino import opset13 as operations
from optimum.intel import OVModelForCausalLM
from torch_engine import TorchEngine

# The plugin's own default compresses the KV cache to 8 bits and may shorten fp32.
PRECISIONS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}


def keep_last_logits(model):
    """Lets an exported model compute the last position's logits alone, as OpenVINO's own text pipelines do: a slice of
    the hidden states, [batch, positions, width], before the last product. False when the graph is another."""
    node = next((output.node for output in model.outputs if "logits" in output.get_names()), None)
    while node is not None and node.get_type_name() in ("Result", "Convert"):
        node = node.input_value(0).get_node()
    if node is None or node.get_type_name() != "MatMul" or node.input_value(0).get_partial_shape().rank != 3:
        return False
    last = operations.slice(node.input_value(0), [-1], [2**63 - 1], [1], [1])
    node.input(0).replace_source_output(last.output(0))
    model.validate_nodes_and_infer_types()
    return True


class OpenVINO(TorchEngine):
    def __init__(self, request):
        super().__init__(request)
        self.request = request
        precision = PRECISIONS[request["dtype"]]
        self.model = OVModelForCausalLM.from_pretrained(
            request["model"],
            device="CPU",
            local_files_only=True,
            compile=False,
            ov_config={
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_PRECISION_HINT": precision,
                "KV_CACHE_PRECISION": precision,
                "INFERENCE_NUM_THREADS": request["decode_threads"],
            },
        )
        self.logits = "last" if keep_last_logits(self.model.model) else "all"
        self.model.compile()

    def version(self):
        optimum = importlib.metadata.version("optimum-intel")
        return f"openvino {openvino.__version__.split('-')[0]}, optimum-intel {optimum}, torch {torch.__version__}"

    def describe(self):
        return {
            "version": self.version(),
            "logits": self.logits,
            "kv_cache_dtype": self.request["dtype"],
            "threads": self.request["decode_threads"],
        }


if __name__ == "__main__":
    serve(OpenVINO)
