// SPDX-License-Identifier: Apache-2.0
#include "lathe/llm/generation_config.h"

#include <algorithm>

namespace lathe::llm {

namespace {

// Reads a field where it is present and not null.
template <class T>
bool read_field(const Json& config, std::string_view name, T& out) {
  const Json* field = config.find(name);
  if (field == nullptr || field->is_null()) return false;
  with_context(cat("generation config: ", name), [&] { read_json(*field, out); });
  return true;
}

}  // namespace

runtime::SamplingOptions default_sampling(const Json& generation) {
  runtime::SamplingOptions options;
  bool do_sample = true;
  const bool says = read_field(generation, "do_sample", do_sample);
  if (!read_field(generation, "temperature", options.temperature) && says) options.temperature = 1;
  if (!do_sample) options.temperature = 0;
  read_field(generation, "top_k", options.top_k);
  read_field(generation, "top_p", options.top_p);
  read_field(generation, "min_p", options.min_p);
  read_field(generation, "repetition_penalty", options.repetition_penalty);
  try {
    options.validate();
  } catch (const Error& error) {
    fail(ErrorCode::kCorrupt, "generation config: ", error.message());
  }
  return options;
}

std::vector<int32_t> end_ids(const std::vector<int64_t>& model_eos, const TextSide& text) {
  std::vector<int32_t> ids(model_eos.size());
  std::ranges::transform(model_eos, ids.begin(),
                         [](int64_t id) { return static_cast<int32_t>(id); });
  if (text.has_tokenizer()) {
    const std::vector<int32_t>& more = text.tokenizer().eos_ids();
    ids.insert(ids.end(), more.begin(), more.end());
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace lathe::llm
