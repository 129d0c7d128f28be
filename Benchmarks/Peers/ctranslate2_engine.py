"""CTranslate2's generator."""

from peer_protocol import Engine, Refusal, serve  # isort: skip (first: it takes standard output)

import ctranslate2

TYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


class CTranslate2(Engine):
    def __init__(self, request):
        kind = TYPES[request["dtype"]]
        supported = ctranslate2.get_supported_compute_types("cpu")
        if kind not in supported:
            raise Refusal(f"has no {kind} on this processor, only {', '.join(sorted(supported))}")
        self.request = request
        self.generator = ctranslate2.Generator(
            request["model"], device="cpu", compute_type=kind, inter_threads=1, intra_threads=request["decode_threads"]
        )

    def describe(self):
        return {
            "version": f"ctranslate2 {ctranslate2.__version__}",
            "logits": "last",
            "kv_cache_dtype": self.request["dtype"],
            "threads": self.request["decode_threads"],
        }

    def prepare(self, prompts, output_length, use_cache):
        self.prompts = [[str(token) for token in prompt] for prompt in prompts]

    def generate(self, prompts, output_length, use_cache, clock):
        # The callback comes once for each sequence and step; the last one of a step is the step's end.
        seen = 0

        def callback(result):
            nonlocal seen
            seen += 1
            if seen % len(prompts) == 0:
                clock.tick()
            return False

        clock.start()
        results = self.generator.generate_batch(
            self.prompts,
            max_length=output_length,
            min_length=output_length,
            include_prompt_in_result=False,
            beam_size=1,
            sampling_topk=1,
            callback=callback,
        )
        return [result.sequences_ids[0] for result in results]


if __name__ == "__main__":
    serve(CTranslate2)
