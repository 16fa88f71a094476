// SPDX-License-Identifier: Apache-2.0
// The part of nvrtc.h that reads ptxas' report:
//
//   ptxas info    : Compiling entry function 'f' for 'sm_90a'
//   ptxas info    : Function properties for f
//   ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
//   ptxas info    : Used 32 registers, used 1 barriers, 36 bytes smem
//   ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized
#include <charconv>

#include "lathe/base/text.h"
#include "lathe/core/cuda/nvrtc.h"

namespace lathe::cuda {
namespace {

// The number that stands before `unit` in `line`, or 0.
int64_t number_before(std::string_view line, std::string_view unit) {
  const size_t at = line.find(unit);
  if (at == std::string_view::npos) return 0;
  size_t begin = at;
  while (begin > 0 && line[begin - 1] >= '0' && line[begin - 1] <= '9') --begin;
  int64_t value = 0;
  std::from_chars(line.data() + begin, line.data() + at, value);
  return value;
}

std::string_view between_quotes(std::string_view line) {
  const size_t begin = line.find('\'');
  if (begin == std::string_view::npos) return {};
  const size_t end = line.find('\'', begin + 1);
  return end == std::string_view::npos ? std::string_view{}
                                       : line.substr(begin + 1, end - begin - 1);
}

void read_numbers(std::string_view line, EntryReport& entry) {
  if (line.find("bytes stack frame") != std::string_view::npos) {
    entry.stack_bytes += number_before(line, " bytes stack frame");
    entry.spill_bytes +=
        number_before(line, " bytes spill stores") + number_before(line, " bytes spill loads");
  }
  if (line.find(" registers") != std::string_view::npos) {
    entry.registers = static_cast<int>(number_before(line, " registers"));
    entry.shared_bytes = number_before(line, " bytes smem");
  }
}

}  // namespace

CompileLog parse_compile_log(std::string_view log) {
  CompileLog out;
  for (const std::string_view line : split(log, '\n')) {
    if (line.find("Compiling entry function") != std::string_view::npos) {
      out.entries.push_back({.entry = std::string(between_quotes(line))});
    } else if (line.find("(C75") != std::string_view::npos) {
      out.performance_warnings.emplace_back(trim(line));
    } else if (!out.entries.empty()) {
      read_numbers(line, out.entries.back());
    }
  }
  return out;
}

}  // namespace lathe::cuda
