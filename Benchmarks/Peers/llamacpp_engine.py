"""llama.cpp through the C interface that its Python bindings expose: no sampling chain, no vocabulary."""

from peer_protocol import Engine, serve  # isort: skip (first: it takes standard output)

import ctypes
import importlib.metadata
import sys

import gguf
import llama_cpp
import numpy as np

# A cache in fp16 is llama.cpp's own default and as large as one in bf16, with which its attention over long prompts takes
# twice the time and more.
CACHE_DTYPES = {"fp32": "fp32", "bf16": "fp16", "fp16": "fp16"}
# The bindings do not name every type.
TYPES = {"fp32": gguf.GGMLQuantizationType.F32, "fp16": gguf.GGMLQuantizationType.F16}


@llama_cpp.llama_log_callback
def log(level, text, _):
    # Warnings and errors alone; they go where last words are kept.
    if level >= 3:
        sys.stderr.write(text.decode(errors="replace"))


class LlamaCpp(Engine):
    has_thread_count_per_phase = True

    def __init__(self, request):
        self.request = request
        self.cache_dtype = CACHE_DTYPES[request["dtype"]]
        llama_cpp.llama_log_set(log, ctypes.c_void_p(0))
        llama_cpp.llama_backend_init()
        self.model = llama_cpp.llama_model_load_from_file(
            request["model"].encode(), llama_cpp.llama_model_default_params()
        )
        if not self.model:
            raise RuntimeError("llama.cpp cannot load the model")
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        self.context = None

    def describe(self):
        flags = llama_cpp.llama_print_system_info().decode().split("CPU :")[-1]
        on = [part.split("=")[0].strip() for part in flags.split("|") if part.strip().endswith("= 1")]
        return {
            "version": f"llama-cpp-python {importlib.metadata.version('llama_cpp_python')} ({' '.join(on)})",
            "logits": "last",
            "notes": "KV cache in fp16, its default" if self.cache_dtype != self.request["dtype"] else None,
            "kv_cache_dtype": self.cache_dtype,
            "weight_bytes": llama_cpp.llama_model_size(self.model),
            "threads": self.request["decode_threads"],
        }

    def prepare(self, prompts, output_length, use_cache):
        length = len(prompts[0]) + output_length
        parameters = llama_cpp.llama_context_default_params()
        # Each sequence has a cache of its own; sizes are rounded up to 256 slots by llama.cpp anyway.
        parameters.n_seq_max = len(prompts)
        parameters.n_ctx = len(prompts) * ((length + 255) // 256 * 256)
        parameters.n_batch = max(2048, len(prompts) * length)
        # As much of the prompts at once as fits: several together took up to 1.6 times as long with the default of 512.
        parameters.n_ubatch = min(2048, len(prompts) * length)
        parameters.n_threads = self.request["decode_threads"]
        parameters.n_threads_batch = self.request["prefill_threads"]
        parameters.type_k = parameters.type_v = int(TYPES[self.cache_dtype])
        self.context = llama_cpp.llama_init_from_model(self.model, parameters)
        if not self.context:
            raise RuntimeError("llama.cpp cannot make a context of this size")
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.batch = llama_cpp.llama_batch_init(len(prompts) * length, 0, 1)

    def kv_cache_bytes(self):
        return None

    def generate(self, prompts, output_length, use_cache, clock):
        clock.start()
        llama_cpp.llama_memory_clear(self.memory, False)
        newest = self._step([list(prompt) for prompt in prompts], 0)
        clock.tick()
        tokens = [newest]
        for step in range(1, output_length):
            if use_cache:
                newest = self._step([[token] for token in newest], len(prompts[0]) + step - 1)
            else:
                llama_cpp.llama_memory_clear(self.memory, False)
                done = list(zip(*tokens))
                newest = self._step([[*prompt, *new] for prompt, new in zip(prompts, done)], 0)
            clock.tick()
            tokens.append(newest)
        return [list(row) for row in zip(*tokens)]

    def _step(self, sequences, position):
        """Feeds each sequence's new tokens, from `position` on; the likeliest next token of each."""
        batch, last, index = self.batch, [], 0
        for sequence, tokens in enumerate(sequences):
            for offset, token in enumerate(tokens):
                batch.token[index] = token
                batch.pos[index] = position + offset
                batch.n_seq_id[index] = 1
                batch.seq_id[index][0] = sequence
                batch.logits[index] = offset == len(tokens) - 1
                index += 1
            last.append(index - 1)
        batch.n_tokens = index
        status = llama_cpp.llama_decode(self.context, batch)
        if status != 0:
            raise RuntimeError(f"llama_decode says {status}")
        rows = (llama_cpp.llama_get_logits_ith(self.context, place) for place in last)
        return [int(np.ctypeslib.as_array(row, shape=(self.vocabulary,)).argmax()) for row in rows]


if __name__ == "__main__":
    serve(LlamaCpp)
