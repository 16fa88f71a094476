// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "case.h"
#include "lathe/base/error.h"
#include "lathe/kernels/kernel.h"
#include "lathe/ops/norm_linear.h"

namespace lathe::gpu_tests {
namespace {

using ops::UnaryKind;

double activation(std::optional<UnaryKind> kind, double x) {
  if (!kind) return x;
  switch (*kind) {
    case UnaryKind::kSilu:
      return x / (1 + std::exp(-x));
    case UnaryKind::kGelu:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case UnaryKind::kGeluTanh:
      return 0.5 * x *
             (1 + std::tanh(std::sqrt(2 / 3.14159265358979) * (x + 0.044715 * x * x * x)));
    case UnaryKind::kQuickGelu:
      return x / (1 + std::exp(-1.702 * x));
    default:
      return std::max(x, 0.0);
  }
}

struct Layer {
  DType dtype, y_dtype;
  int64_t tokens, k, n;  // n: rows of the weight
  bool norm;
  ops::Linear op;

  int64_t outputs() const { return op.gated ? n / 2 : n; }
};

std::optional<UnaryKind> activation_of(const ProblemLine& line) {
  const std::string word = line.word("activation", "");
  for (const UnaryKind kind : ops::enum_values(UnaryKind{})) {
    if (to_string(kind) == word) return kind;
  }
  return std::nullopt;
}

Layer layer_of(const ProblemLine& line) {
  const DType dtype = line.dtype("dtype", DType::kBf16);
  Layer layer{dtype,
              line.dtype("y", dtype),
              line.number("tokens", 1),
              line.number("k", 0),
              line.number("n", 0),
              line.number("norm", 0) != 0,
              {}};
  layer.op.format.code_dtype = dtype;
  layer.op.bias = line.number("bias", 0) != 0;
  layer.op.residual = line.number("residual", 0) != 0;
  layer.op.gated = line.number("gated", 0) != 0;
  layer.op.activation = activation_of(line);
  if (layer.y_dtype != dtype) layer.op.dtype = layer.y_dtype;
  return layer;
}

kernels::Problem problem_of(const Layer& layer) {
  const Dim tokens = Dim::symbol("tokens");
  std::vector<TensorType> inputs = {{layer.dtype, {tokens, layer.k}}};
  if (layer.norm) inputs.push_back({layer.dtype, {layer.k}});
  inputs.push_back({layer.dtype, {layer.n, layer.k}});
  if (layer.op.bias) inputs.push_back({layer.dtype, {layer.n}});
  if (layer.op.residual) inputs.push_back({layer.dtype, {tokens, layer.outputs()}});
  const ops::Op op = layer.norm ? ops::Op(ops::NormLinear{{}, layer.op}) : ops::Op(layer.op);
  std::vector<TensorType> outputs = op.infer(inputs);
  return {op, std::move(inputs), std::move(outputs)};
}

struct Host {
  Tensor x, norm, weight, bias, residual;
};

Host random_operands(const Layer& layer, uint64_t seed) {
  const auto uniform = [&](double scale, double offset = 0) {
    return Uniform{layer.dtype, scale, offset};
  };
  Host host;
  host.x = random_tensor({layer.tokens, layer.k}, uniform(1), seed);
  host.norm = random_tensor({layer.k}, uniform(0.2, 1), seed + 1);
  host.weight = random_tensor({layer.n, layer.k}, uniform(2 / std::sqrt(layer.k)), seed + 2);
  host.bias = random_tensor({layer.n}, uniform(0.5), seed + 3);
  host.residual = random_tensor({layer.tokens, layer.outputs()}, uniform(1), seed + 4);
  return host;
}

// x as the product sees it.
std::vector<double> normalized(const Layer& layer, const Host& host, int64_t token) {
  std::vector<double> out(static_cast<size_t>(layer.k));
  double squares = 0;
  for (int64_t i = 0; i < layer.k; ++i) {
    const double value = at(host.x, token * layer.k + i);
    out[static_cast<size_t>(i)] = value;
    squares += value * value;
  }
  if (!layer.norm) return out;
  const double by = 1 / std::sqrt(squares / static_cast<double>(layer.k) + 1e-5);
  for (int64_t i = 0; i < layer.k; ++i) out[static_cast<size_t>(i)] *= by * at(host.norm, i);
  return out;
}

double row_product(const Layer& layer, const Host& host, const std::vector<double>& x,
                   int64_t row) {
  double sum = layer.op.bias ? at(host.bias, row) : 0;
  for (int64_t i = 0; i < layer.k; ++i) {
    sum += x[static_cast<size_t>(i)] * at(host.weight, row * layer.k + i);
  }
  return sum;
}

double expected(const Layer& layer, const Host& host, const std::vector<double>& x, int64_t token,
                int64_t output) {
  double y = activation(layer.op.activation, row_product(layer, host, x, output));
  if (layer.op.gated) y *= row_product(layer, host, x, output + layer.outputs());
  return layer.op.residual ? y + at(host.residual, token * layer.outputs() + output) : y;
}

// Outputs that are compared: all of small problems, every `step`-th of large ones.
int64_t sample_step(const Layer& layer) {
  const double products =
      static_cast<double>(layer.tokens * layer.n) * static_cast<double>(layer.k);
  return std::max<int64_t>(1, static_cast<int64_t>(products / 4e7) | 1);
}

class LinearCase : public Case {
 public:
  LinearCase(const ProblemLine& line, const kernels::Kernel& kernel)
      : text_(line.text()),
        layer_(layer_of(line)),
        problem_(problem_of(layer_)),
        kernel_(&kernel) {}

