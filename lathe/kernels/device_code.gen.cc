// SPDX-License-Identifier: Apache-2.0
// Every op's generators: one line an op folder.
#include "lathe/kernels/device_code.h"

#include <vector>

namespace lathe::kernels {
namespace {

const Generator* find_generator(std::string_view kernel) {
  using List = std::span<const Generator> (*)();
  static constexpr List kLists[] = {
      copy_generators,
      embedding_generators,
      gated_activation_generators,
      gather_generators,
      kv_write_generators,
      layer_norm_generators,
      linear_generators,
      norm_linear_generators,
      paged_attention_generators,
      pointwise_generators,
      rms_norm_generators,
      rope_generators,
      rope_kv_write_generators,
      rope_paged_attention_generators,
  };
  for (const List list : kLists) {
    for (const Generator& generator : list()) {
      if (generator.kernel == kernel) return &generator;
    }
  }
  return nullptr;
}

}  // namespace

bool has_device_code(std::string_view kernel) { return find_generator(kernel) != nullptr; }

std::string device_code(std::string_view kernel, const Problem& problem,
                        const GeneratorOptions& options) {
  const Generator* generator = find_generator(kernel);
  if (generator == nullptr) fail(ErrorCode::kNotFound, "no generator for kernel ", quote(kernel));
  return generator->source(problem, options);
}

}  // namespace lathe::kernels
