// SPDX-License-Identifier: Apache-2.0
// A GPU that is host memory. Its "driver" obeys the same calls; a kernel is a function of the
// test's, found by its entry's name, and every launch is written down.
//
//   FakeGpu fake({.memory_bytes = 1 << 20});
//   fake.kernels["neg"] = [](FakeGpu::Launch& launch) { … launch.as<Parameters>() … };
//   fake.results["cuMemcpyAsync"] = 700;  // what a call returns, from now on
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

namespace lathe::testing {

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
    cuda::DriverLaunchConfig config{};
    std::vector<cuda::LaunchAttribute> attributes = {};
    template <class T>
    T& as() {
      return *reinterpret_cast<T*>(parameter.data());
    }
  };

  std::map<std::string, std::function<void(Launch&)>> kernels;
  std::vector<std::string> launched;            // entries, in order, graphs' too
  std::vector<Launch> launches;                 // the same with all that they were given
  std::map<std::string, cuda::Result> results;  // of a call by its name; 0 where it has none
  std::map<std::string, int> calls;             // how often
  std::map<int, int> function_attributes;       // that kernels were given
  size_t memory_used = 0;
  size_t most_used = 0;

  explicit FakeGpu(Options options) : options_(options) {
    current() = this;
    bind_all();
    bind_device();
    bind_memory();
    bind_graphs();
    bind_code();
  }
  FakeGpu() : FakeGpu(Options{}) {}
  FakeGpu(const FakeGpu&) = delete;
  FakeGpu& operator=(const FakeGpu&) = delete;
  ~FakeGpu() { current() = nullptr; }

  std::shared_ptr<const cuda::Device> open(int index = 0) const {
    return cuda::Device::open(driver_, index);
  }
  const cuda::Driver& driver() const { return *driver_; }
  // What Module takes for device code.
  static std::string cubin() {
    return "\x7f"
           "ELF" +
           std::string(64, 'c');
  }
  bool all_freed() const { return memory_.empty(); }

 private:
  using Graph = std::vector<Launch>;
  static constexpr cuda::Result kOutOfMemory = 2;

  static FakeGpu*& current() {
    static FakeGpu* gpu = nullptr;
    return gpu;
  }
  // What a test wants this call to return; counts it.
  static cuda::Result result_of(const char* call) {
    FakeGpu& gpu = *current();
    ++gpu.calls[call];
    const auto found = gpu.results.find(call);
    return found == gpu.results.end() ? 0 : found->second;
  }
  static void* host(cuda::DevicePointer address) { return reinterpret_cast<void*>(address); }
  template <class T>
  static T* handle(uintptr_t number) {
    return reinterpret_cast<T*>(number);
  }

  // Every function counts its calls and does nothing more, but for those below.
  void bind_all() {
    cuda::Driver& d = *driver_;
    d.version = 13000;
#define LATHE_FAKE(name, arguments) d.name = [](auto...) { return result_of(#name); };
    LATHE_CUDA_DRIVER(LATHE_FAKE)
#undef LATHE_FAKE
  }

  void bind_device() {
    cuda::Driver& d = *driver_;
    d.cuGetErrorName = [](cuda::Result, const char** text) {
      *text = "CUDA_ERROR_FAKE";
      return 0;
    };
    d.cuGetErrorString = [](cuda::Result, const char** text) {
      *text = "a fake error";
      return 0;
    };
    d.cuDeviceGetCount = [](int* count) {
      *count = 1;
      return result_of("cuDeviceGetCount");
    };
    d.cuDeviceGet = [](int* device, int index) {
      *device = index;
      return result_of("cuDeviceGet");
    };
    d.cuDeviceGetName = [](char* name, int, int) {
      std::strcpy(name, "Fake");
      return result_of("cuDeviceGetName");
    };
    d.cuDeviceGetAttribute = [](int* value, int attribute, int) {
      *value = attribute == 75 ? current()->options_.compute_major : attribute == 76 ? 0 : 4;
      return result_of("cuDeviceGetAttribute");
    };
    d.cuDevicePrimaryCtxRetain = [](cuda::ContextOpaque** context, int) {
      *context = handle<cuda::ContextOpaque>(1);
      return result_of("cuDevicePrimaryCtxRetain");
    };
    d.cuDeviceTotalMem_v2 = [](size_t* bytes, int) {
      *bytes = current()->options_.memory_bytes;
      return result_of("cuDeviceTotalMem_v2");
    };
  }

  void bind_memory() {
    cuda::Driver& d = *driver_;
    d.cuMemGetInfo_v2 = [](size_t* free_bytes, size_t* total_bytes) {
      *total_bytes = current()->options_.memory_bytes;
      *free_bytes = *total_bytes - current()->memory_used;
      return result_of("cuMemGetInfo_v2");
    };
    d.cuMemAlloc_v2 = [](cuda::DevicePointer* pointer, size_t bytes) {
      const cuda::Result result = result_of("cuMemAlloc_v2");
      return result == 0 ? current()->allocate(pointer, bytes) : result;
    };
    d.cuMemFree_v2 = [](cuda::DevicePointer pointer) {
      FakeGpu& gpu = *current();
      gpu.memory_used -= gpu.memory_.at(pointer);
      gpu.memory_.erase(pointer);
      std::free(host(pointer));
      return result_of("cuMemFree_v2");
    };
    d.cuMemHostAlloc = [](void** pointer, size_t bytes, unsigned) {
      const cuda::Result result = result_of("cuMemHostAlloc");
      if (result == 0) *pointer = std::malloc(bytes);
      return result;
    };
    d.cuMemFreeHost = [](void* pointer) {
      std::free(pointer);
      return result_of("cuMemFreeHost");
    };
    d.cuMemcpyAsync = [](cuda::DevicePointer to, cuda::DevicePointer from, size_t bytes,
                         cuda::StreamOpaque*) {
      const cuda::Result result = result_of("cuMemcpyAsync");
      if (result == 0) std::memmove(host(to), host(from), bytes);
      return result;
    };
    d.cuMemsetD8Async = [](cuda::DevicePointer to, unsigned char value, size_t bytes,
                           cuda::StreamOpaque*) {
      std::memset(host(to), value, bytes);
      return result_of("cuMemsetD8Async");
    };
    d.cuEventElapsedTime = [](float* ms, cuda::EventOpaque*, cuda::EventOpaque*) {
      *ms = 1.5f;
      return result_of("cuEventElapsedTime");
    };
  }
  cuda::Result allocate(cuda::DevicePointer* pointer, size_t bytes) {
    if (memory_used + bytes > options_.memory_bytes) return kOutOfMemory;
    void* memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    std::memset(memory, 0xff, bytes);  // NaN, as fresh memory may be
    *pointer = reinterpret_cast<cuda::DevicePointer>(memory);
    memory_[*pointer] = bytes;
    memory_used += bytes;
    most_used = std::max(most_used, memory_used);
    return 0;
  }

  void bind_graphs() {
    cuda::Driver& d = *driver_;
    d.cuStreamCreateWithPriority = [](cuda::StreamOpaque** stream, unsigned, int) {
      *stream = handle<cuda::StreamOpaque>(1);
      return result_of("cuStreamCreateWithPriority");
    };
    d.cuEventCreate = [](cuda::EventOpaque** event, unsigned) {
      *event = handle<cuda::EventOpaque>(1);
      return result_of("cuEventCreate");
    };
    d.cuStreamBeginCapture_v2 = [](cuda::StreamOpaque*, int) {
      current()->capturing_ = true;
      current()->capture_.clear();
      return result_of("cuStreamBeginCapture_v2");
    };
    d.cuStreamEndCapture = [](cuda::StreamOpaque*, cuda::GraphOpaque** graph) {
      FakeGpu& gpu = *current();
      gpu.capturing_ = false;
      const uintptr_t number = gpu.next_handle_++;
      gpu.graphs_[number] = std::move(gpu.capture_);
      *graph = handle<cuda::GraphOpaque>(number);
      return result_of("cuStreamEndCapture");
    };
    d.cuGraphGetNodes = [](cuda::GraphOpaque* graph, cuda::GraphNodeOpaque**, size_t* count) {
      *count = current()->graphs_.at(reinterpret_cast<uintptr_t>(graph)).size();
      return result_of("cuGraphGetNodes");
    };
    d.cuGraphInstantiateWithFlags = [](cuda::GraphExecOpaque** exec, cuda::GraphOpaque* graph,
                                       uint64_t) {
      *exec = reinterpret_cast<cuda::GraphExecOpaque*>(graph);
      return result_of("cuGraphInstantiateWithFlags");
    };
    d.cuGraphLaunch = [](cuda::GraphExecOpaque* exec, cuda::StreamOpaque*) {
      FakeGpu& gpu = *current();
      const cuda::Result result = result_of("cuGraphLaunch");
      if (result != 0) return result;
      for (Launch& launch : gpu.graphs_.at(reinterpret_cast<uintptr_t>(exec))) gpu.execute(launch);
      return 0;
    };
  }

  void bind_code() {
    cuda::Driver& d = *driver_;
    d.cuLibraryLoadData = [](cuda::LibraryOpaque** library, const void*, int*, void**, unsigned,
                             int*, void**, unsigned) {
      *library = handle<cuda::LibraryOpaque>(1);
      return result_of("cuLibraryLoadData");
    };
    d.cuLibraryGetKernel = [](cuda::KernelOpaque** kernel, cuda::LibraryOpaque*, const char* name) {
      const std::string& entry = *current()->entries_.insert(name).first;
      *kernel = reinterpret_cast<cuda::KernelOpaque*>(const_cast<std::string*>(&entry));
      return result_of("cuLibraryGetKernel");
    };
    d.cuKernelGetFunction = [](cuda::FunctionOpaque** function, cuda::KernelOpaque* kernel) {
      *function = reinterpret_cast<cuda::FunctionOpaque*>(kernel);
      return result_of("cuKernelGetFunction");
    };
    d.cuFuncSetAttribute = [](cuda::FunctionOpaque*, int attribute, int value) {
      current()->function_attributes[attribute] = value;
      return result_of("cuFuncSetAttribute");
    };
    d.cuFuncGetAttribute = [](int* value, int attribute, cuda::FunctionOpaque*) {
      const auto& given = current()->function_attributes;
      const auto found = given.find(attribute);
      *value = found == given.end() ? 0 : found->second;
      return result_of("cuFuncGetAttribute");
    };
    d.cuLaunchKernelEx = [](const cuda::DriverLaunchConfig* config, cuda::FunctionOpaque* function,
                            void** arguments, void**) {
      const cuda::Result result = result_of("cuLaunchKernelEx");
      if (result == 0) {
        current()->launch(*config, *reinterpret_cast<std::string*>(function), arguments);
      }
      return result;
    };
  }
  void launch(const cuda::DriverLaunchConfig& config, const std::string& entry, void** arguments) {
    Launch launch{entry, config.grid[0], config.grid[1], config.num_attributes > 0, {}, config};
    launch.attributes.assign(config.attributes, config.attributes + config.num_attributes);
    std::memcpy(launch.parameter.data(), arguments[0], launch.parameter.size());
    if (capturing_) {
      capture_.push_back(launch);
    } else {
      execute(launch);
    }
  }
  void execute(Launch& launch) {
    launched.push_back(launch.entry);
    launches.push_back(launch);
    const auto found = kernels.find(launch.entry);
    if (found != kernels.end()) found->second(launch);
  }

  Options options_;
  std::shared_ptr<cuda::Driver> driver_ = std::make_shared<cuda::Driver>();
  std::map<cuda::DevicePointer, size_t> memory_;
  std::set<std::string> entries_;
  std::map<uintptr_t, Graph> graphs_;
  uintptr_t next_handle_ = 1;
  bool capturing_ = false;
  Graph capture_;
};

}  // namespace lathe::testing
