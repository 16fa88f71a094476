// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/ptx/device_source.h"

#include <algorithm>
#include <set>

#include "lathe/base/error.h"
#include "lathe/base/file.h"

namespace lathe::kernels {
namespace {

std::string text_of(std::string_view path, const std::filesystem::path& folder) {
  if (!folder.empty() && std::filesystem::exists(folder / path)) return read_file(folder / path);
  for (const DeviceSource& source : device_sources()) {
    if (source.path == path) return std::string(source.text);
  }
  fail(ErrorCode::kNotFound, "device source ", quote(path), " is not part of this build");
}

// The path of `#include "lathe/…"`, or empty.
std::string_view included_path(std::string_view line) {
  static constexpr std::string_view kInclude = "#include \"lathe/";
  if (!line.starts_with(kInclude)) return {};
  const std::string_view rest = line.substr(kInclude.size() - 6);
  return rest.substr(0, rest.find('"'));
}

class Assembler {
 public:
  explicit Assembler(const std::filesystem::path& folder) : folder_(folder) {}
  void append(std::string_view path) {
    if (!seen_.insert(std::string(path)).second) return;
    const std::string text = text_of(path, folder_);
    int number = 0;
    for (const std::string_view line : split(text, '\n')) {
      ++number;
      const std::string_view include = included_path(line);
      if (!include.empty()) {
        append(include);
        out += cat("#line ", number + 1, " \"", path, "\"\n");
      } else if (line == "#pragma once") {
        out += cat("#line ", number + 1, " \"", path, "\"\n");
      } else {
        out += cat(line, "\n");
      }
    }
  }
  std::string out;

 private:
  const std::filesystem::path& folder_;
  std::set<std::string, std::less<>> seen_;
};

bool lies_in(const std::filesystem::path& folder, std::string_view path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(folder / path, ignored);
}

}  // namespace

std::vector<std::filesystem::path> sources_in(const std::filesystem::path& folder,
                                              std::string_view assembled) {
  std::vector<std::filesystem::path> out;
  for (const DeviceSource& source : device_sources()) {
    // As the lines say where they come from.
    const bool is_part = assembled.find(cat(" \"", source.path, "\"\n")) != std::string::npos;
    if (is_part && lies_in(folder, source.path)) out.push_back(folder / source.path);
  }
  return out;
}

void check_source_folder(const std::filesystem::path& folder) {
  const std::span<const DeviceSource> known = device_sources();
  const auto there = [&](const DeviceSource& source) { return lies_in(folder, source.path); };
  if (std::any_of(known.begin(), known.end(), there)) return;
  fail(ErrorCode::kNotFound, "expected a folder with a device source such as ",
       (folder / "lathe/kernels/ptx/math.cuh").string(), ", got none in ", folder.string());
}

std::string assemble(std::span<const std::string_view> paths, std::string_view prelude,
                     const std::filesystem::path& folder) {
  Assembler assembler(folder);
  assembler.append("lathe/kernels/ptx/math.cuh");  // what the prelude may name
  assembler.out += prelude;
  for (const std::string_view path : paths) assembler.append(path);
  return assembler.out;
}

std::string assemble(std::string_view path, std::string_view prelude,
                     const std::filesystem::path& folder) {
  return assemble(std::span(&path, 1), prelude, folder);
}

}  // namespace lathe::kernels
