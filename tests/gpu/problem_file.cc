// SPDX-License-Identifier: Apache-2.0
#include "problem_file.h"

#include <filesystem>

#include "lathe/base/error.h"
#include "lathe/base/file.h"

namespace lathe::gpu_tests {

ProblemLine::ProblemLine(std::string line) : text_(std::move(line)) {
  for (const std::string_view word : split(text_, ' ')) {
    if (word.empty()) continue;
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
      fail(ErrorCode::kCorrupt, "problem: expected key=value, got ", quote(word));
    }
    values_[std::string(word.substr(0, equals))] = std::string(word.substr(equals + 1));
  }
}

int64_t ProblemLine::number(const std::string& key, int64_t otherwise) const {
  const auto found = values_.find(key);
  return found == values_.end() ? otherwise : std::stoll(found->second);
}

double ProblemLine::real(const std::string& key, double otherwise) const {
  const auto found = values_.find(key);
  return found == values_.end() ? otherwise : std::stod(found->second);
}

std::string ProblemLine::word(const std::string& key, const std::string& otherwise) const {
  const auto found = values_.find(key);
  return found == values_.end() ? otherwise : found->second;
}

DType ProblemLine::dtype(const std::string& key, DType otherwise) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return otherwise;
  const std::optional<DType> dtype = dtype_from_name(found->second);
  if (!dtype) fail(ErrorCode::kCorrupt, "problem: no dtype ", quote(found->second));
  return *dtype;
}

std::vector<int64_t> ProblemLine::list(const std::string& key) const {
  std::vector<int64_t> out;
  const auto found = values_.find(key);
  if (found == values_.end()) return out;
  for (const std::string_view part : split(found->second, ',')) {
    const size_t star = part.find('*');
    const int64_t count = star == std::string_view::npos ? 1 : std::stoll(std::string(part));
    const std::string_view value = star == std::string_view::npos ? part : part.substr(star + 1);
    out.insert(out.end(), static_cast<size_t>(count), std::stoll(std::string(value)));
  }
  return out;
}

std::vector<ProblemLine> read_problems(const std::string& folder, const std::string& op) {
  std::vector<ProblemLine> out;
  const std::string text = read_file(std::filesystem::path(folder) / (op + ".txt"));
  for (std::string_view line : split(text, '\n')) {
    line = trim(line.substr(0, line.find('#')));
    if (!line.empty()) out.emplace_back(std::string(line));
  }
  return out;
}

}  // namespace lathe::gpu_tests
