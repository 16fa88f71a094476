// SPDX-License-Identifier: Apache-2.0
// How the bytes of a checkpoint's weight are coded, and the way from there to canonical rows.
//
//   const quant::Weight found = quant::find_weight(*checkpoint, {"lm_head.weight"});
//   ops::CanonicalTensor rows = found.format->read(*checkpoint, source, {0, 64});
//
// To add a format: one file that implements WeightFormat (a block format of GGUF only describes its
// block, see gguf_blocks.h), one line in formats.h and in the list of weight_format.cc. Packing for
// a kernel is none of its business: kernels pack canonical rows.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "lathe/ops/weight_format.h"
#include "lathe/ops/weight_source.h"
#include "lathe/weights/checkpoint.h"

namespace lathe::quant {

// Rows [begin, end) of a weight, in the order that its name promises.
struct RowRange {
  int64_t begin = 0;
  int64_t end = 0;
  int64_t size() const { return end - begin; }
};

class WeightFormat;

// What a source turned out to be.
struct Weight {
  ops::WeightFormatDesc desc;
  std::vector<int64_t> shape;  // logical, transposition applied: [out, in], or [n] of a vector
  const WeightFormat* format = nullptr;
};

// One way of storing weights.
//
// Formats are constants: the list is fixed at compile time, any thread may call them, and they keep
// nothing. The builder asks `recognise` to learn what a parameter is; exec calls `read` while it
// loads, from several threads, a slice of rows at a time. What `Weight::desc` says is stored in
// engines and has to stay the same for the same bytes.
class WeightFormat {
 public:
  virtual ~WeightFormat() = default;

  // The weight where the tensor(s) that `source` names are in this format, else empty. Looks at
  // names, storage types and shapes, never at values. REQUIRES: the tensor exists.
  virtual std::optional<Weight> recognise(const weights::CheckpointReader& checkpoint,
                                          const ops::WeightSource& source) const = 0;

  // Rows of a weight that `recognise` accepted: row order and transposition applied, in memory of
  // their own. Throws kUnsupported for a combination that the format cannot yield.
  virtual ops::CanonicalTensor read(const weights::CheckpointReader& checkpoint,
                                    const ops::WeightSource& source, RowRange rows) const = 0;
};

std::span<const WeightFormat* const> weight_formats();

// Throws kNotFound where the checkpoint has no such tensor, kUnsupported where no format knows how
// it is stored.
Weight find_weight(const weights::CheckpointReader& checkpoint, const ops::WeightSource& source);

}  // namespace lathe::quant
