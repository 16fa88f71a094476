// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "case.h"
#include "lathe/ops/norm.h"

namespace lathe::gpu_tests {
namespace {

class RmsNormCase : public Case {
 public:
  explicit RmsNormCase(const ProblemLine& line)
      : text_(line.text()),
        dtype_(line.dtype("dtype", DType::kBf16)),
        rows_(line.number("rows", 1)),
        columns_(line.number("columns", 0)),
        problem_(make(line.number("residual", 0) != 0)),
        kernel_(record("rms_norm.cuda.rows")) {}

  std::string name() const override { return cat(kernel_.name, " ", text_); }
  std::string source() const override { return source_of(kernel_, problem_); }
  DType tolerance_dtype() const override { return dtype_; }
  Cost cost() const override {
    const auto elements = static_cast<double>(rows_ * columns_);
    return {elements * 2 * (residual() ? 4 : 2), elements * 4};
  }

  Comparison check(Gpu& gpu) const override {
    const Tensor x = random_tensor({rows_, columns_}, {dtype_, 2, 0}, 1);
    const Tensor r = random_tensor({rows_, columns_}, {dtype_, 1, 0}, 2);
    const Tensor w = random_tensor({columns_}, {dtype_, 0.3, 1}, 3);
    const Buffers buffers = make_buffers(gpu, x, r, w);
    DeviceOp op(gpu, kernel_, problem_);
    op.enqueue(operands(buffers));
    const std::vector<std::byte> y = download(gpu, buffers.y), s = download(gpu, buffers.s);
    std::vector<double> got, want;
    for (int64_t row = 0; row < rows_; ++row) {
      double squares = 0;
      std::vector<double> sums;
      for (int64_t i = row * columns_; i < (row + 1) * columns_; ++i) {
        sums.push_back(residual() ? at(rounded(at(x, i) + at(r, i)), 0) : at(x, i));
        squares += sums.back() * sums.back();
      }
      const double by = 1 / std::sqrt(squares / static_cast<double>(columns_) + 1e-5);
      for (int64_t i = 0; i < columns_; ++i) {
        got.push_back(load_element(y.data(), dtype_, row * columns_ + i));
        want.push_back(sums[static_cast<size_t>(i)] * by * at(w, i));
        if (!residual()) continue;
        got.push_back(load_element(s.data(), dtype_, row * columns_ + i));
        want.push_back(sums[static_cast<size_t>(i)]);
      }
    }
    return compare(got, want);
  }

  double time_us(Gpu& gpu) const override {
    const Tensor x = random_tensor({rows_, columns_}, {dtype_, 2, 0}, 1);
    const Tensor w = random_tensor({columns_}, {dtype_, 0.3, 1}, 3);
    const Buffers buffers = make_buffers(gpu, x, x, w);
    DeviceOp op(gpu, kernel_, problem_);
    return time_chain(gpu, 48, [&](int) { op.enqueue(operands(buffers)); });
  }

 private:
  struct Buffers {
    cuda::DeviceBuffer x, r, w, s, y;
  };

  bool residual() const { return problem_.op.as<ops::RmsNorm>()->residual; }
  Tensor rounded(double value) const {
    Tensor out(dtype_, {1});
    store_element(out.data(), dtype_, 0, value);
    return out;
  }

  kernels::Problem make(bool residual) const {
    const TensorType x{dtype_, {Dim::symbol("tokens"), columns_}};
    const ops::Op op = ops::RmsNorm{.residual = residual};
    std::vector<TensorType> inputs = {x};
    if (residual) inputs.push_back(x);
    inputs.push_back({dtype_, {columns_}});
    std::vector<TensorType> outputs = op.infer(inputs);
    return {op, inputs, outputs};
  }

  Buffers make_buffers(Gpu& gpu, const Tensor& x, const Tensor& r, const Tensor& w) const {
    const auto bytes = static_cast<size_t>(x.num_bytes());
    Buffers out{upload(gpu, x.data(), bytes), upload(gpu, r.data(), bytes),
                upload(gpu, w.data(), static_cast<size_t>(w.num_bytes())),
                cuda::DeviceBuffer(gpu.device, bytes, "s"),
                cuda::DeviceBuffer(gpu.device, bytes, "y")};
    gpu.stream.fill(out.s.address(), 0xFF, bytes);
    gpu.stream.fill(out.y.address(), 0xFF, bytes);
    return out;
  }

  DeviceOp::Operands operands(const Buffers& b) const {
    const auto view = [&](const cuda::DeviceBuffer& buffer) {
      return device_view(buffer.pointer(), dtype_, {rows_, columns_});
    };
    DeviceOp::Operands out{{view(b.x)}, {}, nullptr};
    if (residual()) {
      out.inputs.push_back(view(b.r));
      out.outputs.push_back(view(b.s));
    }
    out.inputs.push_back(device_view(b.w.pointer(), dtype_, {columns_}));
    out.outputs.push_back(view(b.y));
    return out;
  }

  std::string text_;
  DType dtype_;
  int64_t rows_, columns_;
  kernels::Problem problem_;
  const kernels::Kernel& kernel_;
};

}  // namespace

Cases rms_norm_cases(const ProblemLine& line) {
  Cases out;
  out.push_back(std::make_unique<RmsNormCase>(line));
  return out;
}

}  // namespace lathe::gpu_tests
