// SPDX-License-Identifier: Apache-2.0
// Names of the runtime's things, as types that cannot be mixed up.
#pragma once

#include <cstdint>

namespace lathe::runtime {

enum class RequestId : uint64_t {};  // in order of submission, never used twice
enum class BlockId : int32_t {};     // row of every layer's KV cache

}  // namespace lathe::runtime
