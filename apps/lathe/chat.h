// SPDX-License-Identifier: Apache-2.0
// The interactive chat: a line in, an answer out, until Ctrl-D.
#pragma once

#include <string>

#include "lathe/llm/generate.h"

namespace lathe::app {

enum class ChatForm : uint8_t { kText, kJson };

struct ChatOptions {
  llm::GenerateOptions generate;
  std::string system;  // empty: none
  ChatForm form = ChatForm::kText;
};

// Reads messages from stdin, a line each. Ctrl-C stops the answer, not the chat. A message that
// does not fit the context any more is said so, and the chat goes on without it. Each turn finds
// the KV cache of those before it.
void chat(llm::Model& model, const ChatOptions& options);

}  // namespace lathe::app
