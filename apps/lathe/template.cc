// SPDX-License-Identifier: Apache-2.0
// lathe template: messages to the prompt that the model's chat template makes of them.
#include "blame.h"
#include "commands.h"
#include "lathe/llm/text_side.h"
#include "print.h"

namespace lathe::app {

namespace {

struct TemplateOptions {
  ExistingPath source;
  ExistingFile messages;
  ExistingFile tools;
  bool no_generation_prompt = false;

  void declare(Flags& flags) {
    flags.positional("SOURCE", source, "an engine, or a checkpoint");
    flags.value("--messages", messages, {"FILE", "JSON: [{\"role\": …, \"content\": …}, …]"});
    flags.value("--tools", tools, {"FILE", "JSON: an array of functions"});
    flags.toggle("--no-generation-prompt", no_generation_prompt,
                 "do not end with the beginning of the assistant's turn");
  }
};

Json read_array(std::string_view flag, const ExistingFile& path) {
  Json value = read_json_file(flag, path);
  blame_flag(flag,
             [&] { return with_context(path.string(), [&] { return value.as_array().size(); }); });
  return value;
}

// What a message holds besides is between its writer and the template.
Json read_messages(const ExistingFile& path) {
  Json messages = read_array("--messages", path);
  for (size_t i = 0; i < messages.as_array().size(); ++i) {
    if (messages.as_array()[i].is_object()) continue;
    fail(ErrorCode::kInvalidArgument, "--messages: ", path.string(), ": expected objects such as ",
         R"({"role": "user", "content": "Hello"}, message )", i, " is ",
         messages.as_array()[i].dump());
  }
  return messages;
}

ExitCode render_template(const TemplateOptions& options) {
  if (options.messages.empty()) {
    fail(ErrorCode::kInvalidArgument, "lathe template: expected --messages FILE, got none");
  }
  const Json messages = read_messages(options.messages);
  text::TemplateInputs inputs{.add_generation_prompt = !options.no_generation_prompt};
  if (!options.tools.empty()) inputs.tools = read_array("--tools", options.tools);
  print(llm::open_text_side(options.source.path).render(messages, std::move(inputs)));
  return ExitCode::kOk;
}

}  // namespace

Command template_command() {
  return make_command<TemplateOptions>({"template",
                                        "messages to the prompt the model expects",
                                        {"lathe template smollm2.engine --messages chat.json"}},
                                       render_template);
}

}  // namespace lathe::app
