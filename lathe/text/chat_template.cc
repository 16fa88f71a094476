// SPDX-License-Identifier: Apache-2.0
#include "lathe/text/chat_template.h"

#include "lathe/base/error.h"
#include "lathe/text/jinja/interpreter.h"
#include "lathe/text/jinja/parser.h"

namespace lathe::text {
namespace {

using jinja::Value;

jinja::Scope global_scope(const TemplateInputs& inputs) {
  jinja::Scope scope(nullptr);
  for (auto& [name, function] : jinja::global_functions()) scope.set(name, function);
  for (const auto& [name, value] : inputs.variables.as_object()) {
    scope.set(name, Value::from_json(value));
  }
  scope.set("messages", Value::from_json(inputs.messages));
  scope.set("tools", Value::from_json(inputs.tools));
  scope.set("add_generation_prompt", Value(inputs.add_generation_prompt));
  scope.set("bos_token", Value(inputs.bos_token));
  scope.set("eos_token", Value(inputs.eos_token));
  return scope;
}

// tokenizer_config.json and its like may hold one template, or several with names.
std::optional<std::string> template_field(const Json& field, std::string_view name) {
  if (field.is_null()) return std::nullopt;
  if (field.is_string()) return field.as_string();
  for (const Json& entry : field.as_array()) {
    if (entry.at("name").as_string() == name) return entry.at("template").as_string();
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_chat_template(const TokenizerFiles& files, std::string_view name) {
  if (const auto file = files.find("chat_template.jinja"); file != files.end()) {
    return file->second;
  }
  for (const char* source :
       {"tokenizer_config.json", "chat_template.json", "gguf_tokenizer.json"}) {
    const auto file = files.find(source);
    if (file == files.end()) continue;
    const Json json = Json::parse(file->second, source);
    const Json* field = json.find("chat_template");
    if (field == nullptr) continue;
    auto found =
        with_context(cat(source, ": chat_template"), [&] { return template_field(*field, name); });
    if (found) return found;
  }
  return std::nullopt;
}

struct ChatTemplate::Program {
  jinja::Block block;
};

std::shared_ptr<const ChatTemplate> ChatTemplate::parse(std::string_view source) {
  return with_context("chat template", [&] {
    auto program = std::make_unique<const Program>(Program{jinja::parse_template(source)});
    return std::shared_ptr<const ChatTemplate>(new ChatTemplate(std::move(program)));
  });
}

ChatTemplate::ChatTemplate(std::unique_ptr<const Program> program) : program_(std::move(program)) {}
ChatTemplate::~ChatTemplate() = default;

std::string ChatTemplate::render(const TemplateInputs& inputs, const TemplateLimits& limits) const {
  jinja::Runtime runtime(limits, inputs.local_time);
  try {
    jinja::Scope globals = global_scope(inputs);
    return jinja::Interpreter(runtime, globals).render(program_->block);
  } catch (Error& error) {
    error.add_context(cat("chat template: line ", runtime.line));
    throw;
  }
}

}  // namespace lathe::text
