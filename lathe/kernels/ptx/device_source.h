// SPDX-License-Identifier: Apache-2.0
// Device sources (*.cuh) as text, embedded when Lathe is built. Build side only.
//
//   std::string text = assemble("lathe/kernels/gemm/small_m.cuh", "constexpr int kRows = 16;\n");
//
// A generator writes constants; the device source that uses them is plain CUDA C++ whose includes
// are resolved here, so that the result is one self-contained text: what is hashed and compiled.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::kernels {

struct DeviceSource {
  std::string_view path;  // "lathe/kernels/ptx/mma.cuh"
  std::string_view text;
};

// All of them, sorted by path. Defined in a file that the build generates.
std::span<const DeviceSource> device_sources();

// Throws kNotFound where none of them lies below the folder, and its files would win over nothing.
void check_source_folder(const std::filesystem::path& folder);

// The files of the folder that stand in an assembled source in place of embedded ones.
std::vector<std::filesystem::path> sources_in(const std::filesystem::path& folder,
                                              std::string_view assembled);

// `prelude`, then the source at `path` with every `#include "lathe/…"` replaced by its text, once
// each. With `folder` not empty, files below it (same relative paths) win over the embedded ones
// (`--kernel-source DIR`). Throws kNotFound naming the path.
std::string assemble(std::string_view path, std::string_view prelude,
                     const std::filesystem::path& folder = {});
// The same of several sources, one behind the other.
std::string assemble(std::span<const std::string_view> paths, std::string_view prelude,
                     const std::filesystem::path& folder = {});

}  // namespace lathe::kernels
