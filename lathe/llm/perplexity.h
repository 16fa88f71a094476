// SPDX-License-Identifier: Apache-2.0
// How surprised a model is by a text.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "lathe/exec/engine.h"
#include "lathe/runtime/run_limits.h"

namespace lathe::llm {

struct PerplexityOptions {
  int64_t context = 512;            // tokens of a window; the first half is context only
  std::optional<int32_t> bos = {};  // stands in place of each window's first token
  runtime::RunLimits limits = {};
  std::function<void(int64_t done, int64_t windows)> progress = {};
};

struct Perplexity {
  double perplexity = 0;  // exp of the mean negative log likelihood
  int64_t tokens = 0;     // that were scored
};

// Windows lie side by side, each from an empty cache; what is left over at the end is not used.
// Throws kInvalidArgument where the text has less than one window or ids that the model has not,
// and what forced_session throws.
Perplexity perplexity(const std::shared_ptr<const exec::Engine>& engine,
                      std::vector<int32_t> tokens, const PerplexityOptions& options);

// log p(token) under softmax(logits), summed in double.
double log_likelihood(std::span<const float> logits, int32_t token);

}  // namespace lathe::llm
