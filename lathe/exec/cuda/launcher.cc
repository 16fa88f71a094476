// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/cuda/launcher.h"

#include <utility>

#include "lathe/kernels/kernel.h"

namespace lathe::exec {

Launcher::Launcher(const Gpu& gpu, void* workspace, Bits bits)
    : gpu_(gpu), entries_(gpu), workspace_(workspace), bits_(bits) {}

void Launcher::enqueue(const ReadyStep& step) {
  const kernels::Kernel& kernel = *step.choice->kernel;
  const kernels::CudaArgs args{.op = step.op,
                               .inputs = step.inputs,
                               .outputs = step.outputs,
                               .workspace = workspace_,
                               .num_processors = gpu_.info().num_processors,
                               .bits = bits_};
  with_context(kernel.name, [&] {
    for (kernels::DeviceWork& work : kernel.cuda->launches(args)) {
      auto* launch = std::get_if<kernels::Launch>(&work);
      if (launch != nullptr && std::exchange(separate_, false)) {
        launch->config.overlap = cuda::Overlap::kNone;
      }
      entries_.enqueue(step.choice->code, work);
    }
  });
}

}  // namespace lathe::exec
