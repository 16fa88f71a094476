// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/device.h"

#include <array>

#include "lathe/core/cuda/arch.h"

namespace lathe::cuda {
namespace {

enum Attribute {
  kMultiprocessors = 16,
  kL2Bytes = 38,
  kComputeMajor = 75,
  kComputeMinor = 76,
  kSharedBytesOptIn = 97,
};

void check_plain(const Driver& driver, Result result, const char* call, int index) {
  if (result == 0) return;
  fail(error_code_of(result), call, " on cuda:", index, ": ", driver.describe(result));
}

int attribute_of(const Driver& driver, int handle, Attribute attribute) {
  int value = 0;
  check_plain(driver, driver.cuDeviceGetAttribute(&value, attribute, handle),
              "cuDeviceGetAttribute", handle);
  return value;
}

int handle_of(const Driver& driver, int index) {
  int count = 0;
  check_plain(driver, driver.cuDeviceGetCount(&count), "cuDeviceGetCount", index);
  if (index < 0 || index >= count) {
    fail(ErrorCode::kNotFound, "cuda:", index, " does not exist: this machine has ", count,
         count == 1 ? " GPU" : " GPUs");
  }
  int handle = 0;
  check_plain(driver, driver.cuDeviceGet(&handle, index), "cuDeviceGet", index);
  return handle;
}

}  // namespace

bool is_sticky(Result result) {
  static constexpr std::array kSticky = {214, 700, 702, 710, 714, 715, 716, 717, 718, 719, 721};
  for (const Result sticky : kSticky) {
    if (result == sticky) return true;
  }
  return result == 4 || result == 709;  // the driver shuts down, the context is destroyed
}

ErrorCode error_code_of(Result result) {
  switch (result) {
    case 2:  // out of memory
      return ErrorCode::kOutOfMemory;
    case 200:  // invalid image
    case 300:  // invalid source
      return ErrorCode::kCorrupt;
    case 209:  // no binary for this GPU
      return ErrorCode::kUnsupported;
    default:
      return ErrorCode::kUnavailable;
  }
}

DeviceInfo device_info(const Driver& driver, int index) {
  const int handle = handle_of(driver, index);
  DeviceInfo info;
  info.kind = DeviceKind::kCuda;
  info.index = index;
  std::array<char, 256> name{};
  check_plain(driver,
              driver.cuDeviceGetName(name.data(), static_cast<int>(name.size()) - 1, handle),
              "cuDeviceGetName", index);
  info.name = name.data();
  const int capability = attribute_of(driver, handle, kComputeMajor) * 10 +
                         attribute_of(driver, handle, kComputeMinor);
  info.arch = arch_of(capability);
  info.num_processors = attribute_of(driver, handle, kMultiprocessors);
  info.l2_bytes = attribute_of(driver, handle, kL2Bytes);
  info.shared_bytes_per_block = attribute_of(driver, handle, kSharedBytesOptIn);
  size_t bytes = 0;
  check_plain(driver, driver.cuDeviceTotalMem_v2(&bytes, handle), "cuDeviceTotalMem", index);
  info.memory_bytes = static_cast<int64_t>(bytes);
  return info;
}

std::shared_ptr<const Device> Device::open(std::shared_ptr<const Driver> driver, int index) {
  return std::shared_ptr<const Device>(new Device(std::move(driver), index));
}

Device::Device(std::shared_ptr<const Driver> driver, int index)
    : driver_(std::move(driver)), info_(device_info(*driver_, index)) {
  handle_ = handle_of(*driver_, index);
  LATHE_CUDA(*this, cuDevicePrimaryCtxRetain(&context_, handle_));
  try {
    make_current();
  } catch (...) {
    release();
    throw;
  }
}

Device::~Device() { release(); }

void Device::release() noexcept {
  if (context_ != nullptr) driver_->cuDevicePrimaryCtxRelease_v2(handle_);
}

void Device::throw_if_poisoned() const {
  if (!poisoned()) return;
  fail(ErrorCode::kUnavailable, "cuda:", info_.index, " is lost since an earlier error: ", cause_,
       "; restart the process");
}

void Device::poison(const std::string& cause) const {
  std::call_once(once_, [&] {
    cause_ = cause;
    poisoned_.store(true, std::memory_order_release);
  });
}

const char* Device::keep_name(std::string_view name) const {
  const std::lock_guard lock(names_mutex_);
  const auto found = names_.find(name);
  return found != names_.end() ? found->c_str() : names_.emplace(name).first->c_str();
}

void Device::make_current() const {
  throw_if_poisoned();
  LATHE_CUDA(*this, cuCtxSetCurrent(context_));
}

void Device::synchronize() const {
  make_current();
  LATHE_CUDA(*this, cuCtxSynchronize());
}

Device::Memory Device::memory() const {
  make_current();
  size_t free_bytes = 0;
  size_t total_bytes = 0;
  LATHE_CUDA(*this, cuMemGetInfo_v2(&free_bytes, &total_bytes));
  return {static_cast<int64_t>(free_bytes), static_cast<int64_t>(total_bytes)};
}

void Device::check(Result result, const char* call, std::string_view subject) const {
  if (result == 0) return;
  std::string message =
      cat(call, subject.empty() ? "" : cat(" of ", subject), " on cuda:", info_.index, " (",
          info_.name, "): ", driver_->describe(result));
  if (is_sticky(result)) {
    const char* launched = launched_last_.load();
    if (subject.empty() && launched != nullptr) message += cat("; launched last: ", launched);
    poison(message);
  }
  fail(error_code_of(result), message);
}

}  // namespace lathe::cuda
