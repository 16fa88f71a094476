// SPDX-License-Identifier: Apache-2.0
// The driver's functions of the fake GPU (fake_gpu.h).
#pragma once

#include "tests/support/fake_gpu.h"

namespace lathe::testing {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
// NOLINTBEGIN(bugprone-macro-parentheses,misc-unused-parameters)
#define LATHE_FAKE_FUNCTION(name, arguments) \
  driver_->name = [] arguments -> cuda::Result { return called(#name); };
inline void FakeGpu::bind_all() {
  using namespace cuda;  // NOLINT(google-build-using-namespace): whose types the list names
  LATHE_CUDA_DRIVER(LATHE_FAKE_FUNCTION)
}
#undef LATHE_FAKE_FUNCTION
// NOLINTEND(bugprone-macro-parentheses,misc-unused-parameters)
#pragma GCC diagnostic pop

inline void FakeGpu::bind_device() {
  cuda::Driver& d = *driver_;
  d.version = 13000;
  d.cuGetErrorName = [](Result, const char** text) {
    *text = "CUDA_ERROR_FAKE";
    return 0;
  };
  d.cuGetErrorString = [](Result, const char** text) {
    *text = "a fake error";
    return 0;
  };
  d.cuDeviceGetCount = [](int* count) {
    *count = current()->options_.devices;
    return called("cuDeviceGetCount");
  };
  d.cuDeviceGet = [](int* device, int index) {
    *device = index;
    return called("cuDeviceGet");
  };
  d.cuDeviceGetName = [](char* name, int, int) {
    std::strcpy(name, "Fake");
    return called("cuDeviceGetName");
  };
  d.cuDeviceGetAttribute = [](int* value, int attribute, int) {
    *value = attribute == 75   ? current()->options_.compute_major
             : attribute == 76 ? 0
             : attribute == 97 ? 232448
                               : 4;
    return called("cuDeviceGetAttribute");
  };
  d.cuDeviceTotalMem_v2 = [](size_t* bytes, int) {
    *bytes = current()->options_.memory_bytes;
    return called("cuDeviceTotalMem_v2");
  };
  d.cuDevicePrimaryCtxRetain = [](cuda::ContextOpaque** context, int) {
    return make("cuDevicePrimaryCtxRetain", "context", context);
  };
  d.cuDevicePrimaryCtxRelease_v2 = [](int) {
    current()->alive_["context"].clear();
    return called("cuDevicePrimaryCtxRelease_v2");
  };
}

inline void FakeGpu::bind_memory() {
  cuda::Driver& d = *driver_;
  d.cuMemGetInfo_v2 = [](size_t* free_bytes, size_t* total_bytes) {
    *total_bytes = current()->options_.memory_bytes;
    *free_bytes = *total_bytes - current()->memory_used;
    return called("cuMemGetInfo_v2");
  };
  d.cuMemAlloc_v2 = [](cuda::DevicePointer* pointer, size_t bytes) {
    FakeGpu& gpu = *current();
    if (const Result result = called("cuMemAlloc_v2")) return result;
    if (gpu.memory_used + bytes > gpu.options_.memory_bytes) return 2;
    void* memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    std::memset(memory, 0xff, bytes);  // NaN, as fresh memory may be
    *pointer = reinterpret_cast<cuda::DevicePointer>(memory);
    gpu.memory_[*pointer] = bytes;
    gpu.memory_used += bytes;
    gpu.most_used = std::max(gpu.most_used, gpu.memory_used);
    return 0;
  };
  d.cuMemFree_v2 = [](cuda::DevicePointer pointer) {
    FakeGpu& gpu = *current();
    gpu.memory_used -= gpu.memory_.at(pointer);
    gpu.memory_.erase(pointer);
    std::free(host(pointer));
    return called("cuMemFree_v2");
  };
  d.cuMemHostAlloc = [](void** pointer, size_t bytes, unsigned) {
    const Result result = called("cuMemHostAlloc");
    if (result == 0) *pointer = std::malloc(bytes);
    return result;
  };
  d.cuMemFreeHost = [](void* pointer) {
    std::free(pointer);
    return called("cuMemFreeHost");
  };
  d.cuMemcpyAsync = [](cuda::DevicePointer to, cuda::DevicePointer from, size_t bytes,
                       cuda::StreamOpaque*) {
    const Result result = called("cuMemcpyAsync");
    if (result == 0) std::memmove(host(to), host(from), bytes);
    return result;
  };
  d.cuMemsetD8Async = [](cuda::DevicePointer to, unsigned char value, size_t bytes,
                         cuda::StreamOpaque*) {
    const Result result = called("cuMemsetD8Async");
    if (result == 0) std::memset(host(to), value, bytes);
    return result;
  };
}

inline void FakeGpu::bind_streams() {
  cuda::Driver& d = *driver_;
  d.cuStreamCreateWithPriority = [](cuda::StreamOpaque** stream, unsigned, int) {
    return make("cuStreamCreateWithPriority", "stream", stream);
  };
  d.cuStreamDestroy_v2 = [](cuda::StreamOpaque* stream) {
    return drop("cuStreamDestroy_v2", "stream", stream);
  };
  d.cuEventCreate = [](cuda::EventOpaque** event, unsigned) {
    return make("cuEventCreate", "event", event);
  };
  d.cuEventDestroy_v2 = [](cuda::EventOpaque* event) {
    return drop("cuEventDestroy_v2", "event", event);
  };
  d.cuEventRecord = [](cuda::EventOpaque* event, cuda::StreamOpaque*) {
    current()->passed_ms_[event] = current()->now_ms_;
    return called("cuEventRecord");
  };
  d.cuEventElapsedTime = [](float* ms, cuda::EventOpaque* begin, cuda::EventOpaque* end) {
    FakeGpu& gpu = *current();
    *ms = gpu.elapsed_ms + gpu.passed_ms_[end] - gpu.passed_ms_[begin];
    return called("cuEventElapsedTime");
  };
}

inline void FakeGpu::bind_graphs() {
  cuda::Driver& d = *driver_;
  d.cuStreamBeginCapture_v2 = [](cuda::StreamOpaque*, int) {
    const Result result = called("cuStreamBeginCapture_v2");
    current()->capturing_ = result == 0;
    current()->capture_.clear();
    return result;
  };
  d.cuStreamEndCapture = [](cuda::StreamOpaque*, cuda::GraphOpaque** graph) {
    FakeGpu& gpu = *current();
    gpu.capturing_ = false;
    const Result result = make("cuStreamEndCapture", "graph", graph);
    if (result == 0) gpu.graphs_[reinterpret_cast<uintptr_t>(*graph)] = std::move(gpu.capture_);
    return result;
  };
  d.cuGraphGetNodes = [](cuda::GraphOpaque* graph, cuda::GraphNodeOpaque**, size_t* count) {
    *count = current()->graphs_.at(reinterpret_cast<uintptr_t>(graph)).size();
    return called("cuGraphGetNodes");
  };
  d.cuGraphInstantiateWithFlags = [](cuda::GraphExecOpaque** exec, cuda::GraphOpaque* graph,
                                     uint64_t) {
    FakeGpu& gpu = *current();
    const Result result = make("cuGraphInstantiateWithFlags", "graph exec", exec);
    if (result != 0) return result;
    const Graph copy = gpu.graphs_.at(reinterpret_cast<uintptr_t>(graph));
    gpu.graphs_[reinterpret_cast<uintptr_t>(*exec)] = copy;
    return 0;
  };
  d.cuGraphLaunch = [](cuda::GraphExecOpaque* exec, cuda::StreamOpaque*) {
    FakeGpu& gpu = *current();
    const Result result = called("cuGraphLaunch");
    if (result != 0) return result;
    for (Launch& launch : gpu.graphs_.at(reinterpret_cast<uintptr_t>(exec))) gpu.execute(launch);
    return 0;
  };
  d.cuGraphExecDestroy = [](cuda::GraphExecOpaque* exec) {
    return drop("cuGraphExecDestroy", "graph exec", exec);
  };
  d.cuGraphDestroy = [](cuda::GraphOpaque* graph) {
    return drop("cuGraphDestroy", "graph", graph);
  };
}

inline FakeGpu::Launch FakeGpu::launch_of(const cuda::DriverLaunchConfig& config,
                                          cuda::FunctionOpaque* function, void** arguments) {
  Launch launch{.entry = *reinterpret_cast<std::string*>(function), .config = {}};
  launch.config.grid = {config.grid[0], config.grid[1], config.grid[2]};
  launch.config.block = {config.block[0], config.block[1], config.block[2]};
  launch.config.shared_bytes = config.shared_bytes;
  for (uint32_t i = 0; i < config.num_attributes; ++i) {
    const cuda::LaunchAttribute& attribute = config.attributes[i];
    const auto& words = attribute.value.words;
    if (attribute.id == 4) launch.config.cluster = {words[0], words[1], words[2]};
    if (attribute.id == 6) launch.config.overlap = cuda::Overlap::kProgrammatic;
  }
  if (arguments != nullptr && arguments[0] != nullptr) {
    std::memcpy(launch.parameter.data(), arguments[0], launch.parameter.size());
  }
  return launch;
}

inline void FakeGpu::bind_code() {
  cuda::Driver& d = *driver_;
  d.cuLibraryLoadData = [](cuda::LibraryOpaque** library, const void*, int*, void**, unsigned, int*,
                           void**,
                           unsigned) { return make("cuLibraryLoadData", "library", library); };
  d.cuLibraryUnload = [](cuda::LibraryOpaque* library) {
    return drop("cuLibraryUnload", "library", library);
  };
  d.cuLibraryGetKernel = [](cuda::KernelOpaque** kernel, cuda::LibraryOpaque*, const char* name) {
    if (current()->missing_entries.contains(name)) return 500;
    const std::string& entry = *current()->entries_.insert(name).first;
    *kernel = reinterpret_cast<cuda::KernelOpaque*>(const_cast<std::string*>(&entry));
    return called("cuLibraryGetKernel");
  };
  d.cuKernelGetFunction = [](cuda::FunctionOpaque** function, cuda::KernelOpaque* kernel) {
    *function = reinterpret_cast<cuda::FunctionOpaque*>(kernel);
    return called("cuKernelGetFunction");
  };
  d.cuFuncSetAttribute = [](cuda::FunctionOpaque* function, int attribute, int value) {
    current()->settings[*reinterpret_cast<std::string*>(function)][attribute] = value;
    return called("cuFuncSetAttribute");
  };
  d.cuFuncGetAttribute = [](int* value, int attribute, cuda::FunctionOpaque*) {
    *value = attribute * 100;  // 1: static shared bytes, 3: local bytes, 4: registers
    return called("cuFuncGetAttribute");
  };
  d.cuOccupancyMaxActiveBlocksPerMultiprocessor = [](int* blocks, cuda::FunctionOpaque*,
                                                     int threads, size_t) {
    *blocks = 2048 / threads;
    return called("cuOccupancyMaxActiveBlocksPerMultiprocessor");
  };
  d.cuLaunchKernelEx = [](const cuda::DriverLaunchConfig* config, cuda::FunctionOpaque* function,
                          void** arguments, void**) {
    FakeGpu& gpu = *current();
    const Result result = called("cuLaunchKernelEx");
    if (result != 0) return result;
    Launch launch = launch_of(*config, function, arguments);
    if (gpu.capturing_) {
      gpu.capture_.push_back(launch);
    } else {
      gpu.execute(launch);
    }
    return 0;
  };
}

}  // namespace lathe::testing
