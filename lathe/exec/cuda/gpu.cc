// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/gpu.h"

#include "lathe/base/error.h"
#include "lathe/core/cuda/arch.h"
#include "lathe/kernels/enqueue.h"

namespace lathe::exec {

namespace {

// Whatever goes wrong here is the machine's or its driver's: the command ends with "device".
template <class F>
decltype(auto) as_unavailable(const F& f) {
  try {
    return f();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kOutOfMemory) throw;
    throw Error(ErrorCode::kUnavailable, error.message());
  }
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// Code that the reader took, since it is what the build wrote, and the driver does not.
[[noreturn]] void fail_with_way_out(const Error& error, const cuda::Device& device) {
  const int version = device.driver().version;
  fail(ErrorCode::kUnavailable, error.message(), "; rebuild the engine with `lathe build`",
       " or update the driver, which is CUDA ", version / 1000, ".", version % 1000 / 10, "'s");
}

cuda::Module load_module(const std::shared_ptr<const cuda::Device>& device, const std::string& key,
                         const std::string& code) {
  try {
    return cuda::Module(device, bytes_of(code), key);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kOutOfMemory) throw;
    fail_with_way_out(error, *device);
  }
}

}  // namespace

std::shared_ptr<const cuda::Device> check_gpu(std::shared_ptr<const cuda::Device> device, int sm) {
  const std::string wanted = cuda::arch_of(sm);
  const DeviceInfo& info = device->info();
  if (info.arch == wanted) return device;
  fail(ErrorCode::kUnavailable, "cuda:", info.index, " (", info.name, ") is ", info.arch,
       ", the engine's kernels are for ", wanted,
       "; choose another --device, or build an engine with `lathe build --target cpu`");
}

std::shared_ptr<const cuda::Device> open_gpu(int index, int sm, const cuda::LibrarySearch& search) {
  return as_unavailable(
      [&] { return check_gpu(cuda::Device::open(cuda::load_driver(search), index), sm); });
}

std::shared_ptr<const cuda::CublasLt> open_products(std::shared_ptr<const cuda::Device> device,
                                                    const cuda::LibrarySearch& search) {
  try {
    return std::make_shared<const cuda::CublasLt>(std::move(device), search);
  } catch (const Error& error) {
    fail(ErrorCode::kUnavailable, "kernels of this engine multiply by cuBLASLt: ", error.message(),
         "; or run it with --no-libraries, which is slower");
  }
}

Gpu::Gpu(std::shared_ptr<const cuda::Device> device, const engine::DeviceCode& code,
         std::shared_ptr<const cuda::CublasLt> products)
    : device_(std::move(device)), stream_(device_), products_(std::move(products)) {
  for (const auto& [key, bytes] : code.cubins)
    modules_.emplace(key, load_module(device_, key, bytes));
}

cuda::Kernel Gpu::kernel(std::string_view code, std::string_view entry) const {
  const auto found = modules_.find(code);
  if (found == modules_.end()) {
    fail(ErrorCode::kUnavailable, "the engine has no device code ", quote(code),
         "; rebuild it with `lathe build`");
  }
  try {
    return as_unavailable([&] { return found->second.kernel(std::string(entry)); });
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kOutOfMemory || device_->poisoned()) throw;
    fail_with_way_out(error, *device_);
  }
}

Entries::Entries(const Gpu& gpu) : gpu_(gpu) {
  if (gpu.products() != nullptr) products_.emplace(gpu.products());
}

const cuda::Kernel& Entries::find(std::string_view code, std::string_view entry) {
  auto& entries = found_[code];
  const auto found = entries.find(entry);
  if (found != entries.end()) return found->second;
  return entries.emplace(entry, gpu_.kernel(code, entry)).first->second;
}

void Entries::enqueue(std::string_view code, const kernels::DeviceWork& work) {
  const auto kernel = [&](std::string_view entry) -> const cuda::Kernel& {
    return find(code, entry);
  };
  kernels::enqueue(gpu_.stream(), work, kernel, products_ ? &*products_ : nullptr);
}

}  // namespace lathe::exec
