"""Loads pruned checkpoints by the code that came with them, and writes logits and gradients.

Each folder has input.safetensors with input_ids (rows, tokens). Into found.safetensors go the logits, the mean loss of the predicted
tokens as "loss", and each gradient as "grad.NAME". The model is then saved, loaded once more, compared, and generates; a step of training lowers its loss.
At the end the first of each family is saved again, after all others were loaded.

usage: remote_code.py FOLDER...
"""

import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM
from transformers.utils import logging

logging.disable_progress_bar()
torch.set_num_threads(1)


def load(folder):
    model, report = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation="eager",
        local_files_only=True,
        trust_remote_code=True,
        output_loading_info=True,
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if report[kind]:
            sys.exit(f"{folder}: {kind}: {sorted(map(str, report[kind]))}")
    return model.eval()


def backward(model, ids):
    loss = model(ids, labels=ids).loss
    loss.backward()
    return loss


folders = [pathlib.Path(folder) for folder in sys.argv[1:]]
models = {}
for folder in folders:
    ids = load_file(folder / "input.safetensors")["input_ids"]
    model = load(folder)
    output = model(ids, labels=ids)
    output.loss.backward()
    found = {"input_ids": ids, "logits": output.logits.detach().contiguous(), "loss": output.loss.detach().reshape(1)}
    for name, parameter in model.named_parameters():
        stored = name
        if model.config.model_type == "gpt_neox":
            stored = name.replace("lm_head", "embed_out")
        elif model.config.model_type == "mixtral":
            stored = name.replace(".mlp.", ".block_sparse_moe.")
        found["grad." + stored] = parameter.grad.contiguous()
    models.setdefault(model.config.model_type, (folder, model, output.logits))
    save_file(found, folder / "found.safetensors")
    model.save_pretrained(folder / "saved")
    again = load(folder / "saved")
    with torch.no_grad():
        if not torch.equal(again(ids).logits, output.logits):
            sys.exit(f"{folder}: saved and loaded again it computes other logits")
        for cache in (True, False):
            written = again.generate(ids[:1, :4], max_new_tokens=6, do_sample=False, use_cache=cache, pad_token_id=0, eos_token_id=None)
            steps = ids[:1, :4]
            for _ in range(6):
                steps = torch.cat([steps, again(steps).logits[:, -1:].argmax(-1)], 1)
            if not torch.equal(written, steps):
                sys.exit(f"{folder}: generates {written.tolist()}, not {steps.tolist()} (cache {cache})")
    torch.optim.SGD(again.parameters(), lr=0.01).step(lambda: backward(again, ids))
    if not again(ids, labels=ids).loss < output.loss:
        sys.exit(f"{folder}: a step of training does not lower the loss of {output.loss}")

for folder, model, logits in models.values():
    model.save_pretrained(folder / "later")
    with torch.no_grad():
        if not torch.equal(load(folder / "later")(load_file(folder / "input.safetensors")["input_ids"]).logits, logits):
            sys.exit(f"{folder}: saved after other models were loaded it computes other logits")
