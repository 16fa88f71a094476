// SPDX-License-Identifier: Apache-2.0
#include "command_line.h"

#include <algorithm>
#include <cstdio>

#include "command.h"
#include "lathe/base/log.h"
#include "lathe/base/version.h"
#include "parse_flags.h"

namespace lathe::app {

namespace {

// A line for each command whose name begins with `prefix`.
void print_summaries(std::span<const Command> commands, std::string_view prefix) {
  for (const Command& command : commands) {
    if (command.listing == Listing::kHidden || !command.name.starts_with(prefix)) continue;
    std::printf("  %-16s %s\n", command.name.c_str(), command.summary.c_str());
  }
}

void print_overview(std::span<const Command> commands) {
  std::printf(
      "lathe %.*s: compiles a language model's checkpoint into an engine, and runs it.\n\n"
      "usage: lathe COMMAND [flags]      lathe COMMAND --help      lathe --version\n\n",
      static_cast<int>(version().size()), version().data());
  print_summaries(commands, "");
}

struct Chosen {
  const Command* command;
  size_t words;  // that its name took
};

[[noreturn]] void fail_unknown(std::span<const Command> commands, std::string_view name) {
  std::vector<std::string> names;
  for (const Command& command : commands) {
    if (command.listing == Listing::kShown) names.push_back(command.name);
  }
  const std::string_view nearest = nearest_name(name, names);
  fail(ErrorCode::kInvalidArgument, "unknown sub-command ", quote(name),
       nearest.empty() ? std::string("; see `lathe --help`")
                       : cat("; did you mean `lathe ", nearest, "`?"));
}

// The names in the group `name`, joined; empty where that is no group.
std::string group_members(std::span<const Command> commands, std::string_view name) {
  std::vector<std::string> members;
  for (const Command& command : commands) {
    if (command.name.starts_with(cat(name, " ")))
      members.push_back(command.name.substr(name.size() + 1));
  }
  return join(members, ", ");
}

Chosen choose(std::span<const Command> commands, std::span<const std::string> words) {
  for (const Command& command : commands) {
    const std::vector<std::string_view> name = split(command.name, ' ');
    if (name.size() <= words.size() && std::equal(name.begin(), name.end(), words.begin())) {
      return {&command, name.size()};
    }
  }
  const std::string members = group_members(commands, words.front());
  if (members.empty()) fail_unknown(commands, words.front());
  if (words.size() > 1 && words[1].front() != '-') {
    fail_unknown(commands, cat(words[0], " ", words[1]));
  }
  fail(ErrorCode::kInvalidArgument, "lathe ", words.front(), ": expected one of ", members,
       ", got none");
}

bool asks_for_help(std::string_view word) {
  return word == "--help" || word == "-h" || word == "help";
}

ExitCode dispatch(std::span<const std::string> words) {
  const std::vector<Command> commands = all_commands();
  if (words.empty()) {
    fail(ErrorCode::kInvalidArgument, "a sub-command is missing; see `lathe --help`");
  }
  if (asks_for_help(words.front())) {
    print_overview(commands);
    return ExitCode::kOk;
  }
  if (words.front() == "--version") {
    std::printf("lathe %.*s\n", static_cast<int>(version().size()), version().data());
    return ExitCode::kOk;
  }
  if (words.size() > 1 && asks_for_help(words[1]) && !group_members(commands, words[0]).empty()) {
    print_summaries(commands, cat(words[0], " "));
    return ExitCode::kOk;
  }
  const Chosen chosen = choose(commands, words);
  Flags flags;
  chosen.command->declare(flags);
  LogLevel level = LogLevel::kWarn;
  flags.value("--log-level", level, {"LEVEL", "debug, info, warn or error"});
  const std::vector<std::string> rest(words.begin() + static_cast<ptrdiff_t>(chosen.words),
                                      words.end());
  if (parse_flags(*chosen.command, flags, rest) == Parsed::kHelpPrinted) return ExitCode::kOk;
  set_log_level(level);
  return chosen.command->execute();
}

// A result that could not be written (a full disk) is a failure, not a success.
ExitCode flush(ExitCode code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  print_error("standard output: could not be written");
  return code == ExitCode::kOk ? ExitCode::kFailure : code;
}

}  // namespace

ExitCode run_command_line(std::span<const std::string> words) {
  try {
    return flush(dispatch(words));
  } catch (...) {
    std::fflush(stdout);
    return report_current_exception();
  }
}

}  // namespace lathe::app
