"""Hugging Face transformers' `generate` on PyTorch."""

from peer_protocol import serve  # isort: skip (first: it takes standard output)

import transformers
from torch_engine import TorchEngine


class HuggingFace(TorchEngine):
    def __init__(self, request):
        super().__init__(request)
        self.model = transformers.AutoModelForCausalLM.from_pretrained(
            request["model"], dtype=self.dtype, local_files_only=True, trust_remote_code=False
        ).eval()


if __name__ == "__main__":
    serve(HuggingFace)
