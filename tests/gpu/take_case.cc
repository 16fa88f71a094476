// SPDX-License-Identifier: Apache-2.0
// What a captured step begins with: inputs fetched from the host's memory in turns, with drawn
// tokens in their places.
#include <algorithm>
#include <array>
#include <numeric>

#include "case.h"
#include "lathe/kernels/device_code.h"
#include "lathe/kernels/sample/cuda_sample.h"

namespace lathe::gpu_tests {
namespace {

using Numbers = std::vector<int32_t>;

class TakeCase : public Case {
 public:
  // So many numbers, of which `ids` are the token ids.
  struct Subject {
    int64_t numbers;
    int64_t first_id, num_ids;
  };
  explicit TakeCase(Subject subject) : subject_(subject) {}

  std::string name() const override { return cat("take of ", subject_.numbers * 4, " bytes"); }
  std::string source() const override { return kernels::sample_source(); }
  DType tolerance_dtype() const override { return DType::kF32; }
  Cost cost() const override { return {static_cast<double>(subject_.numbers * 4), 0}; }

  // Every launch takes what the host has written into the stage whose turn it is.
  Comparison check(Gpu& gpu) const override {
    Memory memory(gpu, subject_);
    for (int32_t step = 0; step < 5; ++step) {
      const Numbers numbers = numbers_of(step);
      std::ranges::copy(numbers, memory.stages[step % 2].values<int32_t>().begin());
      enqueue(gpu, memory);
      const std::vector<std::byte> bytes = download(gpu, memory.inputs);
      const auto* got = reinterpret_cast<const int32_t*>(bytes.data());
      for (int64_t i = 0; i < subject_.numbers; ++i) {
        const int32_t want = expected(numbers, i);
        if (got[i] == want) continue;
        fail(ErrorCode::kInternal, "step ", step, " at ", i, ": got ", got[i], ", expected ", want);
      }
    }
    return {};
  }

  double time_us(Gpu& gpu) const override {
    Memory memory(gpu, subject_);
    return time_chain(gpu, 24, [&](int) { enqueue(gpu, memory); });
  }

 private:
  static constexpr int32_t kRows = 3;

  struct Memory {
    Memory(Gpu& gpu, const Subject& subject)
        : bytes(static_cast<size_t>(subject.numbers) * 4),
          stages{cuda::PinnedBuffer(gpu.device, bytes, "stage"),
                 cuda::PinnedBuffer(gpu.device, bytes, "stage")},
          inputs(gpu.device, bytes, "inputs"),
          turns(gpu.device, kernels::kTakeBlocks * sizeof(uint32_t), "turns"),
          drawn(upload(gpu, kDrawn, sizeof(kDrawn))) {
      gpu.stream.fill(turns.address(), 0, turns.size());
    }
    size_t bytes;
    std::array<cuda::PinnedBuffer, 2> stages;
    cuda::DeviceBuffer inputs, turns, drawn;
  };
  static constexpr int32_t kDrawn[kRows] = {41, -1, 43};

  // Every third is one below zero: drawn where it is an id.
  Numbers numbers_of(int32_t step) const {
    Numbers out(static_cast<size_t>(subject_.numbers));
    std::iota(out.begin(), out.end(), step * 1000);
    for (size_t i = 0; i < out.size(); i += 3) out[i] = ~(out[i] % kRows);
    return out;
  }
  int32_t expected(const Numbers& numbers, int64_t i) const {
    const int32_t number = numbers[static_cast<size_t>(i)];
    const bool is_id = i >= subject_.first_id && i < subject_.first_id + subject_.num_ids;
    return is_id && number < 0 ? std::max(0, kDrawn[~number]) : number;
  }

  void enqueue(Gpu& gpu, const Memory& memory) const {
    const auto stage = [&](size_t i) {
      return static_cast<const std::byte*>(memory.stages[i].data());
    };
    const kernels::Launch launch =
        kernels::take_launch({.stages = {stage(0), stage(1)},
                              .inputs = memory.inputs.pointer<std::byte>(),
                              .bytes = static_cast<int64_t>(memory.bytes),
                              .turns = memory.turns.pointer<uint32_t>(),
                              .token_ids = memory.inputs.pointer<int32_t>() + subject_.first_id,
                              .num_ids = subject_.num_ids,
                              .drawn = memory.drawn.pointer<const int32_t>()});
    enqueue_launch(gpu, "sample", source(), launch);
  }

  Subject subject_;
};

}  // namespace

// A step of one sequence, of 64 with 129 blocks each, and one that a block takes in several passes.
Cases take_cases() {
  Cases out;
  for (const TakeCase::Subject subject :
       {TakeCase::Subject{448, 0, 1}, {8960, 64, 61}, {50'000, 192, 256}}) {
    out.push_back(std::make_unique<TakeCase>(subject));
  }
  return out;
}

}  // namespace lathe::gpu_tests
