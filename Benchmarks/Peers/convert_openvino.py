"""Exports a checkpoint to OpenVINO with optimum-intel, in the dtype that it has."""

from peer_protocol import answer  # isort: skip (first: it takes standard output)

from optimum.intel import OVModelForCausalLM


def convert(request, emit):
    model = OVModelForCausalLM.from_pretrained(
        request["model"], export=True, compile=False, load_in_8bit=False, local_files_only=True, trust_remote_code=False
    )
    model.save_pretrained(request["output"])


if __name__ == "__main__":
    answer(convert)
