"""Tensors of a checkpoint folder as numpy arrays over the mapped file: bfloat16, which numpy lacks, as its raw bits."""

import json
import pathlib

import numpy as np

# What a tensor's elements are mapped as, by safetensors' name of their type.
TYPES = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}


class Checkpoint:
    """config.json and every tensor of a folder in Hugging Face's layout."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.config = json.loads((folder / "config.json").read_text())
        self._files = {}
        for path in sorted(folder.glob("*.safetensors")):
            data = np.memmap(path, dtype=np.uint8, mode="r")
            length = int.from_bytes(data[:8].tobytes(), "little")
            header = json.loads(data[8 : 8 + length].tobytes())
            for name, entry in header.items():
                if name != "__metadata__":
                    self._files[name] = (data, 8 + length, entry)
        if not self._files:
            raise FileNotFoundError(f"{folder} has no safetensors")

    def names(self):
        return list(self._files)

    def __contains__(self, name):
        return name in self._files

    def dtype(self, name):
        """"F32", "F16" or "BF16"."""
        return self._files[name][2]["dtype"]

    def raw(self, name):
        """The tensor as it is stored, shaped; bfloat16 as uint16."""
        data, base, entry = self._files[name]
        if entry["dtype"] not in TYPES:
            raise ValueError(f"{name} is {entry['dtype']}; {', '.join(TYPES)} are supported")
        start, end = entry["data_offsets"]
        return data[base + start : base + end].view(TYPES[entry["dtype"]]).reshape(entry["shape"])

    def float32(self, name):
        """The tensor as fp32, shaped."""
        raw = self.raw(name)
        if self.dtype(name) == "BF16":
            return (raw.astype(np.uint32) << 16).view(np.float32)
        return raw.astype(np.float32)
