// SPDX-License-Identifier: Apache-2.0
#include "lathe/nn/scope.h"

namespace lathe::nn {

Scope Scope::operator/(std::string_view name) const {
  Scope child = *this;
  child.path_ = path_.empty() ? std::string(name) : cat(path_, ".", name);
  return child;
}

Value Scope::parameter(std::string_view name, Shape shape, ops::ShardingSpec sharding) const {
  graph::ParameterSpec spec;
  spec.sharding = std::move(sharding);
  return network_->parameter((*this / name).path(), {dtype_, std::move(shape)}, std::move(spec));
}

}  // namespace lathe::nn
