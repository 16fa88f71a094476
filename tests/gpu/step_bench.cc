// SPDX-License-Identifier: Apache-2.0
// Checks a small generation step against float64 and times Llama-3-8B's.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "case.h"
#include "generation_step.h"
#include "lathe/base/error.h"
#include "lathe/ops/rope_scaling.h"
#include "report.h"

namespace lathe::gpu_tests {

namespace {

constexpr DecoderShape kSmall = {.layers = 2,
                                 .hidden = 256,
                                 .heads = 4,
                                 .kv_heads = 2,
                                 .head_dim = 64,
                                 .ffn = 704,
                                 .vocab = 1000,
                                 .block = 64,
                                 .dtype = DType::kBf16};

using Vector = std::vector<double>;

Vector norm(const Vector& x, const Tensor& weight) {
  double squares = 0;
  for (const double value : x) squares += value * value;
  const double by = 1 / std::sqrt(squares / static_cast<double>(x.size()) + 1e-5);
  Vector y;
  for (size_t i = 0; i < x.size(); ++i)
    y.push_back(x[i] * by * at(weight, static_cast<int64_t>(i)));
  return y;
}

Vector product(const Tensor& weight, const Vector& x) {
  Vector y(static_cast<size_t>(weight.size(0)));
  for (int64_t row = 0; row < weight.size(0); ++row) {
    for (size_t i = 0; i < x.size(); ++i) {
      y[static_cast<size_t>(row)] +=
          at(weight, row * weight.size(1) + static_cast<int64_t>(i)) * x[i];
    }
  }
  return y;
}

// One sequence of a small decoder, in f64.
struct ReferenceStep {
  const DecoderShape& s;
  const std::vector<LayerWeights>& layers;
  const std::vector<Tensor>& keys;
  const std::vector<Tensor>& values;
  const int32_t* table;
  int64_t length;

