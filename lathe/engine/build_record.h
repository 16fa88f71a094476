// SPDX-License-Identifier: Apache-2.0
// build.json: what making an engine took, phase by phase. For people: nothing that runs an engine
// reads it, no hash covers it, and two builds of one engine differ in it alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lathe/base/fields.h"

namespace lathe::engine {

struct BuildPhase {
  std::string name;  // "read_checkpoint", a pass's, "lower", …
  double seconds = 0;
  int64_t peak_bytes = 0;  // anonymous memory of the process at its highest
  bool operator==(const BuildPhase&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("name", &BuildPhase::name);
    v("seconds", &BuildPhase::seconds);
    v("peak_bytes", &BuildPhase::peak_bytes);
  }
};

struct BuildRecord {
  double seconds = 0;      // of the whole build, as far as the record's own writing
  int64_t peak_bytes = 0;  // of all phases
  std::vector<BuildPhase> phases;
  bool operator==(const BuildRecord&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("seconds", &BuildRecord::seconds);
    v("peak_bytes", &BuildRecord::peak_bytes);
    v("phases", &BuildRecord::phases);
  }
};

// Into an engine's folder. Throws kUnavailable.
void write_build_record(const std::filesystem::path& folder, const BuildRecord& record);
// Empty where the folder has none. Throws kCorrupt naming the file and the field.
std::optional<BuildRecord> read_build_record(const std::filesystem::path& folder);

// A table: name, milliseconds and MiB, a line a phase.
std::string to_text(const BuildRecord& record);

}  // namespace lathe::engine
