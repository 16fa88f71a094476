// SPDX-License-Identifier: Apache-2.0
// A model's chat template: messages in, the prompt's text out.
//
// The language is a bounded subset of Jinja, with the settings and globals that Hugging Face gives
// it (trim_blocks, lstrip_blocks, raise_exception, strftime_now, tojson without ASCII escapes).
//
//   auto source = text::find_chat_template(files);
//   auto chat = text::ChatTemplate::parse(*source);
//   std::string prompt = chat->render({.messages = messages, .bos_token = "<s>"});
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lathe/base/json.h"
#include "lathe/text/tokenizer.h"

namespace lathe::text {

// The source among a tokenizer's files: chat_template.jinja, else the `chat_template` of
// tokenizer_config.json (where that is a list, the template called `name`), else the GGUF's. Empty
// where there is none. Throws kCorrupt for a field that is neither text nor such a list.
std::optional<std::string> find_chat_template(const TokenizerFiles& files,
                                              std::string_view name = "default");

struct TemplateInputs {
  Json messages = Json::array();      // [{"role": …, "content": …}, …]
  Json tools = {};                    // array of functions, or null
  bool add_generation_prompt = true;  // end with the beginning of the assistant's turn
  std::string bos_token = {};
  std::string eos_token = {};
  Json variables = Json::object();  // more names for the template: documents, enable_thinking, …
  std::tm local_time = {};          // what strftime_now shows
};

// What a template may use; over a limit it fails with kResourceExhausted.
struct TemplateLimits {
  int64_t steps = 10'000'000;        // evaluated expressions, executed statements, visited items
  int64_t bytes = int64_t{1} << 28;  // of the output and of all values on the way
  int depth = 400;                   // nested calls, statements and expressions
};

// Immutable, so safe to share between threads.
class ChatTemplate {
 public:
  // Throws kCorrupt, "chat template: line N: …", for what is no Jinja or no UTF-8, kUnsupported for
  // Jinja outside the subset (import, extends, …).
  static std::shared_ptr<const ChatTemplate> parse(std::string_view source);
  ~ChatTemplate();
  ChatTemplate(const ChatTemplate&) = delete;
  ChatTemplate& operator=(const ChatTemplate&) = delete;

  // Throws, "chat template: line N: …", kInvalidArgument where the template refuses the messages
  // (raise_exception), kCorrupt where it cannot be evaluated, kResourceExhausted over a limit.
  std::string render(const TemplateInputs& inputs, const TemplateLimits& limits = {}) const;

 private:
  struct Program;
  explicit ChatTemplate(std::unique_ptr<const Program> program);
  std::unique_ptr<const Program> program_;
};

}  // namespace lathe::text
