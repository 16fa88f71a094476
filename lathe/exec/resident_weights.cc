// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/resident_weights.h"

#include <fstream>
#include <set>

#include "lathe/base/error.h"
#include "lathe/engine/usage.h"
#include "lathe/exec/byte_table.h"
#include "lathe/exec/load_weight.h"
#include "lathe/exec/memory.h"

namespace lathe::exec {

namespace {

constexpr int64_t kAlignment = 64;  // of every tensor, by filling up the one before

// What the weight is in memory, and in which form: "model.norm.weight|plain|f32|values",
// "lm_head.weight|q8_0|q8_0.panel32".
ByteTensor stored_as(const engine::PlanWeight& weight) {
  const LoadedType type = loaded_type(weight);
  const std::string form = weight.layout.empty()
                               ? cat(to_string(type.dtype), "|", to_string(weight.part))
                               : weight.layout;
  const int64_t bytes = loaded_bytes(type);
  return {.name = cat(weight.name, "|", weight.format.name, "|", form),
          .shape = {(bytes + kAlignment - 1) / kAlignment * kAlignment}};
}

struct Stored {
  const engine::PlanWeight* weight;
  ByteTensor tensor;
};

// Every weight that a target uses, the same one once.
std::vector<Stored> used_by_any(std::span<const engine::Plan> plans) {
  std::vector<Stored> out;
  std::set<std::string> names;
  for (const engine::Plan& plan : plans) {
    const std::vector<bool> used = engine::used_by_any_target(plan);
    for (size_t i = 0; i < used.size(); ++i) {
      Stored stored{&plan.weights[i], stored_as(plan.weights[i])};
      if (used[i] && names.insert(stored.tensor.name).second) out.push_back(std::move(stored));
    }
  }
  return out;
}

void write_weight(const Stored& stored, const RowReader& rows, ThreadPool& pool,
                  std::ostream& out) {
  const Tensor memory =
      lazy_zeros(DType::kU8, stored.tensor.shape, Pages::kSmall, stored.weight->name);
  const LoadedType type = loaded_type(*stored.weight);
  load_weight(*stored.weight, rows, pool,
              Tensor(type.dtype, type.sizes, std::make_shared<Tensor>(memory), memory.data()));
  out.write(static_cast<const char*>(memory.data()), memory.num_bytes());
}

}  // namespace

void store_resident(std::span<const engine::Plan> plans, const RowReader& rows, ThreadPool& pool,
                    const std::filesystem::path& file) {
  const std::vector<Stored> all = used_by_any(plans);
  std::vector<ByteTensor> tensors;
  tensors.reserve(all.size());
  for (const Stored& stored : all) tensors.push_back(stored.tensor);
  std::ofstream out(file, std::ios::binary);
  out << byte_table_header(tensors);
  for (const Stored& stored : all) write_weight(stored, rows, pool, out);
  if (!out.flush()) fail(ErrorCode::kNotFound, file.string(), ": cannot be written");
}

ResidentReader resident_weights(const std::filesystem::path& file) {
  return [table = std::make_shared<const ByteTable>(file)](const engine::PlanWeight& weight) {
    const std::span<const std::byte> bytes = table->at(stored_as(weight));
    const LoadedType type = loaded_type(weight);
    // Kernels only read weights; the mapping would not let them write.
    return Tensor(type.dtype, type.sizes, table, const_cast<std::byte*>(bytes.data()));
  };
}

}  // namespace lathe::exec
