// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/pipeline.h"

#include <algorithm>

#include "lathe/base/clock.h"
#include "lathe/base/error.h"
#include "lathe/base/file.h"
#include "lathe/builder/passes/list.h"
#include "lathe/graph/text.h"
#include "lathe/graph/verify.h"

namespace lathe::builder {

namespace {

constexpr const Pass* kBindPasses[] = {
    &passes::kBind,
    &passes::kFoldWeights,
    &passes::kQuantizeInputs,
    &passes::kNameValues,
};

constexpr const Pass* kOptimizePasses[] = {
    // Clean up.
    &passes::kFoldConstants,
    &passes::kShareCommon,
    &passes::kRemoveDead,
    // Recognise.
    &passes::kRecogniseActivations,
    &passes::kRecogniseNorms,
    &passes::kRecogniseSoftmax,
    // Less work.
    &passes::kSelectRowsEarly,
    // Horizontal fusion.
    &passes::kJoinQkv,
    &passes::kGateLinear,
    // Vertical fusion.
    &passes::kFuseActivation,
    &passes::kFuseResidual,
    &passes::kFuseResidualNorm,
    &passes::kFuseNormQuantize,
    &passes::kFuseRopeKvWrite,
    // For a GPU.
    &passes::kHalfActivations,
    &passes::kFuseNormLinear,
    &passes::kFuseRopeAttention,
    // Pointwise groups.
    &passes::kFusePointwise,
};

int64_t count_ops(const Network& network) { return static_cast<int64_t>(network.nodes().size()); }

class Runner {
 public:
  Runner(Network& network, PassContext& context, const PipelineOptions& options)
      : network_(network), context_(context), options_(options) {}

  PassReport run(const Pass& pass, int number) {
    PassReport report{
        .name = std::string(pass.name), .ops_before = count_ops(network_), .notes = {}};
    report.skipped = std::ranges::find(options_.skip, pass.name) != options_.skip.end();
    if (!report.skipped) {
      if (options_.begin) options_.begin(pass.name);
      with_context(cat("pass ", pass.name), [&] { run_timed(pass, number, report); });
    }
    report.ops_after = count_ops(network_);
    return report;
  }

 private:
  void run_timed(const Pass& pass, int number, PassReport& report) {
    dump(pass, number, "before");
    context_.notes.clear();
    const Stopwatch watch;
    pass.run(network_, context_);
    report.seconds = watch.seconds();
    report.notes = std::move(context_.notes);
    graph::verify(network_);
    dump(pass, number, "after");
  }

  void dump(const Pass& pass, int number, std::string_view when) const {
    if (options_.dump_folder.empty()) return;
    const std::string name = cat(number < 10 ? "0" : "", number, "-", pass.name, ".", when, ".txt");
    write_file(options_.dump_folder / name, graph::print(network_));
  }

  Network& network_;
  PassContext& context_;
  const PipelineOptions& options_;
};

void make_dump_folder(const std::filesystem::path& folder) {
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (!error) return;
  fail(ErrorCode::kUnavailable, folder.string(), ": cannot be created: ", error.message());
}

}  // namespace

std::span<const Pass* const> bind_passes() { return kBindPasses; }
std::span<const Pass* const> optimize_passes() { return kOptimizePasses; }

void check_pass_names(std::span<const std::string> names) {
  std::vector<std::string> known;
  for (const Pass* pass : kBindPasses) known.emplace_back(pass->name);
  for (const Pass* pass : kOptimizePasses) known.emplace_back(pass->name);
  for (const std::string& name : names) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::string_view near = nearest_name(name, known);
    fail(ErrorCode::kNotFound, "no pass is called ", quote(name), "; ",
         near.empty() ? cat("there are ", join(known, ", ")) : cat("did you mean ", near, "?"));
  }
}

std::vector<PassReport> run_passes(std::span<const Pass* const> passes, Network& network,
                                   PassContext& context, const PipelineOptions& options) {
  make_dump_folder(options.dump_folder);
  Runner runner(network, context, options);
  std::vector<PassReport> reports;
  int number = options.first_number;
  for (const Pass* pass : passes) reports.push_back(runner.run(*pass, number++));
  return reports;
}

}  // namespace lathe::builder
