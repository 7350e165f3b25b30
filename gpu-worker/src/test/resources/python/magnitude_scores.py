"""Scores of a LLaMA's heads and channels by squared weights, as somebody's own criterion would write them: CHECKPOINT OUT."""
import json
import sys

from safetensors.torch import load_file, save_file

checkpoint, out = sys.argv[1:]
config = json.load(open(checkpoint + "/config.json"))
weights = load_file(checkpoint + "/model.safetensors")
heads = config.get("num_key_value_heads") or config["num_attention_heads"]  # each goes with its query heads
scores = {}
for layer in range(config["num_hidden_layers"]):
    block = f"model.layers.{layer}."

    def squares(name, columns=False):
        weight = weights[block + name + ".weight"].double() ** 2
        return weight.sum(0) if columns else weight.sum(1)

    members = [squares("self_attn." + name + "_proj") for name in "qkv"]
    members.append(squares("self_attn.o_proj", columns=True))
    for member, channels in enumerate(members):
        scores[f"mine/layers.{layer}.attention/{member}"] = channels.reshape(heads, -1).sum(1)
    members = [squares("mlp.gate_proj"), squares("mlp.up_proj"), squares("mlp.down_proj", columns=True)]
    for member, channels in enumerate(members):
        scores[f"mine/layers.{layer}.mlp/{member}"] = channels.float()
save_file({name: tensor.contiguous() for name, tensor in scores.items()}, out)
