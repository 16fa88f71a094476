// SPDX-License-Identifier: Apache-2.0
// Loaded device code and the launch of its kernels.
//
//   Module module(device, cubin, "rms_norm");
//   Kernel kernel = module.kernel("rms_norm");
//   launch(stream, kernel, {.grid = {rows}, .block = {256}}, x, weight, out, rows);
//
// A kernel launched with Overlap::kProgrammatic may start while its predecessor runs; it must
// execute griddepcontrol.wait before it touches anything the predecessor writes or reads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "lathe/core/cuda/device.h"
#include "lathe/core/cuda/launch_config.h"
#include "lathe/core/cuda/stream.h"

namespace lathe::cuda {

struct KernelInfo {
  int registers = 0;
  int local_bytes = 0;  // spills and arrays per thread
  int static_shared_bytes = 0;
};

// A function of a Module; valid as long as its module. Copyable.
class Kernel {
 public:
  Kernel() = default;
  // REQUIRES: a name that the device keeps.
  Kernel(FunctionOpaque* function, const char* name) : function_(function), name_(name) {}
  FunctionOpaque* function() const { return function_; }
  const char* name() const { return name_; }

 private:
  FunctionOpaque* function_ = nullptr;
  const char* name_ = "";
};

class Module {
 public:
  // Throws kCorrupt for an image that is no cubin, kUnsupported for another architecture's.
  // `name` appears in errors.
  Module(std::shared_ptr<const Device> device, std::span<const std::byte> cubin, std::string name);
  Module(Module&& other) noexcept;
  Module& operator=(Module&&) = delete;
  ~Module();

  // Looks up `entry` and allows it all the dynamic shared memory that a block can have. Throws
  // kCorrupt where the image has no such kernel.
  Kernel kernel(const std::string& entry) const;
  KernelInfo info(const Kernel& kernel) const;
  // Blocks of this shape that fit one multiprocessor together.
  int blocks_per_processor(const Kernel& kernel, int threads, uint32_t shared_bytes) const;

 private:
  std::shared_ptr<const Device> device_;
  std::string name_;
  LibraryOpaque* library_ = nullptr;
};

// Enqueues; `arguments` holds one pointer a kernel parameter. Never allocates or synchronises.
void launch_raw(const Stream& stream, const Kernel& kernel, const LaunchConfig& config,
                void** arguments);

// Parameters must have exactly the kernel's types, in order.
template <class... Arguments>
void launch(const Stream& stream, const Kernel& kernel, const LaunchConfig& config,
            const Arguments&... arguments) {
  std::array<void*, sizeof...(arguments) + 1> pointers = {
      const_cast<void*>(static_cast<const void*>(&arguments))..., nullptr};
  launch_raw(stream, kernel, config, pointers.data());
}

}  // namespace lathe::cuda
