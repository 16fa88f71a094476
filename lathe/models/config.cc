// SPDX-License-Identifier: Apache-2.0
#include "lathe/models/config.h"

#include <cmath>
#include <utility>

#include "lathe/base/error.h"

namespace lathe::models {

namespace {

constexpr std::pair<std::string_view, ops::UnaryKind> kActivations[] = {
    {"silu", ops::UnaryKind::kSilu},
    {"swish", ops::UnaryKind::kSilu},
    {"gelu", ops::UnaryKind::kGelu},
    {"gelu_new", ops::UnaryKind::kGeluTanh},
    {"gelu_pytorch_tanh", ops::UnaryKind::kGeluTanh},
    {"gelu_fast", ops::UnaryKind::kGeluTanh},
    {"quick_gelu", ops::UnaryKind::kQuickGelu},
    {"relu", ops::UnaryKind::kRelu},
};

template <class T>
T required(std::optional<T> value, std::string_view field, std::string_view what) {
  if (value) return *value;
  fail(ErrorCode::kCorrupt, field, ": expected ", what, ", but it is missing");
}

void check_head_dim(int64_t head_dim) {
  if (head_dim <= kMaxHeadDim) return;
  fail(ErrorCode::kUnsupported, "head_dim: expected 1 to ", kMaxHeadDim,
       " (attention kernels hold no larger head), got ", head_dim);
}

}  // namespace

const Json* Config::find(std::string_view field) const {
  const Json* found = json_->find(field);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::optional<int64_t> Config::find_count(std::string_view field, int64_t most) const {
  const Json* found = find(field);
  if (found == nullptr) return std::nullopt;
  const int64_t value = with_context(field, [found] { return found->as_integer(); });
  if (value >= 1 && value <= most) return value;
  fail(ErrorCode::kCorrupt, field, ": expected a number from 1 to ", most, ", got ", value);
}

int64_t Config::count(std::string_view field, int64_t most) const {
  return required(find_count(field, most), field, cat("a number from 1 to ", most));
}

std::optional<double> Config::find_positive(std::string_view field) const {
  const Json* found = find(field);
  if (found == nullptr) return std::nullopt;
  const double value = with_context(field, [found] { return found->as_number(); });
  if (std::isfinite(value) && value > 0) return value;
  fail(ErrorCode::kCorrupt, field, ": expected a number above 0, got ", value);
}

double Config::positive(std::string_view field) const {
  return required(find_positive(field), field, "a number above 0");
}

bool Config::flag(std::string_view field, bool absent) const {
  const Json* found = find(field);
  return found == nullptr ? absent : with_context(field, [found] { return found->as_bool(); });
}

std::string Config::text(std::string_view field, std::string_view absent) const {
  const Json* found = find(field);
  if (found == nullptr) return std::string(absent);
  return with_context(field, [found] { return found->as_string(); });
}

void Config::refuse(std::string_view flag_field, std::string_view why) const {
  if (flag(flag_field, false)) {
    fail(ErrorCode::kUnsupported, flag_field, ": expected false, got true: ", why);
  }
}

ops::UnaryKind activation(const Config& config, std::string_view field) {
  const std::string name =
      required(config.find(field) == nullptr ? std::nullopt : std::optional(config.text(field, "")),
               field, "the name of an activation");
  std::string known;
  for (const auto& [spelling, kind] : kActivations) {
    if (spelling == name) return kind;
    known += cat(known.empty() ? "" : ", ", spelling);
  }
  fail(ErrorCode::kUnsupported, field, ": expected one of ", known, ", got ", quote(name));
}

int64_t equal_heads(int64_t hidden, int64_t heads) {
  if (hidden % heads != 0) {
    fail(ErrorCode::kCorrupt, "number of heads: expected a divisor of the hidden size (", hidden,
         "), got ", heads);
  }
  check_head_dim(hidden / heads);
  return hidden / heads;
}

HeadShape head_shape(const Config& config, int64_t hidden) {
  HeadShape shape{.heads = config.count("num_attention_heads"), .kv_heads = 0, .head_dim = 0};
  shape.kv_heads = config.find_count("num_key_value_heads").value_or(shape.heads);
  if (shape.heads % shape.kv_heads != 0) {
    fail(ErrorCode::kCorrupt, "num_key_value_heads: expected a divisor of num_attention_heads (",
         shape.heads, "), got ", shape.kv_heads);
  }
  if (const auto given = config.find_count("head_dim")) {
    check_head_dim(*given);
    shape.head_dim = *given;
  } else {
    shape.head_dim = equal_heads(hidden, shape.heads);
  }
  return shape;
}

}  // namespace lathe::models
