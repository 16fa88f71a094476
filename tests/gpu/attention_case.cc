// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>

#include "case.h"
#include "lathe/kernels/kv_cache_view.h"
#include "lathe/ops/rope_paged_attention.h"

namespace lathe::gpu_tests {
namespace {

struct Shape {
  DType dtype;
  int64_t kv_heads, head_dim, block;
  std::vector<int64_t> lengths;  // with the step's tokens
  std::vector<int64_t> queries;  // tokens of the step, a sequence
  ops::RopePagedAttention op;
  bool fused;  // else paged_attention, over queries and a cache that the reference has rotated

  int64_t heads() const { return op.rope.heads; }
  int64_t sequences() const { return static_cast<int64_t>(lengths.size()); }
  int64_t tokens() const { return std::accumulate(queries.begin(), queries.end(), int64_t{0}); }
  int64_t width() const {
    return (*std::max_element(lengths.begin(), lengths.end()) + block - 1) / block;
  }
  int64_t qkv_columns() const { return (heads() + 2 * kv_heads) * head_dim; }
};

Shape shape_of(const ProblemLine& line) {
  Shape shape{line.dtype("dtype", DType::kBf16),
              line.number("kv_heads", 8),
              line.number("head_dim", 128),
              line.number("block", 64),
              line.list("lengths"),
              line.list("q"),
              {},
              line.number("fused", 1) != 0};
  shape.queries.resize(shape.lengths.size(), shape.queries.empty() ? 1 : shape.queries.back());
  ops::RopeKvWrite& rope = shape.op.rope;
  rope.heads = line.number("heads", 32);
  rope.rope.rotary_dims = line.number("rotary", shape.head_dim);
  rope.rope.theta = line.real("theta", 500000);
  if (line.number("interleaved", 0) != 0) rope.rope.style = ops::RopeStyle::kInterleaved;
  ops::AttentionOptions& options = shape.op.options;
  options.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(shape.head_dim)));
  options.window = line.number("window", 0);
  options.sink_tokens = line.number("sinks", 0);
  options.soft_cap = static_cast<float>(line.real("soft_cap", 0));
  for (int64_t i = 0; line.number("alibi", 0) != 0 && i < rope.heads; ++i) {
    options.alibi_slopes.push_back(
        std::exp2(-8.0f * static_cast<float>(i + 1) / static_cast<float>(rope.heads)));
  }
  return shape;
}

kernels::Problem problem_of(const Shape& shape) {
  const Dim tokens = Dim::symbol("tokens"), sequences = Dim::symbol("sequences");
  if (!shape.fused) {
    const ops::Op op = ops::PagedAttention{shape.op.options};
    const std::vector<TensorType> inputs = {{shape.dtype, {tokens, shape.heads(), shape.head_dim}},
                                            {DType::kState, {shape.kv_heads, shape.head_dim}},
                                            {DType::kI32, {sequences + 1}},
                                            {DType::kI32, {sequences}},
                                            {DType::kI32, {sequences, Dim::symbol("table_width")}}};
    return {op, inputs, op.infer(inputs)};
  }
  const std::vector<TensorType> inputs = {{DType::kState, {shape.kv_heads, shape.head_dim}},
                                          {shape.dtype, {tokens, shape.qkv_columns()}},
                                          {DType::kI32, {tokens}},
                                          {DType::kI32, {sequences + 1}},
                                          {DType::kI32, {sequences}},
                                          {DType::kI32, {sequences, Dim::symbol("table_width")}}};
  return {shape.op, inputs, ops::Op(shape.op).infer(inputs)};
}

// Everything a step needs, on the host.
struct Step {
  Tensor keys, values;  // [blocks, kv_heads, block, head_dim]
  Tensor qkv;
  std::vector<int32_t> positions, cu_q_lengths{0}, lengths, tables;
  int64_t blocks = 0;
};

