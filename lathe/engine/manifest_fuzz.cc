// SPDX-License-Identifier: Apache-2.0
// An engine.json that is accepted must come back the same from its own text.
#include "lathe/base/error.h"
#include "lathe/engine/folder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const lathe::engine::Manifest manifest = lathe::engine::parse_manifest(text, "fuzz");
    const std::string again = lathe::to_json(manifest).dump();
    LATHE_CHECK(lathe::engine::parse_manifest(again, "again") == manifest, "changed", again);
  } catch (const lathe::Error& error) {
    LATHE_CHECK(error.code() != lathe::ErrorCode::kInternal, "a bug", error.message());
  }
  return 0;
}
