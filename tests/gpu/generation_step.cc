// SPDX-License-Identifier: Apache-2.0
#include "generation_step.h"

#include <algorithm>
#include <cmath>

#include "case.h"
#include "lathe/base/error.h"
#include "lathe/ops/norm_linear.h"
#include "lathe/ops/rope_paged_attention.h"

namespace lathe::gpu_tests {
namespace {

kernels::Problem with_outputs(const ops::Op& op, std::vector<TensorType> inputs) {
  std::vector<TensorType> outputs = op.infer(inputs);
  return {op, std::move(inputs), std::move(outputs)};
}

kernels::Problem projection(const DecoderShape& s, int64_t rows, const ops::Linear& linear) {
  const TensorType x{s.dtype, {Dim::symbol("tokens"), s.hidden}};
  return with_outputs(ops::NormLinear{{}, linear},
                      {x, {s.dtype, {s.hidden}}, {s.dtype, {rows, s.hidden}}});
}

kernels::Problem back_projection(const DecoderShape& s, int64_t columns) {
  const Dim tokens = Dim::symbol("tokens");
  ops::Linear op;
  op.format.code_dtype = s.dtype;
  op.residual = true;
  return with_outputs(op, {{s.dtype, {tokens, columns}},
                           {s.dtype, {s.hidden, columns}},
                           {s.dtype, {tokens, s.hidden}}});
}

kernels::Problem attention(const DecoderShape& s) {
  const Dim tokens = Dim::symbol("tokens"), sequences = Dim::symbol("sequences");
  ops::RopePagedAttention op;
  op.rope.heads = s.heads;
  op.rope.rope = {.rotary_dims = s.head_dim, .theta = 500000, .scaling = {}};
  op.options.scale = 1 / std::sqrt(static_cast<float>(s.head_dim));
  return with_outputs(op, {{DType::kState, {s.kv_heads, s.head_dim}},
                           {s.dtype, {tokens, s.qkv()}},
                           {DType::kI32, {tokens}},
                           {DType::kI32, {sequences + 1}},
                           {DType::kI32, {sequences}},
                           {DType::kI32, {sequences, Dim::symbol("table_width")}}});
}

ops::Linear plain(const DecoderShape& s) {
  ops::Linear op;
  op.format.code_dtype = s.dtype;
  return op;
}
ops::Linear swiglu(const DecoderShape& s) {
  ops::Linear op = plain(s);
  op.activation = ops::UnaryKind::kSilu;
  op.gated = true;
  return op;
}
ops::Linear to_float(const DecoderShape& s) {
  ops::Linear op = plain(s);
  op.dtype = DType::kF32;
  return op;
}

// What the lists prefer for a step of so many tokens.
DeviceOp preferred(Gpu& gpu, const kernels::Problem& problem, int64_t tokens, int64_t block = 64) {
  return {gpu, *records_for(problem, tokens).front(), problem, block};
}

// The problems of a step, by their names.
std::vector<std::pair<std::string, kernels::Problem>> problems_of(const DecoderShape& s) {
  return {{"qkv", projection(s, s.qkv(), plain(s))},
          {"attention", attention(s)},
          {"o", back_projection(s, s.heads * s.head_dim)},
          {"gate_up", projection(s, s.ffn * 2, swiglu(s))},
          {"down", back_projection(s, s.ffn)},
          {"head", projection(s, s.vocab, to_float(s))}};
}

}  // namespace

std::vector<std::pair<std::string, std::string>> sources_of(const DecoderShape& s) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, problem] : problems_of(s)) {
    for (const int64_t batch : {1, 16, 64}) {
      out.emplace_back(name, source_of(*records_for(problem, batch).front(), problem, s.block));
    }
  }
  return out;
}

