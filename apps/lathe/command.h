// SPDX-License-Identifier: Apache-2.0
// One sub-command: what it is called, what it promises, its flags, and what it does.
//
// A sub-command is one file with one function that returns a Command, and one line in commands.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "exit_code.h"
#include "flags.h"

namespace lathe::app {

// Whether `lathe --help` names the command.
enum class Listing : uint8_t { kShown, kHidden };

struct Command {
  std::string name;                   // "run", or "eval logits" of a group
  std::string summary;                // one line
  std::vector<std::string> examples;  // whole command lines
  Listing listing = Listing::kShown;
  std::function<void(Flags&)> declare;
  std::function<ExitCode()> execute;  // runs after the flags are read; throws Error
};

// What a command says about itself.
struct CommandText {
  std::string name;
  std::string summary;
  std::vector<std::string> examples;
  Listing listing = Listing::kShown;
};

// `Options` has `void declare(Flags&)`; `run` gets it filled.
template <class Options>
Command make_command(const CommandText& text, ExitCode (*run)(const Options&)) {
  auto options = std::make_shared<Options>();
  return {.name = text.name,
          .summary = text.summary,
          .examples = text.examples,
          .listing = text.listing,
          .declare = [options](Flags& flags) { options->declare(flags); },
          .execute = [options, run] { return run(*options); }};
}

// Every sub-command of this build, in the order of `lathe --help`.
std::vector<Command> all_commands();

}  // namespace lathe::app
