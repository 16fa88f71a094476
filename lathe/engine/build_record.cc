// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/build_record.h"

#include <algorithm>
#include <cstdio>

#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/base/json.h"

namespace lathe::engine {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRecordFile = "build.json";
constexpr size_t kMaxRecordBytes = size_t{1} << 20;

std::string line_of(std::string_view name, double seconds, int64_t bytes) {
  char line[128];
  std::snprintf(line, sizeof line, "  %-24.*s %9.1f ms %9.1f MiB\n",
                static_cast<int>(std::min<size_t>(name.size(), 64)), name.data(), seconds * 1e3,
                static_cast<double>(bytes) / (1 << 20));
  return line;
}

}  // namespace

void write_build_record(const fs::path& folder, const BuildRecord& record) {
  write_file(folder / kRecordFile, to_json(record).dump_pretty());
}

std::optional<BuildRecord> read_build_record(const fs::path& folder) {
  const fs::path path = folder / kRecordFile;
  if (!fs::exists(path)) return std::nullopt;
  return with_context(path.string(), [&] {
    return from_json<BuildRecord>(Json::parse(read_file(path, kMaxRecordBytes), "build"));
  });
}

std::string to_text(const BuildRecord& record) {
  std::string out;
  for (const BuildPhase& phase : record.phases) {
    out += line_of(phase.name, phase.seconds, phase.peak_bytes);
  }
  return out + line_of("all", record.seconds, record.peak_bytes);
}

}  // namespace lathe::engine
