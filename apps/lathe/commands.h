// SPDX-License-Identifier: Apache-2.0
// What each sub-command's file offers.
#pragma once

#include "command.h"

namespace lathe::app {

Command build_command();    // build_side/
Command diff_command();     // build_side/
Command compile_command();  // build_side/
Command tune_command();     // build_side/

Command run_command();
Command tokenize_command();
Command template_command();
Command eval_logits_command();
Command eval_perplexity_command();
Command inspect_command();
Command bench_latency_command();
Command bench_kernels_command();
Command explain_command();
Command devices_command();

}  // namespace lathe::app
