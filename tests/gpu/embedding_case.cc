// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "case.h"
#include "lathe/ops/embedding.h"

namespace lathe::gpu_tests {
namespace {

class EmbeddingCase : public Case {
 public:
  explicit EmbeddingCase(const ProblemLine& line)
      : text_(line.text()),
        tokens_(line.number("tokens", 1)),
        hidden_(line.number("hidden", 0)),
        vocab_(line.number("vocab", 0)),
        shift_(line.number("shift", 0)),
        problem_(make(line.dtype("table", DType::kBf16), line.dtype("y", DType::kBf16))),
        kernel_(record("embedding.cuda.rows")) {}

  std::string name() const override { return cat(kernel_.name, " ", text_); }
  std::string source() const override { return source_of(kernel_, problem_); }
  DType tolerance_dtype() const override { return out_dtype(); }
  Cost cost() const override {
    const auto elements = static_cast<double>(tokens_ * hidden_);
    return {elements * (bits_of(table_dtype()) + bits_of(out_dtype())) / 8, 0};
  }

  // Exact but for the rounding to y's type. A row of an id outside the table is all NaN.
  Comparison check(Gpu& gpu) const override {
    const Tensor table = random_tensor({vocab_, hidden_}, {table_dtype(), 2, 0}, 1);
    const Buffers buffers(gpu, *this, table);
    DeviceOp op(gpu, kernel_, problem_);
    op.enqueue(operands(buffers));
    const std::vector<std::byte> y = download(gpu, buffers.y);
    std::vector<double> got, want;
    const std::vector<int32_t> ids = make_ids();
    for (int64_t i = 0; i < tokens_ * hidden_; ++i) {
      const int64_t id = ids[static_cast<size_t>(i / hidden_)];
      const double value = load_element(y.data(), out_dtype(), shift_ + i);
      if (id < 0 || id >= vocab_) {
        if (!std::isnan(value)) fail(ErrorCode::kInternal, "id ", id, " gave ", value);
        continue;
      }
      got.push_back(value);
      want.push_back(at(table, id * hidden_ + i % hidden_));
    }
    return compare(got, want);
  }

  double time_us(Gpu& gpu) const override {
    const Buffers buffers(gpu, *this, Tensor(table_dtype(), {vocab_, hidden_}));
    DeviceOp op(gpu, kernel_, problem_);
    return time_chain(gpu, 48, [&](int) { op.enqueue(operands(buffers)); });
  }

 private:
  struct Buffers {
    Buffers(Gpu& gpu, const EmbeddingCase& self, const Tensor& host_table)
        : ids(upload(gpu, self.make_ids().data(), static_cast<size_t>(self.tokens_) * 4)),
          table(upload(gpu, host_table.data(), static_cast<size_t>(host_table.num_bytes()))),
          y(gpu.device,
            static_cast<size_t>(
                bytes_for(self.out_dtype(), self.shift_ + self.tokens_ * self.hidden_)),
            "y") {
      gpu.stream.fill(y.address(), 0, y.size());
    }
    cuda::DeviceBuffer ids, table, y;
  };

  DType table_dtype() const { return problem_.inputs[1].dtype; }
  DType out_dtype() const { return problem_.outputs[0].dtype; }

  // Of nine or more, two are outside.
  std::vector<int32_t> make_ids() const {
    std::vector<int32_t> out;
    for (int64_t i = 0; i < tokens_; ++i) {
      out.push_back(static_cast<int32_t>((i + 1) * 7919 % vocab_));
    }
    if (tokens_ >= 9) out[3] = -1, out[7] = static_cast<int32_t>(vocab_);
    return out;
  }

  kernels::Problem make(DType table, DType y) const {
    const ops::Op op = ops::Embedding{.format = {.code_dtype = table}, .dtype = y};
    const std::vector<TensorType> inputs = {{DType::kI32, {Dim::symbol("tokens")}},
                                            {table, {vocab_, hidden_}}};
    return {op, inputs, op.infer(inputs)};
  }

  DeviceOp::Operands operands(const Buffers& b) const {
    std::byte* y = b.y.pointer<std::byte>() + bytes_for(out_dtype(), shift_);
    return {{device_view(b.ids.pointer(), DType::kI32, {tokens_}),
             device_view(b.table.pointer(), table_dtype(), {vocab_, hidden_})},
            {device_view(y, out_dtype(), {tokens_, hidden_})},
            nullptr};
  }

  std::string text_;
  int64_t tokens_, hidden_, vocab_;
  int64_t shift_;  // of y, in elements
  kernels::Problem problem_;
  const kernels::Kernel& kernel_;
};

}  // namespace

Cases embedding_cases(const ProblemLine& line) {
  Cases out;
  out.push_back(std::make_unique<EmbeddingCase>(line));
  return out;
}

}  // namespace lathe::gpu_tests
