"""DeepSpeed's inference engine around the transformers model, with the settings of the original benchmark."""

from peer_protocol import serve  # isort: skip (first: it takes standard output)

import os

import deepspeed
import torch
import transformers
from torch_engine import TorchEngine


class DeepSpeed(TorchEngine):
    def __init__(self, request):
        super().__init__(request)
        # A group of one process: no launcher, no network.
        for key, value in (("RANK", "0"), ("LOCAL_RANK", "0"), ("WORLD_SIZE", "1")):
            os.environ.setdefault(key, value)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            request["model"], dtype=self.dtype, local_files_only=True, trust_remote_code=False
        ).eval()
        self.model = deepspeed.init_inference(
            model,
            dtype=self.dtype,
            tensor_parallel={"tp_size": 1},
            replace_with_kernel_inject=False,
        )

    def module(self):
        return self.model.module

    def version(self):
        return f"deepspeed {deepspeed.__version__}, transformers {transformers.__version__}, torch {torch.__version__}"

    def describe(self):
        return {**super().describe(), "notes": "no kernels injected: DeepSpeed has none for this model on CPUs"}


if __name__ == "__main__":
    serve(DeepSpeed)
