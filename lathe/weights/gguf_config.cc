// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/gguf_config.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/weights/gguf_fields.h"

namespace lathe::weights {
namespace {

const GgufTensor* find_tensor(const Gguf& gguf, std::string_view name) {
  const auto found = std::ranges::find(gguf.tensors, name, &GgufTensor::name);
  return found == gguf.tensors.end() ? nullptr : &*found;
}

bool has_tensor(const Gguf& gguf, std::string_view name) {
  return find_tensor(gguf, name) != nullptr;
}

// The rows of the embedding are what the model computes with; a tokenizer may know fewer.
int64_t vocab_size(const Gguf& gguf) {
  const GgufTensor* embedding = find_tensor(gguf, "token_embd.weight");
  if (embedding == nullptr) fail(ErrorCode::kCorrupt, "tensor 'token_embd.weight' is missing");
  if (embedding->shape.size() != 2) {
    fail(ErrorCode::kCorrupt, "tensor 'token_embd.weight' has ", embedding->shape.size(),
         " dims, expected 2");
  }
  return embedding->shape[0];
}

Json common_config(const Gguf& gguf, const GgufFamily& family) {
  const GgufFields fields(gguf, family.architecture);
  if (const auto experts = fields.find_count("expert_count")) {
    fail(ErrorCode::kUnsupported, fields.name_of("expert_count"), " is ", *experts,
         ": GGUF files with experts are not read; the Hugging Face folder may be");
  }
  Json config = Json::object();
  Json classes = Json::array();
  classes.push_back(family.hf_class);
  config["architectures"] = std::move(classes);
  config["model_type"] = family.model_type;
  config["vocab_size"] = vocab_size(gguf);
  config["tie_word_embeddings"] = !has_tensor(gguf, "output.weight");
  for (const auto& [key, name] : {std::pair("tokenizer.ggml.bos_token_id", "bos_token_id"),
                                  std::pair("tokenizer.ggml.eos_token_id", "eos_token_id"),
                                  std::pair("tokenizer.ggml.padding_token_id", "pad_token_id")}) {
    const GgufValue* id = gguf.find(key);
    if (id != nullptr)
      config[name] = with_context(key, [value = id] { return value->as_integer(); });
  }
  return config;
}

int64_t head_dim(const GgufFields& fields, int64_t hidden, int64_t heads) {
  if (const auto length = fields.find_count("attention.key_length")) return *length;
  if (hidden % heads != 0) {
    fail(ErrorCode::kCorrupt, fields.name_of("embedding_length"), " ", hidden,
         " is no multiple of ", heads, " heads, and ", fields.name_of("attention.key_length"),
         " is missing");
  }
  return hidden / heads;
}

void add_rope(const Gguf& gguf, const GgufFamily& family, int64_t head_size, Json& config) {
  const GgufFields fields(gguf, family.architecture);
  config["rope_theta"] = fields.find_positive("rope.freq_base").value_or(10000.0);
  config["rope_scaling"] = gguf_rope_scaling(gguf, family.architecture);
  const int64_t dims = fields.find_count("rope.dimension_count").value_or(head_size);
  if (dims > head_size) {
    fail(ErrorCode::kCorrupt, fields.name_of("rope.dimension_count"), " is ", dims, ", a head has ",
         head_size);
  }
  if (dims != head_size) {
    config["partial_rotary_factor"] = static_cast<double>(dims) / static_cast<double>(head_size);
  }
  const Json* factors = config.at("rope_scaling").find("factors");
  if (factors != nullptr && static_cast<int64_t>(factors->as_array().size()) != dims / 2) {
    fail(ErrorCode::kCorrupt, "tensor 'rope_freqs.weight' has ", factors->as_array().size(),
         " factors, expected ", dims / 2);
  }
}

}  // namespace

int64_t gguf_head_count(const Gguf& gguf, std::string_view architecture, HeadKind kind) {
  const GgufFields fields(gguf, architecture);
  const bool kv = kind == HeadKind::kKeyValue && fields.find("attention.head_count_kv") != nullptr;
  const std::string_view key = kv ? "attention.head_count_kv" : "attention.head_count";
  const GgufValue* value = fields.find(key);
  if (value == nullptr || !value->is_array) return fields.count(key);
  const Json list = value->to_json();
  const auto differs = [&](const Json& item) { return item != list.as_array().front(); };
  if (list.as_array().empty() || std::ranges::any_of(list.as_array(), differs)) {
    fail(ErrorCode::kUnsupported, fields.name_of(key),
         ": layers with different numbers of heads are not supported");
  }
  const int64_t count =
      with_context(fields.name_of(key), [&] { return list.as_array().front().as_integer(); });
  if (count < 1 || count > INT32_MAX) {
    fail(ErrorCode::kCorrupt, fields.name_of(key), ": expected a positive number, got ", count);
  }
  return count;
}

Json llama_like_config(const Gguf& gguf, const GgufFamily& family) {
  const GgufFields fields(gguf, family.architecture);
  Json config = common_config(gguf, family);
  const int64_t hidden = fields.count("embedding_length");
  const int64_t heads = gguf_head_count(gguf, family.architecture, HeadKind::kQuery);
  const int64_t head_size = head_dim(fields, hidden, heads);
  config["hidden_size"] = hidden;
  config["intermediate_size"] = fields.count("feed_forward_length");
  config["num_hidden_layers"] = fields.count("block_count");
  config["num_attention_heads"] = heads;
  config["num_key_value_heads"] = gguf_head_count(gguf, family.architecture, HeadKind::kKeyValue);
  config["head_dim"] = head_size;
  config["max_position_embeddings"] = fields.count("context_length");
  config["rms_norm_eps"] = fields.positive("attention.layer_norm_rms_epsilon");
  config["hidden_act"] = "silu";
  config["attention_bias"] = has_tensor(gguf, "blk.0.attn_q.bias");
  config["mlp_bias"] = has_tensor(gguf, "blk.0.ffn_up.bias");
  if (const auto window = fields.find_count("attention.sliding_window")) {
    config["sliding_window"] = *window;
    if (family.model_type == "llama") config["model_type"] = "mistral";
    if (family.model_type == "llama") config["architectures"].as_array()[0] = "MistralForCausalLM";
  }
  add_rope(gguf, family, head_size, config);
  return config;
}

Json chatglm_config(const Gguf& gguf, const GgufFamily& family) {
  const GgufFields fields(gguf, family.architecture);
  Json config = common_config(gguf, family);
  const int64_t hidden = fields.count("embedding_length");
  const int64_t heads = gguf_head_count(gguf, family.architecture, HeadKind::kQuery);
  const int64_t kv_heads = gguf_head_count(gguf, family.architecture, HeadKind::kKeyValue);
  const int64_t head_size = head_dim(fields, hidden, heads);
  config["padded_vocab_size"] = Json(config.at("vocab_size"));  // a copy: [] moves members
  config["hidden_size"] = hidden;
  config["ffn_hidden_size"] = fields.count("feed_forward_length");
  config["num_layers"] = fields.count("block_count");
  config["num_attention_heads"] = heads;
  config["multi_query_attention"] = kv_heads != heads;
  config["multi_query_group_num"] = kv_heads;
  config["kv_channels"] = head_size;
  config["seq_length"] = fields.count("context_length");
  config["layernorm_epsilon"] = fields.positive("attention.layer_norm_rms_epsilon");
  config["rmsnorm"] = true;
  config["post_layer_norm"] = true;
  config["apply_residual_connection_post_layernorm"] = false;
  config["add_bias_linear"] = has_tensor(gguf, "blk.0.attn_output.bias");
  config["add_qkv_bias"] = has_tensor(gguf, "blk.0.attn_qkv.bias");
  add_rope(gguf, family, head_size, config);
  config["rope_ratio"] = config.at("rope_theta").as_number() / 10000.0;
  return config;
}

Json gpt2_config(const Gguf& gguf, const GgufFamily& family) {
  const GgufFields fields(gguf, family.architecture);
  Json config = common_config(gguf, family);
  const int64_t positions = fields.count("context_length");
  config["n_positions"] = positions;
  config["n_ctx"] = positions;
  config["n_embd"] = fields.count("embedding_length");
  config["n_inner"] = fields.count("feed_forward_length");
  config["n_layer"] = fields.count("block_count");
  config["n_head"] = gguf_head_count(gguf, family.architecture, HeadKind::kQuery);
  config["layer_norm_epsilon"] = fields.positive("attention.layer_norm_epsilon");
  config["activation_function"] = "gelu_new";
  return config;
}

Json gguf_generation_config(const Gguf& gguf) {
  Json out = Json::object();
  const auto copy = [&](std::string_view key, std::string_view name) {
    if (const GgufValue* value = gguf.find(key)) {
      if (!value->is_array) out[name] = value->to_json();
    }
  };
  copy("tokenizer.ggml.bos_token_id", "bos_token_id");
  copy("tokenizer.ggml.eos_token_id", "eos_token_id");
  copy("tokenizer.ggml.padding_token_id", "pad_token_id");
  copy("general.sampling.temp", "temperature");
  copy("general.sampling.top_k", "top_k");
  copy("general.sampling.top_p", "top_p");
  copy("general.sampling.min_p", "min_p");
  copy("general.sampling.penalty_repeat", "repetition_penalty");
  // A chat model ends its turn with another token than its text.
  const Json* end = out.find("eos_token_id");
  const GgufValue* turn = gguf.find("tokenizer.ggml.eot_token_id");
  if (turn != nullptr && !turn->is_array && end != nullptr && turn->to_json() != *end) {
    Json both = Json::array();
    both.push_back(*end);
    both.push_back(turn->to_json());
    out["eos_token_id"] = std::move(both);
  }
  return out;
}

}  // namespace lathe::weights
