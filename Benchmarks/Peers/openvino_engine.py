"""OpenVINO's CPU plugin under transformers' `generate`, by way of optimum-intel."""

from peer_protocol import serve  # isort: skip (first: it takes standard output)

import importlib.metadata

import openvino
import torch
from optimum.intel import OVModelForCausalLM
from torch_engine import TorchEngine

# The plugin's own default compresses the KV cache to 8 bits and may shorten fp32.
PRECISIONS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}


class OpenVINO(TorchEngine):
    def __init__(self, request):
        super().__init__(request)
        self.request = request
        precision = PRECISIONS[request["dtype"]]
        self.model = OVModelForCausalLM.from_pretrained(
            request["model"],
            device="CPU",
            local_files_only=True,
            ov_config={
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_PRECISION_HINT": precision,
                "KV_CACHE_PRECISION": precision,
                "INFERENCE_NUM_THREADS": request["decode_threads"],
            },
        )
        self.model.compile()

    def version(self):
        optimum = importlib.metadata.version("optimum-intel")
        return f"openvino {openvino.__version__.split('-')[0]}, optimum-intel {optimum}, torch {torch.__version__}"

    def describe(self):
        return {
            "version": self.version(),
            "logits": "all",
            "kv_cache_dtype": self.request["dtype"],
            "threads": self.request["decode_threads"],
        }


if __name__ == "__main__":
    serve(OpenVINO)
