// SPDX-License-Identifier: Apache-2.0
#include "lathe/llm/perplexity.h"

#include <algorithm>
#include <cmath>

#include "lathe/runtime/forced_run.h"

namespace lathe::llm {

double log_likelihood(std::span<const float> logits, int32_t token) {
  const double greatest = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - greatest);
  return static_cast<double>(logits[static_cast<size_t>(token)]) - greatest - std::log(sum);
}

Perplexity perplexity(const std::shared_ptr<const exec::Engine>& engine,
                      std::vector<int32_t> tokens, const PerplexityOptions& options) {
  if (options.context < 4) {
    fail(ErrorCode::kInvalidArgument, "context: expected 4 or more, got ", options.context);
  }
  const int64_t windows = std::ssize(tokens) / options.context;
  if (windows == 0) {
    fail(ErrorCode::kInvalidArgument, "the text has ", tokens.size(),
         " tokens, expected at least one context of ", options.context);
  }
  runtime::check_token_ids(tokens, engine->manifest().model.vocab);
  std::vector<runtime::ForcedSequence> window = {{.first_wanted = options.context / 2}};
  std::vector<int32_t>& ids = window.front().tokens;
  ids.assign(tokens.begin(), tokens.begin() + options.context);
  exec::Session session(engine, runtime::forced_session(*engine, window, options.limits));
  double sum = 0;
  int64_t scored = 0;
  for (int64_t i = 0; i < windows; ++i) {
    const auto begin = tokens.begin() + i * options.context;
    ids.assign(begin, begin + options.context);
    if (options.bos) ids.front() = *options.bos;
    const auto score = [&](size_t, int64_t position, std::span<const float> logits) {
      if (position + 1 == options.context) return;
      sum += log_likelihood(logits, ids[static_cast<size_t>(position) + 1]);
      ++scored;
    };
    runtime::run_forced(session, window, {}, score);
    if (options.progress) options.progress(i + 1, windows);
  }
  return {.perplexity = std::exp(-sum / static_cast<double>(scored)), .tokens = scored};
}

}  // namespace lathe::llm