Step make_step(const Shape& shape, uint64_t seed) {
  Step step;
  const int64_t width = shape.width();
  step.blocks = shape.sequences() * width + 1;
  const std::vector<int64_t> cache = {step.blocks, shape.kv_heads, shape.block, shape.head_dim};
  step.keys = random_tensor(cache, {shape.dtype, 1.5, 0}, seed);
  step.values = random_tensor(cache, {shape.dtype, 1, 0.2}, seed + 1);
  step.qkv = random_tensor({shape.tokens(), shape.qkv_columns()}, {shape.dtype, 1.5, 0}, seed + 2);
  for (size_t s = 0; s < shape.lengths.size(); ++s) {
    const int64_t length = shape.lengths[s], count = shape.queries[s];
    for (int64_t i = 0; i < count; ++i) {
      step.positions.push_back(static_cast<int32_t>(length - count + i));
    }
    step.cu_q_lengths.push_back(step.cu_q_lengths.back() + static_cast<int32_t>(count));
    step.lengths.push_back(static_cast<int32_t>(length));
    for (int64_t i = 0; i < width; ++i) {  // blocks in no order
      const int64_t index = static_cast<int64_t>(s) * width + i;
      step.tables.push_back(static_cast<int32_t>(index * 7919 % (step.blocks - 1) + 1));
    }
  }
  return step;
}

