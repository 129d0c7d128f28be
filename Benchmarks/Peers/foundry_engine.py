"""llm-foundry's own MPT with transformers' `generate`: the model of the original benchmark, every option of it.

Other families are its `hf_causal_lm`: the model of the transformers that it pins.
"""

from peer_protocol import serve  # isort: skip (first: it takes standard output)

import importlib.metadata
import json
import pathlib

import transformers
from llmfoundry.models.mpt import MPTConfig, MPTForCausalLM
from torch_engine import TorchEngine


class Foundry(TorchEngine):
    def __init__(self, request):
        super().__init__(request)
        options = {"torch_dtype": self.dtype, "local_files_only": True}
        kind = transformers.AutoModelForCausalLM
        if json.loads((pathlib.Path(request["model"]) / "config.json").read_text()).get("model_type") == "mpt":
            kind = MPTForCausalLM
            options["config"] = MPTConfig.from_pretrained(request["model"], local_files_only=True)
            # The only implementation of attention that runs on CPUs.
            options["config"].attn_config["attn_impl"] = "torch"
        self.model = kind.from_pretrained(request["model"], **options).eval()

    def version(self):
        return f"llm-foundry {importlib.metadata.version('llm-foundry')}, {super().version()}"


if __name__ == "__main__":
    serve(Foundry)
