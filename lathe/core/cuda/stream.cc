// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/stream.h"

#include <utility>

namespace lathe::cuda {
namespace {
constexpr unsigned kNonBlocking = 1;    // no implicit order with the legacy default stream
constexpr unsigned kDisableTiming = 2;  // events
constexpr Result kNotReady = 600;
}  // namespace

Stream::Stream(std::shared_ptr<const Device> device) : device_(std::move(device)) {
  device_->make_current();
  LATHE_CUDA(*device_, cuStreamCreateWithPriority(&handle_, kNonBlocking, 0));
}

Stream::Stream(Stream&& other) noexcept
    : device_(std::move(other.device_)), handle_(std::exchange(other.handle_, nullptr)) {}

Stream::~Stream() {
  if (handle_ != nullptr) device_->driver().cuStreamDestroy_v2(handle_);
}

void Stream::synchronize() const {
  device_->make_current();
  LATHE_CUDA(*device_, cuStreamSynchronize(handle_));
}

void Stream::copy_to_device(DevicePointer to, const void* from, size_t bytes) const {
  copy(to, reinterpret_cast<DevicePointer>(from), bytes);
}

void Stream::copy_to_host(void* to, DevicePointer from, size_t bytes) const {
  copy(reinterpret_cast<DevicePointer>(to), from, bytes);
}

void Stream::copy(DevicePointer to, DevicePointer from, size_t bytes) const {
  if (bytes == 0) return;
  device_->make_current();
  LATHE_CUDA(*device_, cuMemcpyAsync(to, from, bytes, handle_));
}

void Stream::fill(DevicePointer to, unsigned char value, size_t bytes) const {
  if (bytes == 0) return;
  device_->make_current();
  LATHE_CUDA(*device_, cuMemsetD8Async(to, value, bytes, handle_));
}

Event::Event(std::shared_ptr<const Device> device, Timing timing) : device_(std::move(device)) {
  device_->make_current();
  LATHE_CUDA(*device_, cuEventCreate(&handle_, timing == Timing::kNone ? kDisableTiming : 0));
}

Event::Event(Event&& other) noexcept
    : device_(std::move(other.device_)), handle_(std::exchange(other.handle_, nullptr)) {}

Event::~Event() {
  if (handle_ != nullptr) device_->driver().cuEventDestroy_v2(handle_);
}

void Event::record(const Stream& stream) {
  device_->make_current();
  LATHE_CUDA(*device_, cuEventRecord(handle_, stream.handle()));
}

void Event::synchronize() const {
  device_->make_current();
  LATHE_CUDA(*device_, cuEventSynchronize(handle_));
}

bool Event::done() const {
  device_->make_current();
  const Result result = device_->driver().cuEventQuery(handle_);
  if (result == kNotReady) return false;
  device_->check(result, "cuEventQuery");
  return true;
}

void Event::hold(const Stream& stream) const {
  device_->make_current();
  LATHE_CUDA(*device_, cuStreamWaitEvent(stream.handle(), handle_, 0));
}

float elapsed_us(const Event& begin, const Event& end) {
  float ms = 0;
  LATHE_CUDA(begin.device(), cuEventElapsedTime(&ms, begin.handle(), end.handle()));
  return ms * 1e3f;
}

}  // namespace lathe::cuda
