// SPDX-License-Identifier: Apache-2.0
// Memory of one GPU, and pinned host memory for copies that overlap with work. Move-only.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "lathe/core/cuda/device.h"
#include "lathe/core/cuda/stream.h"

namespace lathe::cuda {

class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  // Throws kOutOfMemory naming `what`, the bytes needed and the bytes free. Contents undefined.
  DeviceBuffer(std::shared_ptr<const Device> device, size_t bytes, std::string_view what);
  DeviceBuffer(DeviceBuffer&& other) noexcept;
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;
  ~DeviceBuffer();

  size_t size() const { return bytes_; }
  DevicePointer address() const { return address_; }
  // The address as a typed pointer; not for the host to follow.
  template <class T = void>
  T* pointer() const {
    return reinterpret_cast<T*>(address_);
  }

 private:
  void release() noexcept;
  std::shared_ptr<const Device> device_;
  DevicePointer address_ = 0;
  size_t bytes_ = 0;
};

class PinnedBuffer {
 public:
  PinnedBuffer() = default;
  // Throws kOutOfMemory.
  PinnedBuffer(std::shared_ptr<const Device> device, size_t bytes, std::string_view what);
  PinnedBuffer(PinnedBuffer&& other) noexcept;
  PinnedBuffer& operator=(PinnedBuffer&& other) noexcept;
  ~PinnedBuffer();

  size_t size() const { return bytes_; }
  void* data() const { return data_; }
  template <class T>
  std::span<T> values() const {
    return {static_cast<T*>(data_), bytes_ / sizeof(T)};
  }

 private:
  void release() noexcept;
  std::shared_ptr<const Device> device_;
  void* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace lathe::cuda
