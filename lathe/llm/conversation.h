// SPDX-License-Identifier: Apache-2.0
// Turns of a chat as token ids that only ever grow, so that each turn finds the KV cache of the
// ones before it.
//
//   llm::Conversation chat(model->text(), "You are brief.");
//   std::vector<int32_t> prompt = chat.ask("Hello!");
//   chat.answered(generate(*model, prompt, options));
#pragma once

#include <string>
#include <vector>

#include "lathe/llm/generate.h"

namespace lathe::llm {

class Conversation {
 public:
  // An empty `system` means none. `end_ids` end an answer and are no part of it.
  Conversation(TextSide text, const std::string& system, std::vector<int32_t> end_ids);

  // The prompt for this message of the user. Throws what TextSide::render throws; the conversation
  // is then as it was before.
  std::vector<int32_t> ask(const std::string& message);
  // The answer to the last `ask`, whole or interrupted.
  void answered(const Answer& answer);
  // Takes the last `ask` back: it was not answered.
  void retract();

  const Json& messages() const { return messages_; }

 private:
  std::vector<int32_t> encode(const std::string& prompt) const;

  TextSide text_;
  std::vector<int32_t> end_ids_;
  Json messages_ = Json::array();
  // What the KV cache has seen, as text and as ids. A prompt that begins with this text keeps the
  // ids: encoding an answer's text again need not give the tokens that were sampled.
  struct Seen {
    std::string text;
    std::vector<int32_t> ids;
  };
  Seen seen_;
  Seen asked_;  // of the last ask
};

}  // namespace lathe::llm
