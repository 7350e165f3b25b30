"""Makes the adapters beside it and what PEFT computes with them.

python make_adapters.py FAMILIES OUT: FAMILIES is the folder of the tiny checkpoints (families/), OUT this one.
Every adapter gets random tensors, is saved by PEFT, loaded again by PEFT and run unmerged in float32.
"""
import json
import sys
import warnings
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

warnings.filterwarnings("ignore")
QV = ["q_proj", "v_proj"]
CASES = {
    "rank-and-alpha-patterns": ("llama-gqa-tied", dict(
        r=2, lora_alpha=5, use_rslora=True, target_modules=QV + ["down_proj", "k_proj"],
        rank_pattern={"q_proj": 4, "layers.1.mlp.down_proj": 3, "k_proj": 1},
        alpha_pattern={r"model\.layers\.0\..*v_proj": 7, "proj": 100, "k_proj": 2.5})),
    "regular-expression": ("llama-gqa-tied", dict(
        r=2, lora_alpha=3, target_modules=r"model\.layers\.\d+\.(self_attn\.[qv]_proj|mlp\.up_proj)",
        exclude_modules=r".*1\.mlp\..*")),
    "all-linear": ("qwen2", dict(r=2, lora_alpha=4, target_modules="all-linear", exclude_modules=["k_proj"])),
    "layers-to-transform": ("llama-bias", dict(
        r=2, lora_alpha=4, target_modules=QV + ["model.layers.0.mlp.up_proj"], layers_to_transform=[1],
        layers_pattern=["h", "layers"])),
    "magnitudes": ("llama-bias", dict(
        r=2, lora_alpha=4, use_dora=True, target_modules=["self_attn.q_proj", "model.layers.0.mlp.gate_proj"])),
    "conv1d-with-bias": ("gpt2", dict(
        r=2, lora_alpha=4, fan_in_fan_out=True, lora_bias=True, target_modules=["c_attn", "mlp.c_proj"])),
    "conv1d-magnitudes": ("gpt2", dict(
        r=2, lora_alpha=4, fan_in_fan_out=True, use_dora=True, target_modules=["c_attn", "wte"])),
    "embedding-and-head": ("llama-mha", dict(
        r=2, lora_alpha=4, target_modules=["embed_tokens", "lm_head", "o_proj"])),
    "embedding-of-a-tied-model": ("llama-gqa-tied", dict(r=2, lora_alpha=4, target_modules=["embed_tokens", "v_proj"])),
    "head-of-a-tied-model": ("llama-gqa-tied", dict(
        r=2, lora_alpha=4, lora_bias=True, target_modules=["lm_head", "q_proj"])),
    "tied-embedding-and-head": ("llama-gqa-tied", dict(
        r=2, lora_alpha=4, ensure_weight_tying=True, target_modules=["embed_tokens", "q_proj"])),
    "saved-modules": ("llama-gqa-tied", dict(
        r=2, lora_alpha=4, target_modules=QV, modules_to_save=["lm_head", "input_layernorm"])),
    "saved-embedding": ("gpt-neox", dict(
        r=2, lora_alpha=4, target_modules=["query_key_value", "dense"], modules_to_save=["embed_in"])),
    "saved-and-tied": ("llama-gqa-tied", dict(
        r=2, lora_alpha=4, ensure_weight_tying=True, target_modules=QV, modules_to_save=["embed_tokens"])),
    "positions": ("gpt2", dict(r=2, lora_alpha=4, target_modules=["wpe", "c_fc"], fan_in_fan_out=True)),
    "renamed-head": ("gpt-neox", dict(r=2, lora_alpha=4, target_modules=["lm_head", "dense"], layers_to_transform=1)),
    "saved-parents": ("gpt2", dict(
        r=2, lora_alpha=4, target_modules=["c_fc", "h.1.attn.c_attn"], modules_to_save=["wpe", "ln_f", "h.2.attn"])),
}


def base(families, name):
    return AutoModelForCausalLM.from_pretrained(families / name, dtype=torch.float32, attn_implementation="eager").eval()


def main(families, out):
    for number, (case, (family, settings)) in enumerate(CASES.items()):
        torch.manual_seed(number)
        model = get_peft_model(base(families, family), LoraConfig(task_type="CAUSAL_LM", **settings))
        with torch.no_grad():
            for name, tensor in model.named_parameters():
                if "lora_magnitude" in name:
                    tensor.mul_(1 + 0.3 * torch.randn_like(tensor))
                elif "lora_" in name:
                    tensor.copy_(0.2 * torch.randn_like(tensor))
                elif "modules_to_save" in name:
                    tensor.add_(0.1 * torch.randn_like(tensor))
        folder = out / case
        model.save_pretrained(folder)
        (folder / "README.md").unlink()
        config = json.loads((folder / "adapter_config.json").read_text())
        config["base_model_name_or_path"] = family
        for key in ("target_modules", "exclude_modules", "modules_to_save"):
            if isinstance(config[key], list):
                config[key] = sorted(config[key])
        (folder / "adapter_config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
        ids = torch.randint(0, model.config.vocab_size, (2, 6), generator=torch.Generator().manual_seed(number))
        with torch.no_grad():
            plain = base(families, family)(ids).logits
            logits = PeftModel.from_pretrained(base(families, family), folder).eval()(ids).logits
        assert (logits - plain).abs().max() > 1e-3, case
        save_file({"input_ids": ids, "logits": logits.contiguous()}, folder / "golden.safetensors")
        print(case, sorted(load_file(folder / "adapter_model.safetensors"))[:60], float((logits - plain).abs().max()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