// Block ids are a permutation only if the factor and the count have no common divisor.
bool tables_are_distinct(const Step& step) {
  std::vector<int32_t> sorted = step.tables;
  std::sort(sorted.begin(), sorted.end());
  return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

double rounded(DType dtype, double value) {
  double out[1];
  store_element(out, dtype, 0, value);
  return load_element(out, dtype, 0);
}

// The reference, one sequence at a time: rotates, writes the host's cache, attends, in f64.
class Reference {
 public:
  Reference(const Shape& shape, Step& step) : shape_(shape), step_(step) {}

  // Rotated queries [tokens, heads, head_dim].
  Tensor queries() const {
    Tensor out(shape_.dtype, {shape_.tokens(), shape_.heads(), shape_.head_dim});
    int64_t next = 0;
    for (int64_t token = 0; token < shape_.tokens(); ++token) {
      for (int64_t head = 0; head < shape_.heads(); ++head) {
        for (const double value : rotated(token, head)) {
          store_element(out.data(), shape_.dtype, next++, value);
        }
      }
    }
    return out;
  }

  std::vector<double> run() {
    std::vector<double> out;
    for (int64_t s = 0; s < shape_.sequences(); ++s) {
      for (int32_t t = step_.cu_q_lengths[static_cast<size_t>(s)];
           t < step_.cu_q_lengths[static_cast<size_t>(s) + 1]; ++t) {
        write_token(s, t);
      }
    }
    for (int64_t s = 0; s < shape_.sequences(); ++s) {
      for (int32_t t = step_.cu_q_lengths[static_cast<size_t>(s)];
           t < step_.cu_q_lengths[static_cast<size_t>(s) + 1]; ++t) {
        for (int64_t head = 0; head < shape_.heads(); ++head) attend(s, t, head, out);
      }
    }
    return out;
  }

 private:
  int64_t cache_index(int64_t sequence, int64_t kv_head, int64_t token) const {
    const int64_t block =
        step_.tables[static_cast<size_t>(sequence * shape_.width() + token / shape_.block)];
    return ((block * shape_.kv_heads + kv_head) * shape_.block + token % shape_.block) *
           shape_.head_dim;
  }

  std::vector<double> rotated(int64_t token, int64_t head) const {
    const ops::Rope& rope = shape_.op.rope.rope;
    const ops::RopeFrequencies frequencies =
        ops::rope_frequencies(rope.scaling, rope.theta, rope.rotary_dims, 0);
    std::vector<double> out;
    for (int64_t d = 0; d < shape_.head_dim; ++d) {
      out.push_back(at(step_.qkv, token * shape_.qkv_columns() + head * shape_.head_dim + d));
    }
    const std::vector<double> in = out;
    const int64_t half = rope.rotary_dims / 2;
    for (int64_t i = 0; i < half; ++i) {
      const bool interleaved = rope.style == ops::RopeStyle::kInterleaved;
      const auto a = static_cast<size_t>(interleaved ? 2 * i : i);
      const auto b = static_cast<size_t>(interleaved ? 2 * i + 1 : i + half);
      const double angle =
          step_.positions[static_cast<size_t>(token)] * frequencies.inverse[static_cast<size_t>(i)];
      out[a] = in[a] * std::cos(angle) - in[b] * std::sin(angle);
      out[b] = in[b] * std::cos(angle) + in[a] * std::sin(angle);
    }
    for (double& value : out) value = rounded(shape_.dtype, value);
    return out;
  }

  void write_token(int64_t sequence, int64_t token) {
    for (int64_t head = 0; head < shape_.kv_heads; ++head) {
      const std::vector<double> key = rotated(token, shape_.heads() + head);
      const int64_t to = cache_index(sequence, head, step_.positions[static_cast<size_t>(token)]);
      const int64_t from = token * shape_.qkv_columns() +
                           (shape_.heads() + shape_.kv_heads + head) * shape_.head_dim;
      for (int64_t d = 0; d < shape_.head_dim; ++d) {
        store_element(step_.keys.data(), shape_.dtype, to + d, key[static_cast<size_t>(d)]);
        store_element(step_.values.data(), shape_.dtype, to + d, at(step_.qkv, from + d));
      }
    }
  }

  double score(double product, int64_t position, int64_t token, int64_t head) const {
    const ops::AttentionOptions& o = shape_.op.options;
    double s = product * static_cast<double>(o.scale);
    const auto cap = static_cast<double>(o.soft_cap);
    if (cap > 0) s = cap * std::tanh(s / cap);
    if (!o.alibi_slopes.empty()) {
      s += static_cast<double>(o.alibi_slopes[static_cast<size_t>(head)]) *
           static_cast<double>(token - position);
    }
    const bool seen = o.window == 0 || position - token < o.window || token < o.sink_tokens;
    return seen ? s : -1e300;
  }

  void attend(int64_t sequence, int64_t token, int64_t head, std::vector<double>& out) const {
    const std::vector<double> q = rotated(token, head);
    const int64_t kv_head = head / (shape_.heads() / shape_.kv_heads);
    const int64_t position = step_.positions[static_cast<size_t>(token)];
    std::vector<double> scores;
    for (int64_t j = 0; j <= position; ++j) {
      const int64_t row = cache_index(sequence, kv_head, j);
      double product = 0;
      for (int64_t d = 0; d < shape_.head_dim; ++d) {
        product += q[static_cast<size_t>(d)] * at(step_.keys, row + d);
      }
      scores.push_back(score(product, position, j, head));
    }
    const double maximum = *std::max_element(scores.begin(), scores.end());
    double sum = 0;
    std::vector<double> y(static_cast<size_t>(shape_.head_dim));
    for (int64_t j = 0; j <= position; ++j) {
      const double weight = std::exp(scores[static_cast<size_t>(j)] - maximum);
      if (weight == 0) continue;
      sum += weight;
      const int64_t row = cache_index(sequence, kv_head, j);
      for (int64_t d = 0; d < shape_.head_dim; ++d) {
        y[static_cast<size_t>(d)] += weight * at(step_.values, row + d);
      }
    }
    for (const double value : y) out.push_back(value / sum);
  }

  const Shape& shape_;
  Step& step_;
};

class AttentionCase : public Case {
 public:
  explicit AttentionCase(const ProblemLine& line)
      : text_(line.text()),
        shape_(shape_of(line)),
        problem_(problem_of(shape_)),
        kernel_(record(shape_.fused ? "rope_paged_attention.cuda.sm90"
                                    : "paged_attention.cuda.sm90")) {}

  std::string name() const override { return cat(kernel_.name, " ", text_); }
  std::string source() const override { return source_of(kernel_, problem_, shape_.block); }
  DType tolerance_dtype() const override { return shape_.dtype; }

  Cost cost() const override {
    double bytes = 0, pairs = 0;
    for (size_t s = 0; s < shape_.lengths.size(); ++s) {
      const auto length = static_cast<double>(shape_.lengths[s]);
      const auto count = static_cast<double>(shape_.queries[s]);
      bytes += length * static_cast<double>(shape_.kv_heads * shape_.head_dim) * 4;
      pairs += count * (length - (count - 1) / 2);
    }
    return {bytes, pairs * static_cast<double>(shape_.heads() * shape_.head_dim) * 4};
  }

  Comparison check(Gpu& gpu) const override {
    Step step = make_step(shape_, 11);
    LATHE_CHECK(tables_are_distinct(step), "the problem's tables name a block twice");
    DeviceOp op(gpu, kernel_, problem_, shape_.block);
    const Workspace workspace(gpu, op.workspace_bytes(sizes()));
    std::vector<double> want;
    if (!shape_.fused) {
      want = Reference(shape_, step).run();
      step.qkv = Reference(shape_, step).queries();
    }
    const Buffers buffers = make_buffers(gpu, step);
    op.enqueue(operands(buffers, workspace.pointer()));
    workspace.expect_intact(gpu);
    if (shape_.fused) want = Reference(shape_, step).run();
    std::vector<double> got = values(download(gpu, buffers.y), static_cast<int64_t>(want.size()));
    const Comparison y = compare(got, want);
    const Comparison cache = compare_cache(gpu, buffers, step);
    return cache.relative > 1e-3 || cache.bad > 0 ? cache : y;
  }

  double time_us(Gpu& gpu) const override {
    DeviceOp op(gpu, kernel_, problem_, shape_.block);
    const Workspace workspace(gpu, op.workspace_bytes(sizes()));
    const Step step = small_step();
    Buffers buffers = make_buffers(gpu, step);
    const int64_t blocks = shape_.sequences() * shape_.width() + 1;
    const auto bytes =
        static_cast<size_t>(blocks * shape_.kv_heads * shape_.block * shape_.head_dim * 2);
    const size_t copies = std::clamp<size_t>((size_t{300} << 20) / (bytes * 2), 1, 32);
    std::vector<cuda::DeviceBuffer> caches;
    for (size_t i = 0; i < copies * 2; ++i) {
      caches.emplace_back(gpu.device, bytes, "cache");
      fill_random(gpu, caches.back(), shape_.dtype, static_cast<uint32_t>(i));
    }
    std::vector<kernels::KvCacheView> views;
    for (size_t i = 0; i < copies; ++i) {
      views.push_back({caches[i * 2].pointer(), caches[i * 2 + 1].pointer(), shape_.dtype, blocks,
                       shape_.block, shape_.kv_heads, shape_.head_dim});
    }
    return time_chain(gpu, 32, [&](int i) {
      DeviceOp::Operands all = operands(buffers, workspace.pointer());
      all.inputs[shape_.fused ? 0 : 1].data = &views[static_cast<size_t>(i) % copies];
      op.enqueue(all);
    });
  }

 private:
  struct Buffers {
    cuda::DeviceBuffer keys, values, qkv, positions, cu_q_lengths, lengths, tables, y;
    std::shared_ptr<kernels::KvCacheView> cache;
  };

  DimBindings sizes() const {
    return {{"tokens", shape_.tokens()},
            {"sequences", shape_.sequences()},
            {"table_width", shape_.width()}};
  }
  // The step without a cache on the host: for large problems that are only timed.
  Step small_step() const {
    Shape tiny = shape_;
    for (int64_t& length : tiny.lengths) length = 1;
    Step out = make_step(tiny, 3);
    Step ids;
    ids.blocks = shape_.sequences() * shape_.width() + 1;
    out.positions.clear();
    out.tables.clear();
    out.lengths.clear();
    for (size_t s = 0; s < shape_.lengths.size(); ++s) {
      for (int64_t i = 0; i < shape_.queries[s]; ++i) {
        out.positions.push_back(static_cast<int32_t>(shape_.lengths[s] - shape_.queries[s] + i));
      }
      out.lengths.push_back(static_cast<int32_t>(shape_.lengths[s]));
      for (int64_t i = 0; i < shape_.width(); ++i) {
        const int64_t index = static_cast<int64_t>(s) * shape_.width() + i;
        out.tables.push_back(static_cast<int32_t>(index * 7919 % (ids.blocks - 1) + 1));
      }
    }
    return out;
  }

  std::vector<double> values(const std::vector<std::byte>& bytes, int64_t count) const {
    std::vector<double> out;
    for (int64_t i = 0; i < count; ++i) out.push_back(load_element(bytes.data(), shape_.dtype, i));
    return out;
  }

  // The device's cache against the one that the reference wrote: rows behind a sequence included.
  Comparison compare_cache(Gpu& gpu, const Buffers& buffers, const Step& step) const {
    std::vector<double> got = values(download(gpu, buffers.keys), step.keys.num_elements());
    const std::vector<double> v = values(download(gpu, buffers.values), step.values.num_elements());
    got.insert(got.end(), v.begin(), v.end());
    std::vector<double> want;
    for (const Tensor* tensor : {&step.keys, &step.values}) {
      for (int64_t i = 0; i < tensor->num_elements(); ++i) want.push_back(at(*tensor, i));
    }
    return compare(got, want);
  }

  Buffers make_buffers(Gpu& gpu, const Step& step) const {
    const auto up = [&](const Tensor& t) {
      return upload(gpu, t.data(), static_cast<size_t>(t.num_bytes()));
    };
    const auto up_ids = [&](const std::vector<int32_t>& ids) {
      return upload(gpu, ids.data(), ids.size() * sizeof(int32_t));
    };
    const auto y_bytes =
        static_cast<size_t>(shape_.tokens() * shape_.heads() * shape_.head_dim * 2);
    Buffers out{up(step.keys),
                up(step.values),
                up(step.qkv),
                up_ids(step.positions),
                up_ids(step.cu_q_lengths),
                up_ids(step.lengths),
                up_ids(step.tables),
                cuda::DeviceBuffer(gpu.device, y_bytes, "y"),
                std::make_shared<kernels::KvCacheView>()};
    gpu.stream.fill(out.y.address(), 0xFF, y_bytes);
    *out.cache = {out.keys.pointer(), out.values.pointer(), shape_.dtype,   step.blocks,
                  shape_.block,       shape_.kv_heads,      shape_.head_dim};
    return out;
  }

  DeviceOp::Operands operands(const Buffers& b, void* workspace) const {
    const int64_t tokens = shape_.tokens(), sequences = shape_.sequences();
    const TensorView y =
        device_view(b.y.pointer(), shape_.dtype, {tokens, shape_.heads(), shape_.head_dim});
    if (!shape_.fused) {
      TensorView q = y;
      q.data = b.qkv.pointer();
      return {{q, device_view(b.cache.get(), DType::kState, {shape_.kv_heads, shape_.head_dim}),
               device_view(b.cu_q_lengths.pointer(), DType::kI32, {sequences + 1}),
               device_view(b.lengths.pointer(), DType::kI32, {sequences}),
               device_view(b.tables.pointer(), DType::kI32, {sequences, shape_.width()})},
              {y},
              workspace};
    }
    return {{device_view(b.cache.get(), DType::kState, {shape_.kv_heads, shape_.head_dim}),
             device_view(b.qkv.pointer(), shape_.dtype, {tokens, shape_.qkv_columns()}),
             device_view(b.positions.pointer(), DType::kI32, {tokens}),
             device_view(b.cu_q_lengths.pointer(), DType::kI32, {sequences + 1}),
             device_view(b.lengths.pointer(), DType::kI32, {sequences}),
             device_view(b.tables.pointer(), DType::kI32, {sequences, shape_.width()})},
            {y},
            workspace};
  }

  std::string text_;
  Shape shape_;
  kernels::Problem problem_;
  const kernels::Kernel& kernel_;
};

}  // namespace

Cases attention_cases(const ProblemLine& line) {
  Cases out;
  out.push_back(std::make_unique<AttentionCase>(line));
  return out;
}

}  // namespace lathe::gpu_tests