GenerationStep::GenerationStep(Gpu& gpu, const DecoderShape& s, std::vector<int64_t> lengths)
    : gpu_(gpu),
      shape_(s),
      lengths_(std::move(lengths)),
      batch_(static_cast<int64_t>(lengths_.size())),
      width_((*std::max_element(lengths_.begin(), lengths_.end()) + s.block - 1) / s.block),
      blocks_(batch_ * width_ + 1),
      qkv_op_(preferred(gpu, projection(s, s.qkv(), plain(s)), batch_)),
      attention_op_(preferred(gpu, attention(s), batch_, s.block)),
      o_op_(preferred(gpu, back_projection(s, s.heads * s.head_dim), batch_)),
      gate_up_op_(preferred(gpu, projection(s, s.ffn * 2, swiglu(s)), batch_)),
      down_op_(preferred(gpu, back_projection(s, s.ffn), batch_)),
      head_op_(preferred(gpu, projection(s, s.vocab, to_float(s)), batch_)) {
  const auto packed = [&](const DeviceOp& op) {
    const TensorType& weight = op.problem().inputs[kernels::weight_operand(op.problem().op)];
    return op.kernel().layout->packed_bytes(plain(s).format, weight.shape[0].value(),
                                            weight.shape[1].value()) /
           2;
  };
  const int64_t cache = blocks_ * s.kv_heads * s.block * s.head_dim;
  for (int64_t i = 0; i < s.layers; ++i) {
    Layer layer{random_buffer(s.hidden, "norm"),
                random_buffer(packed(qkv_op_), "qkv"),
                random_buffer(packed(o_op_), "o"),
                random_buffer(s.hidden, "norm"),
                random_buffer(packed(gate_up_op_), "mlp"),
                random_buffer(packed(down_op_), "down"),
                random_buffer(cache, "cache"),
                random_buffer(cache, "cache"),
                {}};
    layer.cache = {layer.keys.pointer(),
                   layer.values.pointer(),
                   s.dtype,
                   blocks_,
                   s.block,
                   s.kv_heads,
                   s.head_dim};
    layers_.push_back(std::move(layer));
  }
  head_norm_ = random_buffer(s.hidden, "norm");
  head_ = random_buffer(packed(head_op_), "head");
  hidden_ = random_buffer(batch_ * s.hidden, "hidden");
  middle_ = random_buffer(batch_ * s.hidden, "hidden");
  qkv_ = random_buffer(batch_ * s.qkv(), "qkv");
  attended_ = random_buffer(batch_ * s.heads * s.head_dim, "attended");
  gated_ = random_buffer(batch_ * s.ffn, "gated");
  logits_ = random_buffer(batch_ * s.vocab * 2, "logits");
  std::vector<int32_t> positions, cumulative{0}, kv_lengths;
  for (int64_t i = 0; i < batch_; ++i) {
    const auto length = static_cast<int32_t>(lengths_[static_cast<size_t>(i)]);
    positions.push_back(length - 1);
    kv_lengths.push_back(length);
    cumulative.push_back(static_cast<int32_t>(i + 1));
  }
  for (int64_t i = 0; i < batch_ * width_; ++i) {
    tables_.push_back(static_cast<int32_t>(i * 7919 % (blocks_ - 1) + 1));
  }
  const auto up = [&](const std::vector<int32_t>& v) {
    return upload(gpu, v.data(), v.size() * 4);
  };
  positions_ = up(positions);
  cu_lengths_ = up(cumulative);
  kv_lengths_ = up(kv_lengths);
  block_tables_ = up(tables_);
  size_t workspace = 0;
  for (const DeviceOp* op :
       {&qkv_op_, &attention_op_, &o_op_, &gate_up_op_, &down_op_, &head_op_}) {
    workspace =
        std::max(workspace, op->workspace_bytes({{"tokens", batch_}, {"sequences", batch_}}));
  }
  workspace_ = cuda::DeviceBuffer(gpu.device, workspace, "workspace");
}

cuda::DeviceBuffer GenerationStep::random_buffer(int64_t elements, const char* what) {
  const auto bytes = static_cast<size_t>((elements * 2 + 3) / 4 * 4);
  cuda::DeviceBuffer out(gpu_.device, bytes, what);
  static uint32_t seed = 0;
  fill_random(gpu_, out, shape_.dtype, ++seed);
  return out;
}

void GenerationStep::put(const cuda::DeviceBuffer& to, const DeviceOp& op, const Tensor& weight) {
  const kernels::Layout& layout = *op.kernel().layout;
  const ops::WeightFormatDesc format = plain(shape_).format;
  Tensor packed(DType::kU8, {layout.packed_bytes(format, weight.size(0), weight.size(1))});
  layout.pack({format, weight, {}, {}}, 0, weight.size(0), static_cast<std::byte*>(packed.data()));
  gpu_.stream.copy_to_device(to.address(), packed.data(), static_cast<size_t>(packed.num_bytes()));
  gpu_.stream.synchronize();
}

void GenerationStep::give_layer(int64_t index, const LayerWeights& weights) {
  Layer& layer = layers_[static_cast<size_t>(index)];
  put(layer.qkv, qkv_op_, weights.qkv);
  put(layer.o, o_op_, weights.o);
  put(layer.gate_up, gate_up_op_, weights.gate_up);
  put(layer.down, down_op_, weights.down);
  layer.norm = upload(gpu_, weights.norm.data(), static_cast<size_t>(weights.norm.num_bytes()));
  layer.mlp_norm =
      upload(gpu_, weights.mlp_norm.data(), static_cast<size_t>(weights.mlp_norm.num_bytes()));
}

