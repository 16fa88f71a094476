// SPDX-License-Identifier: Apache-2.0
#include "chat.h"

#include <cerrno>
#include <cstdio>
#include <optional>

#include "answer_output.h"
#include "interrupt.h"
#include "lathe/base/text.h"
#include "lathe/llm/conversation.h"
#include "print.h"

namespace lathe::app {

namespace {

class Chat {
 public:
  Chat(llm::Model& model, const ChatOptions& options)
      : model_(model),
        options_(options),
        conversation_(model.text(), options.system, options.generate.sampling.stop_ids) {}

  void run() {
    if (stdin_is_terminal()) print_note("Ctrl-C stops an answer, Ctrl-D ends the chat.");
    while (const std::optional<std::string> message = read_message()) {
      if (!trim(*message).empty()) turn(*message);
      if (output_failed()) return;
    }
  }

 private:
  // A line of stdin; empty at its end.
  std::optional<std::string> read_message() {
    std::string line;
    show_prompt();
    while (true) {
      const int letter = std::getchar();
      if (letter == '\n') return line;
      if (letter != EOF) {
        line += static_cast<char>(letter);
        continue;
      }
      if (!interrupt_.pressed()) return line.empty() ? std::nullopt : std::optional(line);
      interrupt_.forget();
      std::clearerr(stdin);
      line.clear();
      print_note("");
      show_prompt();
    }
  }

  void show_prompt() const {
    if (stdin_is_terminal()) std::fputs("> ", stderr);
  }

  void turn(const std::string& message) {
    interrupt_.forget();
    try {
      const std::vector<int32_t> prompt = conversation_.ask(message);
      answer(prompt);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kResourceExhausted) throw;
      conversation_.retract();
      print_alert(cat("the context is full: ", error.message(), "; Ctrl-D, and start anew"));
    }
  }

  void answer(const std::vector<int32_t>& prompt) {
    const bool json = options_.form == ChatForm::kJson;
    llm::GenerateHooks hooks = json ? llm::GenerateHooks{} : streaming_hooks();
    hooks.interrupted = [this] { return interrupt_.pressed() || output_failed(); };
    const llm::Answer answer = llm::generate(model_, prompt, options_.generate, hooks);
    if (json) {
      print_json(answer_json(answer));
    } else {
      print("\n");
    }
    std::fflush(stdout);
    print_note(describe_speed(answer));
    conversation_.answered(answer);
  }

  llm::Model& model_;
  const ChatOptions& options_;
  llm::Conversation conversation_;
  InterruptWatch interrupt_;
};

}  // namespace

void chat(llm::Model& model, const ChatOptions& options) { Chat(model, options).run(); }

}  // namespace lathe::app
