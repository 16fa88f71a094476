// SPDX-License-Identifier: Apache-2.0
// Streams and events of one GPU. Move-only; each keeps its device alive.
//
//   Stream stream(device);
//   Event begin(device), end(device);
//   begin.record(stream);  …  end.record(stream);
//   end.synchronize();  float us = elapsed_us(begin, end);
#pragma once

#include <memory>

#include "lathe/core/cuda/device.h"

namespace lathe::cuda {

class Stream {
 public:
  explicit Stream(std::shared_ptr<const Device> device);
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  const Device& device() const { return *device_; }
  const std::shared_ptr<const Device>& shared_device() const { return device_; }
  StreamOpaque* handle() const { return handle_; }

  // Blocks until all that was enqueued is done; throws the error of what failed.
  void synchronize() const;
  // Enqueue only. Host memory should be pinned, or the driver stages it.
  void copy_to_device(DevicePointer to, const void* from, size_t bytes) const;
  void copy_to_host(void* to, DevicePointer from, size_t bytes) const;
  void copy(DevicePointer to, DevicePointer from, size_t bytes) const;
  void fill(DevicePointer to, unsigned char value, size_t bytes) const;

 private:
  std::shared_ptr<const Device> device_;
  StreamOpaque* handle_ = nullptr;
};

class Event {
 public:
  enum class Timing { kNone, kTimed };
  explicit Event(std::shared_ptr<const Device> device, Timing timing = Timing::kTimed);
  Event(Event&& other) noexcept;
  Event& operator=(Event&&) = delete;
  ~Event();

  void record(const Stream& stream);
  void synchronize() const;  // blocks the calling thread
  bool done() const;         // never blocks
  // Work enqueued on `stream` from now on waits for this event.
  void hold(const Stream& stream) const;
  EventOpaque* handle() const { return handle_; }
  const Device& device() const { return *device_; }

 private:
  std::shared_ptr<const Device> device_;
  EventOpaque* handle_ = nullptr;
};

// REQUIRES: both timed, recorded and done.
float elapsed_us(const Event& begin, const Event& end);

}  // namespace lathe::cuda
