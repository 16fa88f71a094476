// SPDX-License-Identifier: Apache-2.0
// Which element-wise ops of a network one kernel can run.
#pragma once

#include <vector>

#include "lathe/graph/network.h"

namespace lathe::builder {

struct PointwiseGroups {
  std::vector<std::vector<graph::NodeId>> groups;  // members in running order
  std::vector<graph::NodeId> order;  // of all nodes: each group's members stand side by side
};

// Groups of ops that read each other's results, as large as they can be: joining two neighbours
// would make a group wait for itself, or go beyond what a kernel takes. Every element-wise op is in
// a group, if need be alone; constants of one value are in none, each group has its own.
PointwiseGroups find_pointwise_groups(const graph::Network& network);

}  // namespace lathe::builder
