// SPDX-License-Identifier: Apache-2.0
#include "parse_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

namespace lathe::app {

namespace {

const FlagSpec* find_spec(const Flags& flags, std::string_view name) {
  for (const FlagSpec& spec : flags.specs()) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

CLI::callback_t setter(const FlagSpec& spec) {
  return [&spec](const std::vector<std::string>& words) {
    with_context(spec.name, [&] {
      if (spec.arity == Arity::kOne && words.size() > 1) {
        fail(ErrorCode::kInvalidArgument, "expected once, given ", words.size(), " times");
      }
      for (const std::string& word : words) spec.set(word);
    });
    return true;
  };
}

CLI::callback_t toggle_setter(const FlagSpec& spec) {
  return [&spec](const std::vector<std::string>& words) {
    const std::string& word = words.back();
    if (word == "true" || word == "1") {
      spec.set(word);
    } else if (word != "false" && word != "0") {
      fail(ErrorCode::kInvalidArgument, spec.name, ": expected no value, or true or false, got ",
           quote(word));
    }
    return true;
  };
}

void add_option(CLI::App& app, const FlagSpec& spec) {
  const bool toggle = spec.arity == Arity::kToggle;
  CLI::Option* option =
      app.add_option(spec.name, toggle ? toggle_setter(spec) : setter(spec), spec.text.help);
  option->type_name(spec.text.placeholder)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  if (toggle) {
    option->type_size(0)->expected(0);
  } else {
    option->type_size(1)->expected(1);
  }
  if (!spec.is_positional()) option->envname(environment_name(spec.name));
}

// "Usage: lathe run ENGINE [flags]"
std::string usage(const Command& command, const Flags& flags) {
  std::string text = cat("\nUsage: lathe ", command.name);
  for (const FlagSpec& spec : flags.specs()) {
    if (!spec.is_positional()) continue;
    text += spec.required ? cat(" ", spec.name) : cat(" [", spec.name, "]");
  }
  return text + " [flags]";
}

// CLI11's help with a usage line that says which positionals are needed.
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) {}
  std::string make_usage(const CLI::App*, std::string) const override { return usage_ + "\n"; }

 private:
  std::string usage_;
};

std::string footer(const Command& command) {
  std::string text = "Examples:\n";
  for (const std::string& example : command.examples) text += cat("  ", example, "\n");
  return text;
}

// A flag in the place of a value is a slip: text that starts with '-' is given as --text=….
void check_values(const Flags& flags, const std::vector<std::string>& words) {
  for (size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const FlagSpec* spec = find_spec(flags, words[i]);
    if (spec == nullptr || spec->arity == Arity::kToggle) continue;
    if (i + 1 == words.size() || find_spec(flags, words[i + 1]) != nullptr) {
      fail(ErrorCode::kInvalidArgument, spec->name, ": expected a value ", spec->text.placeholder,
           i + 1 == words.size() ? std::string(", got none")
                                 : cat(", got the flag ", words[i + 1], "; text that starts with ",
                                       "'-' is given as ", spec->name, "=…"));
    }
    ++i;
  }
}

// The words as CLI11 takes them, last first. It takes an empty value only as a word of its own.
std::vector<std::string> words_for_parser(const Flags& flags,
                                          const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.size() - (word.ends_with('=') ? 1 : 0));
    const bool empty_value = word.ends_with('=') && find_spec(flags, name) != nullptr;
    out.push_back(empty_value ? name : word);
    if (empty_value) out.emplace_back();
  }
  std::ranges::reverse(out);
  return out;
}

[[noreturn]] void fail_unknown(const Command& command, const Flags& flags,
                               const std::string& word) {
  if (word.size() < 2 || word.front() != '-') {
    fail(ErrorCode::kInvalidArgument, "lathe ", command.name, ": unexpected argument ",
         quote(word));
  }
  std::vector<std::string> names = {"--help"};
  for (const FlagSpec& spec : flags.specs()) {
    if (!spec.is_positional()) names.push_back(spec.name);
  }
  const std::string flag = word.substr(0, word.find('='));
  const std::string_view nearest = nearest_name(flag, names);
  fail(ErrorCode::kInvalidArgument, "lathe ", command.name, ": unknown flag ", quote(flag),
       nearest.empty() ? std::string("; see `lathe ") + command.name + " --help`"
                       : cat("; did you mean ", nearest, "?"));
}

void check_required(const Command& command, const Flags& flags, const CLI::App& app) {
  for (const FlagSpec& spec : flags.specs()) {
    if (!spec.required || app.count(spec.name) > 0) continue;
    fail(ErrorCode::kInvalidArgument, "lathe ", command.name, ": ", spec.name, " (", spec.text.help,
         ") is missing; see `lathe ", command.name, " --help`");
  }
}

}  // namespace

Parsed parse_flags(const Command& command, const Flags& flags,
                   const std::vector<std::string>& words) {
  CLI::App app(command.summary, cat("lathe ", command.name));
  app.footer(footer(command));
  app.formatter(std::make_shared<HelpFormatter>(usage(command, flags)));
  app.allow_extras();
  for (const FlagSpec& spec : flags.specs()) add_option(app, spec);
  check_values(flags, words);
  try {
    app.parse(words_for_parser(flags, words));
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return Parsed::kHelpPrinted;
  } catch (const CLI::Error& error) {
    fail(ErrorCode::kInvalidArgument, "lathe ", command.name, ": ", error.what());
  }
  const std::vector<std::string> extras = app.remaining();
  if (!extras.empty()) fail_unknown(command, flags, extras.front());
  check_required(command, flags, app);
  return Parsed::kRun;
}

}  // namespace lathe::app
