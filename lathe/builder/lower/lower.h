// SPDX-License-Identifier: Apache-2.0
// A network as the values, weights, states and steps of a plan. Kernels and memory come later
// (kernel_choice.h, memory_plan.h).
#pragma once

#include "lathe/engine/plan.h"
#include "lathe/graph/network.h"

namespace lathe::builder {

// Inputs, weights and states become values of their own; a reshape becomes an alias, so does a
// state's next version; every other op becomes a step. A network without its source rows is taken
// as one that no pass has bound: every parameter is one tensor of its name.
engine::Plan lower(const graph::Network& network);

// A parameter as a weight that exec can load.
engine::PlanWeight plan_weight(graph::Value parameter);

}  // namespace lathe::builder
