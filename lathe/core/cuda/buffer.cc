// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/buffer.h"

#include <utility>

namespace lathe::cuda {
namespace {
constexpr Result kOutOfMemoryResult = 2;
}

DeviceBuffer::DeviceBuffer(std::shared_ptr<const Device> device, size_t bytes,
                           std::string_view what)
    : device_(std::move(device)), bytes_(bytes) {
  if (bytes == 0) return;
  device_->make_current();
  const Result result = device_->driver().cuMemAlloc_v2(&address_, bytes);
  if (result == kOutOfMemoryResult) {
    fail(ErrorCode::kOutOfMemory, what, " needs ", bytes, " bytes on cuda:", device_->info().index,
         ", ", device_->memory().free_bytes, " of ", device_->info().memory_bytes, " are free");
  }
  device_->check(result, "cuMemAlloc", what);
}

DeviceBuffer::DeviceBuffer(DeviceBuffer&& other) noexcept
    : device_(std::move(other.device_)),
      address_(std::exchange(other.address_, 0)),
      bytes_(std::exchange(other.bytes_, 0)) {}

DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  if (this == &other) return *this;
  release();
  device_ = std::move(other.device_);
  address_ = std::exchange(other.address_, 0);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

DeviceBuffer::~DeviceBuffer() { release(); }

void DeviceBuffer::release() noexcept {
  if (address_ != 0) device_->driver().cuMemFree_v2(address_);
  address_ = 0;
}

PinnedBuffer::PinnedBuffer(std::shared_ptr<const Device> device, size_t bytes,
                           std::string_view what)
    : device_(std::move(device)), bytes_(bytes) {
  if (bytes == 0) return;
  device_->make_current();
  device_->check(device_->driver().cuMemHostAlloc(&data_, bytes, 0), "cuMemHostAlloc", what);
}

PinnedBuffer::PinnedBuffer(PinnedBuffer&& other) noexcept
    : device_(std::move(other.device_)),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)) {}

PinnedBuffer& PinnedBuffer::operator=(PinnedBuffer&& other) noexcept {
  if (this == &other) return *this;
  release();
  device_ = std::move(other.device_);
  data_ = std::exchange(other.data_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

PinnedBuffer::~PinnedBuffer() { release(); }

void PinnedBuffer::release() noexcept {
  if (data_ != nullptr) device_->driver().cuMemFreeHost(data_);
  data_ = nullptr;
}

}  // namespace lathe::cuda
