// SPDX-License-Identifier: Apache-2.0
// A loaded engine: the plan for one target with its weights in memory. Sessions run it.
//
//   auto engine = exec::load_engine("smollm2.engine", {.threads = 2});
//   exec::Session session(engine, 0, {.limits = …});
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "lathe/base/thread_pool.h"
#include "lathe/core/device.h"
#include "lathe/engine/folder.h"
#include "lathe/exec/weight_rows.h"
#include "lathe/kernels/cuda_kernel.h"

namespace lathe::cuda {
class Device;
}

namespace lathe::exec {

class Engine;
class Gpu;

struct DeviceChoice {
  DeviceKind kind = DeviceKind::kCpu;
  int index = 0;
};

using kernels::Bits;

// Whether kernels run that need a library beside the driver. Where none do, kernels of our own take
// their tokens.
enum class Libraries : uint8_t { kOpened, kNone };

struct LoadOptions {
  int threads = 0;  // 0 = one a core
  std::optional<kernels::CpuIsa> isa =
      std::nullopt;  // the machine's highest that the engine has, if empty
  std::filesystem::path weights =
      {};  // another checkpoint of the same shape; empty = the engine's own
  std::optional<DeviceChoice> device = {};  // what the engine was built for, a GPU first, if empty
  std::filesystem::path cuda_libraries = {};     // searched before the usual places
  std::shared_ptr<const cuda::Device> gpu = {};  // opened by the caller, instead of `device`'s
  Bits bits = Bits::kFastest;                    // on a CPU the same
  Libraries libraries = Libraries::kOpened;      // where the plan has kernels that need one
  // Called once plans and device are known, before memory is taken for weights: a run that cannot
  // fit (session_memory.h) is refused here. What it throws passes on as it is.
  std::function<void(const Engine&)> before_weights = {};
};

// Immutable once loaded, but for its thread pool: one session at a time runs on it.
class Engine {
 public:
  // An engine in memory, such as a plan fresh from the builder. REQUIRES: its plans pass
  // engine::verify.
  static std::shared_ptr<const Engine> from_memory(engine::EngineData data, const WeightRows& rows,
                                                   const LoadOptions& options = {});
  ~Engine();

  const engine::Manifest& manifest() const { return data_.manifest; }
  const engine::Files& files() const { return data_.files; }
  size_t target() const { return target_; }  // index into every plan's targets
  const engine::Plan& plan(size_t index = 0) const { return data_.manifest.plans.at(index); }
  // Memory of a weight of a plan; empty where the chosen target does not use it. On a GPU its
  // address is the device's.
  const Tensor& weight(size_t plan, size_t index) const { return weights_.at(plan).at(index); }
  int64_t weight_bytes() const;  // resident, of all plans
  // Bytes that weights will take of a GPU; 0 once they are loaded, and on a CPU.
  int64_t bytes_to_load() const;
  ThreadPool& pool() const { return *pool_; }
  const Gpu* gpu() const { return gpu_.get(); }  // null on a CPU
  const DeviceInfo& device() const { return device_; }
  Bits bits() const { return bits_; }  // of its sessions, unless they ask for others
  Libraries libraries() const { return libraries_; }
  // Memory that its device could give now.
  int64_t free_memory() const;

 private:
  Engine(engine::EngineData data, const LoadOptions& options);
  void load(const WeightRows& rows);
  friend std::shared_ptr<const Engine> load_engine(const std::filesystem::path& folder,
                                                   const LoadOptions& options);
  engine::EngineData data_;
  size_t target_ = 0;
  DeviceInfo device_;
  Bits bits_;
  Libraries libraries_;
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<const Gpu> gpu_;
  std::vector<std::vector<Tensor>> weights_;
};

// Reads the folder, opens the checkpoint it names (or `options.weights`) and packs the weights.
// Throws kNotFound, kCorrupt (file, field, expected, got), kUnsupported (no table for this CPU),
// kUnavailable (no such GPU, an older driver, device code that it refuses, no library that a kernel
// needs), kOutOfMemory;
// kInvalidArgument for Bits::kFixed on a GPU with a kernel that does not keep them (fixed_bits.h).
std::shared_ptr<const Engine> load_engine(const std::filesystem::path& folder,
                                          const LoadOptions& options = {});

// Reads every weight that kernels of any target take, as load_engine would, and keeps none: it
// needs neither the device nor the memory. Gives how many there are. Throws what load_engine throws
// about weights.
size_t read_all_weights(const std::filesystem::path& folder, const engine::Manifest& manifest);

}  // namespace lathe::exec
