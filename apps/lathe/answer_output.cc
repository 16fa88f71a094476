// SPDX-License-Identifier: Apache-2.0
#include "answer_output.h"

#include <cmath>
#include <cstdio>

#include "lathe/base/fields.h"
#include "print.h"

namespace lathe::app {

namespace {

double rounded(double value) { return std::round(value * 10) / 10; }
double per_second(double count, double ms) { return ms > 0 ? rounded(count / ms * 1e3) : 0; }

}  // namespace

llm::GenerateHooks streaming_hooks() {
  return {.on_text =
              [](std::string_view piece) {
                print(piece);
                std::fflush(stdout);
              },
          .interrupted = output_failed};
}

Json answer_json(const llm::Answer& answer) {
  Json timings = Json::object();
  timings["prefill_ms"] = answer.timings.prefill_ms;
  timings["decode_ms_per_token"] = answer.timings.decode_ms_per_token;
  Json out = Json::object();
  out["text"] = answer.text;
  out["token_ids"] = to_json(answer.token_ids);
  out["prompt_tokens"] = answer.prompt_tokens;
  out["finish_reason"] = to_string(answer.finish_reason);
  out["timings"] = std::move(timings);
  return out;
}

std::string ids_line(const llm::Answer& answer) {
  std::string line;
  for (const int32_t id : answer.token_ids) line += cat(line.empty() ? "" : ",", id);
  return line + "\n";
}

std::string describe_speed(const llm::Answer& answer) {
  const llm::Timings& timings = answer.timings;
  const int64_t computed = answer.prompt_tokens - answer.reused_tokens;
  std::string line = cat("prompt ", answer.prompt_tokens, " tokens");
  if (answer.reused_tokens > 0) line += cat(" (", answer.reused_tokens, " from the cache)");
  line += cat(", ", rounded(timings.prefill_ms), " ms (",
              per_second(static_cast<double>(computed), timings.prefill_ms), " tokens/s); answer ",
              answer.token_ids.size(), " tokens");
  if (timings.decode_ms_per_token > 0) {
    line += cat(", ", rounded(timings.decode_ms_per_token), " ms each (",
                per_second(1, timings.decode_ms_per_token), " tokens/s)");
  }
  line += cat("; ", to_string(answer.finish_reason));
  return line;
}

}  // namespace lathe::app
