// SPDX-License-Identifier: Apache-2.0
// The values of a bound network's parameters, for the interpreter.
#pragma once

#include "lathe/exec/weight_rows.h"
#include "lathe/graph/interpreter.h"

namespace lathe::builder {

// Reads parameters as exec reads an engine's weights. Throws what the reader throws.
graph::ParameterSource parameters_from(exec::RowReader rows);

}  // namespace lathe::builder
