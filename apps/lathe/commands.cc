// SPDX-License-Identifier: Apache-2.0
// Every sub-command: one line each. A runtime-only build leaves out those that compile a network.
#include "commands.h"

namespace lathe::app {

std::vector<Command> all_commands() {
  std::vector<Command> commands;
#ifndef LATHE_RUNTIME_ONLY
  commands.push_back(build_command());
  commands.push_back(diff_command());
  commands.push_back(compile_command());
  commands.push_back(tune_command());
#endif
  commands.push_back(run_command());
  commands.push_back(tokenize_command());
  commands.push_back(template_command());
  commands.push_back(eval_logits_command());
  commands.push_back(eval_perplexity_command());
  commands.push_back(inspect_command());
  commands.push_back(bench_latency_command());
  commands.push_back(bench_kernels_command());
  commands.push_back(explain_command());
  commands.push_back(devices_command());
  return commands;
}

}  // namespace lathe::app
