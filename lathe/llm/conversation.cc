// SPDX-License-Identifier: Apache-2.0
#include "lathe/llm/conversation.h"

#include <algorithm>

namespace lathe::llm {

namespace {

Json message_of(std::string_view role, const std::string& content) {
  Json message = Json::object();
  message["role"] = role;
  message["content"] = content;
  return message;
}

}  // namespace

Conversation::Conversation(TextSide text, const std::string& system, std::vector<int32_t> end_ids)
    : text_(std::move(text)), end_ids_(std::move(end_ids)) {
  if (!system.empty()) messages_.push_back(message_of("system", system));
}

// The template writes BOS itself where the model wants one.
std::vector<int32_t> Conversation::encode(const std::string& prompt) const {
  const text::EncodeOptions options{.add_special = false};
  const bool continues = !seen_.ids.empty() && prompt.starts_with(seen_.text);
  if (!continues) return text_.tokenizer().encode(prompt, options);
  std::vector<int32_t> ids = seen_.ids;
  const std::vector<int32_t> more =
      text_.tokenizer().encode(std::string_view(prompt).substr(seen_.text.size()), options);
  ids.insert(ids.end(), more.begin(), more.end());
  return ids;
}

std::vector<int32_t> Conversation::ask(const std::string& message) {
  Json messages = messages_;
  messages.push_back(message_of("user", message));
  std::string prompt = text_.render(messages);
  asked_.ids = encode(prompt);
  asked_.text = std::move(prompt);
  messages_ = std::move(messages);
  return asked_.ids;
}

void Conversation::answered(const Answer& answer) {
  messages_.push_back(message_of("assistant", answer.text));
  std::vector<int32_t> ids = answer.token_ids;
  if (!ids.empty() && std::ranges::find(end_ids_, ids.back()) != end_ids_.end()) ids.pop_back();
  // Only where the ids say just this text; a stop string cut the text shorter than the ids.
  const bool same = text_.tokenizer().decode(ids) == answer.text;
  seen_ = std::move(asked_);
  if (!same) return;
  seen_.text += answer.text;
  seen_.ids.insert(seen_.ids.end(), ids.begin(), ids.end());
}

void Conversation::retract() { messages_.as_array().pop_back(); }

}  // namespace lathe::llm
