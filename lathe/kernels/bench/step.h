// SPDX-License-Identifier: Apache-2.0
// The step that a kernel is timed in: what the symbols of a language model's shapes stand for.
#pragma once

#include "lathe/core/dim.h"
#include "lathe/core/dtype.h"

namespace lathe::kernels {

struct BenchStep {
  int64_t tokens = 1;
  int64_t sequences = 1;    // that share the tokens evenly
  int64_t context = 0;      // tokens of each sequence that are in the cache already
  int64_t block_size = 64;  // of the KV cache
  DType kv_dtype = DType::kF32;

  // Tokens in the cache of the longest sequence, this step's included.
  int64_t kv_length() const { return context + (tokens + sequences - 1) / sequences; }
  int64_t table_width() const { return (kv_length() + block_size - 1) / block_size; }
  // tokens, sequences, logit_rows (one a sequence), table_width.
  DimBindings bindings() const;
};

}  // namespace lathe::kernels
