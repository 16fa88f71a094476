// SPDX-License-Identifier: Apache-2.0
// A whole generation step of a Llama-like decoder from the tree's records, five launches a layer,
// captured as one graph:
//   norm + q/k/v · rope + cache write + attention · o + residual · norm + gate/up + swiglu ·
//   down + residual;  at the end norm + vocabulary.
#pragma once

#include <string>
#include <vector>

#include "device_op.h"
#include "host_values.h"
#include "lathe/kernels/kv_cache_view.h"

namespace lathe::gpu_tests {

struct DecoderShape {
  int64_t layers = 32, hidden = 4096, heads = 32, kv_heads = 8, head_dim = 128;
  int64_t ffn = 14336, vocab = 128256, block = 64;
  DType dtype = DType::kBf16;

  int64_t qkv() const { return (heads + 2 * kv_heads) * head_dim; }
};

// The weights of one layer, and of the head (norm and vocab alone), as host tensors.
struct LayerWeights {
  Tensor norm, qkv, o, mlp_norm, gate_up, down;
};

enum class WithAttention { kNo, kYes };

class GenerationStep {
 public:
  // One token each for sequences of these lengths (with the new token). Weights and caches are
  // random; `give` replaces them.
  GenerationStep(Gpu& gpu, const DecoderShape& shape, std::vector<int64_t> lengths);

  void give_layer(int64_t layer, const LayerWeights& weights);
  void give_head(const Tensor& norm, const Tensor& vocab);
  void give_cache(int64_t layer, const Tensor& keys, const Tensor& values);
  void give_hidden(const Tensor& hidden);

  void enqueue(WithAttention attention, cuda::Overlap overlap);
  std::vector<double> logits();

  int64_t num_blocks() const { return blocks_; }
  const std::vector<int32_t>& tables() const { return tables_; }
  double weight_bytes() const;
  double cache_bytes() const;  // read by a step

 private:
  struct Layer {
    cuda::DeviceBuffer norm, qkv, o, mlp_norm, gate_up, down, keys, values;
    kernels::KvCacheView cache;
  };
  cuda::DeviceBuffer random_buffer(int64_t elements, const char* what);
  void put(const cuda::DeviceBuffer& to, const DeviceOp& op, const Tensor& weight);
  void enqueue_layer(Layer& layer, WithAttention attention, cuda::Overlap overlap);
  TensorView view(const cuda::DeviceBuffer& buffer, std::vector<int64_t> sizes) const;
  TensorView ids(const cuda::DeviceBuffer& buffer, std::vector<int64_t> sizes) const;

  Gpu& gpu_;
  DecoderShape shape_;
  std::vector<int64_t> lengths_;
  int64_t batch_, width_, blocks_;
  std::vector<int32_t> tables_;
  DeviceOp qkv_op_, attention_op_, o_op_, gate_up_op_, down_op_, head_op_;
  std::vector<Layer> layers_;
  cuda::DeviceBuffer head_norm_, head_, hidden_, middle_, qkv_, attended_, gated_, logits_;
  cuda::DeviceBuffer positions_, cu_lengths_, kv_lengths_, block_tables_, workspace_;
};

// Device sources that a step of one shape needs.
std::vector<std::pair<std::string, std::string>> sources_of(const DecoderShape& shape);

// Device sources that a step needs, for compiling ahead: name and text.
std::vector<std::pair<std::string, std::string>> step_sources();

// Checks a small step against float64, then times Llama-3-8B's shapes. `filter` chooses among
// "check", "1x1024", "16x1024", …; results are printed and, with `json`, written. 1 where the check
// fails.
int run_steps(Gpu& gpu, const std::string& filter, const std::string& json);

}  // namespace lathe::gpu_tests
