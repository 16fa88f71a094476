// SPDX-License-Identifier: Apache-2.0
#include "case.h"
#include "tests/support/golden_run.h"

namespace lathe::gpu_tests {
namespace {

using testing::GoldenProblem;

// Host operands' twins on the device for one call, results brought back. Results and the workspace
// have canaries behind them.
class DeviceCall {
 public:
  DeviceCall(Gpu& gpu, const kernels::KernelArgs& host) : gpu_(gpu), host_(host) {
    for (const TensorView& input : host.inputs) operands_.inputs.push_back(on_device(input));
    for (const TensorView& output : host.outputs) {
      results_.emplace_back(gpu, static_cast<size_t>(output.num_bytes()));
      operands_.outputs.push_back(output);
      if (output.dtype == DType::kState) {
        operands_.outputs.back() = operands_.inputs[0];
      } else {
        operands_.outputs.back().data = results_.back().pointer();
      }
    }
  }

  void run(DeviceOp& op) {
    const Workspace workspace(gpu_, op.workspace_bytes({}));
    operands_.workspace = workspace.pointer();
    op.enqueue(operands_);
    workspace.expect_intact(gpu_);
    for (size_t i = 0; i < results_.size(); ++i) {
      const TensorView& host = host_.outputs[i];
      if (host.dtype == DType::kState) continue;
      results_[i].expect_intact(gpu_);
      copy_back(host.data, results_[i].address(), static_cast<size_t>(host.num_bytes()));
    }
    if (cache_) bring_cache_back();
  }

 private:
  TensorView on_device(TensorView view) {
    if (view.dtype == DType::kState) {
      const auto& host = *static_cast<const kernels::KvCacheView*>(view.data);
      cache_ = std::make_unique<kernels::KvCacheView>(host);
      cache_->keys = copy_of(host.keys, cache_bytes(host));
      cache_->values = copy_of(host.values, cache_bytes(host));
      view.data = cache_.get();
    } else {
      view.data = copy_of(view.data, static_cast<size_t>(view.num_bytes()));
    }
    return view;
  }
  static size_t cache_bytes(const kernels::KvCacheView& cache) {
    return static_cast<size_t>(bytes_for(cache.dtype, cache.offset(cache.num_blocks, 0, 0)));
  }
  void* copy_of(const void* data, size_t bytes) {
    buffers_.push_back(upload(gpu_, data, bytes));
    return buffers_.back().pointer();
  }
  void copy_back(void* to, cuda::DevicePointer from, size_t bytes) {
    gpu_.stream.copy_to_host(to, from, bytes);
    gpu_.stream.synchronize();
  }
  void bring_cache_back() {
    const auto& host = *static_cast<const kernels::KvCacheView*>(host_.inputs[state_index()].data);
    copy_back(host.keys, reinterpret_cast<cuda::DevicePointer>(cache_->keys), cache_bytes(host));
    copy_back(host.values, reinterpret_cast<cuda::DevicePointer>(cache_->values),
              cache_bytes(host));
  }
  size_t state_index() const {
    size_t i = 0;
    while (host_.inputs[i].dtype != DType::kState) ++i;
    return i;
  }

  Gpu& gpu_;
  const kernels::KernelArgs& host_;
  DeviceOp::Operands operands_;
  std::vector<cuda::DeviceBuffer> buffers_;
  std::vector<Workspace> results_;
  std::unique_ptr<kernels::KvCacheView> cache_;
};

// Tensor-core kernels round to 16 bits between the parts of an op, others sum in another order than
// the host's: what that explains, in units of the golden problem's own tolerance.
GoldenProblem with_tolerance(GoldenProblem golden, DType dtype) {
  golden.ulps = golden.ulps * 2 + 64;
  if (!golden.exact && dtype != DType::kF32) {
    const double unit = testing::precision_of(dtype).unit;
    double largest = 0;
    for (const testing::GoldenOperand& output : golden.outputs) {
      for (const double value : output.values.reals) {
        if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
      }
    }
    golden.slack += 2 * unit * largest;
  }
  return golden;
}

class GoldenCase : public Case {
 public:
  GoldenCase(const kernels::Kernel& kernel, kernels::Problem problem, GoldenProblem golden,
             DType dtype)
      : kernel_(kernel),
        problem_(std::move(problem)),
        golden_(with_tolerance(std::move(golden), dtype)),
        dtype_(dtype) {}

  std::string name() const override {
    return cat("golden ", kernel_.name, " ", golden_.name, " ", to_string(dtype_));
  }
  std::string source() const override { return source_of(kernel_, problem_, block_size()); }
  DType tolerance_dtype() const override { return dtype_; }
  Cost cost() const override { return {}; }
  double time_us(Gpu&) const override { return 0; }

  Comparison check(Gpu& gpu) const override {
    DeviceOp op(gpu, kernel_, problem_, block_size());
    ThreadPool pool(1);
    const auto call = [&](const kernels::Kernel&, const kernels::KernelArgs& args) {
      DeviceCall(gpu, args).run(op);
    };
    const testing::GoldenSetting setting{
        .dtype = dtype_, .arrangement = {}, .pool = &pool, .call = call};
    const std::string failure = testing::GoldenRun(kernel_, problem_, golden_, setting).go();
    if (!failure.empty()) fail(ErrorCode::kInternal, failure);
    return {};
  }

 private:
  int64_t block_size() const {
    for (const testing::GoldenOperand& input : golden_.inputs) {
      if (input.dtype == "state") return input.shape.at(2);
    }
    return 64;
  }

  const kernels::Kernel& kernel_;
  kernels::Problem problem_;
  GoldenProblem golden_;
  DType dtype_;
};

}  // namespace

Cases golden_cases(const std::string& folder) {
  Cases out;
  for (const ops::OpDef* def : ops::all_ops()) {
    const std::string_view op = def->info.name;
    const auto kernels = kernels::kernels_for(op);
    const bool any = std::any_of(kernels.begin(), kernels.end(),
                                 [](const auto* kernel) { return kernel->cuda != nullptr; });
    if (!any) continue;
    for (const GoldenProblem& golden : testing::golden_problems(op, folder)) {
      for (const DType dtype : golden.dtypes) {
        const kernels::Problem problem = testing::golden_problem(op, golden, dtype);
        for (const kernels::Kernel* kernel : kernels) {
          if (kernel->cuda == nullptr || !kernel->supports(problem, kTarget).ok) continue;
          if (!kernel->cuda->takes(testing::tokens_of(problem))) continue;
          out.push_back(std::make_unique<GoldenCase>(*kernel, problem, golden, dtype));
        }
      }
    }
  }
  return out;
}

}  // namespace lathe::gpu_tests
