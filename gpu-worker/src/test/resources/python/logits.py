"""Loads checkpoints with transformers' stock classes, or with the code that came with them, and writes their logits.

Each folder has input.safetensors with input_ids (rows, tokens); its logits (rows, tokens,
vocabulary) go into logits.safetensors beside it.

usage: logits.py FOLDER...
"""

import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()

for folder in map(pathlib.Path, sys.argv[1:]):
    model, report = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation="eager",
        experts_implementation="eager",
        local_files_only=True,
        trust_remote_code=(folder / "modeling_secateur.py").exists(),
        output_loading_info=True,
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[kind]:
            sys.exit(f"{folder}: {kind}: {sorted(map(str, report[kind]))}")
    with torch.no_grad():
        logits = model.eval()(load_file(folder / "input.safetensors")["input_ids"]).logits
    save_file({"logits": logits.contiguous()}, folder / "logits.safetensors")
