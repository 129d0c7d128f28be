"""What the engines on PyTorch share: dtypes, threads, and generate calls timed token by token."""

from peer_protocol import Engine  # isort: skip (first: it takes standard output)

import torch
import transformers

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class TokenClock(transformers.StoppingCriteria):
    """Called by `generate` after each token; never stops it."""

    def __init__(self, clock):
        self.clock = clock

    def __call__(self, input_ids, scores, **kwargs):
        self.clock.tick()
        return torch.zeros(input_ids.shape[0], dtype=torch.bool)


class TorchEngine(Engine):
    """A causal language model with transformers' `generate`. Derived classes set `self.model`."""

    def __init__(self, request):
        torch.set_num_threads(request["decode_threads"])
        torch.manual_seed(0)
        self.dtype = DTYPES[request["dtype"]]
        self.model = None

    def module(self):
        """The torch module that holds the weights."""
        return self.model

    def version(self):
        return f"transformers {transformers.__version__}, torch {torch.__version__}"

    def describe(self):
        seen = {p.untyped_storage().data_ptr(): p.untyped_storage().nbytes() for p in self.module().parameters()}
        return {
            "version": self.version(),
            "logits": "last",
            "kv_cache_dtype": {v: k for k, v in DTYPES.items()}[self.dtype],
            "weight_bytes": sum(seen.values()),
            "threads": torch.get_num_threads(),
        }

    def prepare(self, prompts, output_length, use_cache):
        self.inputs = torch.tensor(prompts, dtype=torch.long)
        self.mask = torch.ones_like(self.inputs)

    def generate(self, prompts, output_length, use_cache, clock):
        # One criterion more than the length alone, and no end-of-sequence token: every call has its full length.
        options = {
            "attention_mask": self.mask,
            "max_new_tokens": output_length,
            "do_sample": False,
            "num_beams": 1,
            "use_cache": use_cache,
            "eos_token_id": None,
            "pad_token_id": 0,
            "stopping_criteria": transformers.StoppingCriteriaList([TokenClock(clock)]),
        }
        with torch.inference_mode():
            clock.start()
            output = self.model.generate(self.inputs, **options)
        return output[:, self.inputs.shape[1] :].tolist()
