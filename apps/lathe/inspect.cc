// SPDX-License-Identifier: Apache-2.0
// lathe inspect: what is in an engine, and which ops there are.
#include "commands.h"
#include "inspect_ops.h"

namespace lathe::app {

namespace {

struct InspectOptions {
  ExistingPath engine;
  std::filesystem::path html;
  bool ops = false;
  bool verify = false;
  bool json = false;
  void declare(Flags& flags) {
    flags.optional_positional("ENGINE", engine, "folder that `lathe build` wrote");
    flags.toggle("--ops", ops, "list every op with its rule, formula and reference");
    flags.toggle("--json", json, "print one JSON object");
  }
};

ExitCode inspect(const InspectOptions& options) {
  if (options.ops) {
    if (!options.engine.empty()) {
      fail(ErrorCode::kInvalidArgument, "--ops: expected no ENGINE, got ",
           quote(options.engine.string()));
    }
    print_ops(options.json ? ListForm::kJson : ListForm::kText);
    return ExitCode::kOk;
  }
  if (options.engine.empty())
    fail(ErrorCode::kInvalidArgument, "lathe inspect: expected ENGINE or --ops, got neither");
  return ExitCode::kOk;
}

}  // namespace

Command inspect_command() {
  return make_command<InspectOptions>("inspect", "what is in an engine; --ops: the ops there are",
                                      {"lathe inspect smollm2.engine", "lathe inspect --ops"},
                                      inspect);
}

}  // namespace lathe::app
