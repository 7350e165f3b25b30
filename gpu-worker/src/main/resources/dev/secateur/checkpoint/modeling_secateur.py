"""Loads a language model whose layers were pruned to different widths or numbers of experts.

config.json keeps the sizes of the base model and states under "secateur_pruned" the shape of each parameter that was narrowed, and
how many experts each layer has. The class of the base's family is built as it stands; then those parameters get their shapes, each
attention its number of heads, and each layer its experts, of any widths.

    AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=True)
"""

import copy

import torch
from torch import nn
from transformers import MODEL_FOR_CAUSAL_LM_MAPPING

STATED = "secateur_pruned"

# Where the layers stand, what a layer calls its attention, and the map that makes queries.
_LAYERS = ("model.layers", "transformer.h", "gpt_neox.layers", "model.decoder.layers")
_ATTENTIONS = ("self_attn", "attn", "attention", "self_attention")
_WIDTHS = ("embed_dim", "split_size", "hidden_size", "all_head_size")


def _narrow(model, shapes):
    own = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    for name, shape in shapes.items():
        # Pythia's output layer is called otherwise from version 5 on.
        spellings = (name, f"{model.base_model_prefix}.{name}", name.replace("embed_out.", "lm_head."))
        found = next((spelling for spelling in spellings if spelling in own), None)
        if found is None:
            raise ValueError(f"{type(model).__name__} has no parameter {name}, which config.json narrows")
        path, _, leaf = found.rpartition(".")
        module = model.get_submodule(path)
        whole = getattr(module, leaf)
        setattr(module, leaf, nn.Parameter(whole.new_empty(shape), requires_grad=whole.requires_grad))
        if leaf != "weight":
            continue
        if isinstance(module, nn.Linear):
            module.out_features, module.in_features = shape
        elif isinstance(module, nn.Embedding):
            module.num_embeddings, module.embedding_dim = shape
        elif isinstance(module, nn.LayerNorm):
            module.normalized_shape = tuple(shape)
        elif hasattr(module, "nf") and hasattr(module, "nx"):  # GPT-2's transposed map
            module.nx, module.nf = shape


def _layers(model):
    for path in _LAYERS:
        try:
            return model.get_submodule(path)
        except AttributeError:
            continue
    raise ValueError(f"{type(model).__name__} has its layers at none of {', '.join(_LAYERS)}")


def _heads(attention, config, width):
    """Query heads and key/value heads of an attention, by the widths of its maps."""
    queries = config.num_attention_heads
    keys = getattr(config, "num_key_value_heads", None) or queries
    if hasattr(attention, "q_proj"):
        return attention.q_proj.weight.shape[0] // width, attention.k_proj.weight.shape[0] // width
    if hasattr(attention, "qkv_proj"):
        group = queries // keys
        keys = attention.qkv_proj.weight.shape[0] // (width * (group + 2))
        return group * keys, keys
    if hasattr(attention, "c_attn"):
        heads = attention.c_attn.weight.shape[1] // (3 * width)
    else:
        heads = attention.query_key_value.weight.shape[0] // (3 * width)
    return heads, heads


def _head_width(attention, config):
    for name in ("head_dim", "head_size"):
        if isinstance(getattr(attention, name, None), int):
            return getattr(attention, name)
    return getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads


def _set_heads(attention, config):
    width = _head_width(attention, config)
    queries, keys = _heads(attention, config, width)
    own = copy.copy(config)
    own.__dict__.update({config.attribute_map.get("num_attention_heads", "num_attention_heads"): queries})
    if hasattr(config, "num_key_value_heads"):
        own.__dict__["num_key_value_heads"] = keys
    if hasattr(attention, "config"):
        attention.config = own
    for name in ("num_heads", "num_attention_heads"):
        if hasattr(attention, name):
            setattr(attention, name, queries)
    if hasattr(attention, "num_key_value_heads"):
        attention.num_key_value_heads = keys
    if hasattr(attention, "num_key_value_groups"):
        attention.num_key_value_groups = queries // keys
    for name in _WIDTHS:
        if hasattr(attention, name):
            setattr(attention, name, queries * width)


def _set_slopes(attention, slopes, all_slopes):
    """Linear biases (ALiBi) come for all heads of the base; each head that was kept has its own."""

    def before(module, args, kwargs):
        alibi = kwargs["alibi"]
        ratio = torch.tensor([s / all_slopes[0] for s in slopes], dtype=alibi.dtype, device=alibi.device)
        first = alibi.view(-1, len(all_slopes), *alibi.shape[1:])[:, :1]
        kwargs["alibi"] = (first * ratio.view(1, -1, 1, 1)).flatten(0, 1)
        return args, kwargs

    attention.register_forward_pre_hook(before, with_kwargs=True)


def _all_slopes(heads):
    def of_power(count):
        return [2 ** (-8 * (i + 1) / count) for i in range(count)]

    power = 1 << (heads.bit_length() - 1)
    return of_power(power) + of_power(2 * power)[::2][: heads - power]


def _experts_of(config):
    """How many experts a layer of the base has; 0 for none."""
    return getattr(config, "num_local_experts", None) or getattr(config, "num_experts", None) or 0


class _Expert(nn.Module):
    """A gated MLP, whose matrices are called as in checkpoints."""

    def __init__(self, names, inside, outside, activation):
        super().__init__()
        gate, up, down = names
        self.add_module(gate, nn.Linear(outside, inside, bias=False))
        self.add_module(up, nn.Linear(outside, inside, bias=False))
        self.add_module(down, nn.Linear(inside, outside, bias=False))
        self.names = names
        self.activation = activation

    def forward(self, x):
        gate, up, down = (getattr(self, name) for name in self.names)
        return down(self.activation(gate(x)) * up(x))


