// SPDX-License-Identifier: Apache-2.0
// One GPU: its properties, its primary context, and the check that every driver call goes through.
//
//   auto device = Device::open(load_driver(), 0);
//   LATHE_CUDA(*device, cuStreamSynchronize(stream));
//
// A failed call throws an Error that names the call, the device and, for launches, the kernel. A
// sticky error (illegal access, launch failure, lost device) poisons the device: every later call
// throws kUnavailable with the first one's words, at once. A kernel's fault shows in a later call,
// so these words say what was launched last. Thread-safe.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/core/cuda/driver.h"
#include "lathe/core/device.h"

namespace lathe::cuda {

class Device {
 public:
  // Throws kNotFound where the index does not exist, kUnavailable where the context cannot be made.
  static std::shared_ptr<const Device> open(std::shared_ptr<const Driver> driver, int index);
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  ~Device();

  const Driver& driver() const { return *driver_; }
  const DeviceInfo& info() const { return info_; }

  // Makes the primary context current on the calling thread; every class here does it before calls.
  void make_current() const;
  void synchronize() const;
  struct Memory {
    int64_t free_bytes = 0;
    int64_t total_bytes = 0;
  };
  Memory memory() const;

  // Throws where `result` is an error. `call` is the call's text; `subject` names a kernel.
  void check(Result result, const char* call, std::string_view subject = {}) const;
  bool poisoned() const { return poisoned_.load(std::memory_order_acquire); }

  // A name that lives as long as the device: of something that is launched.
  const char* keep_name(std::string_view name) const;
  // What sticky errors name from now on. REQUIRES: a name that was kept.
  void note_launch(const char* name) const { launched_last_.store(name); }

 private:
  Device(std::shared_ptr<const Driver> driver, int index);
  void throw_if_poisoned() const;
  void poison(const std::string& cause) const;
  void release() noexcept;
  std::shared_ptr<const Driver> driver_;
  DeviceInfo info_;
  int handle_ = 0;
  ContextOpaque* context_ = nullptr;
  mutable std::atomic<bool> poisoned_{false};
  mutable std::once_flag once_;
  mutable std::string cause_;  // the first sticky error; written before poisoned_
  mutable std::atomic<const char*> launched_last_{nullptr};
  mutable std::mutex names_mutex_;  // of names_ alone, held for a look-up
  mutable std::set<std::string, std::less<>> names_;
};

// Properties of GPU `index`, without a context.
DeviceInfo device_info(const Driver& driver, int index);

// Errors after which the context is lost.
bool is_sticky(Result result);
// kOutOfMemory; kCorrupt and kUnsupported for device code that the driver refuses; else
// kUnavailable: what the driver says of our calls is never what the user wrote.
ErrorCode error_code_of(Result result);

}  // namespace lathe::cuda

// Calls a driver function and throws where it fails: LATHE_CUDA(device, cuMemFree_v2(pointer)).
#define LATHE_CUDA(device, call) (device).check((device).driver().call, #call)
