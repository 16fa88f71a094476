// SPDX-License-Identifier: Apache-2.0
// The GPU's sampler against the host's, row by row: tokens, and what rows remember of them.
#include <cmath>

#include "case.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/sample/cuda_sample.h"
#include "lathe/runtime/sampler/sample.h"

namespace lathe::gpu_tests {
namespace {

using kernels::SampleRow;
using kernels::SampleSeen;
using runtime::SamplingOptions;

constexpr int64_t kCapacity = 40;  // tokens that a row can remember
constexpr int64_t kNumSeen = 30;

struct Subject {
  const char* name;
  int64_t vocab;
  SamplingOptions options;
};

std::vector<Subject> subjects() {
  std::vector<Subject> out;
  for (const int64_t vocab : {7, 1000, 50257, 151936}) {
    out.push_back({"greedy", vocab, {}});
    out.push_back({"temperature", vocab, {.temperature = 0.8f}});
    out.push_back({"top_k", vocab, {.temperature = 1, .top_k = 5}});
    out.push_back({"top_p", vocab, {.temperature = 1, .top_p = 0.9f}});
    out.push_back({"top_k and top_p", vocab, {.temperature = 1.5f, .top_k = 40, .top_p = 0.8f}});
    out.push_back({"min_p", vocab, {.temperature = 1, .min_p = 0.1f}});
    out.push_back({"penalties",
                   vocab,
                   {.temperature = 1,
                    .top_k = 50,
                    .top_p = 0.95f,
                    .repetition_penalty = 1.3f,
                    .presence_penalty = 0.5f,
                    .frequency_penalty = 0.2f}});
    out.push_back({"greedy with penalties", vocab, {.repetition_penalty = 2, .seed = 1}});
  }
  return out;
}

class SampleCase : public Case {
 public:
  explicit SampleCase(Subject subject) : subject_(std::move(subject)) {}

  std::string name() const override {
    return cat("sample ", subject_.name, " of ", subject_.vocab);
  }
  std::string source() const override { return kernels::sample_source(); }
  DType tolerance_dtype() const override { return DType::kF32; }
  Cost cost() const override { return {static_cast<double>(subject_.vocab * 4), 0}; }

  // Row 5 has a NaN, row 6 nothing finite, row 7 no sequence. Rows differ in seed and position.
  Comparison check(Gpu& gpu) const override {
    const Tensor logits = make_logits();
    Rows rows(gpu, *this);
    const cuda::DeviceBuffer device_logits =
        upload(gpu, logits.data(), static_cast<size_t>(logits.num_bytes()));
    enqueue(gpu, rows, device_logits);
    const std::vector<std::byte> bytes = download(gpu, rows.tokens);
    const auto* tokens = reinterpret_cast<const int32_t*>(bytes.data());
    const std::span<const int32_t> at_host = rows.host_tokens.values<const int32_t>();
    for (int64_t row = 0; row < kRows; ++row) {
      const int32_t want = expected(logits, row);
      if (tokens[row] != want) {
        fail(ErrorCode::kInternal, "row ", row, ": got ", tokens[row], ", expected ", want);
      }
      if (at_host[static_cast<size_t>(row)] != want) {
        fail(ErrorCode::kInternal, "row ", row, ": the host has another token");
      }
      check_memory(gpu, rows, row, want);
    }
    return {};
  }

  double time_us(Gpu& gpu) const override {
    const Tensor logits = make_logits();
    Rows rows(gpu, *this);
    const cuda::DeviceBuffer device_logits =
        upload(gpu, logits.data(), static_cast<size_t>(logits.num_bytes()));
    return time_chain(gpu, 24, [&](int) { enqueue(gpu, rows, device_logits, 1); });
  }

 private:
  static constexpr int64_t kRows = 12;

  struct Rows {
    Rows(Gpu& gpu, const SampleCase& self)
        : seen(gpu.device, kRows * kCapacity * sizeof(SampleSeen), "seen"),
          options(gpu.device, kRows * sizeof(SampleRow), "options"),
          positions(gpu.device, kRows * 4, "positions"),
          tokens(gpu.device, kRows * 4, "tokens"),
          host_tokens(gpu.device, kRows * 4, "tokens") {
      std::vector<SampleSeen> all(kRows * kCapacity);
      std::vector<SampleRow> host;
      std::vector<int32_t> at, none(kRows, -7);
      for (int64_t row = 0; row < kRows; ++row) {
        std::ranges::copy(self.seen_of(row), all.begin() + row * kCapacity);
        host.push_back(self.row_of(row, seen.pointer<SampleSeen>() + row * kCapacity));
        at.push_back(position_of(row));
      }
      put(gpu, seen, all);
      put(gpu, options, host);
      put(gpu, positions, at);
      put(gpu, tokens, none);
      std::ranges::copy(none, host_tokens.values<int32_t>().begin());
    }
    template <class T>
    static void put(Gpu& gpu, const cuda::DeviceBuffer& to, const std::vector<T>& values) {
      gpu.stream.copy_to_device(to.address(), values.data(), values.size() * sizeof(T));
      gpu.stream.synchronize();
    }
    cuda::DeviceBuffer seen, options, positions, tokens;
    cuda::PinnedBuffer host_tokens;
  };

