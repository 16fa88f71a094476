// SPDX-License-Identifier: Apache-2.0
// The feed-forward blocks of decoders.
#pragma once

#include "lathe/nn/linear.h"
#include "lathe/ops/elementwise.h"

namespace lathe::nn {

struct MlpOptions {
  int64_t hidden = 0;
  int64_t ffn = 0;
  ops::UnaryKind activation = ops::UnaryKind::kSilu;
  bool bias = false;
};

// down_proj(activation(gate_proj(x)) * up_proj(x)), arXiv 2002.05202.
class GatedMlp {
 public:
  GatedMlp(const Scope& scope, const MlpOptions& options);
  Value operator()(Value x) const;  // [tokens, hidden] -> [tokens, hidden]

 private:
  Linear gate_proj_, up_proj_, down_proj_;
  ops::UnaryKind activation_;
};

// The same with gate and up in one projection: gate_up_proj has rows [gate; up].
class FusedGatedMlp {
 public:
  FusedGatedMlp(const Scope& scope, const MlpOptions& options);
  Value operator()(Value x) const;

 private:
  Linear gate_up_proj_, down_proj_;
  ops::UnaryKind activation_;
};

// down(activation(up(x))); the two have other names in every family.
struct MlpNames {
  std::string_view up;
  std::string_view down;
};
class Mlp {
 public:
  Mlp(const Scope& scope, const MlpNames& names, const MlpOptions& options);
  Value operator()(Value x) const;

 private:
  Linear up_, down_;
  ops::UnaryKind activation_;
};

}  // namespace lathe::nn
