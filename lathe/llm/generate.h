// SPDX-License-Identifier: Apache-2.0
// One answer to one prompt, streamed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/llm/model.h"
#include "lathe/llm/text_stream.h"

namespace lathe::llm {

struct GenerateOptions {
  runtime::SamplingOptions sampling = {};  // stop_ids included
  int64_t max_tokens = 0;                  // 0 = to the end of the context
  TextStreamOptions text = {};
};

struct GenerateHooks {
  std::function<void(std::string_view piece)> on_text = {};  // never called with nothing
  std::function<bool()> interrupted = {};  // asked once a step; true ends the answer
};

struct Timings {
  double prefill_ms = 0;           // to the first token
  double decode_ms_per_token = 0;  // of those after it; 0 where there are none
};

struct Answer {
  std::string text = {};                // empty where the engine has no tokenizer
  std::vector<int32_t> token_ids = {};  // a stop id is the last one
  int64_t prompt_tokens = 0;
  int64_t reused_tokens = 0;  // of the prompt, found in the KV cache
  runtime::FinishReason finish_reason = runtime::FinishReason::kStop;
  Timings timings = {};
};

// Runs the model's executor until the answer is there. Throws the request's error: kInvalidArgument
// for options or ids out of range, kResourceExhausted for a prompt that is too long.
Answer generate(Model& model, std::vector<int32_t> prompt, const GenerateOptions& options,
                const GenerateHooks& hooks = {});

}  // namespace lathe::llm
