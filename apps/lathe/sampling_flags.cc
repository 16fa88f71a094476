// SPDX-License-Identifier: Apache-2.0
#include "sampling_flags.h"

#include <random>

#include "blame.h"
#include "print.h"

namespace lathe::app {

namespace {

template <class T>
void replace(T& field, const std::optional<T>& given) {
  if (given) field = *given;
}

// 31 bits: short enough to be typed again.
uint64_t random_seed() { return std::random_device{}() >> 1; }

}  // namespace

void SamplingFlags::declare(Flags& flags) {
  flags.value("--temperature", temperature_, {"X", "0 is greedy; the model's own, else greedy"});
  flags.value("--top-k", top_k_, {"K", "keep the K most likely tokens", kNotNegative});
  flags.value("--top-p", top_p_, {"P", "keep the fewest tokens with this much probability"});
  flags.value("--min-p", min_p_, {"P", "keep tokens at least this share as likely as the best"});
  flags.value("--repetition-penalty", repetition_penalty_,
              {"X", "of prompt and answer; 1 is none"});
  flags.value("--presence-penalty", presence_penalty_, {"X", "for tokens that the answer holds"});
  flags.value("--frequency-penalty", frequency_penalty_, {"X", "for each time it holds them"});
  flags.value("--seed", seed_, {"N", "of the random numbers; a new one, printed", kNotNegative});
}

runtime::SamplingOptions SamplingFlags::over(runtime::SamplingOptions options) const {
  replace(options.temperature, temperature_);
  replace(options.top_k, top_k_);
  replace(options.top_p, top_p_);
  replace(options.min_p, min_p_);
  replace(options.repetition_penalty, repetition_penalty_);
  replace(options.presence_penalty, presence_penalty_);
  replace(options.frequency_penalty, frequency_penalty_);
  options.seed = seed_ ? *seed_ : random_seed();
  blame_flags_of<runtime::SamplingOptions>([&] { options.validate(); });
  if (options.temperature > 0) {
    if (!seed_) print_note(cat("seed ", options.seed));
  } else if (top_k_ || top_p_ || min_p_) {
    print_note(
        "note: the model is greedy, so top-k, top-p and min-p change nothing; "
        "give --temperature");
  }
  return options;
}

}  // namespace lathe::app
