"""Golden values of compensation with experts: a Mixtral in float64, written out anew.

usage: expert_compensation.py families/mixtral compensation/mixtral.safetensors

Of block 1 go key/value group 1 and of every expert the channels c with c % 4 == 1. Attention has
tau = 1/2 with "rest", experts tau = 0 on their own tokens; rho = 0.1.
"""

import json
import sys

import torch
from safetensors.torch import load_file, save_file

torch.set_default_dtype(torch.float64)
folder, out = sys.argv[1:]
config = json.load(open(folder + "/config.json"))
P = {k: v.double() for k, v in load_file(folder + "/model.safetensors").items()}
golden = load_file(folder + "/golden.safetensors")
ids = golden["input_ids"]
D, H, G, E = (config[k] for k in ("hidden_size", "num_attention_heads", "num_key_value_heads", "num_local_experts"))
K, EPS, RHO = D // H, config["rms_norm_eps"], 0.1


def norm(x, name):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS) * P[name]


def rope(x):
    t = torch.arange(x.shape[2])[:, None] / config["rope_parameters"]["rope_theta"] ** (torch.arange(0, K, 2) / K)
    cos, sin = torch.cat([t, t], -1).cos(), torch.cat([t, t], -1).sin()
    return x * cos + torch.cat([-x[..., K // 2 :], x[..., : K // 2]], -1) * sin


def read(x, block, groups):
    """What the output matrix of attention reads: of the groups that are kept."""
    x = norm(x, f"{block}.input_layernorm.weight")
    q, k, v = (
        (x @ P[f"{block}.self_attn.{n}_proj.weight"].T).unflatten(-1, (-1, K)).transpose(1, 2) for n in "qkv"
    )
    q, k = rope(q), rope(k)
    heads = []
    for h in range(H):
        g = h // (H // G)
        if g in groups:
            scores = q[:, h] @ k[:, g].transpose(1, 2) / K**0.5
            scores = scores.masked_fill(torch.ones_like(scores[0]).triu(1).bool(), float("-inf"))
            heads.append(scores.softmax(-1) @ v[:, g])
    return torch.cat(heads, -1)


def routes(y, block):
    shares = (y @ P[f"{block}.{moe(block)}.gate.weight"].T).softmax(-1)
    top, chosen = shares.topk(config["num_experts_per_tok"], -1)
    return top / top.sum(-1, keepdim=True), chosen


def moe(block):
    return "block_sparse_moe" if f"{block}.block_sparse_moe.gate.weight" in P else "mlp"


def inner(y, block, e):
    name = f"{block}.{moe(block)}.experts.{e}."
    return torch.nn.functional.silu(y @ P[name + "w1.weight"].T) * (y @ P[name + "w3.weight"].T)


def down(block, e):
    return f"{block}.{moe(block)}.experts.{e}.w2.weight"


def mixture(y, block, matrices, kept):
    top, chosen = routes(y, block)
    total = torch.zeros_like(y)
    for e in range(E):
        weight = (top * (chosen == e)).sum(-1, keepdim=True)
        total = total + weight * (inner(y, block, e)[..., kept] @ matrices[e].T)
    return total


def fit(z, wanted, prior):
    z, wanted = z.reshape(-1, z.shape[-1]), wanted.reshape(-1, wanted.shape[-1])
    gram, cross = z.T @ z, wanted.T @ z
    d = RHO * (gram.diag() + 1e-8 * gram.diag().mean())
    return torch.linalg.solve(gram + d.diag(), (cross + prior * d).T).T


def head(x):
    return norm(x, "model.norm.weight") @ P["lm_head.weight"].T


x = pruned = P["model.embed_tokens.weight"][ids]
everything, found = list(range(config["intermediate_size"])), {"input_ids": ids}
for layer in range(config["num_hidden_layers"]):
    block, cut = f"model.layers.{layer}", layer == 1
    o = f"{block}.self_attn.o_proj.weight"
    groups = [g for g in range(G) if not (cut and g == 1)]
    entries = [i for g in groups for i in range(g * H // G * K, (g + 1) * H // G * K)]
    kept = [c for c in everything if not (cut and c % 4 == 1)]
    z, mine, whole = read(x, block, range(G)), read(pruned, block, groups), read(pruned, block, range(G))
    matrix = P[o][:, entries]
    if layer >= 1:
        wanted = 0.5 * whole @ P[o].T + 0.5 * (z @ P[o].T + x - pruned)
        matrix = found[o] = fit(mine, wanted, matrix)
    x, pruned = x + z @ P[o].T, pruned + mine @ matrix.T
    post = f"{block}.post_attention_layernorm.weight"
    y, other = norm(x, post), norm(pruned, post)
    full = [P[down(block, e)] for e in range(E)]
    narrow = [w[:, kept] for w in full]
    if cut:
        chosen = routes(other, block)[1]
        for e in range(E):
            tokens = other[(chosen == e).any(-1)]
            if len(tokens):
                z = inner(tokens, block, e)
                narrow[e] = found[down(block, e)] = fit(z[:, kept], z @ full[e].T, narrow[e])
    x, pruned = x + mixture(y, block, full, everything), pruned + mixture(other, block, narrow, kept)
assert (head(x) - golden["logits"]).abs().max() < 1e-4, "not the model of the golden logits"
found["logits"] = head(pruned)
save_file({k: v.contiguous() for k, v in found.items()}, out)
