// SPDX-License-Identifier: Apache-2.0
// How much memory of its own this process holds.
#pragma once

#include <cstdint>

namespace lathe::toolchain {

// RssAnon: resident and not backed by a file. 0 where the system does not say.
int64_t anonymous_bytes();

}  // namespace lathe::toolchain
