// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/host_copies.h"

#include "lathe/exec/cuda/kv_pool.h"

namespace lathe::exec {

namespace {

cuda::DevicePointer address_of(const void* device) {
  return reinterpret_cast<cuda::DevicePointer>(device);
}

}  // namespace

TensorView PinnedResults::fetch(int value, const TensorView& device_view) {
  TensorView out = device_view;
  if (device_view.data == nullptr) return out;  // before the first step
  Result& result = results_[value];
  const auto bytes = static_cast<size_t>(device_view.num_bytes());
  if (!result.fetched) {
    if (result.memory.size() < bytes) {
      result.memory = cuda::PinnedBuffer(stream_.shared_device(), bytes, "results of a step");
    }
    stream_.copy_to_host(result.memory.data(), address_of(device_view.data), bytes);
    stream_.synchronize();
    result.fetched = true;
  }
  out.data = result.memory.data();
  return out;
}

void PinnedResults::forget() {
  for (auto& [value, result] : results_) result.fetched = false;
}

void* OperandCopies::copy_bytes(const void* from, int64_t bytes) {
  const Tensor& to = memory_.emplace_back(Tensor(DType::kU8, {bytes}));
  stream_.copy_to_host(to.data(), address_of(from), static_cast<size_t>(bytes));
  stream_.synchronize();
  return to.data();
}

TensorView OperandCopies::copy(const TensorView& device_view) {
  TensorView out = device_view;
  if (device_view.dtype == DType::kState) {
    auto& cache = caches_.emplace_back(std::make_unique<kernels::KvCacheView>(
        *static_cast<const kernels::KvCacheView*>(device_view.data)));
    cache->keys = copy_bytes(cache->keys, half_bytes(*cache));
    cache->values = copy_bytes(cache->values, half_bytes(*cache));
    out.data = cache.get();
  } else {
    out.data = copy_bytes(device_view.data, device_view.num_bytes());
  }
  return out;
}

void OperandCopies::restore(const TensorView& host_view, const TensorView& device_view) {
  stream_.copy_to_device(address_of(device_view.data), host_view.data,
                         static_cast<size_t>(host_view.num_bytes()));
  stream_.synchronize();
}

}  // namespace lathe::exec