void GenerationStep::give_head(const Tensor& norm, const Tensor& vocab) {
  put(head_, head_op_, vocab);
  head_norm_ = upload(gpu_, norm.data(), static_cast<size_t>(norm.num_bytes()));
}

void GenerationStep::give_cache(int64_t index, const Tensor& keys, const Tensor& values) {
  Layer& layer = layers_[static_cast<size_t>(index)];
  layer.keys = upload(gpu_, keys.data(), static_cast<size_t>(keys.num_bytes()));
  layer.values = upload(gpu_, values.data(), static_cast<size_t>(values.num_bytes()));
  layer.cache.keys = layer.keys.pointer();
  layer.cache.values = layer.values.pointer();
}

void GenerationStep::give_hidden(const Tensor& hidden) {
  gpu_.stream.copy_to_device(hidden_.address(), hidden.data(),
                             static_cast<size_t>(hidden.num_bytes()));
  gpu_.stream.synchronize();
}

TensorView GenerationStep::view(const cuda::DeviceBuffer& buffer,
                                std::vector<int64_t> sizes) const {
  return device_view(buffer.pointer(), shape_.dtype, std::move(sizes));
}
TensorView GenerationStep::ids(const cuda::DeviceBuffer& buffer, std::vector<int64_t> sizes) const {
  return device_view(buffer.pointer(), DType::kI32, std::move(sizes));
}

void GenerationStep::enqueue_layer(Layer& layer, WithAttention with, cuda::Overlap overlap) {
  const DecoderShape& s = shape_;
  const int64_t b = batch_;
  void* workspace = workspace_.pointer();
  const TensorView x = view(hidden_, {b, s.hidden}), middle = view(middle_, {b, s.hidden});
  const TensorView qkv = view(qkv_, {b, s.qkv()});
  const TensorView attended = view(attended_, {b, s.heads * s.head_dim});
  const TensorView gated = view(gated_, {b, s.ffn});
  const auto weight = [](const cuda::DeviceBuffer& w) {
    return device_view(w.pointer(), DType::kU8, {1});
  };
  qkv_op_.enqueue({{x, view(layer.norm, {s.hidden}), weight(layer.qkv)}, {qkv}, workspace},
                  overlap);
  if (with == WithAttention::kYes) {
    const TensorView cache = device_view(&layer.cache, DType::kState, {s.kv_heads, s.head_dim});
    attention_op_.enqueue({{cache, qkv, ids(positions_, {b}), ids(cu_lengths_, {b + 1}),
                            ids(kv_lengths_, {b}), ids(block_tables_, {b, width_})},
                           {view(attended_, {b, s.heads, s.head_dim})},
                           workspace},
                          overlap);
  }
  o_op_.enqueue({{attended, weight(layer.o), x}, {middle}, workspace}, overlap);
  gate_up_op_.enqueue(
      {{middle, view(layer.mlp_norm, {s.hidden}), weight(layer.gate_up)}, {gated}, workspace},
      overlap);
  down_op_.enqueue({{gated, weight(layer.down), middle}, {x}, workspace}, overlap);
}

void GenerationStep::enqueue(WithAttention attention, cuda::Overlap overlap) {
  for (Layer& layer : layers_) enqueue_layer(layer, attention, overlap);
  const TensorView logits = device_view(logits_.pointer(), DType::kF32, {batch_, shape_.vocab});
  head_op_.enqueue({{view(hidden_, {batch_, shape_.hidden}), view(head_norm_, {shape_.hidden}),
                     device_view(head_.pointer(), DType::kU8, {1})},
                    {logits},
                    workspace_.pointer()},
                   overlap);
}

std::vector<double> GenerationStep::logits() {
  const std::vector<std::byte> bytes = download(gpu_, logits_);
  std::vector<double> out;
  for (int64_t i = 0; i < batch_ * shape_.vocab; ++i) {
    out.push_back(load_element(bytes.data(), DType::kF32, i));
  }
  return out;
}

double GenerationStep::weight_bytes() const {
  double bytes = static_cast<double>(head_.size());
  for (const Layer& layer : layers_) {
    bytes += static_cast<double>(layer.qkv.size() + layer.o.size() + layer.gate_up.size() +
                                 layer.down.size());
  }
  return bytes;
}

double GenerationStep::cache_bytes() const {
  double tokens = 0;
  for (const int64_t length : lengths_) tokens += static_cast<double>(length);
  return tokens * static_cast<double>(shape_.layers * shape_.kv_heads * shape_.head_dim * 4);
}

}  // namespace lathe::gpu_tests
