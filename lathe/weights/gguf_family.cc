// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/gguf_family.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/weights/gguf_config.h"

namespace lathe::weights {
namespace {

constexpr NamePair kLlamaModel[] = {
    {"token_embd", "model.embed_tokens"}, {"output_norm", "model.norm"}, {"output", "lm_head"}};

// Llama and its relatives; Qwen 3's two extra norms included.
constexpr NamePair kLlamaLayer[] = {
    {"attn_norm", "input_layernorm"},    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},      {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"}, {"attn_q_norm", "self_attn.q_norm"},
    {"attn_k_norm", "self_attn.k_norm"}, {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},       {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"}};
constexpr NameTable kLlama = {kLlamaModel, "model.layers.", kLlamaLayer};

// GLM-4 in the transformers library: gate and up in one projection, norms also behind the blocks.
constexpr NamePair kGlmLayer[] = {{"attn_norm", "input_layernorm"},
                                  {"attn_q", "self_attn.q_proj"},
                                  {"attn_k", "self_attn.k_proj"},
                                  {"attn_v", "self_attn.v_proj"},
                                  {"attn_output", "self_attn.o_proj"},
                                  {"post_attention_norm", "post_self_attn_layernorm"},
                                  {"ffn_norm", "post_attention_layernorm"},
                                  {"ffn_up", "mlp.gate_up_proj"},
                                  {"ffn_down", "mlp.down_proj"},
                                  {"post_ffw_norm", "post_mlp_layernorm"}};
constexpr NameTable kGlm = {kLlamaModel, "model.layers.", kGlmLayer};

// ChatGLM 2 to 4 with the names of its own modelling code.
constexpr NamePair kChatGlmModel[] = {{"token_embd", "transformer.embedding.word_embeddings"},
                                      {"output_norm", "transformer.encoder.final_layernorm"},
                                      {"output", "transformer.output_layer"}};
constexpr NamePair kChatGlmLayer[] = {
    {"attn_norm", "input_layernorm"},        {"attn_qkv", "self_attention.query_key_value"},
    {"attn_output", "self_attention.dense"}, {"ffn_norm", "post_attention_layernorm"},
    {"ffn_up", "mlp.dense_h_to_4h"},         {"ffn_down", "mlp.dense_4h_to_h"}};
constexpr NameTable kChatGlm = {kChatGlmModel, "transformer.encoder.layers.", kChatGlmLayer};

constexpr NamePair kGpt2Model[] = {{"token_embd", "transformer.wte"},
                                   {"position_embd", "transformer.wpe"},
                                   {"output_norm", "transformer.ln_f"},
                                   {"output", "lm_head"}};
constexpr NamePair kGpt2Layer[] = {{"attn_norm", "ln_1"},          {"attn_qkv", "attn.c_attn"},
                                   {"attn_output", "attn.c_proj"}, {"ffn_norm", "ln_2"},
                                   {"ffn_up", "mlp.c_fc"},         {"ffn_down", "mlp.c_proj"}};
constexpr NameTable kGpt2 = {kGpt2Model, "transformer.h.", kGpt2Layer};

constexpr GgufFamily kFamilies[] = {
    {"llama", "llama", "LlamaForCausalLM", &kLlama, true, llama_like_config},
    {"qwen2", "qwen2", "Qwen2ForCausalLM", &kLlama, false, llama_like_config},
    {"qwen3", "qwen3", "Qwen3ForCausalLM", &kLlama, false, llama_like_config},
    {"glm4", "glm4", "Glm4ForCausalLM", &kGlm, false, llama_like_config},
    {"chatglm", "chatglm", "ChatGLMForConditionalGeneration", &kChatGlm, false, chatglm_config},
    // Written by the same converter from the transformers library's own GLM.
    {"chatglm", "glm", "GlmForCausalLM", &kGlm, false, llama_like_config},
    {"gpt2", "gpt2", "GPT2LMHeadModel", &kGpt2, false, gpt2_config},
};

struct GgufName {
  std::string_view layer;   // "3", empty for a tensor of the whole model
  std::string_view stem;    // "attn_q"
  std::string_view ending;  // ".weight", or empty
};

GgufName parse_name(std::string_view name) {
  GgufName out;
  constexpr std::string_view kBlock = "blk.";
  if (name.starts_with(kBlock)) {
    const size_t dot = std::min(name.find('.', kBlock.size()), name.size());
    const std::string_view number = name.substr(kBlock.size(), dot - kBlock.size());
    if (!number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos) {
      out.layer = number;
      name.remove_prefix(std::min(dot + 1, name.size()));
    }
  }
  const size_t dot = std::min(name.find('.'), name.size());
  out.stem = name.substr(0, dot);
  out.ending = name.substr(dot);
  return out;
}

bool has_tensor(const Gguf& gguf, std::string_view name) {
  return std::ranges::any_of(gguf.tensors,
                             [=](const GgufTensor& tensor) { return tensor.name == name; });
}

}  // namespace

const GgufFamily& family_of(const Gguf& gguf) {
  const std::string_view architecture = with_context(
      "general.architecture", [&] { return gguf.at("general.architecture").as_string(); });
  if (architecture == "chatglm") {
    const bool own_names = has_tensor(gguf, "blk.0.attn_qkv.weight");
    return *std::ranges::find(kFamilies, own_names ? "chatglm" : "glm", &GgufFamily::model_type);
  }
  const auto* found = std::ranges::find(kFamilies, architecture, &GgufFamily::architecture);
  if (found != std::end(kFamilies)) return *found;
  std::string known;
  for (const GgufFamily& family : kFamilies) {
    if (family.model_type != "glm") known += cat(known.empty() ? "" : ", ", family.architecture);
  }
  fail(ErrorCode::kUnsupported, "GGUF architecture ", quote(architecture),
       " is not read; these are: ", known);
}

std::string hf_name(const NameTable& names, std::string_view gguf_name) {
  const GgufName name = parse_name(gguf_name);
  const std::span<const NamePair> table = name.layer.empty() ? names.model : names.layer;
  const auto found = std::ranges::find(table, name.stem, &NamePair::gguf);
  if (found == table.end()) return std::string(gguf_name);
  if (name.layer.empty()) return cat(found->hf, name.ending);
  return cat(names.layer_prefix, name.layer, ".", found->hf, name.ending);
}

char rope_projection(std::string_view gguf_name) {
  const GgufName name = parse_name(gguf_name);
  if (name.layer.empty()) return 0;
  if (name.stem == "attn_q") return 'q';
  return name.stem == "attn_k" ? 'k' : '\0';
}

}  // namespace lathe::weights
