// SPDX-License-Identifier: Apache-2.0
// The CUDA driver's functions, by prototypes of our own, opened at run time. Only what Lathe calls.
//
// The prototypes follow the driver's documented ABI; the `_v2` names are the ABI's, not ours.
// Everything above this file uses `cuda::Device`, `Stream`, …, never these functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "lathe/core/cuda/library.h"

namespace lathe::cuda {

using Result = int;  // CUresult; 0 is success
using DevicePointer = uint64_t;
struct ContextOpaque;
struct StreamOpaque;
struct EventOpaque;
struct LibraryOpaque;
struct KernelOpaque;
struct FunctionOpaque;
struct GraphOpaque;
struct GraphExecOpaque;
struct GraphNodeOpaque;

// CUlaunchAttribute: an id and a union of 64 bytes.
struct LaunchAttribute {
  uint32_t id;
  uint32_t pad;
  union {
    uint32_t words[16];
    int32_t flag;
    uint64_t align;
  } value;
};
static_assert(sizeof(LaunchAttribute) == 72);

struct DriverLaunchConfig {  // CUlaunchConfig
  uint32_t grid[3];
  uint32_t block[3];
  uint32_t shared_bytes;
  StreamOpaque* stream;
  LaunchAttribute* attributes;
  uint32_t num_attributes;
};
static_assert(sizeof(DriverLaunchConfig) == 56);

// CUtensorMap: what the bulk tensor copy engine reads; passed to kernels by value.
struct alignas(64) TensorMap {
  uint64_t words[16];
};

// X(return-less prototype name, arguments): every function returns a Result.
#define LATHE_CUDA_DRIVER(X)                                                                      \
  X(cuInit, (unsigned flags))                                                                     \
  X(cuDriverGetVersion, (int* version))                                                           \
  X(cuGetErrorName, (Result result, const char** text))                                           \
  X(cuGetErrorString, (Result result, const char** text))                                         \
  X(cuDeviceGetCount, (int* count))                                                               \
  X(cuDeviceGet, (int* device, int index))                                                        \
  X(cuDeviceGetName, (char* name, int size, int device))                                          \
  X(cuDeviceGetAttribute, (int* value, int attribute, int device))                                \
  X(cuDeviceTotalMem_v2, (size_t * bytes, int device))                                            \
  X(cuDevicePrimaryCtxRetain, (ContextOpaque * *context, int device))                             \
  X(cuDevicePrimaryCtxRelease_v2, (int device))                                                   \
  X(cuCtxSetCurrent, (ContextOpaque * context))                                                   \
  X(cuCtxSynchronize, ())                                                                         \
  X(cuMemGetInfo_v2, (size_t * free_bytes, size_t * total_bytes))                                 \
  X(cuMemAlloc_v2, (DevicePointer * pointer, size_t bytes))                                       \
  X(cuMemFree_v2, (DevicePointer pointer))                                                        \
  X(cuMemHostAlloc, (void** pointer, size_t bytes, unsigned flags))                               \
  X(cuMemFreeHost, (void* pointer))                                                               \
  X(cuMemcpyAsync, (DevicePointer to, DevicePointer from, size_t bytes, StreamOpaque * stream))   \
  X(cuMemsetD8Async, (DevicePointer to, unsigned char value, size_t bytes, StreamOpaque* stream)) \
  X(cuStreamCreateWithPriority, (StreamOpaque * *stream, unsigned flags, int priority))           \
  X(cuStreamDestroy_v2, (StreamOpaque * stream))                                                  \
  X(cuStreamSynchronize, (StreamOpaque * stream))                                                 \
  X(cuStreamQuery, (StreamOpaque * stream))                                                       \
  X(cuStreamWaitEvent, (StreamOpaque * stream, EventOpaque * event, unsigned flags))              \
  X(cuStreamBeginCapture_v2, (StreamOpaque * stream, int mode))                                   \
  X(cuThreadExchangeStreamCaptureMode, (int* mode))                                               \
  X(cuStreamEndCapture, (StreamOpaque * stream, GraphOpaque * *graph))                            \
  X(cuEventCreate, (EventOpaque * *event, unsigned flags))                                        \
  X(cuEventDestroy_v2, (EventOpaque * event))                                                     \
  X(cuEventRecord, (EventOpaque * event, StreamOpaque * stream))                                  \
  X(cuEventSynchronize, (EventOpaque * event))                                                    \
  X(cuEventQuery, (EventOpaque * event))                                                          \
  X(cuEventElapsedTime, (float* ms, EventOpaque* begin, EventOpaque* end))                        \
  X(cuGraphInstantiateWithFlags, (GraphExecOpaque * *exec, GraphOpaque * graph, uint64_t flags))  \
  X(cuGraphGetNodes, (GraphOpaque * graph, GraphNodeOpaque * *nodes, size_t * count))             \
  X(cuGraphUpload, (GraphExecOpaque * exec, StreamOpaque * stream))                               \
  X(cuGraphLaunch, (GraphExecOpaque * exec, StreamOpaque * stream))                               \
  X(cuGraphExecDestroy, (GraphExecOpaque * exec))                                                 \
  X(cuGraphDestroy, (GraphOpaque * graph))                                                        \
  X(cuLibraryLoadData,                                                                            \
    (LibraryOpaque * *library, const void* code, int* jit_options, void** jit_values,             \
     unsigned num_jit, int* options, void** values, unsigned num_options))                        \
  X(cuLibraryUnload, (LibraryOpaque * library))                                                   \
  X(cuLibraryGetKernel, (KernelOpaque * *kernel, LibraryOpaque * library, const char* name))      \
  X(cuKernelGetFunction, (FunctionOpaque * *function, KernelOpaque * kernel))                     \
  X(cuFuncSetAttribute, (FunctionOpaque * function, int attribute, int value))                    \
  X(cuFuncGetAttribute, (int* value, int attribute, FunctionOpaque* function))                    \
  X(cuOccupancyMaxActiveBlocksPerMultiprocessor,                                                  \
    (int* blocks, FunctionOpaque* function, int threads, size_t shared_bytes))                    \
  X(cuLaunchKernelEx,                                                                             \
    (const DriverLaunchConfig* config, FunctionOpaque* function, void** arguments, void** extra)) \
  X(cuTensorMapEncodeTiled,                                                                       \
    (TensorMap * map, int dtype, uint32_t rank, void* address, const uint64_t* sizes,             \
     const uint64_t* strides, const uint32_t* box, const uint32_t* element_strides,               \
     int interleave, int swizzle, int promotion, int fill))

struct Driver {
// A declaration: neither the name nor the list of parameters can stand in parentheses of its own.
// NOLINTNEXTLINE(bugprone-macro-parentheses)
#define LATHE_DRIVER_FUNCTION(name, arguments) Result(*name) arguments = nullptr;
  LATHE_CUDA_DRIVER(LATHE_DRIVER_FUNCTION)
#undef LATHE_DRIVER_FUNCTION
  std::shared_ptr<const Library> library;
  int version = 0;  // 13000 is CUDA 13.0

  // "CUDA_ERROR_ILLEGAL_ADDRESS (700): an illegal memory access was encountered"
  std::string describe(Result result) const;
};

// Opens libcuda and initialises it. Throws kUnavailable with the reason: no driver, too old, no
// GPU.
std::shared_ptr<const Driver> load_driver(const LibrarySearch& search = {});

}  // namespace lathe::cuda
