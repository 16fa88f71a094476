// SPDX-License-Identifier: Apache-2.0
// lathe run: one answer, or a chat.
#include "answer_output.h"
#include "blame.h"
#include "chat.h"
#include "commands.h"
#include "lathe/llm/conversation.h"
#include "lathe/llm/generation_config.h"
#include "model_flags.h"
#include "print.h"
#include "sampling_flags.h"

namespace lathe::app {

namespace {

struct RunOptions {
  ModelFlags model;
  SamplingFlags sampling;
  std::optional<std::string> prompt;
  std::vector<int32_t> token_ids;
  std::optional<std::string> system;
  std::vector<std::string> stop;
  int64_t max_tokens = 0;
  bool chat = false;
  bool ignore_eos = false;
  bool json = false;

  void declare(Flags& flags) {
    model.declare(flags);
    flags.value("--prompt", prompt, {"TEXT", "raw text; with --chat a message"});
    flags.value("--token-ids", token_ids, {"1,2,3", "the prompt as ids"});
    flags.toggle("--chat", chat, "wrap the prompt in the chat template; without one, interactive");
    flags.value("--system", system, {"TEXT", "the chat's system message"});
    flags.value("--max-tokens", max_tokens,
                {"N", "tokens of an answer; to the end of the context", kPositive});
    sampling.declare(flags);
    flags.repeated("--stop", stop, {"TEXT", "ends the answer, is no part of it; repeatable"});
    flags.toggle("--ignore-eos", ignore_eos, "the model's own end does not end the answer");
    flags.toggle("--json", json, "print one JSON object an answer");
  }
};

void check_prompt(const RunOptions& options) {
  const auto need = [](bool ok, const auto&... message) {
    if (!ok) fail(ErrorCode::kInvalidArgument, message...);
  };
  const bool ids = !options.token_ids.empty();
  need(options.prompt || ids || options.chat,
       "lathe run: expected --prompt, --token-ids or --chat, got none");
  need(!(ids && options.prompt), "--token-ids, --prompt: expected one of them, got both");
  need(!(ids && options.chat), "--token-ids, --chat: expected one of them, got both");
  need(!options.system || options.chat, "--system: expected with --chat, got it without");
  need(!options.prompt || !options.prompt->empty(), "--prompt: expected text, got none");
  for (const std::string& stop : options.stop)
    need(!stop.empty(), "--stop: expected text, got none");
}

llm::GenerateOptions generate_options(const RunOptions& options, const llm::Model& model) {
  const ops::ModelFacts& facts = model.engine().manifest().model;
  llm::GenerateOptions out{
      .sampling = options.sampling.over(llm::default_sampling(facts.generation)),
      .max_tokens = options.max_tokens,
      .text = {.stop = options.stop}};
  if (!options.ignore_eos) out.sampling.stop_ids = llm::end_ids(facts.eos_ids, model.text());
  // Raw text is continued: a first space belongs to the answer.
  if (!options.chat) out.text.start = text::TextStart::kContinuation;
  return out;
}

std::vector<int32_t> prompt_ids(const RunOptions& options, const llm::Model& model) {
  if (!options.prompt) {
    check_token_ids("--token-ids", options.token_ids, model.engine().manifest().model.vocab);
    return options.token_ids;
  }
  if (!options.chat) return model.text().tokenizer().encode(*options.prompt);
  return llm::Conversation(model.text(), options.system.value_or(""), {}).ask(*options.prompt);
}

ExitCode answer_once(const RunOptions& options, llm::Model& model,
                     const llm::GenerateOptions& generate) {
  const bool shows_ids = !options.json && !model.text().has_tokenizer();
  const llm::GenerateHooks hooks = options.json ? llm::GenerateHooks{} : streaming_hooks();
  const llm::Answer answer = llm::generate(model, prompt_ids(options, model), generate, hooks);
  if (options.json) {
    print_json(answer_json(answer));
  } else if (shows_ids) {
    print(ids_line(answer));
  } else if (stdout_is_terminal()) {
    print("\n");
  }
  print_note(describe_speed(answer));
  return ExitCode::kOk;
}

ExitCode run(const RunOptions& options) {
  check_prompt(options);
  const std::unique_ptr<llm::Model> model = options.model.open();
  const llm::GenerateOptions generate = generate_options(options, *model);
  if (!options.chat || options.prompt) return answer_once(options, *model, generate);
  chat(*model, {.generate = generate,
                .system = options.system.value_or(""),
                .form = options.json ? ChatForm::kJson : ChatForm::kText});
  return ExitCode::kOk;
}

}  // namespace

Command run_command() {
  return make_command<RunOptions>(
      {"run",
       "answer a prompt, or chat",
       {"lathe run smollm2.engine --prompt \"The capital of France is\" --max-tokens 8",
        "lathe run smollm2.engine --chat",
        "lathe run smollm2.engine --chat --prompt \"Who are you?\" --temperature 0.7 --seed 1"}},
      run);
}

}  // namespace lathe::app