  static int32_t position_of(int64_t row) { return row == 7 ? 0 : static_cast<int32_t>(3 + row); }
  uint64_t seed_of(int64_t row) const {
    return subject_.options.seed + static_cast<uint64_t>(row / 2);
  }
  bool remembers() const { return subject_.options.has_penalties(); }

  // Every id once.
  std::vector<SampleSeen> seen_of(int64_t row) const {
    std::vector<SampleSeen> out;
    const int64_t count = std::min(kNumSeen, subject_.vocab);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t id = (i * 5 + row) % subject_.vocab;
      out.push_back({static_cast<int32_t>(id), static_cast<int32_t>(i % 3)});
    }
    return out;
  }

  SampleRow row_of(int64_t row, SampleSeen* seen) const {
    const SamplingOptions& o = subject_.options;
    return {.temperature = o.temperature,
            .top_k = o.top_k,
            .top_p = o.top_p,
            .min_p = o.min_p,
            .repetition_penalty = o.repetition_penalty,
            .presence_penalty = o.presence_penalty,
            .frequency_penalty = o.frequency_penalty,
            .num_seen = static_cast<int32_t>(remembers() ? seen_of(row).size() : 0),
            .capacity = static_cast<int32_t>(remembers() ? kCapacity : 0),
            .seed = seed_of(row),
            .seen = remembers() ? seen : nullptr};
  }

  // A few hundred likely tokens, many equal logits, some banned.
  Tensor make_logits() const {
    Tensor out = random_tensor({kRows, subject_.vocab}, {DType::kF32, 4, 0}, 9);
    const auto values = out.values<float>();
    for (size_t i = 0; i < values.size(); ++i) {
      if (i % 97 == 3) values[i] += 6;
      if (i % 11 == 5) values[i] = -INFINITY;
      if (i % 3 == 1) values[i] = std::round(values[i] * 4) / 4;
    }
    const auto vocab = static_cast<size_t>(subject_.vocab);
    values[5 * vocab + vocab / 2] = NAN;
    std::fill_n(values.begin() + static_cast<std::ptrdiff_t>(6 * vocab), vocab, -INFINITY);
    return out;
  }

  int32_t expected(const Tensor& logits, int64_t row) const {
    if (row == 7) return -7;
    const auto all = logits.values<float>().subspan(static_cast<size_t>(row * subject_.vocab),
                                                    static_cast<size_t>(subject_.vocab));
    std::vector<float> own(all.begin(), all.end());
    std::vector<runtime::SeenToken> seen;
    for (const SampleSeen& token : seen_of(row)) seen.push_back({token.id, token.generated});
    SamplingOptions options = subject_.options;
    options.seed = seed_of(row);
    std::vector<runtime::Candidate> scratch(own.size());
    return runtime::sample(own, {options, seen, position_of(row)}, scratch).value_or(-1);
  }

  void check_memory(Gpu& gpu, const Rows& rows, int64_t row, int32_t token) const {
    if (!remembers() || token < 0) return;
    std::vector<SampleSeen> want = seen_of(row);
    const auto found = std::ranges::find(want, token, &SampleSeen::id);
    if (found == want.end()) {
      want.push_back({token, 1});
    } else {
      ++found->generated;
    }
    const std::vector<std::byte> options = download(gpu, rows.options);
    const std::vector<std::byte> seen = download(gpu, rows.seen);
    const SampleRow& got = reinterpret_cast<const SampleRow*>(options.data())[row];
    const auto* tokens = reinterpret_cast<const SampleSeen*>(seen.data()) + row * kCapacity;
    bool same = got.num_seen == static_cast<int32_t>(want.size());
    for (size_t i = 0; same && i < want.size(); ++i) {
      same = tokens[i].id == want[i].id && tokens[i].generated == want[i].generated;
    }
    if (!same) fail(ErrorCode::kInternal, "row ", row, " remembers other tokens");
  }

  void enqueue(Gpu& gpu, const Rows& rows, const cuda::DeviceBuffer& logits,
               int64_t count = kRows) const {
    const kernels::Launch launch =
        kernels::sample_launch({.logits = logits.pointer<const float>(),
                                .vocab = subject_.vocab,
                                .rows = count,
                                .options = rows.options.pointer<SampleRow>(),
                                .positions = rows.positions.pointer<const int32_t>(),
                                .tokens = rows.tokens.pointer<int32_t>(),
                                .host_tokens = static_cast<int32_t*>(rows.host_tokens.data())});
    enqueue_launch(gpu, "sample", source(), launch);
  }

  Subject subject_;
};

}  // namespace

Cases sample_cases() {
  Cases out;
  for (Subject& subject : subjects()) out.push_back(std::make_unique<SampleCase>(subject));
  return out;
}

}  // namespace lathe::gpu_tests
