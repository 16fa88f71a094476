// SPDX-License-Identifier: Apache-2.0
// An engine.json that is accepted must come back the same from its own text.
#include "lathe/engine/folder.h"
#include "tests/support/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const lathe::engine::Manifest manifest = lathe::engine::parse_manifest(text, "fuzz");
    const std::string again = lathe::to_json(manifest).dump();
    lathe::testing::must_hold(lathe::engine::parse_manifest(again, "again") == manifest,
                              "reads back the same", again);
  } catch (const lathe::Error& error) {
    lathe::testing::must_hold(error.code() != lathe::ErrorCode::kInternal, "no bug",
                              error.message());
  }
  return 0;
}