class _Experts(nn.ModuleList):
    """Experts apart, where the family's class holds them in one parameter and so of one width."""

    def forward(self, hidden_states, top_k_index, top_k_weights):
        output = torch.zeros_like(hidden_states)
        for index, expert in enumerate(self):
            tokens, places = torch.where(top_k_index == index)
            written = expert(hidden_states[tokens]) * top_k_weights[tokens, places, None]
            output = output.index_add(0, tokens, written.to(output.dtype))
        return output


def _experts(layer):
    """The experts of a layer; None where it has none."""
    module = getattr(layer, "mlp", None) or getattr(layer, "block_sparse_moe", None)
    experts = getattr(module, "experts", None)
    if isinstance(experts, nn.ModuleList) and not isinstance(experts, _Experts):
        raise ValueError("pruned experts need transformers 5 or later")
    return experts


def _set_experts(layer, config, count):
    """Gives a layer this many experts, to each of which _narrow can give a width of its own."""
    experts = _experts(layer)
    if experts is None:
        return
    _shorten(_router(layer), count)
    if config.model_type == "gpt_oss":  # whose checkpoints too have all experts in one parameter
        _shorten(experts, count)
        return
    names = ("w1", "w3", "w2") if config.model_type == "mixtral" else ("gate_proj", "up_proj", "down_proj")
    _, twice, outside = experts.gate_up_proj.shape
    layer.mlp.experts = _Experts(_Expert(names, twice // 2, outside, experts.act_fn) for _ in range(count))


def _shorten(module, count):
    for name, whole in list(module.named_parameters(recurse=False)):
        shorter = whole.new_empty((count, *whole.shape[1:]))
        setattr(module, name, nn.Parameter(shorter, requires_grad=whole.requires_grad))


def _router(layer):
    return layer.mlp.router if hasattr(layer.mlp, "router") else layer.mlp.gate


def _set_expert_sizes(layer):
    experts = _experts(layer)
    if experts is None:
        return
    router = _router(layer)
    router.num_experts, router.hidden_dim = router.weight.shape
    if not isinstance(experts, _Experts):
        experts.num_experts, experts.hidden_size, twice = experts.gate_up_proj.shape
        experts.intermediate_size = twice // 2


def _keep_names(base, config):
    """Newer versions of transformers call parameters otherwise than checkpoints do, by the class's name."""
    try:
        from transformers import conversion_mapping as names
    except ImportError:
        return
    found = names.get_checkpoint_conversion_mapping(base.__name__) or names.get_checkpoint_conversion_mapping(config.model_type)
    kept = found or []
    if _experts_of(config):  # which stay apart, as they are stored
        kept = [change for change in kept if not isinstance(change, names.WeightConverter)]
    names.register_checkpoint_conversion_mapping("SecateurForCausalLM", kept, overwrite=True)
    names.register_checkpoint_conversion_mapping("SecateurModel", [], overwrite=True)


def _class_of(config):
    base = MODEL_FOR_CAUSAL_LM_MAPPING[type(config)]
    _keep_names(base, config)

    def init(self, config, *args, **kwargs):
        base.__init__(self, config, *args, **kwargs)
        stated = getattr(config, STATED, {})
        if _experts_of(config):
            experts = stated.get("experts") or [_experts_of(config)] * config.num_hidden_layers
            for layer, count in zip(_layers(self), experts):
                _set_experts(layer, config, count)
        # Mixtral's experts are called otherwise from version 5 on.
        _narrow(self, {name.replace(".block_sparse_moe.", ".mlp."): shape for name, shape in stated.get("shapes", {}).items()})
        constants = stated.get("constants", {})
        for index, layer in enumerate(_layers(self)):
            attention = next(getattr(layer, name) for name in _ATTENTIONS if hasattr(layer, name))
            _set_heads(attention, config)
            _set_expert_sizes(layer)
            slopes = next((v for k, v in constants.items() if f".{index}." in k and "slope" in k), None)
            if slopes is not None:
                _set_slopes(attention, slopes, _all_slopes(config.num_attention_heads))
        if _experts_of(config):  # whose names the class of the layers changes too
            inner = self.base_model
            inner.__class__ = type("SecateurModel", (type(inner),), {"__module__": type(inner).__module__})
        self.tie_weights()

    def save_pretrained(self, *args, **kwargs):
        _keep_names(base, self.config)
        return base.save_pretrained(self, *args, **kwargs)

    # Saved again, this file goes along (custom_object_save).
    return type(
        "SecateurForCausalLM",
        (base,),
        {
            "__init__": init,
            "save_pretrained": save_pretrained,
            "__module__": __name__,
            "_auto_class": "AutoModelForCausalLM",
        },
    )


class SecateurForCausalLM:
    """Stands for a class that depends on the config: the family's, with the widths that it states."""

    @classmethod
    def from_pretrained(cls, name, *args, config=None, **kwargs):
        return _class_of(config).from_pretrained(name, *args, config=config, **kwargs)

    @classmethod
    def _from_config(cls, config, **kwargs):
        return _class_of(config)._from_config(config, **kwargs)

    @classmethod
    def register_for_auto_class(cls, auto_class="AutoModelForCausalLM"):
        """Each class that is made is registered already."""
