"""Golden values of compensation with inner matrices: Hugging Face transformers in float64, masked.

usage: inner_compensation.py FAMILY families/FAMILY compensation/inner-FAMILY.safetensors

Nothing is sliced here: the pruned model is the whole one, whose output matrices do not read the
units that go. In blocks l >= 1 go head (or key/value group) l mod units and the channels c with
c % 4 == l % 4. Output matrices have tau = 1/2 with "rest", inner ones the whole model's input as
target; biases are refitted; rho = 0.1. Files hold what is left of fitted matrices, and logits.
"""

import copy
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM

torch.set_grad_enabled(False)
family, folder, out = sys.argv[1:]
RHO, TAU = 0.1, 0.5
dense = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64, attn_implementation="eager")
pruned = copy.deepcopy(dense)
config = dense.config
ids = torch.randint(3, 120, (4, 30), generator=torch.Generator().manual_seed(11))
heads, width = config.num_attention_heads, config.hidden_size
groups = getattr(config, "num_key_value_heads", heads)
K = width // heads

ATTENTION, MLP, BLOCKS = {
    "llama-gqa-tied": (
        (["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], "self_attn.o_proj"),
        (["mlp.gate_proj", "mlp.up_proj"], "mlp.down_proj"),
        "model.layers",
    ),
    "gpt2": ((["attn.c_attn"], "attn.c_proj"), (["mlp.c_fc"], "mlp.c_proj"), "transformer.h"),
    "gpt-neox": (
        (["attention.query_key_value"], "attention.dense"),
        (["mlp.dense_h_to_4h"], "mlp.dense_4h_to_h"),
        "gpt_neox.layers",
    ),
}[family]


def seen(model, block, name):
    """What a matrix reads and writes, and what its block reads."""
    found = {}
    layer = model.get_submodule(f"{BLOCKS}.{block}")
    hooks = [
        layer.get_submodule(name).register_forward_hook(
            lambda _, read, written: found.update(read=read[0], written=written)
        ),
        layer.register_forward_pre_hook(lambda _, read: found.update(stream=read[0])),
    ]
    model(ids)
    for hook in hooks:
        hook.remove()
    return found


def fit(read, wanted, prior, constant):
    """Ridge regression; the last input has no ridge where it is a constant."""
    read, wanted = read.flatten(0, -2), wanted.flatten(0, -2)
    gram = read.T @ read
    inputs = read.shape[1] - constant
    d = torch.zeros(read.shape[1], dtype=torch.float64)
    d[:inputs] = RHO * (gram.diag()[:inputs] + 1e-8 * gram.diag()[:inputs].mean())
    return torch.linalg.solve(gram + d.diag(), (wanted.T @ read + prior * d).T).T


def with_one(x, has):
    return torch.cat([x, torch.ones_like(x[..., :1])], -1) if has else x


def weight(module):
    return module.weight.T if type(module).__name__ == "Conv1D" else module.weight


def refit(module, read, wanted, entries):
    """Fits the columns of some entries; others get zeros."""
    has = module.bias is not None
    prior = weight(module)[:, entries]
    if has:
        prior = torch.cat([prior, module.bias[:, None]], 1)
    fitted = fit(with_one(read[..., entries], has), wanted, prior, int(has))
    new = torch.zeros_like(weight(module))
    new[:, entries] = fitted[:, : len(entries)]
    weight(module).copy_(new)
    if has:
        module.bias.copy_(fitted[:, -1])


def rows(name, kept_heads, kept_channels):
    """The outputs of an inner matrix that are left."""
    of = lambda units, size: [u * size + i for u in units for i in range(size)]
    if ".mlp." in f".{name}":
        return kept_channels
    if name.endswith("q_proj"):
        return of(kept_heads, heads // groups * K)
    if name.endswith("c_attn"):
        return [part * width + i for part in range(3) for i in of(kept_heads, K)]
    return of(kept_heads, 3 * K if name.endswith("query_key_value") else K)


found = {"input_ids": ids}
channels = weight(dense.get_submodule(f"{BLOCKS}.0.{MLP[1]}")).shape[1]
for block in range(config.num_hidden_layers):
    cut = block >= 1
    kept_heads = [g for g in range(groups) if not (cut and g == block % groups)]
    kept_channels = [c for c in range(channels) if not (cut and c % 4 == block % 4)]
    after = {"dense": 0, "pruned": 0}  # what attention adds to the stream of this block
    for inner, output in (ATTENTION, MLP):
        name = f"{BLOCKS}.{block}.{output}"
        units = kept_channels if output == MLP[1] else rows("q_proj", kept_heads, None)
        u, v = seen(dense, block, inner[0])["read"], seen(pruned, block, inner[0])["read"]
        differ = not torch.equal(u, v)
        fitted = inner if differ else []
        for one in fitted:
            module = pruned.get_submodule(f"{BLOCKS}.{block}.{one}")
            wanted = u @ weight(module).T + (module.bias if module.bias is not None else 0)
            refit(module, v, wanted, list(range(u.shape[-1])))
        a, b = seen(dense, block, output), seen(pruned, block, output)
        if cut:
            error = a["stream"] + after["dense"] - b["stream"] - after["pruned"]
            wanted = (1 - TAU) * b["written"] + TAU * (a["written"] + error)
            refit(pruned.get_submodule(name), b["read"], wanted, units)
        for one in fitted + [output] * cut:
            module = pruned.get_submodule(f"{BLOCKS}.{block}.{one}")
            part = weight(module)[:, units] if one == output else weight(module)[rows(one, kept_heads, kept_channels)]
            found[f"{BLOCKS}.{block}.{one}.weight"] = part
            if module.bias is not None:
                kept = module.bias if one == output else module.bias[rows(one, kept_heads, kept_channels)]
                found[f"{BLOCKS}.{block}.{one}.bias"] = kept
        after["dense"] = a["written"]
        after["pruned"] = seen(pruned, block, output)["written"]
found["logits"] = pruned(ids).logits
save_file({k: (v if v.dtype == torch.int64 else v.float()).clone().contiguous() for k, v in found.items()}, out)
