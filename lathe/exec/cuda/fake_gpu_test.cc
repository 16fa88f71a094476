// SPDX-License-Identifier: Apache-2.0
// The driver of the fake GPU, and that it keeps order and counts memory.
#include "lathe/exec/cuda/fake_gpu.h"

#include <gtest/gtest.h>

#include "lathe/core/cuda/buffer.h"
#include "lathe/core/cuda/graph.h"
#include "lathe/core/cuda/module.h"
#include "tests/support/temp_dir.h"

namespace lathe::exec {

namespace {

void* host(cuda::DevicePointer address) { return reinterpret_cast<void*>(address); }

template <class T>
T* handle(uintptr_t number) {
  return reinterpret_cast<T*>(number);
}

constexpr cuda::Result kOutOfMemory = 2;

}  // namespace

FakeGpu*& FakeGpu::current() {
  static FakeGpu* gpu = nullptr;
  return gpu;
}

// What a test wants this call to return; counts it.
cuda::Result FakeGpu::result_of(const char* call) {
  FakeGpu& gpu = *current();
  ++gpu.calls[call];
  const auto found = gpu.results.find(call);
  return found == gpu.results.end() ? 0 : found->second;
}

FakeGpu::FakeGpu(Options options) : options_(options) {
  current() = this;
  bind_device();
  bind_memory();
  bind_streams();
  bind_graphs();
  bind_code();
}

void FakeGpu::bind_device() {
  cuda::Driver& d = *driver_;
  d.version = 13000;
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
    return 0;
  };
  d.cuDeviceGet = [](int* device, int index) {
    *device = index;
    return 0;
  };
  d.cuDeviceGetName = [](char* name, int, int) {
    std::strcpy(name, "Fake");
    return 0;
  };
  d.cuDeviceGetAttribute = [](int* value, int attribute, int) {
    *value = attribute == 75 ? current()->options_.compute_major : attribute == 76 ? 0 : 4;
    return 0;
  };
  d.cuDeviceTotalMem_v2 = [](size_t* bytes, int) {
    *bytes = current()->options_.memory_bytes;
    return 0;
  };
  d.cuDevicePrimaryCtxRetain = [](cuda::ContextOpaque** context, int) {
    *context = handle<cuda::ContextOpaque>(1);
    return 0;
  };
  d.cuDevicePrimaryCtxRelease_v2 = [](int) { return 0; };
  d.cuCtxSetCurrent = [](cuda::ContextOpaque*) { return 0; };
  d.cuCtxSynchronize = [] { return 0; };
}

void FakeGpu::bind_memory() {
  cuda::Driver& d = *driver_;
  d.cuMemGetInfo_v2 = [](size_t* free_bytes, size_t* total_bytes) {
    *total_bytes = current()->options_.memory_bytes;
    *free_bytes = *total_bytes - current()->memory_used;
    return 0;
  };
  d.cuMemAlloc_v2 = [](cuda::DevicePointer* pointer, size_t bytes) {
    FakeGpu& gpu = *current();
    if (gpu.memory_used + bytes > gpu.options_.memory_bytes) return kOutOfMemory;
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
    return 0;
  };
  d.cuMemHostAlloc = [](void** pointer, size_t bytes, unsigned) {
    *pointer = std::malloc(bytes);
    return 0;
  };
  d.cuMemFreeHost = [](void* pointer) {
    std::free(pointer);
    return 0;
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
    return 0;
  };
}

void FakeGpu::bind_streams() {
  cuda::Driver& d = *driver_;
  d.cuStreamCreateWithPriority = [](cuda::StreamOpaque** stream, unsigned, int) {
    *stream = handle<cuda::StreamOpaque>(1);
    return 0;
  };
  d.cuStreamDestroy_v2 = [](cuda::StreamOpaque*) { return 0; };
  d.cuStreamSynchronize = [](cuda::StreamOpaque*) { return result_of("cuStreamSynchronize"); };
  d.cuEventCreate = [](cuda::EventOpaque** event, unsigned) {
    *event = handle<cuda::EventOpaque>(1);
    return 0;
  };
  d.cuEventDestroy_v2 = [](cuda::EventOpaque*) { return 0; };
  d.cuEventRecord = [](cuda::EventOpaque*, cuda::StreamOpaque*) { return 0; };
  d.cuEventSynchronize = [](cuda::EventOpaque*) { return result_of("cuEventSynchronize"); };
}

