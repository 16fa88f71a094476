// SPDX-License-Identifier: Apache-2.0
// A place in the module tree: the network, and the path that parameters made here are named under.
//
//   const nn::Scope root(network, DType::kF32);
//   const nn::Scope attention = root / "model" / "layers" / 0 / "self_attn";
//   Value w = attention.parameter("q_proj.weight", {64, 64});  // model.layers.0.self_attn.q_proj…
//
// A module takes the scope that it lives in as its constructor's first argument. The network has to
// outlive scopes and modules.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include "lathe/graph/network.h"

namespace lathe::nn {

using graph::Value;

class Scope {
 public:
  // The root. `dtype` is that of the activations and, until they are bound, of the parameters.
  Scope(graph::Network& network, DType dtype) : network_(&network), dtype_(dtype) {}

  Scope operator/(std::string_view name) const;
  Scope operator/(std::integral auto index) const { return *this / cat(index); }

  // Declares a parameter of this place. Throws kInvalidArgument where its name is taken.
  Value parameter(std::string_view name, Shape shape, ops::ShardingSpec sharding = {}) const;

  graph::Network& network() const { return *network_; }
  DType dtype() const { return dtype_; }
  const std::string& path() const { return path_; }

 private:
  graph::Network* network_;
  DType dtype_;
  std::string path_;  // empty at the root
};

}  // namespace lathe::nn
