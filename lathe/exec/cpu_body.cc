// SPDX-License-Identifier: Apache-2.0
// A session on the CPU: kernels run where they are called, on the engine's threads.
#include "lathe/base/error.h"
#include "lathe/exec/memory.h"
#include "lathe/exec/session_body.h"

namespace lathe::exec {

namespace {

void check_memory(int64_t arena, int64_t kv) {
  const int64_t available = available_memory();
  if (arena <= available && kv <= available - arena) return;
  fail(ErrorCode::kOutOfMemory, "the run needs ", arena, " bytes of arena and ", kv,
       " bytes of KV cache; this machine has ", available,
       " bytes to give: lower the limits or the KV cache");
}

class CpuBody : public SessionBody {
 public:
  CpuBody(const Engine& engine, const SessionOptions& options)
      : session_(engine, options), pool_(engine.pool()) {
    check_memory(session_.arena_bytes, kv_block_bytes(session_.plan) * options.num_blocks);
    arena_ = lazy_zeros(DType::kU8, {std::max<int64_t>(session_.arena_bytes, 64)}, Pages::kHuge,
                        "arena");
    auto* begin = static_cast<std::byte*>(arena_.data());
    // The end of the arena is the workspace of whichever step runs.
    workspace_end_ = begin + arena_.num_bytes();
    kv_.emplace(session_.plan, options.num_blocks);
    values_.emplace(session_.plan, session_.symbols, session_.symbol_limits, begin);
    place_constants(engine, session_, kv_->views(), *values_);
  }

  std::span<const ReadyStep> steps() const override { return session_.steps; }

  void run(std::span<const NamedView> inputs, const Tap& tap) override {
    if (values_->bind(inputs)) prepare(session_.steps, *values_);
    for_each_step(session_.steps, [&](size_t index) {
      const ReadyStep& step = session_.steps[index];
      run_step(step);
      if (tap) tap(index, step.inputs, step.outputs);
    });
  }

  TensorView value(int index) override { return (*values_)[index]; }
  void copy_block(int64_t from, int64_t to) override { kv_->copy_block(from, to); }

 private:
  void run_step(const ReadyStep& step) {
    const int64_t workspace = (step.choice->workspace_bytes + 63) / 64 * 64;
    const kernels::KernelArgs args{
        .op = step.op,
        .inputs = step.inputs,
        .outputs = step.outputs,
        .workspace = {workspace_end_ - workspace, static_cast<size_t>(workspace)},
        .pool = pool_};
    if (step.planted) {
      run_planted(*step.choice->kernel, args);
    } else {
      step.choice->kernel->run(args);
    }
  }

  SessionPlan session_;
  ThreadPool& pool_;
  Tensor arena_;
  std::byte* workspace_end_ = nullptr;
  std::optional<KvStorage> kv_;
  std::optional<ValueViews> values_;
};

}  // namespace

std::unique_ptr<SessionBody> make_cpu_body(const Engine& engine, const SessionOptions& options) {
  return std::make_unique<CpuBody>(engine, options);
}

}  // namespace lathe::exec
