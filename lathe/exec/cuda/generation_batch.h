// SPDX-License-Identifier: Apache-2.0
// Pure generation steps on their way into a CUDA graph: which bucket holds them, and the inputs of
// the sequences that fill a bucket up.
//
// A graph has fixed addresses and sizes, so a step of 5 sequences runs in the bucket of 8. The
// three others have one token each in the cache's spare block, which no sequence owns: they write
// there, attend to it, and nobody reads what they compute.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lathe/engine/plan.h"
#include "lathe/exec/value_views.h"

namespace lathe::exec {

inline constexpr int64_t kBuckets[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};

// The buckets of a run of at most `max_sequences`, ascending: the last one holds them all, where
// they are not more than the largest of kBuckets.
std::vector<int64_t> buckets_for(int64_t max_sequences);
// The same of a run with these limits of the step's symbols.
std::vector<int64_t> generation_buckets(const DimBindings& limits);
// Of a symbol; 0 where it has none.
int64_t limit_of(const DimBindings& limits, std::string_view symbol);
// Index of the first bucket that holds so many sequences; empty where none does.
std::optional<size_t> bucket_of(std::span<const int64_t> buckets, int64_t sequences);

// True where the plan's inputs are those of ops/step_inputs.h, no more and no less.
bool takes_step_inputs(const engine::Plan& plan);

// The sequences of a step in which each brings one token and wants its logits, in order; empty for
// all others. REQUIRES: inputs that ValueViews::bind has taken, of a plan that takes_step_inputs.
std::optional<int64_t> generation_sequences(std::span<const NamedView> inputs);

struct BucketShape {
  int64_t sequences = 0;
  int64_t table_width = 0;
  int32_t spare_block = 0;
};
// Bytes of an input in a bucket. REQUIRES: one of the step inputs.
int64_t bucket_bytes(std::string_view input, const BucketShape& shape);
// The sizes of an input in a bucket, over memory at `data`.
TensorView bucket_view(std::string_view input, const BucketShape& shape, void* data);
// Writes an input of a generation step, filled up to the bucket.
void fill_bucket(const NamedView& input, const BucketShape& shape, int32_t* out);

}  // namespace lathe::exec
