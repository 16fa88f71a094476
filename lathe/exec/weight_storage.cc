// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/weight_storage.h"

#include "lathe/base/error.h"
#include "lathe/exec/load_weight.h"
#include "lathe/exec/memory.h"

namespace lathe::exec {

namespace {

constexpr int64_t kAlignment = 64;

int64_t aligned(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

void check_memory(const engine::Plan& plan, int64_t bytes) {
  const int64_t available = available_memory();
  if (bytes <= available) return;
  fail(ErrorCode::kOutOfMemory, "the weights of plan ", quote(plan.name), " need ", bytes,
       " bytes; this machine has ", available, " to give");
}

std::vector<Tensor> map_weights(const engine::Plan& plan, const std::vector<bool>& used,
                                const ResidentReader& resident) {
  std::vector<Tensor> out(used.size());
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i]) out[i] = resident(plan.weights[i]);
  }
  return out;
}

}  // namespace

std::vector<Tensor> load_weights(const engine::Plan& plan, const std::vector<bool>& used,
                                 const WeightRows& rows, ThreadPool& pool) {
  if (rows.resident) return map_weights(plan, used, rows.resident);
  std::vector<int64_t> offsets(used.size());
  int64_t total = 0;
  for (size_t i = 0; i < used.size(); ++i) {
    offsets[i] = total;
    if (used[i]) total += aligned(loaded_bytes(loaded_type(plan.weights[i])));
  }
  check_memory(plan, total);
  const Tensor memory = lazy_zeros(DType::kU8, {total}, Pages::kHuge, "weights");
  const auto owner = std::make_shared<const Tensor>(memory);
  std::vector<Tensor> out(used.size());
  for (size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) continue;
    const LoadedType type = loaded_type(plan.weights[i]);
    auto* data = static_cast<std::byte*>(memory.data()) + offsets[i];
    out[i] = Tensor(type.dtype, type.sizes, owner, data);
    load_weight(plan.weights[i], rows.read, pool, out[i]);
  }
  return out;
}

}  // namespace lathe::exec
