"""llm-foundry's own MPT with transformers' `generate`: the model of the original benchmark, every option of it."""

from peer_protocol import serve  # isort: skip (first: it takes standard output)

import importlib.metadata

import torch
from llmfoundry.models.mpt import MPTConfig, MPTForCausalLM
from torch_engine import TorchEngine


class Foundry(TorchEngine):
    def __init__(self, request):
        super().__init__(request)
        config = MPTConfig.from_pretrained(request["model"], local_files_only=True)
        # The only implementation of attention that runs on CPUs.
        config.attn_config["attn_impl"] = "torch"
        self.model = MPTForCausalLM.from_pretrained(
            request["model"], config=config, torch_dtype=self.dtype, local_files_only=True
        ).eval()

    def version(self):
        return f"llm-foundry {importlib.metadata.version('llm-foundry')}, {super().version()}"


if __name__ == "__main__":
    serve(Foundry)
