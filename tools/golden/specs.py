# SPDX-License-Identifier: Apache-2.0
"""The tiny checkpoints: one entry each, saying what it is and which part of its config must show in the logits."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Spec:
    name: str
    about: str  # one sentence, printed into the README
    model: str  # class name in transformers
    config: dict
    dtype: str = "float32"  # of the saved weights
    prompts: tuple = (19, 1, 75)  # token counts
    shards: int = 1
    tokenizer: str = ""  # which trainer of make_tokenizers.py
    # config changes that must each change some logit: proof that the golden file tests them
    ablations: tuple = ()
    edit: str = ""  # which rewriter of saved config.json


LLAMA = dict(hidden_size=64, intermediate_size=168, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             head_dim=16, vocab_size=199, max_position_embeddings=128, rms_norm_eps=1e-5, rope_theta=10000.0,
             bos_token_id=1, eos_token_id=2, tie_word_embeddings=False)
YARN_MSCALE = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=32, beta_fast=4.0, beta_slow=0.5,
                   truncate=False)
LLAMA3_ROPE = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                   original_max_position_embeddings=64)
GLM = dict(hidden_size=64, intermediate_size=152, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
           head_dim=16, vocab_size=211, max_position_embeddings=128, rms_norm_eps=1.5625e-7, rope_theta=10000.0,
           partial_rotary_factor=0.5, attention_bias=True, tie_word_embeddings=False, pad_token_id=0,
           bos_token_id=None, eos_token_id=[2, 3])


def llama(**changes):
    return {**LLAMA, **changes}


SPECS = [
    Spec("llama_mha", "Llama 2 shape: as many KV heads as heads; SentencePiece-like tokenizer with byte fallback",
         "LlamaForCausalLM", llama(num_key_value_heads=4, vocab_size=601), tokenizer="sentencepiece",
         edit="without_head_dim"),
    Spec("llama_gqa", "odd sizes everywhere, three layers, byte-level tokenizer of Llama 3's kind",
         "LlamaForCausalLM", llama(hidden_size=72, intermediate_size=136, num_hidden_layers=3, num_attention_heads=6,
                                   num_key_value_heads=2, head_dim=12, vocab_size=1031, rms_norm_eps=1e-6,
                                   rope_theta=500000.0, bos_token_id=1024, eos_token_id=[1025, 1028]),
         tokenizer="llama3", ablations=(dict(rope_theta=10000.0),)),
    Spec("llama3_tied", "llama3 rope scaling (all three branches of its formula) and tied embeddings, bf16",
         "LlamaForCausalLM", llama(tie_word_embeddings=True, rope_scaling=LLAMA3_ROPE), dtype="bfloat16",
         ablations=(dict(rope_scaling=None),)),
    Spec("llama3_rope_parameters", "llama3 rope scaling in the spelling of transformers 5: rope_parameters, dtype",
         "LlamaForCausalLM", llama(rope_theta=20000.0, rope_scaling=LLAMA3_ROPE), edit="v5_spelling",
         ablations=(dict(rope_scaling=None), dict(rope_theta=10000.0))),
    Spec("llama_bias", "attention_bias and mlp_bias, fp16", "LlamaForCausalLM",
         llama(attention_bias=True, mlp_bias=True), dtype="float16",
         ablations=(dict(attention_bias=False), dict(mlp_bias=False))),
    Spec("llama_linear", "linear rope scaling, in the old spelling `type`", "LlamaForCausalLM",
         llama(rope_scaling=dict(rope_type="linear", factor=4.0)), edit="old_rope_type",
         ablations=(dict(rope_scaling=None),)),
    Spec("llama_dynamic", "dynamic NTK rope scaling; prompts within and beyond the original 32 positions, bf16",
         "LlamaForCausalLM", llama(max_position_embeddings=32, rope_scaling=dict(rope_type="dynamic", factor=2.0)),
         dtype="bfloat16", prompts=(19, 1, 75, 40, 32), ablations=(dict(rope_scaling=None),)),
    Spec("llama_yarn", "yarn rope scaling with the default betas and attention factor", "LlamaForCausalLM",
         llama(rope_theta=100.0, rope_scaling=dict(rope_type="yarn", factor=2.0,
                                                   original_max_position_embeddings=64)),
         ablations=(dict(rope_scaling=None),)),
    Spec("llama_yarn_mscale", "yarn rope scaling with mscale, mscale_all_dim, own betas, truncate off",
         "LlamaForCausalLM",
         llama(rope_scaling=dict(YARN_MSCALE, mscale=1.5, mscale_all_dim=0.5)),
         ablations=(dict(rope_scaling=None), dict(rope_scaling=YARN_MSCALE),
                    dict(rope_scaling=dict(YARN_MSCALE, mscale=1.5, mscale_all_dim=0.5, truncate=True)))),
    Spec("llama_longrope", "longrope rope scaling, original_max_position_embeddings 32 at the top level as Phi-3 has it,"
         " bf16",
         "LlamaForCausalLM",
         llama(original_max_position_embeddings=32,
               rope_scaling=dict(rope_type="longrope", short_factor=[1.0, 1.05, 1.1, 1.2, 1.3, 1.5, 1.7, 2.0],
                                 long_factor=[1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 3.8, 4.0])),
         dtype="bfloat16", prompts=(19, 1, 75, 32, 33), ablations=(dict(rope_scaling=None),)),
    Spec("llama_sharded", "three shards with an index, bf16, no head_dim in config.json", "LlamaForCausalLM",
         llama(), dtype="bfloat16", shards=3, edit="without_head_dim"),
    Spec("llama_heads_64", "heads of 64, a prompt of more than 512 tokens, bf16", "LlamaForCausalLM",
         llama(intermediate_size=104, head_dim=64, vocab_size=96, max_position_embeddings=640), dtype="bfloat16",
         prompts=(19, 1, 580, 12), ablations=(dict(rope_theta=20000.0),)),
    Spec("mistral_window", "sliding window of 8, head_dim unlike hidden_size / heads, bf16", "MistralForCausalLM",
         dict(hidden_size=64, intermediate_size=152, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
              head_dim=24, vocab_size=199, max_position_embeddings=256, sliding_window=8, rope_theta=10000.0,
              rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2, tie_word_embeddings=False),
         dtype="bfloat16", prompts=(30, 1, 75, 8, 9), ablations=(dict(sliding_window=None), dict(sliding_window=9))),
    Spec("mistral_heads_128", "heads of 128, three to a KV head, a sliding window of 150 over a long prompt, bf16",
         "MistralForCausalLM",
         dict(hidden_size=64, intermediate_size=88, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1,
              head_dim=128, vocab_size=101, max_position_embeddings=512, sliding_window=150, rope_theta=10000.0,
              rms_norm_eps=1e-5, bos_token_id=1, eos_token_id=2, tie_word_embeddings=False),
         dtype="bfloat16", prompts=(30, 1, 330, 11),
         ablations=(dict(sliding_window=None), dict(sliding_window=151))),
    Spec("qwen2_window", "biases on q, k, v; a sliding window of 8 in the last of three layers", "Qwen2ForCausalLM",
         llama(num_hidden_layers=3, use_sliding_window=True, sliding_window=8, max_window_layers=2, rms_norm_eps=1e-6),
         ablations=(dict(use_sliding_window=False), dict(max_window_layers=1))),
    Spec("qwen3", "an RMSNorm of each query and key head; head_dim unlike hidden_size / heads, tied, bf16",
         "Qwen3ForCausalLM", llama(head_dim=24, tie_word_embeddings=True, rms_norm_eps=1e-6), dtype="bfloat16"),
    Spec("qwen3_heads_32", "normed heads of 32, ten to a KV head, a long prompt, bf16", "Qwen3ForCausalLM",
         llama(hidden_size=48, intermediate_size=72, num_attention_heads=10, num_key_value_heads=1, head_dim=32,
               vocab_size=97, max_position_embeddings=512, tie_word_embeddings=True, rms_norm_eps=1e-6),
         dtype="bfloat16", prompts=(19, 1, 300, 14)),
    Spec("gpt2", "LayerNorm, learned positions, gelu_new, transposed (Conv1D) weights, GPT-2 tokenizer", "GPT2LMHeadModel",
         dict(n_embd=64, n_layer=2, n_head=4, n_positions=96, vocab_size=1009, bos_token_id=1008, eos_token_id=1008,
              layer_norm_epsilon=1e-5, activation_function="gelu_new"),
         tokenizer="gpt2", ablations=(dict(activation_function="gelu"),)),
    Spec("glm", "GLM-4 (GlmForCausalLM): half of each head rotated, interleaved pairs, fused gate_up, q/k/v bias",
         "GlmForCausalLM", GLM, ablations=(dict(partial_rotary_factor=1.0), dict(attention_bias=False))),
    Spec("glm4", "GLM-4-0414 (Glm4ForCausalLM): as glm with norms behind attention and MLP too, bf16",
         "Glm4ForCausalLM", {**GLM, "attention_bias": False, "max_position_embeddings": 192}, dtype="bfloat16",
         prompts=(19, 1, 75, 14, 150),
         ablations=(dict(partial_rotary_factor=1.0),)),
]
