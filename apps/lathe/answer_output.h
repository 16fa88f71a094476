// SPDX-License-Identifier: Apache-2.0
// How an answer of `lathe run` is shown.
#pragma once

#include "lathe/base/json.h"
#include "lathe/llm/generate.h"

namespace lathe::app {

// Writes pieces to stdout as they come; an answer that nobody can read any more ends.
llm::GenerateHooks streaming_hooks();

// {"text", "token_ids", "prompt_tokens", "finish_reason", "timings"}
Json answer_json(const llm::Answer& answer);

// "5,6,7\n", as --token-ids takes them: what is shown where there is no tokenizer.
std::string ids_line(const llm::Answer& answer);

// One line: tokens, milliseconds, tokens per second of both phases, why it ended.
std::string describe_speed(const llm::Answer& answer);

}  // namespace lathe::app
