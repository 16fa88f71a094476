// SPDX-License-Identifier: Apache-2.0
// A handle to a value of a network: what functions and operators take and give.
#pragma once

#include <cstdint>
#include <string>

#include "lathe/core/shape.h"

namespace lathe::graph {

class Network;
enum class ValueId : int32_t {};
enum class NodeId : int32_t {};

// Trivially copyable; good as long as its network lives.
class Value {
 public:
  Value() = default;
  Value(Network& network, ValueId id) : network_(&network), id_(id) {}
  Network& network() const { return *network_; }
  ValueId id() const { return id_; }
  bool valid() const { return network_ != nullptr; }
  const TensorType& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  const Dim& dim(int axis) const { return shape()[axis]; }
  const std::string& name() const;
  bool operator==(const Value&) const = default;

 private:
  Network* network_ = nullptr;
  ValueId id_{-1};
};

}  // namespace lathe::graph
