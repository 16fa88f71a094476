// SPDX-License-Identifier: Apache-2.0
// Problem files: bench/problems/gpu/<op>.txt. A line is a problem, "key=value key=value …"; #
// begins a comment.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lathe/core/dtype.h"

namespace lathe::gpu_tests {

class ProblemLine {
 public:
  explicit ProblemLine(std::string line);
  const std::string& text() const { return text_; }
  bool has(const std::string& key) const { return values_.contains(key); }
  int64_t number(const std::string& key, int64_t otherwise) const;
  double real(const std::string& key, double otherwise) const;
  std::string word(const std::string& key, const std::string& otherwise) const;
  DType dtype(const std::string& key, DType otherwise) const;
  // "3,5,64*7": 3, 5 and 64 times 7.
  std::vector<int64_t> list(const std::string& key) const;

 private:
  std::string text_;
  std::map<std::string, std::string> values_;
};

// Of the file `op`.txt in the tree, or in the folder given.
std::vector<ProblemLine> read_problems(const std::string& folder, const std::string& op);

}  // namespace lathe::gpu_tests
