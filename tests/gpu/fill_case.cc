// SPDX-License-Identifier: Apache-2.0
// Weights filled on the device against the host's own conversion and packing: equal bit for bit.
#include <cstring>

#include "case.h"
#include "lathe/base/random.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/mma_layout.h"
#include "lathe/kernels/weights/cuda_fill.h"

namespace lathe::gpu_tests {
namespace {

using kernels::FillTarget;

ops::WeightFormatDesc plain(DType dtype) {
  ops::WeightFormatDesc out;
  out.code_dtype = dtype;
  return out;
}

struct Subject {
  const char* name;
  ops::WeightFormatDesc source;  // of drawn rows: plain f32
  bool drawn = false;
};

std::vector<Subject> subjects() {
  return {{"f32", plain(DType::kF32)},
          {"f16", plain(DType::kF16)},
          {"bf16", plain(DType::kBf16)},
          {"q8_0", {"q8_0", DType::kI8, DType::kF16, 32, 0, false}},
          {"q4_0", {"q4_0", DType::kU4, DType::kF16, 32, 8, false}},
          {"q4_1", {"q4_1", DType::kU4, DType::kF16, 32, 0, true}},
          {"drawn", plain(DType::kF32), true}};
}

constexpr uint64_t kSeed = 42, kStream = 0x123456789abcdef;
constexpr float kMean = 1, kDeviation = 0.02f;

// Any codes, scales around 1/64; floats around 0; or what draw_launch draws.
ops::CanonicalTensor make_rows(const Subject& subject, int64_t rows, int64_t columns) {
  ops::CanonicalTensor out{
      subject.source, Tensor(subject.source.code_dtype, {rows, columns}), {}, {}};
  if (subject.drawn) {
    for (int64_t i = 0; i < rows * columns; ++i) {
      out.values.values<float>()[static_cast<size_t>(i)] =
          kMean + kDeviation * normal_at(kSeed, kStream, static_cast<uint64_t>(i));
    }
    return out;
  }
  if (subject.source.is_plain()) {
    out.values = random_tensor({rows, columns}, {subject.source.code_dtype, 2, 0}, 5);
    return out;
  }
  auto* bytes = static_cast<uint8_t*>(out.values.data());
  for (int64_t i = 0; i < out.values.num_bytes(); ++i) bytes[i] = static_cast<uint8_t>(i * 167 + 3);
  const std::vector<int64_t> blocks = {rows, columns / subject.source.block_cols};
  out.scales = random_tensor(blocks, {DType::kF16, 0.03, 0.01}, 6);
  if (subject.source.has_minimums) out.minimums = random_tensor(blocks, {DType::kF16, 0.5, 0}, 7);
  return out;
}

// The rows in f32, each operation rounded by itself.
Tensor decoded(const ops::CanonicalTensor& rows) {
  if (rows.format.is_plain()) return rows.values.to(DType::kF32);
  Tensor out(DType::kF32, rows.values.sizes());
  for (int64_t i = 0; i < out.num_elements(); ++i) {
    const int64_t block = i / rows.format.block_cols;
    const auto code = static_cast<float>(at(rows.values, i) - rows.format.code_offset);
    float value = code * static_cast<float>(at(rows.scales, block));
    if (rows.format.has_minimums) value += static_cast<float>(at(rows.minimums, block));
    out.values<float>()[static_cast<size_t>(i)] = value;
  }
  return out;
}

class FillCase : public Case {
 public:
  FillCase(const kernels::Layout* layout, DType dtype, Subject subject)
      : layout_(layout), dtype_(dtype), subject_(std::move(subject)) {}

  std::string name() const override { return cat(code(), " from ", subject_.name); }
  std::string source() const override { return kernels::fill_source(code()); }
  DType tolerance_dtype() const override { return dtype_; }
  Cost cost() const override { return {}; }
  double time_us(Gpu&) const override { return 0; }

  Comparison check(Gpu& gpu) const override {
    const ops::CanonicalTensor rows = make_rows(subject_, kRows, kColumns);
    const std::vector<std::byte> want = packed(decoded(rows).to(dtype_));
    cuda::DeviceBuffer out(gpu.device, want.size(), "weight");
    gpu.stream.fill(out.address(), 0, want.size());
    // Two slices that meet inside a group of rows, the later one first.
    fill(gpu, rows, {kCut, kRows}, out);
    fill(gpu, rows, {0, kCut}, out);
    const std::vector<std::byte> got = download(gpu, out);
    for (size_t i = 0; i < want.size(); ++i) {
      if (got[i] != want[i]) {
        fail(ErrorCode::kInternal, "byte ", i, " of ", want.size(), " is another");
      }
    }
    return {};
  }

 private:
  static constexpr int64_t kRows = 90, kColumns = 96, kCut = 37;
  struct Range {
    int64_t begin, end;
  };

  std::string_view layout_id() const { return layout_ == nullptr ? "" : layout_->id; }
  std::string code() const { return kernels::fill_code(layout_id(), dtype_); }

  std::vector<std::byte> packed(const Tensor& values) const {
    const ops::WeightFormatDesc format = plain(dtype_);
    if (layout_ == nullptr) {
      const auto* data = static_cast<const std::byte*>(values.data());
      return {data, data + values.num_bytes()};
    }
    std::vector<std::byte> out(static_cast<size_t>(layout_->packed_bytes(format, kRows, kColumns)));
    layout_->pack({format, values, {}, {}}, 0, kRows, out.data());
    return out;
  }

  void fill(Gpu& gpu, const ops::CanonicalTensor& rows, Range range,
            const cuda::DeviceBuffer& out) const {
    const FillTarget to{layout_id(), dtype_, kRows, kColumns, out.pointer()};
    const auto part = [&](const Tensor& all) {
      const int64_t row_bytes = all.empty() ? 0 : all.num_bytes() / kRows;
      const auto* data = static_cast<const std::byte*>(all.data());
      return upload(gpu, data == nullptr ? data : data + range.begin * row_bytes,
                    static_cast<size_t>((range.end - range.begin) * row_bytes));
    };
    const cuda::DeviceBuffer values = part(rows.values), scales = part(rows.scales),
                             minimums = part(rows.minimums);
    const int64_t count = range.end - range.begin;
    const kernels::Launch launch =
        subject_.drawn ? kernels::draw_launch(
                             to, {.first_row = range.begin,
                                  .rows = count,
                                  .seed = kSeed,
                                  .stream = kStream,
                                  .first_index = static_cast<uint64_t>(range.begin * kColumns),
                                  .mean = kMean,
                                  .deviation = kDeviation})
                       : kernels::fill_launch(to, {.format = rows.format,
                                                   .first_row = range.begin,
                                                   .rows = count,
                                                   .values = values.pointer(),
                                                   .scales = scales.pointer(),
                                                   .minimums = minimums.pointer()});
    enqueue_launch(gpu, code(), source(), launch);
    gpu.stream.synchronize();
  }

  const kernels::Layout* layout_;
  DType dtype_;
  Subject subject_;
};

}  // namespace

Cases fill_cases() {
  Cases out;
  for (const Subject& subject : subjects()) {
    for (const DType dtype : {DType::kBf16, DType::kF16}) {
      for (const kernels::Layout* layout : {static_cast<const kernels::Layout*>(nullptr),
                                            &kernels::kMmaLayout, &kernels::kMmaGatedLayout}) {
        out.push_back(std::make_unique<FillCase>(layout, dtype, subject));
      }
    }
    out.push_back(std::make_unique<FillCase>(nullptr, DType::kF32, subject));
  }
  return out;
}

}  // namespace lathe::gpu_tests