  int64_t row(int64_t kv_head, int64_t token) const {
    return ((table[token / s.block] * s.kv_heads + kv_head) * s.block + token % s.block) *
           s.head_dim;
  }
  void rotate(double* head) const {
    const ops::RopeFrequencies f = ops::rope_frequencies(ops::NoScaling{}, 500000, s.head_dim, 0);
    const int64_t half = s.head_dim / 2;
    for (int64_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(length - 1) * f.inverse[static_cast<size_t>(i)];
      const double a = head[i], b = head[i + half];
      head[i] = a * std::cos(angle) - b * std::sin(angle);
      head[i + half] = b * std::cos(angle) + a * std::sin(angle);
    }
  }
  Vector attend(size_t layer, Vector qkv) const {
    for (int64_t head = 0; head < s.heads + s.kv_heads; ++head)
      rotate(&qkv[static_cast<size_t>(head * s.head_dim)]);
    Vector y;
    for (int64_t head = 0; head < s.heads; ++head) {
      const int64_t kv_head = head / (s.heads / s.kv_heads);
      const double* q = &qkv[static_cast<size_t>(head * s.head_dim)];
      const double* new_k = &qkv[static_cast<size_t>((s.heads + kv_head) * s.head_dim)];
      const double* new_v = new_k + s.kv_heads * s.head_dim;
      double sum = 0;
      Vector out(static_cast<size_t>(s.head_dim));
      for (int64_t j = 0; j < length; ++j) {
        const bool newest = j == length - 1;
        double dot = 0;
        for (int64_t d = 0; d < s.head_dim; ++d) {
          dot += q[d] * (newest ? new_k[d] : at(keys[layer], row(kv_head, j) + d));
        }
        const double weight = std::exp(dot / std::sqrt(static_cast<double>(s.head_dim)));
        sum += weight;
        for (int64_t d = 0; d < s.head_dim; ++d) {
          out[static_cast<size_t>(d)] +=
              weight * (newest ? new_v[d] : at(values[layer], row(kv_head, j) + d));
        }
      }
      for (const double value : out) y.push_back(value / sum);
    }
    return y;
  }
  Vector run(Vector h, const Tensor& head_norm, const Tensor& vocab) const {
    for (size_t i = 0; i < layers.size(); ++i) {
      const LayerWeights& w = layers[i];
      const Vector o = product(w.o, attend(i, product(w.qkv, norm(h, w.norm))));
      for (size_t j = 0; j < h.size(); ++j) h[j] += o[j];
      const Vector both = product(w.gate_up, norm(h, w.mlp_norm));
      Vector gated;
      for (int64_t j = 0; j < s.ffn; ++j) {
        const double gate = both[static_cast<size_t>(j)];
        gated.push_back(gate / (1 + std::exp(-gate)) * both[static_cast<size_t>(j + s.ffn)]);
      }
      const Vector down = product(w.down, gated);
      for (size_t j = 0; j < h.size(); ++j) h[j] += down[j];
    }
    return product(vocab, norm(h, head_norm));
  }
};

LayerWeights random_layer(const DecoderShape& s, uint64_t seed) {
  const auto matrix = [&](int64_t rows, int64_t columns) {
    return random_tensor({rows, columns}, {s.dtype, 2 / std::sqrt(columns), 0}, ++seed);
  };
  const auto vector = [&] { return random_tensor({s.hidden}, {s.dtype, 0.2, 1}, ++seed); };
  return {vector(), matrix(s.qkv(), s.hidden),   matrix(s.hidden, s.heads * s.head_dim),
          vector(), matrix(s.ffn * 2, s.hidden), matrix(s.hidden, s.ffn)};
}

bool check_small(Gpu& gpu) {
  const DecoderShape& s = kSmall;
  const std::vector<int64_t> lengths = {17, 64, 333};
  GenerationStep step(gpu, s, lengths);
  std::vector<LayerWeights> layers;
  std::vector<Tensor> keys, values;
  for (int64_t i = 0; i < s.layers; ++i) {
    const auto seed = static_cast<uint64_t>(100 * i);
    layers.push_back(random_layer(s, seed));
    const std::vector<int64_t> cache = {step.num_blocks(), s.kv_heads, s.block, s.head_dim};
    keys.push_back(random_tensor(cache, {s.dtype, 1, 0}, seed + 50));
    values.push_back(random_tensor(cache, {s.dtype, 1, 0}, seed + 51));
    step.give_layer(i, layers.back());
    step.give_cache(i, keys.back(), values.back());
  }
  const Tensor head_norm = random_tensor({s.hidden}, {s.dtype, 0.2, 1}, 900);
  const Tensor vocab = random_tensor({s.vocab, s.hidden}, {s.dtype, 0.1, 0}, 901);
  const Tensor hidden = random_tensor({3, s.hidden}, {s.dtype, 1, 0}, 902);
  step.give_head(head_norm, vocab);
  step.give_hidden(hidden);
  const cuda::GraphExec graph = cuda::capture(
      gpu.stream, [&] { step.enqueue(WithAttention::kYes, cuda::Overlap::kProgrammatic); });
  graph.launch(gpu.stream);
  Vector want;
  const auto width = static_cast<int64_t>(step.tables().size()) / 3;
  for (int64_t i = 0; i < 3; ++i) {
    Vector h;
    for (int64_t j = 0; j < s.hidden; ++j) h.push_back(at(hidden, i * s.hidden + j));
    const ReferenceStep reference{
        s, layers, keys, values, step.tables().data() + i * width, lengths[static_cast<size_t>(i)]};
    const Vector logits = reference.run(h, head_norm, vocab);
    want.insert(want.end(), logits.begin(), logits.end());
  }
  const Comparison comparison = compare(step.logits(), want);
  const bool ok = comparison.bad == 0 && comparison.relative < 2e-2;
  std::printf("%s small step against f64: %s, %zu nodes\n", ok ? "pass" : "FAIL",
              to_text(comparison).c_str(), graph.num_nodes());
  return ok;
}

struct Variant {
  const char* name;
  WithAttention attention;
  cuda::Overlap overlap;
};
constexpr Variant kVariants[] = {
    {"step", WithAttention::kYes, cuda::Overlap::kProgrammatic},
    {"linear layers alone", WithAttention::kNo, cuda::Overlap::kProgrammatic},
    {"step without overlap", WithAttention::kYes, cuda::Overlap::kNone},
};

void time_step(Gpu& gpu, int64_t batch, int64_t context, Report& report) {
  GenerationStep step(gpu, {}, std::vector<int64_t>(static_cast<size_t>(batch), context));
  for (const Variant& variant : kVariants) {
    const cuda::GraphExec graph =
        cuda::capture(gpu.stream, [&] { step.enqueue(variant.attention, variant.overlap); });
    const double us = median_us(gpu, graph, 25);
    double bytes = step.weight_bytes();
    if (variant.attention == WithAttention::kYes) bytes += step.cache_bytes();
    const double share = bytes / us / report.read_bytes_per_us;
    const std::string name = cat(variant.name, " ", batch, " x ", context);
    std::printf("%-34s %8.3f ms  %.3f TB/s  %5.1f %% of the read rate  %zu nodes\n", name.c_str(),
                us / 1e3, bytes / us / 1e6, share * 100, graph.num_nodes());
    std::fflush(stdout);
    report.rows.push_back({name, us, bytes, 0, share, static_cast<int64_t>(graph.num_nodes())});
  }
  const Vector logits = step.logits();
  if (!std::all_of(logits.begin(), logits.end(), [](double v) { return std::isfinite(v); })) {
    fail(ErrorCode::kInternal, "the step's logits are not finite");
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> step_sources() {
  auto out = sources_of(kSmall);
  for (auto& entry : sources_of({})) out.push_back(std::move(entry));
  return out;
}

int run_steps(Gpu& gpu, const std::string& filter, const std::string& json) {
  if (!check_small(gpu)) return 1;
  if (filter == "check") return 0;
  struct Load {
    int64_t batch, context;
  };
  static constexpr Load kLoads[] = {{1, 1024},  {2, 1024},  {4, 1024},  {8, 1024}, {16, 1024},
                                    {32, 1024}, {64, 1024}, {64, 4096}, {1, 4096}};
  Report report{to_text(gpu.device->info()), read_rate(gpu), {}};
  for (const Load& load : kLoads) {
    if (!filter.empty() && filter != cat(load.batch, "x", load.context)) continue;
    time_step(gpu, load.batch, load.context, report);
  }
  report.write(json);
  return 0;
}

}  // namespace lathe::gpu_tests
