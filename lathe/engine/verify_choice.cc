// SPDX-License-Identifier: Apache-2.0
#include "lathe/engine/verify_choice.h"

#include "lathe/base/error.h"
#include "lathe/engine/device_code.h"

namespace lathe::engine {

void check_range(const KernelChoice& choice, int64_t first) {
  const kernels::CudaKernel* cuda = kernels::find_kernel(choice.kernel)->cuda;
  if (cuda == nullptr) return;
  const int64_t most = cuda->max_tokens, last = choice.up_to_tokens;
  if (most != 0 && (last == 0 || last > most)) {
    fail(ErrorCode::kCorrupt, "kernel ", choice.kernel, " takes up to ", most,
         " tokens, up_to_tokens is ", last);
  }
  if (first < cuda->min_tokens) {
    fail(ErrorCode::kCorrupt, "kernel ", choice.kernel, " takes ", cuda->min_tokens,
         " tokens and more, the choice is for ", first);
  }
}

void check_library(const KernelChoice& choice, const KernelChoice* before) {
  const auto needs_library = [](const KernelChoice& one) {
    const kernels::CudaKernel* cuda = kernels::find_kernel(one.kernel)->cuda;
    return cuda != nullptr && cuda->library != kernels::DeviceLibrary::kNone;
  };
  if (!needs_library(choice)) return;
  const bool replaced =
      before != nullptr &&
      (needs_library(*before) || kernels::find_kernel(before->kernel)->cuda->max_tokens == 0);
  if (replaced) return;
  fail(ErrorCode::kCorrupt, "kernel ", choice.kernel,
       " needs a library: expected a choice before it that takes its tokens without one");
}

void check_fixed_bits(const KernelChoice& choice) {
  const kernels::CudaKernel* cuda = kernels::find_kernel(choice.kernel)->cuda;
  if (cuda != nullptr && !cuda->fixed_bits.empty() && cuda->takes_any_number()) return;
  fail(ErrorCode::kCorrupt, "fixed_bits: kernel ", choice.kernel,
       " does not keep bits whatever the number of tokens");
}

void check_code(const kernels::Kernel& kernel, const KernelChoice& choice) {
  const bool fits =
      kernel.cuda == nullptr ? choice.code.empty() : is_code_key(choice.code, kernel.name);
  if (fits) return;
  fail(ErrorCode::kCorrupt, "kernel ", kernel.name, ": code: expected ",
       kernel.cuda == nullptr ? "none" : "its name and a hash", ", got ", quote(choice.code));
}

}  // namespace lathe::engine
