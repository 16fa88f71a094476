// SPDX-License-Identifier: Apache-2.0
#include "device_op.h"

#include "lathe/kernels/device_code.h"
#include "lathe/kernels/enqueue.h"

namespace lathe::gpu_tests {

std::filesystem::path& kernel_source() {
  static std::filesystem::path folder;
  return folder;
}

std::string source_of(const kernels::Kernel& kernel, const kernels::Problem& problem,
                      int64_t block_size) {
  const kernels::Support support = kernel.supports(problem, kTarget);
  if (!support.ok) fail(ErrorCode::kUnsupported, kernel.name, " ", support.why_not);
  return kernels::device_code(kernel.name, problem,
                              {.source_folder = kernel_source(), .block_size = block_size});
}

DeviceOp::DeviceOp(Gpu& gpu, const kernels::Kernel& kernel, kernels::Problem problem,
                   int64_t block_size)
    : gpu_(gpu), kernel_(kernel), problem_(std::move(problem)) {
  module_ = gpu.module(std::string(kernel.name), source_of(kernel, problem_, block_size));
  // Opened now: a capture would not survive it.
  if (kernel.cuda->library != kernels::DeviceLibrary::kNone) products_ = &gpu.products();
}

size_t DeviceOp::workspace_bytes(const DimBindings& sizes) const {
  if (kernel_.workspace_bytes == nullptr) return 0;
  return static_cast<size_t>(kernel_.workspace_bytes(problem_).evaluate(sizes));
}

void DeviceOp::enqueue(const Operands& operands, cuda::Overlap overlap) {
  const kernels::CudaArgs args{.op = problem_.op,
                               .inputs = operands.inputs,
                               .outputs = operands.outputs,
                               .workspace = operands.workspace,
                               .num_processors = gpu_.num_processors()};
  for (kernels::DeviceWork& work : kernel_.cuda->launches(args)) {
    auto* launch = std::get_if<kernels::Launch>(&work);
    if (launch != nullptr && overlap == cuda::Overlap::kNone) launch->config.overlap = overlap;
    kernels::enqueue(
        gpu_.stream, work,
        [&](std::string_view entry) -> const cuda::Kernel& { return find(entry); }, products_);
  }
}

const cuda::Kernel& DeviceOp::find(std::string_view entry) {
  const auto found = entries_.find(entry);
  if (found != entries_.end()) return found->second;
  const std::string name(entry);
  return entries_.emplace(name, module_->kernel(name)).first->second;
}

std::vector<const kernels::Kernel*> records_for(const kernels::Problem& problem, int64_t tokens) {
  std::vector<const kernels::Kernel*> out;
  for (const kernels::Kernel* kernel : kernels::kernels_for(problem.op.name())) {
    if (kernel->cuda == nullptr || !kernel->supports(problem, kTarget).ok) continue;
    if (!out.empty() && kernel->name.ends_with(".any")) continue;
    if (kernel->cuda->takes(tokens)) out.push_back(kernel);
  }
  if (out.empty()) fail(ErrorCode::kUnsupported, "no kernel for ", problem.op.name());
  return out;
}

const kernels::Kernel& record(std::string_view name) {
  const kernels::Kernel* found = kernels::find_kernel(name);
  if (found == nullptr) fail(ErrorCode::kNotFound, "no kernel ", name);
  return *found;
}

TensorView device_view(void* data, DType dtype, std::vector<int64_t> sizes) {
  return TensorView::contiguous(data, dtype, sizes);
}

}  // namespace lathe::gpu_tests
