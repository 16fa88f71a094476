// SPDX-License-Identifier: Apache-2.0
// An index and the shards it names either fit together or are refused as corrupt.
#include "tests/support/fuzz.h"
#include "tests/support/hf_index_case.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    lathe::testing::place_case({reinterpret_cast<const char*>(data), size}, "fuzz");
  } catch (const lathe::Error& error) {
    lathe::testing::must_be_promised(error, {lathe::ErrorCode::kCorrupt});
  }
  return 0;
}
