// SPDX-License-Identifier: Apache-2.0
// lathe inspect: what is in an engine, and which ops there are.
#include "lathe/engine/inspect.h"
#include "commands.h"
#include "inspect_ops.h"
#include "json_html.h"
#include "lathe/base/file.h"
#include "lathe/engine/build_record.h"
#include "lathe/exec/engine.h"
#include "print.h"

namespace lathe::app {

namespace {

struct InspectOptions {
  ExistingPath engine;
  OutputFile html;
  std::optional<kernels::CpuIsa> isa;
  bool ops = false;
  bool verify = false;
  bool json = false;
  void declare(Flags& flags) {
    flags.optional_positional("ENGINE", engine, "folder that `lathe build` wrote");
    flags.value("--cpu-isa", isa, {"CLASS", "whose kernels the text shows; this machine's"});
    flags.value("--html", html, {"FILE", "write a page for a browser"});
    flags.toggle("--verify", verify,
                 "read every weight and file of the engine too; needs no device");
    flags.toggle("--ops", ops, "list every op with its rule, formula and reference");
    flags.toggle("--json", json, "print one JSON object");
  }
};

ExitCode list_ops(const InspectOptions& options) {
  if (!options.engine.empty() || options.verify || !options.html.empty()) {
    fail(ErrorCode::kInvalidArgument, "--ops: expected no ENGINE, --html or --verify beside it");
  }
  print_ops(options.json ? ListForm::kJson : ListForm::kText);
  return ExitCode::kOk;
}

// The target whose kernels this machine, or --cpu-isa, would run.
size_t shown_target(const engine::Plan& plan, const InspectOptions& options) {
  const kernels::CpuIsa wanted = options.isa.value_or(kernels::machine_isa());
  size_t best = 0;
  for (size_t i = 0; i < plan.targets.size(); ++i) {
    const kernels::Target& target = plan.targets[i];
    const bool runs = target.device == DeviceKind::kCpu && target.isa <= wanted;
    if (runs && plan.targets[best].isa <= target.isa) best = i;
  }
  return best;
}

void verify(const InspectOptions& options, const engine::EngineData& data) {
  engine::verify_hashes(options.engine.path, data.manifest);
  const size_t weights = exec::read_all_weights(options.engine.path, data.manifest);
  print_note(cat("verified: ", weights, " weights, ", data.manifest.files.size() + 1, " files"));
}

ExitCode inspect(const InspectOptions& options) {
  if (options.ops) return list_ops(options);
  if (options.engine.empty()) {
    fail(ErrorCode::kInvalidArgument, "lathe inspect: expected ENGINE or --ops, got neither");
  }
  const engine::EngineData data = engine::read_engine(options.engine.path);
  if (options.verify) verify(options, data);
  const auto record = engine::read_build_record(options.engine.path);
  Json facts = engine::inspect(data);
  if (record) facts["build"] = to_json(*record);
  if (!options.html.empty()) {
    write_file(options.html.path, json_page(options.engine.path.filename().string(), facts));
  }
  if (options.json) {
    print_json(facts);
  } else if (options.html.empty()) {
    const size_t target = shown_target(data.manifest.plans.front(), options);
    print(engine::inspect_text(data, target));
    if (record) print(cat("build\n", engine::to_text(*record)));
  }
  return ExitCode::kOk;
}

}  // namespace

Command inspect_command() {
  return make_command<InspectOptions>(
      {"inspect",
       "what is in an engine; --ops: the ops there are",
       {"lathe inspect smollm2.engine", "lathe inspect smollm2.engine --verify --html page.html",
        "lathe inspect --ops"}},
      inspect);
}

}  // namespace lathe::app
