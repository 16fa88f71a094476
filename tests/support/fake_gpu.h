// SPDX-License-Identifier: Apache-2.0
// For tests: a GPU that is host memory. Its "driver" obeys the same calls; a kernel is a function
// of the test's, found by its entry's name, and every launch is written down.
//
//   FakeGpu fake({.memory_bytes = 1 << 20});
//   fake.kernels["neg"] = [](FakeGpu::Launch& launch) { … launch.as<Parameters>() … };
//   auto device = fake.open();
//
// One at a time: the driver's functions are plain pointers.
#pragma once

#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lathe/core/cuda/device.h"

namespace lathe::exec {

class FakeGpu {
 public:
  struct Options {
    size_t memory_bytes = size_t{1} << 30;
    int compute_major = 9;
  };
  struct Launch {
    std::string entry;
    uint32_t blocks = 0;  // along x
    uint32_t rows = 0;    // along y
    bool programmatic = false;
    alignas(16) std::array<std::byte, 256> parameter{};
    template <class T>
    T& as() {
      return *reinterpret_cast<T*>(parameter.data());
    }
  };

  std::map<std::string, std::function<void(Launch&)>> kernels;
  std::vector<std::string> launched;            // entries, in order, graphs' too
  std::map<std::string, cuda::Result> results;  // of a call by its name; 0 where it has none
  std::map<std::string, int> calls;             // how often
  size_t memory_used = 0;
  size_t most_used = 0;

  explicit FakeGpu(Options options);
  FakeGpu() : FakeGpu(Options{}) {}
  FakeGpu(const FakeGpu&) = delete;
  FakeGpu& operator=(const FakeGpu&) = delete;
  ~FakeGpu() { current() = nullptr; }

  std::shared_ptr<const cuda::Device> open() const { return cuda::Device::open(driver_, 0); }
  // What Module takes for device code.
  static std::string cubin() {
    return "\x7f"
           "ELF" +
           std::string(64, 'c');
  }
  bool all_freed() const { return memory_.empty(); }

 private:
  using Graph = std::vector<Launch>;
  static FakeGpu*& current();
  static cuda::Result result_of(const char* call);
  void execute(Launch& launch);
  void bind_device();
  void bind_memory();
  void bind_streams();
  void bind_graphs();
  void bind_code();

  Options options_;
  std::shared_ptr<cuda::Driver> driver_ = std::make_shared<cuda::Driver>();
  std::map<cuda::DevicePointer, size_t> memory_;
  std::set<std::string> entries_;
  std::map<uintptr_t, Graph> graphs_;
  uintptr_t next_handle_ = 1;
  bool capturing_ = false;
  Graph capture_;
};

}  // namespace lathe::exec