void FakeGpu::bind_graphs() {
  cuda::Driver& d = *driver_;
  d.cuStreamBeginCapture_v2 = [](cuda::StreamOpaque*, int) {
    current()->capturing_ = true;
    current()->capture_.clear();
    return 0;
  };
  d.cuStreamEndCapture = [](cuda::StreamOpaque*, cuda::GraphOpaque** graph) {
    FakeGpu& gpu = *current();
    gpu.capturing_ = false;
    const uintptr_t number = gpu.next_handle_++;
    gpu.graphs_[number] = std::move(gpu.capture_);
    *graph = handle<cuda::GraphOpaque>(number);
    return 0;
  };
  d.cuGraphGetNodes = [](cuda::GraphOpaque* graph, cuda::GraphNodeOpaque**, size_t* count) {
    *count = current()->graphs_.at(reinterpret_cast<uintptr_t>(graph)).size();
    return 0;
  };
  d.cuGraphInstantiateWithFlags = [](cuda::GraphExecOpaque** exec, cuda::GraphOpaque* graph,
                                     uint64_t) {
    *exec = reinterpret_cast<cuda::GraphExecOpaque*>(graph);
    return 0;
  };
  d.cuGraphUpload = [](cuda::GraphExecOpaque*, cuda::StreamOpaque*) { return 0; };
  d.cuGraphLaunch = [](cuda::GraphExecOpaque* exec, cuda::StreamOpaque*) {
    FakeGpu& gpu = *current();
    const cuda::Result result = result_of("cuGraphLaunch");
    if (result != 0) return result;
    for (Launch& launch : gpu.graphs_.at(reinterpret_cast<uintptr_t>(exec))) gpu.execute(launch);
    return 0;
  };
  d.cuGraphExecDestroy = [](cuda::GraphExecOpaque*) { return 0; };
  d.cuGraphDestroy = [](cuda::GraphOpaque*) { return 0; };
}

void FakeGpu::bind_code() {
  cuda::Driver& d = *driver_;
  d.cuLibraryLoadData = [](cuda::LibraryOpaque** library, const void*, int*, void**, unsigned, int*,
                           void**, unsigned) {
    *library = handle<cuda::LibraryOpaque>(1);
    return result_of("cuLibraryLoadData");
  };
  d.cuLibraryUnload = [](cuda::LibraryOpaque*) { return 0; };
  d.cuLibraryGetKernel = [](cuda::KernelOpaque** kernel, cuda::LibraryOpaque*, const char* name) {
    const std::string& entry = *current()->entries_.insert(name).first;
    *kernel = reinterpret_cast<cuda::KernelOpaque*>(const_cast<std::string*>(&entry));
    return 0;
  };
  d.cuKernelGetFunction = [](cuda::FunctionOpaque** function, cuda::KernelOpaque* kernel) {
    *function = reinterpret_cast<cuda::FunctionOpaque*>(kernel);
    return 0;
  };
  d.cuFuncSetAttribute = [](cuda::FunctionOpaque*, int, int) { return 0; };
  d.cuFuncGetAttribute = [](int* value, int, cuda::FunctionOpaque*) {
    *value = 0;
    return 0;
  };
  d.cuLaunchKernelEx = [](const cuda::DriverLaunchConfig* config, cuda::FunctionOpaque* function,
                          void** arguments, void**) {
    FakeGpu& gpu = *current();
    const cuda::Result result = result_of("cuLaunchKernelEx");
    if (result != 0) return result;
    Launch launch{*reinterpret_cast<std::string*>(function),
                  config->grid[0],
                  config->grid[1],
                  config->num_attributes > 0,
                  {}};
    std::memcpy(launch.parameter.data(), arguments[0], launch.parameter.size());
    if (gpu.capturing_) {
      gpu.capture_.push_back(launch);
    } else {
      gpu.execute(launch);
    }
    return 0;
  };
}

void FakeGpu::execute(Launch& launch) {
  launched.push_back(launch.entry);
  const auto found = kernels.find(launch.entry);
  if (found != kernels.end()) found->second(launch);
}

namespace {

TEST(FakeGpu, CountsMemoryAndRefusesWhatItHasNot) {
  const FakeGpu fake({.memory_bytes = 1000, .compute_major = 9});
  const auto device = fake.open();
  EXPECT_EQ(device->info().arch, "sm_90a");
  {
    const cuda::DeviceBuffer buffer(device, 600, "a");
    EXPECT_EQ(device->memory().free_bytes, 400);
    EXPECT_EQ(testing::error_of([&] { cuda::DeviceBuffer(device, 401, "b"); }),
              "b needs 401 bytes on cuda:0, 400 of 1000 are free");
  }
  EXPECT_TRUE(fake.all_freed());
}

TEST(FakeGpu, CapturesInsteadOfRunning) {
  FakeGpu fake;
  const auto device = fake.open();
  const cuda::Stream stream(device);
  const std::string cubin = FakeGpu::cubin();
  const cuda::Module module(device, std::as_bytes(std::span(cubin.data(), cubin.size())), "m");
  int sum = 0;
  fake.kernels["add"] = [&](FakeGpu::Launch& launch) { sum += launch.as<int>(); };
  std::array<int, 64> three{3};
  void* arguments[] = {three.data()};
  const cuda::GraphExec graph =
      cuda::capture(stream, [&] { cuda::launch_raw(stream, module.kernel("add"), {}, arguments); });
  EXPECT_EQ(sum, 0);
  graph.launch(stream);
  graph.launch(stream);
  EXPECT_EQ(sum, 6);
  EXPECT_EQ(fake.launched, (std::vector<std::string>{"add", "add"}));
}

}  // namespace

}  // namespace lathe::exec
