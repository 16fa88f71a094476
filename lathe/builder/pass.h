// SPDX-License-Identifier: Apache-2.0
// The pass seam: a small record of a name and a function from network to network.
//
// A pass is one file in passes/ that defines one constant, one line in passes/list.h and one in
// pipeline.cc. The pipeline calls it, times it, dumps the network around it, and verifies the
// network behind it. Passes keep nothing; what they need to know stands in the context.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/builder/weight_catalog.h"
#include "lathe/graph/network.h"
#include "lathe/kernels/target.h"

namespace lathe::builder {

using graph::Network;
using graph::Node;
using graph::NodeId;
using graph::Value;

// What passes may ask, and where they say what they did.
struct PassContext {
  std::vector<kernels::Target> targets = {{}};  // one or more, of one kind of device
  const WeightCatalog* catalog = nullptr;       // null: parameters are taken as they are declared
  std::optional<DType> weight_dtype;            // empty: as stored ("auto"); a GPU always has one
  std::vector<std::string> notes;               // one line a decision, for the report

  bool on_gpu() const { return targets[0].device == DeviceKind::kCuda; }
};

struct Pass {
  std::string_view name;                // what --skip-pass takes and dumps are called after
  std::string_view purpose;             // one line
  std::string_view guarantees;          // what holds of the network afterwards
  std::vector<std::string_view> after;  // passes that have to stand before it
  void (*run)(Network& network, PassContext& context);
};

}  // namespace lathe::builder
