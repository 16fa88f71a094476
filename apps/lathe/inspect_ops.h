// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace lathe::app {

enum class ListForm : uint8_t { kText, kJson };

// Every op: name, formula, rule of shapes and dtypes, source, kernels, the file of its reference.
void print_ops(ListForm form);

}  // namespace lathe::app
