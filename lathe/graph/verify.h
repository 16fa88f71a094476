// SPDX-License-Identifier: Apache-2.0
// The verifier: what must hold of every network, checked after every pass.
#pragma once

#include "lathe/graph/network.h"

namespace lathe::graph {

// Every operand stands before its use, every type is what the op's rule gives, states are written
// in one line, outputs exist. Throws kInternal naming the op, the value, what was expected and what
// is there.
void verify(const Network& network);

}  // namespace lathe::graph
