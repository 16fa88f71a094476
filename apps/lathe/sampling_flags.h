// SPDX-License-Identifier: Apache-2.0
// Flags that choose how tokens are sampled; what is not given comes from the model's makers.
#pragma once

#include "flags.h"
#include "lathe/runtime/sampling_options.h"

namespace lathe::app {

class SamplingFlags {
 public:
  void declare(Flags& flags);
  // `defaults` with what was given in its place. Where tokens are drawn and no seed was given, one
  // is made. Throws kInvalidArgument naming the flag.
  runtime::SamplingOptions over(runtime::SamplingOptions defaults) const;

 private:
  std::optional<float> temperature_;
  std::optional<int32_t> top_k_;
  std::optional<float> top_p_, min_p_;
  std::optional<float> repetition_penalty_, presence_penalty_, frequency_penalty_;
  std::optional<uint64_t> seed_;
};

}  // namespace lathe::app
