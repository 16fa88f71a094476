# SPDX-License-Identifier: Apache-2.0
"""Corpus of the families' readers in lathe/models: config.json files, whole and wrong. See tests/support/config_case.h
for the two members that no config.json has."""
import json

from formats import Case

LLAMA = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 50, "hidden_size": 32,
         "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 40,
         "hidden_act": "silu", "rms_norm_eps": 1e-5, "max_position_embeddings": 64}
GPT2 = {"model_type": "gpt2", "vocab_size": 50, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64,
        "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"}
FAMILY = {"llama": LLAMA, "gpt2": GPT2}
for kin in ("mistral", "qwen2", "qwen3", "glm", "glm4"):
    FAMILY[kin] = {**LLAMA, "model_type": kin, "architectures": None}

YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
LONGROPE = {"type": "su", "short_factor": [1, 1, 1, 1], "long_factor": [2, 2, 2, 4]}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 16}


def config(family="llama", **changes):
    """A family's config with fields changed or, where the value is Ellipsis, left out."""
    fields = {**FAMILY[family], **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode()


def scaled(**parameters):
    return config(rope_scaling=parameters)


def built():
    for family in FAMILY:
        yield family, config(family)
    yield "biased", config(attention_bias=True, mlp_bias=True, tie_word_embeddings=True)
    yield "no_kv_heads", config(num_key_value_heads=None, head_dim=6)
    yield "windowed", config("mistral", sliding_window=4)
    window = {"sliding_window": 4, "use_sliding_window": True}
    yield "window_behind", config("qwen2", max_window_layers=1, **window)
    yield "window_listed", config("qwen3", attention_bias=True, layer_types=["full_attention", "sliding_attention"], **window)
    yield "glm_bias", config("glm", attention_bias=True, partial_rotary_factor=0.25)
    yield "gpt2_scales", config("gpt2", scale_attn_by_inverse_layer_idx=True, n_inner=16, tie_word_embeddings=False)
    yield "gpt2_unscaled", config("gpt2", scale_attn_weights=False)
    yield "bare_decoder", config(tensors=["embed_tokens.weight", "model.norm.weight", "layers.0.mlp.up_proj.weight"])
    yield "eos", config(eos_token_id=2)
    yield "eos_generation", config(eos_token_id=2, generation_config={"eos_token_id": [3, 4]})
    yield "no_architectures", config(architectures=[])
    yield "linear", scaled(type="linear", factor=2.0)
    yield "dynamic", scaled(type="dynamic", factor=2.0)
    yield "yarn", scaled(**YARN)
    yield "yarn_stretched", config(rope_parameters={"rope_type": "yarn", "rope_theta": 5e5, "truncate": False},
                                   original_max_position_embeddings=16)
    yield "yarn_mscale", scaled(**YARN, mscale=1.0, mscale_all_dim=0.8)
    yield "yarn_attention", scaled(**YARN, attention_factor=1.5, beta_fast=16, beta_slow=2)
    yield "yarn_shrunk", scaled(**{**YARN, "factor": 0.5})
    yield "llama3", scaled(**LLAMA3)
    yield "longrope", config(rope_scaling=LONGROPE, original_max_position_embeddings=16)
    yield "longrope_attention", scaled(**LONGROPE, attention_factor=1.0)
    yield "frequency_factors", scaled(rope_type="frequency_factors", factors=[1, 1, 2, 8])


REFUSED = {
    "no_json": (b"{", "byte"),
    "array": (b"[]", "expected an object"),
    "empty": (b"{}", "config: field 'model_type' is missing"),
    "type_number": (config(model_type=3), "config: model_type: expected a string, got an integer"),
    "unknown_type": (config(model_type="made_up"), "model_type: expected one of "),
    "classifier": (config(architectures=["LlamaForSequenceClassification"]), "architectures: expected LlamaForCausalLM"),
    "architectures_number": (config(architectures=5), "architectures: expected an array"),
    "eos_text": (config(eos_token_id="x"), "eos_token_id: expected an integer, got a string"),
    "no_hidden": (config(hidden_size=...), "hidden_size: expected a number from 1 to 16777216, but it is missing"),
    "layers_2_31": (config(num_hidden_layers=1 << 31), "num_hidden_layers: expected a number from 1 to 1024, got 2147483648"),
    "layers_fraction": (config(num_hidden_layers=1.5), "num_hidden_layers: expected an integer"),
    "gpt2_layers_2_31": (config("gpt2", n_layer=1 << 31), "n_layer: expected a number from 1 to 1024, got 2147483648"),
    "vast_vocab": (config(vocab_size=1 << 62), "vocab_size: expected a number from 1 to 16777216"),
    "negative_heads": (config(num_attention_heads=-4), "num_attention_heads: expected a number from 1"),
    "vast_ffn": (config(intermediate_size=1 << 40), "intermediate_size: expected a number from 1"),
    "uneven_heads": (config(num_attention_heads=5, num_key_value_heads=5), "number of heads: expected a divisor"),
    "uneven_kv_heads": (config(num_key_value_heads=3), "num_key_value_heads: expected a divisor"),
    "large_head": (config(head_dim=257), "head_dim: expected 1 to 256"),
    "odd_head": (config(head_dim=7), "partial_rotary_factor: expected an even number of rotated dims"),
    "vast_rotary_factor": (config(partial_rotary_factor=1e300), "partial_rotary_factor: expected an even number"),
    "zero_eps": (config(rms_norm_eps=0), "rms_norm_eps: expected a number above 0"),
    "eps_text": (config(rms_norm_eps="small"), "rms_norm_eps: expected a number, got a string"),
    "bias_text": (config(attention_bias="yes"), "attention_bias: expected a boolean"),
    "activation": (config(hidden_act="xielu"), "hidden_act: expected one of silu"),
    "no_activation": (config(hidden_act=None), "hidden_act: expected the name of an activation, but it is missing"),
    "activation_number": (config(hidden_act=1), "hidden_act: expected a string"),
    "cross_attention": (config("gpt2", add_cross_attention=True), "add_cross_attention: expected false, got true"),
    "gpt2_heads": (config("gpt2", n_head=5), "number of heads: expected a divisor"),
    "theta_one": (config(rope_theta=1), "theta: expected a number above 1"),
    "scaling_list": (config(rope_scaling=[]), "rope_scaling: expected an object"),
    "scaling_type": (scaled(rope_type="warp"), "rope_type: expected one of default, linear"),
    "scaling_no_factor": (scaled(type="linear"), "factor: expected a number above 0, but it is missing"),
    "scaling_unread": (scaled(type="linear", factor=2.0, beta_fast=1), "beta_fast: rope type linear has no such parameter"),
    "dynamic_below_one": (scaled(type="dynamic", factor=0.5), "factor: expected 1 or more, got 0.5"),
    "llama3_order": (scaled(**{**LLAMA3, "high_freq_factor": 0.5}), "high_freq_factor - low_freq_factor: expected a positive"),
    "longrope_no_list": (scaled(type="longrope", long_factor=[1]), "short_factor: expected a list, but it is missing"),
    "longrope_count": (scaled(**{**LONGROPE, "short_factor": [1]}), "expected one a pair (4), got 1"),
    "window_alone": (config("qwen2", sliding_window=4, use_sliding_window=True), "expected layer_types or max_window_layers too"),
    "window_types": (config("qwen2", sliding_window=4, use_sliding_window=True, layer_types=["full_attention"]),
                     "layer_types: expected one a layer, got 1"),
    "window_type": (config("qwen2", sliding_window=4, use_sliding_window=True, layer_types=["x"]),
                    "expected full_attention or sliding_attention, got 'x'"),
}


def cases():
    yield from (Case(name, data) for name, data in built())
    yield from (Case(name, data, expected) for name, (data, expected) in REFUSED.items())


CORPORA = {"config_fuzz": cases}
