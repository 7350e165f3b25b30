"""Makes small random checkpoints of several families, with what transformers computes on them.

Each folder gets a config.json spelled as given here, random weights, and golden.safetensors:
input_ids (rows, tokens), logits, loss (mean next-token cross entropy), grad.<parameter>, prompt
and continuation (greedy).

usage: random_families.py FOLDER
"""

import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

SIZES = {
    "vocab_size": 96,
    "hidden_size": 48,
    "intermediate_size": 40,
    "num_hidden_layers": 5,
    "num_attention_heads": 6,
    "num_key_value_heads": 3,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GEMMA3 = SIZES | {"model_type": "gemma3_text", "head_dim": 16, "query_pre_attn_scalar": 20}
PHI3 = SIZES | {"model_type": "phi3", "num_hidden_layers": 3}
YARN = {"rope_type": "yarn", "factor": 8.0, "original_max_position_embeddings": 32}
LONG = [1.0, 1.7, 2.9, 8.0]
SHORT = [1.0, 1.05, 1.2, 1.1]
SIGLIP = {
    "model_type": "siglip_vision_model",
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}
MOE = SIZES | {"num_experts_per_tok": 3, "num_experts": 7}
PIXTRAL = SIGLIP | {"model_type": "pixtral", "head_dim": 8}
CONFIGS = {
    "olmo2-grouped-biased": SIZES
    | {"model_type": "olmo2", "attention_bias": True, "rope_theta": 500000.0},
    "olmo2-every-head-tied-wide-heads": SIZES
    | {
        "model_type": "olmo2",
        "num_key_value_heads": None,
        "tie_word_embeddings": True,
        "head_dim": 12,
        "rms_norm_eps": 1e-3,
    },
    "olmo2-yarn": SIZES | {"model_type": "olmo2", "rope_scaling": YARN, "rope_theta": 500000.0},
    "granite-plain": SIZES | {"model_type": "granite"},
    "granite-tied-biased": SIZES
    | {
        "model_type": "granite",
        "tie_word_embeddings": True,
        "attention_bias": True,
        "mlp_bias": True,
        "embedding_multiplier": 12,
        "attention_multiplier": 0.0078125,
        "residual_multiplier": 0.22,
        "logits_scaling": 3.7,
        "rope_theta": 10000000.0,
    },
    "smollm3-default-interval": SIZES | {"model_type": "smollm3"},
    "smollm3-interval-2-sliding": SIZES
    | {
        "model_type": "smollm3",
        "no_rope_layer_interval": 2,
        "use_sliding_window": True,
        "sliding_window": 5,
        "attention_bias": True,
        "mlp_bias": True,
        "tie_word_embeddings": False,
    },
    "smollm3-listed": SIZES
    | {
        "model_type": "smollm3",
        "no_rope_layers": [0, 1, 0, 1, 1, 0, 0],
        "num_key_value_heads": None,
        "rope_theta": 5000000.0,
        "rope_scaling": YARN,
    },
    "llama-yarn-scaled": SIZES
    | {"model_type": "llama", "rope_theta": 1e6, "rope_scaling": YARN | {"attention_factor": 0.7}},
    "llama-yarn-magnitudes": SIZES
    | {
        "model_type": "llama",
        "rope_parameters": YARN
        | {
            "rope_theta": 5e5,
            "mscale": 1.4,
            "mscale_all_dim": 0.7,
            "beta_fast": 4,
            "beta_slow": 2,
            "truncate": False,
        },
    },
    "qwen2-yarn-old": SIZES
    | {
        "model_type": "qwen2",
        "rope_theta": 1e6,
        "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64},
    },
    "qwen3-yarn": SIZES
    | {"model_type": "qwen3", "head_dim": 16, "rope_theta": 1e6, "rope_scaling": YARN},
    "mistral-yarn": SIZES | {"model_type": "mistral", "sliding_window": 9, "rope_scaling": YARN},
    "phi3-partial": PHI3 | {"partial_rotary_factor": 0.5, "tie_word_embeddings": True},
    "phi3-longrope-crossed": PHI3
    | {
        "original_max_position_embeddings": 16,
        "rope_scaling": {"type": "longrope", "long_factor": LONG, "short_factor": SHORT},
    },
    "phi3-longrope-long": PHI3
    | {
        "original_max_position_embeddings": 8,
        "rope_scaling": {
            "type": "su",
            "original_max_position_embeddings": 8,
            "long_factor": LONG,
            "short_factor": SHORT,
        },
        "sliding_window": 7,
    },
    "phi3-longrope-partial": PHI3
    | {
        "num_attention_heads": 3,
        "num_key_value_heads": 1,
        "head_dim": 16,
        "partial_rotary_factor": 0.5,
        "original_max_position_embeddings": 128,
        "rope_scaling": {"rope_type": "longrope", "long_factor": LONG, "short_factor": SHORT},
    },
    "gemma3-patterned": GEMMA3
    | {"sliding_window_pattern": 2, "sliding_window": 4, "rope_local_base_freq": 5000.0},
    "gemma3-old-linear": GEMMA3
    | {
        "num_hidden_layers": 7,
        "sliding_window": 6,
        "rope_theta": 200000.0,
        "rope_scaling": {"rope_type": "linear", "factor": 8.0},
        "final_logit_softcapping": 20.0,
        "tie_word_embeddings": False,
    },
    "gemma3-nested": GEMMA3
    | {
        "attention_bias": True,
        "sliding_window": 5,
        "layer_types": ["full_attention"] + 3 * ["sliding_attention"] + ["full_attention"],
        "rope_parameters": {
            "full_attention": YARN | {"rope_theta": 300000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 700.0},
        },
    },
    "mixtral-sliding-one-expert": SIZES
    | {
        "model_type": "mixtral",
        "num_local_experts": 5,
        "num_experts_per_tok": 1,
        "sliding_window": 6,
        "head_dim": 12,
        "hidden_act": "gelu",
        "tie_word_embeddings": True,
    },
    "mixtral-old-spelling": SIZES
    | {"model_type": "mixtral", "num_local_experts": 6, "rope_theta": 2e5, "rms_norm_eps": 1e-3},
    "qwen3-moe-every-second-not-normalised": MOE
    | {
        "model_type": "qwen3_moe",
        "decoder_sparse_step": 2,
        "moe_intermediate_size": 20,
        "norm_topk_prob": False,
        "attention_bias": True,
        "head_dim": 16,
    },
    "qwen3-moe-sliding-listed-yarn": MOE
    | {
        "model_type": "qwen3_moe",
        "mlp_only_layers": [1, 4],
        "moe_intermediate_size": 24,
        "norm_topk_prob": True,
        "use_sliding_window": True,
        "sliding_window": 5,
        "rope_scaling": YARN,
        "tie_word_embeddings": True,
    },
    "olmoe-clipped": MOE
    | {"model_type": "olmoe", "clip_qkv": 0.4, "norm_topk_prob": True, "attention_bias": True},
    "olmoe-every-head": MOE
    | {"model_type": "olmoe", "num_key_value_heads": None, "rope_theta": 500000.0},
    "gpt-oss-default-layers": MOE
    | {
        "model_type": "gpt_oss",
        "head_dim": 16,
        "sliding_window": 5,
        "rope_theta": 150000.0,
        "rope_scaling": YARN | {"truncate": False, "beta_fast": 32.0, "beta_slow": 1.0},
    },
    "gpt-oss-plain-rope-no-biases": MOE
    | {
        "model_type": "gpt_oss",
        "head_dim": 8,
        "attention_bias": False,
        "sliding_window": 3,
        "layer_types": ["full_attention", "sliding_attention"] + 3 * ["full_attention"],
        "rope_parameters": {"rope_type": "default", "rope_theta": 5000.0},
        "num_key_value_heads": 6,
    },
    "gemma3-wrapped": {
        "model_type": "gemma3",
        "text_config": {k: v for k, v in GEMMA3.items() if not k.endswith("_token_id")}
        | {"sliding_window": 4, "rope_scaling": {"rope_type": "linear", "factor": 8.0}},
        "vision_config": SIGLIP,
        "mm_tokens_per_image": 4,
        "image_token_index": 95,
        "boi_token_index": 94,
        "eoi_token_index": 93,
        "eos_token_id": [2, 7],
    },
    "mistral3-wrapped": {
        "model_type": "mistral3",
        "text_config": SIZES
        | {"model_type": "mistral", "head_dim": 12, "sliding_window": None, "rope_theta": 1e9},
        "vision_config": PIXTRAL,
        "image_token_index": 95,
        "tie_word_embeddings": False,
    },
    "mistral3-wrapped-as-kept": {
        "model_type": "mistral3",
        "text_config": SIZES | {"model_type": "mistral"},
        "vision_config": PIXTRAL,
        "image_token_index": 95,
    },
    "llava-wrapped": {
        "model_type": "llava",
        "text_config": SIZES | {"model_type": "llama"},
        "vision_config": SIGLIP | {"model_type": "clip_vision_model", "projection_dim": 16},
        "image_token_index": 95,
    },
}


def name_in_text_model(name):
    return name.replace("model.language_model.", "model.")


def as_stored(name, value, config):
    """A parameter as checkpoints have it, where transformers stacks experts' matrices."""
    kind = config["model_type"]
    if kind not in ("mixtral", "qwen3_moe", "olmoe") or ".mlp." not in name:
        return {name_in_text_model(name): value}
    block, part = name.split(".mlp.")
    old = kind == "mixtral"
    module = f"{block}.block_sparse_moe" if old else f"{block}.mlp"
    names = ("w1", "w3", "w2") if old else ("gate_proj", "up_proj", "down_proj")
    stored = {}
    if part == "experts.gate_up_proj":
        for expert, both in enumerate(value):
            for matrix, half in zip(names, both.chunk(2)):
                stored[f"{module}.experts.{expert}.{matrix}.weight"] = half
    elif part == "experts.down_proj":
        for expert, matrix in enumerate(value):
            stored[f"{module}.experts.{expert}.{names[2]}.weight"] = matrix
    else:
        stored[f"{module}.{part}"] = value
    return stored


for number, (name, config) in enumerate(CONFIGS.items()):
    folder = pathlib.Path(sys.argv[1]) / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config))
    torch.manual_seed(number)
    wrapped = "text_config" in config
    classes = AutoModelForImageTextToText if wrapped else AutoModelForCausalLM
    model = classes.from_config(
        AutoConfig.from_pretrained(folder), attn_implementation="eager", dtype=torch.float32
    ).eval()
    shift = 0 if "gemma3" in name else 1
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            is_norm = parameter.dim() == 1 and key.endswith("weight")
            parameter.normal_(shift if is_norm else 0, 0.2 if is_norm else 0.15)
    if wrapped and not name.endswith("as-kept"):
        model.save_pretrained(folder / "saved")
        (folder / "saved" / "model.safetensors").rename(folder / "model.safetensors")
    else:
        parameters = {}
        for key, value in model.named_parameters():
            for stored, tensor in as_stored(key, value.detach(), config).items():
                wrapped_name = key if wrapped else stored
                parameters[wrapped_name] = tensor.contiguous()
        save_file(parameters, folder / "model.safetensors", {"format": "pt"})
    ids = torch.randint(3, 90, (2, 20))
    output = model(input_ids=ids)
    logits = output.logits
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    loss.backward()
    values = {"input_ids": ids, "logits": logits.detach(), "loss": loss.detach()}
    for key, parameter in model.named_parameters():
        if parameter.grad is not None:
            for stored, gradient in as_stored(key, parameter.grad, config).items():
                values["grad." + stored] = gradient
    prompt = ids[:1, :11].clone()
    model.generation_config.eos_token_id = None
    with torch.no_grad():
        text = model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=14,
            do_sample=False,
            # Where longrope changes over, generation with the cache loses the text before.
            use_cache=config["model_type"] != "phi3",
        )
    values["prompt"] = prompt
    values["continuation"] = text[:, prompt.shape[1] :].clone()
    save_file({k: v.contiguous() for k, v in values.items()}, folder / "golden.safetensors")
