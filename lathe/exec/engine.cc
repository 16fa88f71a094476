// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/engine.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/exec/stored_weights.h"
#include "lathe/exec/weight_storage.h"

namespace lathe::exec {

namespace {

size_t choose_target(const engine::Plan& plan, const LoadOptions& options) {
  const kernels::CpuIsa wanted = options.isa.value_or(kernels::machine_isa());
  if (wanted > kernels::machine_isa()) {
    fail(ErrorCode::kUnavailable, "this CPU has ", to_string(kernels::machine_isa()),
         ", not the ISA class ", to_string(wanted), " that was asked for");
  }
  std::optional<size_t> best;
  for (size_t i = 0; i < plan.targets.size(); ++i) {
    const kernels::Target& target = plan.targets[i];
    if (target.device != DeviceKind::kCpu || target.isa > wanted) continue;
    if (options.isa && target.isa != *options.isa) continue;
    if (!best || plan.targets[*best].isa < target.isa) best = i;
  }
  if (best) return *best;
  fail(ErrorCode::kUnsupported, "the engine has no kernels for a CPU of the class ",
       to_string(wanted), "; rebuild it with `lathe build --target cpu`");
}

// The value whose memory this one is.
const engine::PlanValue& root(const engine::Plan& plan, int index) {
  const engine::PlanValue* value = &plan.values[static_cast<size_t>(index)];
  while (value->storage == engine::Storage::kAlias) {
    value = &plan.values[static_cast<size_t>(value->index)];
  }
  return *value;
}

// Which weights the target's kernels read.
std::vector<bool> used_weights(const engine::Plan& plan, size_t target) {
  std::vector<bool> used(plan.weights.size(), false);
  const auto use = [&](int index) {
    const engine::PlanValue& value = root(plan, index);
    if (value.storage == engine::Storage::kWeight) used[static_cast<size_t>(value.index)] = true;
  };
  for (const engine::PlanStep& step : plan.steps) {
    for (const engine::KernelChoice& choice : step.kernels[target].choices) {
      std::ranges::for_each(choice.inputs, use);
    }
  }
  for (const engine::PlanOutput& output : plan.outputs) use(output.value);
  return used;
}

RowReader open_rows(const std::filesystem::path& folder, const engine::Manifest& manifest,
                    const LoadOptions& options) {
  const engine::CheckpointReference& reference = manifest.checkpoint;
  std::filesystem::path path = options.weights;
  if (path.empty()) {
    if (reference.dummy_seed) return dummy_rows(*reference.dummy_seed);
    if (reference.self_contained) return stored_rows(folder / engine::kWeightsFile);
    path = reference.path;
    if (!std::filesystem::exists(path)) {
      fail(ErrorCode::kNotFound, path.string(), ": the checkpoint that ", folder.string(),
           " was built from is not there; name one of the same shape with --weights");
    }
  }
  auto checkpoint = weights::open_checkpoint(path);
  if (checkpoint->fingerprint() != reference.fingerprint) {
    fail(ErrorCode::kCorrupt, path.string(), ": fingerprint ", checkpoint->fingerprint(),
         " (names, dtypes, shapes), the engine was built for ", reference.fingerprint,
         "; rebuild it with `lathe build`");
  }
  return checkpoint_rows(std::move(checkpoint));
}

}  // namespace

std::shared_ptr<const Engine> Engine::from_memory(engine::EngineData data, const RowReader& rows,
                                                  const LoadOptions& options) {
  std::shared_ptr<Engine> engine(new Engine);
  engine->data_ = std::move(data);
  engine->pool_ = std::make_unique<ThreadPool>(options.threads);
  engine->target_ = choose_target(engine->plan(0), options);
  for (const engine::Plan& plan : engine->manifest().plans) {
    engine->weights_.push_back(
        load_weights(plan, used_weights(plan, engine->target_), rows, *engine->pool_));
  }
  return engine;
}

int64_t Engine::weight_bytes() const {
  int64_t bytes = 0;
  for (const std::vector<Tensor>& plan : weights_) {
    for (const Tensor& weight : plan) bytes += weight.num_bytes();
  }
  return bytes;
}

std::shared_ptr<const Engine> load_engine(const std::filesystem::path& folder,
                                          const LoadOptions& options) {
  engine::EngineData data = engine::read_engine(folder);
  const RowReader rows = open_rows(folder, data.manifest, options);
  return with_context(folder.string(),
                      [&] { return Engine::from_memory(std::move(data), rows, options); });
}

}  // namespace lathe::exec
