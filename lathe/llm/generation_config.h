// SPDX-License-Identifier: Apache-2.0
// What a model's makers recommend for sampling, and where its answers end.
#pragma once

#include "lathe/engine/manifest.h"
#include "lathe/llm/text_side.h"
#include "lathe/runtime/sampling_options.h"

namespace lathe::llm {

// temperature, top_k, top_p, min_p, repetition_penalty of a generation config. Greedy where it has
// no temperature and does not say do_sample, or says that it is false. Throws kCorrupt naming the
// field.
runtime::SamplingOptions default_sampling(const Json& generation);

// Ids that end an answer: those of the model's configuration, and of the tokenizer's own files.
// Sorted, none twice.
std::vector<int32_t> end_ids(const std::vector<int64_t>& model_eos, const TextSide& text);

}  // namespace lathe::llm
