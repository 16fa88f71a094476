// SPDX-License-Identifier: Apache-2.0
// For tests: a GPU that is host memory. Its "driver" is a table of plain functions that obey the
// same calls; a kernel is a function of the test's, found by its entry's name. Every call, launch
// and setting is written down, and every call can be made to fail.
//
//   FakeGpu fake({.memory_bytes = 1 << 20});
//   fake.kernels["neg"] = [](FakeGpu::Launch& launch) { … launch.as<Parameters>() … };
//   fake.results["cuMemcpyAsync"] = 1;       // from now on
//   auto device = fake.open();
//
// Work is done when it is enqueued. One fake at a time: the driver's functions have no object.
#pragma once

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lathe/core/cuda/device.h"
#include "lathe/core/cuda/launch_config.h"

namespace lathe::testing {

class FakeGpu {
 public:
  struct Options {
    size_t memory_bytes = size_t{1} << 30;
    int compute_major = 9;
    int devices = 1;
  };
  struct Launch {
    std::string entry;
    cuda::LaunchConfig config;
    alignas(16) std::array<std::byte, 256> parameter{};
    template <class T>
    T& as() {
      return *reinterpret_cast<T*>(parameter.data());
    }
  };
  // CUfunction_attribute 8, 9, 14: dynamic shared bytes, carve-out, clusters beyond 8.
  using FunctionSettings = std::map<int, int>;

  std::map<std::string, std::function<void(Launch&)>> kernels;
  std::vector<std::string> launched;  // entries, in order, graphs' too
  std::vector<Launch> launches;       // the same, with their shapes
  std::vector<std::string> log;       // calls by name, in order
  std::map<std::string, int> calls;   // how often
  // Of a call by its name; 0 where it has none.
  std::map<std::string, cuda::Result> results;
  // Entry of a kernel that faults: its launch succeeds, the next call that waits has this sticky
  // result, and all behind it.
  std::pair<std::string, cuda::Result> faulty;
  std::map<std::string, FunctionSettings> settings;  // by entry
  std::set<std::string> missing_entries;
  float elapsed_ms = 0;                    // between any two events, beside what kernels take
  std::map<std::string, float> kernel_ms;  // by entry
  size_t memory_used = 0, most_used = 0;

  FakeGpu() : FakeGpu(Options{}) {}
  explicit FakeGpu(Options options) : options_(options) {
    current() = this;
    bind_all();
    bind_device();
    bind_memory();
    bind_streams();
    bind_graphs();
    bind_code();
  }
  FakeGpu(const FakeGpu&) = delete;
  FakeGpu& operator=(const FakeGpu&) = delete;
  ~FakeGpu() { current() = nullptr; }

  std::shared_ptr<const cuda::Driver> driver() const { return driver_; }
  std::shared_ptr<const cuda::Device> open(int index = 0) const {
    return cuda::Device::open(driver_, index);
  }
  // What Module takes for device code.
  static std::string cubin() {
    return "\x7f"
           "ELF" +
           std::string(64, 'c');
  }
  bool all_freed() const { return memory_.empty(); }
  size_t alive(const std::string& kind) const {  // "stream", "event", "graph", …
    const auto found = alive_.find(kind);
    return found == alive_.end() ? 0 : found->second.size();
  }

 private:
  using Graph = std::vector<Launch>;
  using Result = cuda::Result;
  static FakeGpu*& current() {
    static FakeGpu* gpu = nullptr;
    return gpu;
  }
  // What this call is to return; writes it down.
  static Result called(const char* call) {
    FakeGpu& gpu = *current();
    gpu.log.emplace_back(call);
    ++gpu.calls[call];
    const std::string_view name = call;
    const bool waits = name.ends_with("Synchronize") || name.ends_with("Query");
    if (waits) gpu.lost_ = std::max(gpu.lost_, gpu.fault_);
    if (gpu.lost_ != 0) return gpu.lost_;
    const auto found = gpu.results.find(call);
    return found == gpu.results.end() ? 0 : found->second;
  }
  template <class T>
  static T* opaque(uintptr_t number) {
    return reinterpret_cast<T*>(number);
  }
  static void* host(cuda::DevicePointer address) { return reinterpret_cast<void*>(address); }
  // Makes a thing of a kind, and gives up one.
  template <class T>
  static Result make(const char* call, const char* kind, T** out) {
    FakeGpu& gpu = *current();
    const Result result = called(call);
    if (result != 0) return result;
    const uintptr_t number = gpu.next_handle_++;
    gpu.alive_[kind].insert(number);
    *out = opaque<T>(number);
    return 0;
  }
  static Result drop(const char* call, const char* kind, const void* thing) {
    current()->alive_[kind].erase(reinterpret_cast<uintptr_t>(thing));
    return called(call);
  }

  void execute(Launch& launch) {
    launched.push_back(launch.entry);
    if (const auto takes = kernel_ms.find(launch.entry); takes != kernel_ms.end()) {
      now_ms_ += takes->second;
    }
    launches.push_back(launch);
    if (launch.entry == faulty.first) fault_ = faulty.second;
    const auto found = kernels.find(launch.entry);
    if (found != kernels.end()) found->second(launch);
  }

  // Every function, as one that does nothing.
  void bind_all();
  void bind_device();
  void bind_memory();
  void bind_streams();
  void bind_graphs();
  void bind_code();
  static Launch launch_of(const cuda::DriverLaunchConfig& config, cuda::FunctionOpaque* function,
                          void** arguments);

  Options options_;
  std::shared_ptr<cuda::Driver> driver_ = std::make_shared<cuda::Driver>();
  std::map<cuda::DevicePointer, size_t> memory_;
  std::map<std::string, std::set<uintptr_t>> alive_;
  std::set<std::string> entries_;
  std::map<uintptr_t, Graph> graphs_;
  float now_ms_ = 0;
  std::map<const void*, float> passed_ms_;  // by event
  uintptr_t next_handle_ = 1;
  bool capturing_ = false;
  Graph capture_;
  Result fault_ = 0;  // that has happened
  Result lost_ = 0;   // that was seen
};

}  // namespace lathe::testing

#include "tests/support/fake_gpu_driver.h"
