"""What a fixture is made from."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """One fixture.

    name: kebab-case folder name.
    config: arguments of the configuration class, laid over the family's base; attn_config is merged key by key.
    without: arguments that undo the option with the same tensors in place, or None where no such run exists.
    same_as: arguments under which the original must compute the same.
    family: "mpt" (llm-foundry), "hf-mpt" (transformers' own) or a model type of transformers; also the folder that holds
        the fixture.
    base: the arguments that config is laid over.
    logit_std: standard deviation aimed at for the logits before any scale or cap.
    dtype: of the tensors on disk; the expected values are computed in fp32 from the rounded weights.
    shard_size: splits the checkpoint at this size, in the units of save_pretrained.
    cached_only: the original cannot recompute the whole sequence (it is longer than max_seq_len).
    raw_config: replaces the written config.json, for layouts that occur in published checkpoints.
    gelu_tail: moves the inputs of the activation to about -2.3 and scales its outputs up. There gelu is small and its
        tanh form off by more than 1 %; anywhere else the two are too close for logits to tell them apart.
    bare: saves the base model without its head, whose names then lack the base model's prefix.
    inert: tensors that cannot change the logits, which the generator therefore does not ask to matter.
    """

    name: str
    config: dict[str, Any] = field(default_factory=dict)
    without: dict[str, Any] | None = None
    same_as: dict[str, Any] | None = None
    family: str = "mpt"
    base: dict[str, Any] = field(default_factory=dict)
    logit_std: float = 2.0
    dtype: str = "float32"
    shard_size: str = "1GB"
    cached_only: bool = False
    raw_config: dict[str, Any] | None = None
    gelu_tail: bool = False
    bare: bool = False
    inert: tuple[str, ...] = ()
