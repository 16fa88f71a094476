// SPDX-License-Identifier: Apache-2.0
// The element types of GGUF files: names and sizes of their blocks.
#pragma once

#include <cstdint>
#include <string_view>

namespace lathe {

struct GgmlType {
  uint32_t id;
  std::string_view name;  // lower case: "f32", "q4_1", "iq2_xs"
  int block_elements;     // a block holds this many neighbours along the innermost dim
  int block_bytes;
};

// Null where there is no such type. The pointer lives as long as the program.
const GgmlType* find_ggml_type(uint32_t id);
const GgmlType* find_ggml_type(std::string_view name);

}  // namespace lathe
