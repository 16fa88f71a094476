// SPDX-License-Identifier: Apache-2.0
// The device source of a CUDA kernel for one op with its exact sizes. Build side only.
//
//   std::string source = device_code("linear.cuda.sm90.small_m", problem);
//
// The source is self-contained: what is hashed, compiled and stored. Its entry points are those
// that the record's launches name. Sizes of the run (`tokens`, …) stay parameters.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "lathe/kernels/kernel.h"

namespace lathe::kernels {

struct GeneratorOptions {
  std::filesystem::path source_folder;  // files that win over the embedded ones; empty = none
  int64_t block_size = 64;              // tokens of a KV block
};

struct Generator {
  std::string_view kernel;  // the record's name
  std::string (*source)(const Problem& problem, const GeneratorOptions& options);
};

// REQUIRES: the kernel supports the problem. Throws kNotFound for a name without a generator.
std::string device_code(std::string_view kernel, const Problem& problem,
                        const GeneratorOptions& options = {});
bool has_device_code(std::string_view kernel);

// The device source that fills weights: `code` is one that fill_code (weights/cuda_fill.h) gives.
// Throws kNotFound.
std::string fill_source(std::string_view code, const GeneratorOptions& options = {});

// The device source of kSampleCode (sample/cuda_sample.h).
std::string sample_source(const GeneratorOptions& options = {});

// Each folder's generators, defined in its list.gen.cc.
std::span<const Generator> copy_generators();
std::span<const Generator> embedding_generators();
std::span<const Generator> gated_activation_generators();
std::span<const Generator> gather_generators();
std::span<const Generator> kv_write_generators();
std::span<const Generator> layer_norm_generators();
std::span<const Generator> linear_generators();
std::span<const Generator> norm_linear_generators();
std::span<const Generator> paged_attention_generators();
std::span<const Generator> pointwise_generators();
std::span<const Generator> rms_norm_generators();
std::span<const Generator> rope_generators();
std::span<const Generator> rope_kv_write_generators();
std::span<const Generator> rope_paged_attention_generators();

}  // namespace lathe::kernels
