// SPDX-License-Identifier: Apache-2.0
// Rotary embedding scaling of a GGUF file: metadata, or a tensor of frequency factors.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "lathe/base/error.h"
#include "lathe/weights/gguf_config.h"
#include "lathe/weights/gguf_fields.h"

namespace lathe::weights {
namespace {

constexpr int64_t kMaxFactors = 4096;

Json frequency_factors(const GgufTensor& tensor) {
  if (tensor.type->name != "f32" || tensor.shape.size() != 1 || tensor.shape[0] > kMaxFactors) {
    fail(ErrorCode::kCorrupt, "expected f32 with one dim up to ", kMaxFactors, ", got ",
         tensor.type->name, " with ", tensor.shape.size(), " dims");
  }
  Json factors = Json::array();
  for (size_t i = 0; i < static_cast<size_t>(tensor.shape[0]); ++i) {
    float factor = 0;
    std::memcpy(&factor, tensor.bytes.data() + i * sizeof(float), sizeof(float));
    if (!std::isfinite(factor) || factor <= 0) {
      fail(ErrorCode::kCorrupt, "factor ", i, " is not a positive number");
    }
    factors.push_back(static_cast<double>(factor));
  }
  Json out = Json::object();
  out["rope_type"] = "frequency_factors";
  out["factors"] = std::move(factors);
  return out;
}

Json yarn(const GgufFields& fields, double factor) {
  Json out = Json::object();
  out["rope_type"] = "yarn";
  out["factor"] = factor;
  if (const auto length = fields.find_count("rope.scaling.original_context_length")) {
    out["original_max_position_embeddings"] = *length;
  }
  if (const auto scale = fields.find_positive("rope.scaling.attn_factor")) {
    out["attention_factor"] = *scale * (1.0 + 0.1 * std::log(factor));
  }
  for (const auto& [key, name] : {std::pair("rope.scaling.yarn_beta_fast", "beta_fast"),
                                  std::pair("rope.scaling.yarn_beta_slow", "beta_slow")}) {
    if (const auto beta = fields.find_positive(key)) out[name] = *beta;
  }
  return out;
}

Json linear(double factor) {
  Json out = Json::object();
  out["rope_type"] = "linear";
  out["factor"] = factor;
  return out;
}

Json scaling_by_metadata(const GgufFields& fields) {
  const std::string type = fields.find_text("rope.scaling.type").value_or("none");
  if (type == "linear") return linear(fields.positive("rope.scaling.factor"));
  if (type == "yarn") return yarn(fields, fields.positive("rope.scaling.factor"));
  if (type != "none") {
    fail(ErrorCode::kUnsupported, fields.name_of("rope.scaling.type"),
         ": expected none, linear or ", "yarn, got ", quote(type));
  }
  if (const auto factor = fields.find_positive("rope.scale_linear")) {
    if (*factor != 1.0) return linear(*factor);
  }
  return {};
}

}  // namespace

Json gguf_rope_scaling(const Gguf& gguf, std::string_view architecture) {
  Json scaling = scaling_by_metadata(GgufFields(gguf, architecture));
  const auto factors =
      std::ranges::find(gguf.tensors, std::string_view("rope_freqs.weight"), &GgufTensor::name);
  if (factors == gguf.tensors.end()) return scaling;
  return with_context("tensor 'rope_freqs.weight'", [&] {
    if (!scaling.is_null()) {
      fail(ErrorCode::kUnsupported, "frequency factors together with rope scaling ",
           scaling.at("rope_type").as_string());
    }
    return frequency_factors(*factors);
  });
}

}  // namespace lathe::weights
