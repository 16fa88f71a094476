// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/engine.h"

#include <algorithm>
#include <set>

#include "lathe/base/error.h"
#include "lathe/engine/usage.h"
#include "lathe/exec/cuda/device_weights.h"
#include "lathe/exec/cuda/gpu.h"
#include "lathe/exec/cuda/run_memory.h"
#include "lathe/exec/fixed_bits.h"
#include "lathe/exec/load_weight.h"
#include "lathe/exec/memory.h"
#include "lathe/exec/ready_step.h"
#include "lathe/exec/resident_weights.h"
#include "lathe/exec/stored_weights.h"
#include "lathe/exec/weight_storage.h"
#include "lathe/quant/coding.h"

namespace lathe::exec {

namespace {

bool has_target(const engine::Plan& plan, DeviceKind kind) {
  return std::ranges::count(plan.targets, kind, &kernels::Target::device) > 0;
}

// What the caller asked for, else a GPU where the engine has kernels for one.
DeviceChoice choose_device(const engine::Plan& plan, const LoadOptions& options) {
  DeviceChoice choice = options.device.value_or(DeviceChoice{});
  const bool cuda = options.gpu != nullptr || has_target(plan, DeviceKind::kCuda);
  if (!options.device && cuda) choice.kind = DeviceKind::kCuda;
  if (has_target(plan, choice.kind)) return choice;
  if (choice.kind == DeviceKind::kCpu) {
    fail(ErrorCode::kUnavailable, "the engine has kernels for a GPU alone, not for a CPU",
         "; rebuild it with `lathe build --target cpu`");
  }
  fail(ErrorCode::kUnavailable,
       "the engine has kernels for a CPU alone, not for cuda:", choice.index,
       "; rebuild it with `lathe build --target sm_90a`");
}

size_t choose_gpu_target(const engine::Plan& plan) {
  const auto found = std::ranges::find(plan.targets, DeviceKind::kCuda, &kernels::Target::device);
  return static_cast<size_t>(found - plan.targets.begin());
}

size_t choose_cpu_target(const engine::Plan& plan, const LoadOptions& options) {
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

// A CPU's are packed already; a GPU packs rows.
WeightRows own_weights(const std::filesystem::path& folder, const engine::Manifest& manifest) {
  const std::filesystem::path file = folder / engine::kWeightsFile;
  if (has_target(manifest.plans.front(), DeviceKind::kCuda)) return stored_rows(file);
  return WeightRows(resident_weights(file));
}

WeightRows open_rows(const std::filesystem::path& folder, const engine::Manifest& manifest,
                     const LoadOptions& options) {
  const engine::CheckpointReference& reference = manifest.checkpoint;
  std::filesystem::path path = options.weights;
  if (path.empty()) {
    if (reference.dummy_seed) {
      WeightRows rows = dummy_rows(*reference.dummy_seed);
      rows.seed = reference.dummy_seed;
      return rows;
    }
    if (reference.self_contained) return own_weights(folder, manifest);
    path = reference.path;
    if (!std::filesystem::exists(path)) {
      fail(ErrorCode::kNotFound, path.string(), ": the checkpoint that ", folder.string(),
           " was built from is not there; name one of the same shape with --weights");
    }
  }
  auto checkpoint = weights::open_checkpoint(path);
  if (checkpoint->fingerprint() != reference.fingerprint) {
    fail(ErrorCode::kCorrupt, path.string(), ": fingerprint ", checkpoint->fingerprint(),
         " (names, dtypes, shapes), the engine was built for ",
         reference.fingerprint.empty() ? "dummy weights" : reference.fingerprint,
         "; rebuild it with `lathe build`");
  }
  return checkpoint_rows(std::move(checkpoint));
}

// Reads a weight as if to load it. What is drawn is always there.
void read_through(const engine::PlanWeight& weight, const WeightRows& rows) {
  constexpr int64_t kSliceBytes = int64_t{1} << 20;
  if (rows.resident) {
    rows.resident(weight);
  } else if (!rows.seed) {
    for (const WeightSlice& slice : cut_rows(weight, 1, kSliceBytes)) {
      quant::in_format(rows.read(weight, slice.source, slice.rows), weight.format);
    }
  }
}

std::shared_ptr<const cuda::Device> open_device(int index, const kernels::Target& target,
                                                const LoadOptions& options) {
  if (options.gpu != nullptr) return check_gpu(options.gpu, target.sm);
  return open_gpu(index, target.sm, {.directory = options.cuda_libraries});
}

// Null where no step needs the library.
std::shared_ptr<const cuda::CublasLt> products_for(
    const std::shared_ptr<const cuda::Device>& device, const std::vector<engine::Plan>& plans,
    const StepSettings& settings, const LoadOptions& options) {
  const auto needs = [&](const engine::Plan& plan) { return needs_library(plan, settings); };
  if (std::ranges::none_of(plans, needs)) return nullptr;
  return open_products(device, {.directory = options.cuda_libraries});
}

}  // namespace

Engine::Engine(engine::EngineData data, const LoadOptions& options)
    : data_(std::move(data)),
      bits_(options.bits),
      libraries_(options.libraries),
      pool_(std::make_unique<ThreadPool>(options.threads)) {
  const engine::Plan& first = plan(0);
  const DeviceChoice choice = choose_device(first, options);
  if (choice.kind == DeviceKind::kCuda) {
    target_ = choose_gpu_target(first);
    if (bits_ == Bits::kFixed) {
      for (const engine::Plan& one : manifest().plans) check_fixed_bits(one, target_);
    }
    auto device = open_device(choice.index, first.targets[target_], options);
    const StepSettings settings{.target = target_, .bits = bits_, .libraries = libraries_};
    gpu_ = std::make_unique<const Gpu>(device, data_.code,
                                       products_for(device, manifest().plans, settings, options));
    data_.code = {};  // the driver has its own copy
    device_ = gpu_->info();
  } else {
    target_ = choose_cpu_target(first, options);
    device_ = cpu_device_info();
  }
}

Engine::~Engine() = default;

void Engine::load(const WeightRows& rows) {
  for (const engine::Plan& plan : manifest().plans) {
    const std::vector<bool> used = engine::used_weights(plan, target_);
    weights_.push_back(gpu_ ? load_weights(plan, used, rows, *pool_, *gpu_)
                            : load_weights(plan, used, rows, *pool_));
  }
}

std::shared_ptr<const Engine> Engine::from_memory(engine::EngineData data, const WeightRows& rows,
                                                  const LoadOptions& options) {
  std::shared_ptr<Engine> engine(new Engine(std::move(data), options));
  if (options.before_weights) options.before_weights(*engine);
  engine->load(rows);
  return engine;
}

int64_t Engine::bytes_to_load() const {
  if (!gpu_) return 0;
  int64_t bytes = 0;
  for (size_t i = weights_.size(); i < manifest().plans.size(); ++i) {
    bytes += place_weights(plan(i), engine::used_weights(plan(i), target_)).bytes;
  }
  return bytes;
}

int64_t Engine::free_memory() const {
  return gpu_ ? gpu_->device()->memory().free_bytes : available_memory();
}

int64_t Engine::weight_bytes() const {
  int64_t bytes = 0;
  for (const std::vector<Tensor>& plan : weights_) {
    for (const Tensor& weight : plan) bytes += weight.num_bytes();
  }
  return bytes;
}

size_t read_all_weights(const std::filesystem::path& folder, const engine::Manifest& manifest) {
  const WeightRows rows = open_rows(folder, manifest, {});
  std::set<std::string> read;  // layouts of several targets are made from the same rows
  for (const engine::Plan& plan : manifest.plans) {
    const std::vector<bool> used = engine::used_by_any_target(plan);
    for (size_t i = 0; i < used.size(); ++i) {
      const engine::PlanWeight& weight = plan.weights[i];
      if (!used[i] || !read.insert(cat(weight.name, "|", weight.format.name)).second) continue;
      with_context(cat("weight ", quote(weight.name, 200)), [&] { read_through(weight, rows); });
    }
  }
  return read.size();
}

std::shared_ptr<const Engine> load_engine(const std::filesystem::path& folder,
                                          const LoadOptions& options) {
  engine::EngineData data = engine::read_engine(folder);
  const WeightRows rows = open_rows(folder, data.manifest, options);
  const auto in_folder = [&](const auto& act) { return with_context(folder.string(), act); };
  const auto engine =
      in_folder([&] { return std::shared_ptr<Engine>(new Engine(std::move(data), options)); });
  if (options.before_weights) options.before_weights(*engine);
  in_folder([&] { engine->load(rows); });
  return engine;
}

}  // namespace lathe::exec