  std::string name() const override { return cat(kernel_->name, " ", text_); }
  std::string source() const override { return source_of(*kernel_, problem_); }
  DType tolerance_dtype() const override { return layer_.dtype; }

  Cost cost() const override {
    const auto weights = static_cast<double>(layer_.n * layer_.k);
    const auto tokens = static_cast<double>(layer_.tokens);
    const double activations =
        tokens * static_cast<double>(layer_.k * 2 + layer_.outputs() * bits_of(layer_.y_dtype) / 8);
    return {weights * 2 + activations, weights * tokens * 2};
  }

  Comparison check(Gpu& gpu) const override {
    const Host host = random_operands(layer_, 7);
    DeviceOp op(gpu, *kernel_, problem_);
    const kernels::Layout& layout = *kernel_->layout;
    Tensor packed(DType::kU8, {layout.packed_bytes(layer_.op.format, layer_.n, layer_.k)});
    layout.pack({layer_.op.format, host.weight, {}, {}}, 0, layer_.n,
                static_cast<std::byte*>(packed.data()));
    const Workspace workspace(gpu, op.workspace_bytes({{"tokens", layer_.tokens}}));
    const Buffers buffers = upload_all(gpu, host, packed);
    op.enqueue(operands(buffers, workspace.pointer()));
    workspace.expect_intact(gpu);
    return compare_outputs(gpu, host, buffers.y);
  }

  double time_us(Gpu& gpu) const override {
    DeviceOp op(gpu, *kernel_, problem_);
    const auto weight_bytes =
        static_cast<size_t>(kernel_->layout->packed_bytes(layer_.op.format, layer_.n, layer_.k));
    const size_t copies = std::max<size_t>(2, (size_t{400} << 20) / weight_bytes);
    std::vector<cuda::DeviceBuffer> weights;
    for (size_t i = 0; i < copies; ++i) {
      weights.emplace_back(gpu.device, weight_bytes, "weight");
      fill_random(gpu, weights.back(), layer_.dtype, static_cast<uint32_t>(i));
    }
    const Workspace workspace(gpu, op.workspace_bytes({{"tokens", layer_.tokens}}));
    const Buffers buffers = upload_all(gpu, random_operands_without_weight(), Tensor());
    return time_chain(gpu, 48, [&](int i) {
      DeviceOp::Operands all = operands(buffers, workspace.pointer());
      all.inputs[layer_.norm ? 2 : 1].data = weights[static_cast<size_t>(i) % copies].pointer();
      op.enqueue(all);
    });
  }

 private:
  struct Buffers {
    cuda::DeviceBuffer x, norm, weight, bias, residual, y;
  };

  Host random_operands_without_weight() const {
    Layer small = layer_;
    small.n = layer_.op.gated ? 2 : 1;
    Host host = random_operands(small, 3);
    host.bias = random_tensor({layer_.n}, {layer_.dtype, 0.5, 0}, 4);
    host.residual = random_tensor({layer_.tokens, layer_.outputs()}, {layer_.dtype, 1, 0}, 5);
    return host;
  }

  Buffers upload_all(Gpu& gpu, const Host& host, const Tensor& packed) const {
    const auto up = [&](const Tensor& t) {
      return upload(gpu, t.data(), t.empty() ? 0 : static_cast<size_t>(t.num_bytes()));
    };
    const auto y_bytes =
        static_cast<size_t>(bytes_for(layer_.y_dtype, layer_.tokens * layer_.outputs()));
    Buffers out{up(host.x),    up(host.norm),     up(packed),
                up(host.bias), up(host.residual), cuda::DeviceBuffer(gpu.device, y_bytes, "y")};
    gpu.stream.fill(out.y.address(), 0xFF, y_bytes);
    return out;
  }

  DeviceOp::Operands operands(const Buffers& b, void* workspace) const {
    const Layer& l = layer_;
    std::vector<TensorView> inputs = {device_view(b.x.pointer(), l.dtype, {l.tokens, l.k})};
    if (l.norm) inputs.push_back(device_view(b.norm.pointer(), l.dtype, {l.k}));
    inputs.push_back(device_view(b.weight.pointer(), DType::kU8, {1}));
    if (l.op.bias) inputs.push_back(device_view(b.bias.pointer(), l.dtype, {l.n}));
    if (l.op.residual) {
      inputs.push_back(device_view(b.residual.pointer(), l.dtype, {l.tokens, l.outputs()}));
    }
    return {inputs, {device_view(b.y.pointer(), l.y_dtype, {l.tokens, l.outputs()})}, workspace};
  }

  Comparison compare_outputs(Gpu& gpu, const Host& host, const cuda::DeviceBuffer& y) const {
    const std::vector<std::byte> bytes = download(gpu, y);
    std::vector<double> got, want;
    const int64_t step = sample_step(layer_);
    for (int64_t token = 0; token < layer_.tokens; ++token) {
      const std::vector<double> x = normalized(layer_, host, token);
      for (int64_t output = token % step; output < layer_.outputs(); output += step) {
        got.push_back(
            load_element(bytes.data(), layer_.y_dtype, token * layer_.outputs() + output));
        want.push_back(expected(layer_, host, x, token, output));
      }
    }
    return compare(got, want);
  }

  std::string text_;
  Layer layer_;
  kernels::Problem problem_;
  const kernels::Kernel* kernel_;
};

}  // namespace

Cases linear_cases(const ProblemLine& line) {
  const Layer layer = layer_of(line);
  Cases out;
  for (const kernels::Kernel* kernel : records_for(problem_of(layer), layer.tokens)) {
    out.push_back(std::make_unique<LinearCase>(line, *kernel));
  }
  return out;
}

}  // namespace lathe::gpu_tests
