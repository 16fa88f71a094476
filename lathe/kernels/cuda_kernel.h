// SPDX-License-Identifier: Apache-2.0
// What the record of a CUDA kernel holds: which launches, and products of a library, make up an op
// once its sizes are known.
//
// The device code is made on the build side: a generator found by the record's name
// (kernels/device_code.h) writes its source for the exact op, the engine stores the result. The
// recipe here runs with every step: plain arithmetic over sizes and addresses, no driver call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "lathe/base/error.h"
#include "lathe/core/cuda/launch_config.h"
#include "lathe/core/cuda/matmul.h"
#include "lathe/core/tensor.h"
#include "lathe/ops/op.h"

namespace lathe::kernels {

// The one parameter of an entry point: a struct, by value.
class LaunchParameter {
 public:
  template <class T>
  requires std::is_trivially_copyable_v<T>
  static LaunchParameter of(const T& value) {
    static_assert(sizeof(T) <= kMaxBytes && alignof(T) <= 16);
    LaunchParameter out;
    std::memcpy(out.bytes_.data(), &value, sizeof(T));
    return out;
  }
  void* data() { return bytes_.data(); }

 private:
  static constexpr size_t kMaxBytes = 256;
  alignas(16) std::array<std::byte, kMaxBytes> bytes_{};
};

struct Launch {
  std::string_view entry;  // extern "C" name in the kernel's device code
  cuda::LaunchConfig config;
  LaunchParameter parameter;
};

// A launch of the kernel's device code, or a product that cuBLASLt computes (enqueue.h).
using DeviceWork = std::variant<Launch, cuda::Matmul>;

// What has to be on the machine beside the driver.
enum class DeviceLibrary : uint8_t { kNone, kCublasLt };

inline constexpr int64_t kDeviceAlignment = 256;  // of workspaces and operands, in bytes

// What bits may depend on, beside a sequence's own tokens.
enum class Bits : uint8_t {
  kFastest,  // the step: a GPU's sums are shared out as its tokens and sequences ask for
  kFixed,    // nothing: whole, in chunks, one by one and mixed are the same
};

// As KernelArgs, but the views' addresses are the device's. Views of dtype kState point at a
// KvCacheView on the host whose keys and values are on the device.
struct CudaArgs {
  const ops::Op& op;
  std::span<const TensorView> inputs;
  std::span<const TensorView> outputs;
  void* workspace = nullptr;  // workspace_bytes, aligned to kDeviceAlignment
  int num_processors = 0;
  Bits bits = Bits::kFastest;
};

struct CudaKernel {
  int sm = 90;  // the architecture its source is written for
  // The fewest and the most `tokens` it takes; most 0 = any. The ranges of a plan's choices end
  // where those of kernels do.
  int64_t min_tokens = 0;
  int64_t max_tokens = 0;
  // The work, in order. Every launch may carry Overlap::kProgrammatic.
  std::vector<DeviceWork> (*launches)(const CudaArgs& args) = nullptr;
  // Why a token's bits do not depend on the step that it comes in, where CudaArgs::bits asks for
  // that. Empty: nobody has shown it, and under Bits::kFixed it does not run.
  std::string_view fixed_bits = {};
  // Of whose products there are some in the work. Such a kernel is never a step's only one.
  DeviceLibrary library = DeviceLibrary::kNone;

  bool takes(int64_t tokens) const {
    return tokens >= min_tokens && (max_tokens == 0 || tokens <= max_tokens);
  }
  bool takes_any_number() const { return min_tokens <= 1 && max_tokens == 0; }
};

// Reasons that many kernels share.
inline constexpr std::string_view kRowByRow = "a row's sums are one block's or one warp's own";
inline constexpr std::string_view kElementByElement = "an element has a thread of its own";

}  // namespace lathe::kernels
