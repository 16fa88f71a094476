// SPDX-License-Identifier: Apache-2.0
#include "lathe/weights/gguf_tokenizer.h"

#include "lathe/base/error.h"

namespace lathe::weights {
namespace {

enum class Kind { kText, kTexts, kIntegers, kNumbers, kId, kBool };

struct Field {
  std::string_view key;
  std::string_view name;
  Kind kind;
};

constexpr Field kFields[] = {
    {"tokenizer.ggml.model", "model", Kind::kText},
    {"tokenizer.ggml.pre", "pre", Kind::kText},
    {"tokenizer.ggml.tokens", "tokens", Kind::kTexts},
    {"tokenizer.ggml.merges", "merges", Kind::kTexts},
    {"tokenizer.ggml.token_type", "token_types", Kind::kIntegers},
    {"tokenizer.ggml.scores", "scores", Kind::kNumbers},
    {"tokenizer.ggml.bos_token_id", "bos_id", Kind::kId},
    {"tokenizer.ggml.eos_token_id", "eos_id", Kind::kId},
    {"tokenizer.ggml.eot_token_id", "eot_id", Kind::kId},
    {"tokenizer.ggml.unknown_token_id", "unk_id", Kind::kId},
    {"tokenizer.ggml.padding_token_id", "pad_id", Kind::kId},
    {"tokenizer.ggml.add_bos_token", "add_bos", Kind::kBool},
    {"tokenizer.ggml.add_eos_token", "add_eos", Kind::kBool},
    {"tokenizer.ggml.add_space_prefix", "add_space_prefix", Kind::kBool},
    {"tokenizer.chat_template", "chat_template", Kind::kText},
};

void expect_array(const GgufValue& value, bool right_type, std::string_view expected) {
  if (value.is_array && right_type) return;
  fail(ErrorCode::kCorrupt, "expected an array of ", expected, ", got ",
       value.is_array ? "an array of " : "", to_string(value.type));
}

Json read(const GgufValue& value, Kind kind) {
  const bool is_float = value.type == GgufType::kFloat32 || value.type == GgufType::kFloat64;
  switch (kind) {
    case Kind::kText:
      return value.as_string();
    case Kind::kId:
      return value.as_integer();
    case Kind::kBool:
      return value.as_bool();
    case Kind::kTexts:
      expect_array(value, value.type == GgufType::kString, "strings");
      break;
    case Kind::kIntegers:
      expect_array(value, value.type == GgufType::kInt32 || value.type == GgufType::kUint32,
                   "int32");
      break;
    case Kind::kNumbers:
      expect_array(value, is_float, "float32");
      break;
  }
  return value.to_json();
}

}  // namespace

Json gguf_tokenizer(const Gguf& gguf) {
  Json out = Json::object();
  for (const Field& field : kFields) {
    const GgufValue* value = gguf.find(field.key);
    if (value == nullptr) continue;
    out[field.name] = with_context(field.key, [&] { return read(*value, field.kind); });
  }
  return out;
}

}  // namespace lathe::weights
