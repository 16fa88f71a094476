// SPDX-License-Identifier: Apache-2.0
// embedding into f32 rows, from plain tables and from blocks of 8- and 4-bit codes. Bound by
// memory: one row of the table and one of y a token. The bits are the reference's.
#pragma once

#include "lathe/kernels/cpu/element_type.h"
#include "lathe/kernels/cpu/grain.h"
#include "lathe/kernels/cpu/ranges.h"
#include "lathe/kernels/cpu/vector.h"
#include "lathe/kernels/embedding/check_ids.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/embedding.h"

namespace lathe::kernels {
namespace {  // NOLINT(google-build-namespaces)

template <class Stored>
void plain_row(const KernelArgs& args, int64_t id, float* y) {
  const int64_t hidden = args.inputs[1].size(1);
  const Stored* row = args.inputs[1].as<Stored>() + id * hidden;
  for (int64_t i = 0; i < hidden; i += kVector) {
    store(y + i, load(row + i, hidden - i), hidden - i);
  }
}

// Sixteen codes from `index` on, an even number.
inline F32x16 load_codes(const TensorView& codes, int64_t index) {
  if (codes.dtype == DType::kI8) return load(codes.as<int8_t>() + index);
  const __m128i packed = _mm_loadl_epi64(
      reinterpret_cast<const __m128i*>(static_cast<uint8_t*>(codes.data) + index / 2));
  const __m128i low_bits = _mm_set1_epi8(15);
  const __m128i even = _mm_and_si128(packed, low_bits);
  const __m128i odd = _mm_and_si128(_mm_srli_epi16(packed, 4), low_bits);
  int8_t lanes[kVector];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(lanes), _mm_unpacklo_epi8(even, odd));
  return load(lanes);
}

template <class Scale>
void coded_row(const KernelArgs& args, int64_t id, float* y) {
  const ops::WeightFormatDesc& format = args.op.as<ops::Embedding>()->format;
  const TensorView& codes = args.inputs[1];
  const int64_t hidden = codes.size(1);
  const int64_t blocks = hidden / format.block_cols;
  const auto offset = broadcast(static_cast<float>(format.code_offset));
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t place = id * blocks + block;
    const auto scale = broadcast(widened(args.inputs[2].as<Scale>()[place]));
    const auto minimum =
        broadcast(format.has_minimums ? widened(args.inputs[3].as<Scale>()[place]) : 0);
    for (int64_t i = block * format.block_cols; i < (block + 1) * format.block_cols; i += kVector) {
      store(y + i, (load_codes(codes, id * hidden + i) - offset) * scale + minimum);
    }
  }
}

// `row` fills one row of y.
template <class Row>
void for_tokens(const KernelArgs& args, Row row) {
  const int64_t hidden = args.outputs[0].size(1);
  const auto* ids = args.inputs[0].as<int32_t>();
  auto* y = args.outputs[0].as<float>();
  for_ranges(args.pool, args.inputs[0].size(0), grain_rows(hidden),
             [&](int64_t begin, int64_t end) {
               for (int64_t token = begin; token < end; ++token)
                 row(args, ids[token], y + token * hidden);
             });
}

inline void run_embedding(const KernelArgs& args) {
  check_ids(args.inputs[0], args.inputs[1].size(0));
  if (args.op.as<ops::Embedding>()->format.is_plain()) {
    with_element(args.inputs[1].dtype,
                 [&]<class Stored>(Stored) { for_tokens(args, plain_row<Stored>); });
  } else {
    with_element(args.inputs[2].dtype,
                 [&]<class Scale>(Scale) { for_tokens(args, coded_row<Scale>); });
  }
}

}  // namespace
}  // namespace lathe::kernels
