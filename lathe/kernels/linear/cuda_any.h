// SPDX-License-Identifier: Apache-2.0
// What the records and generators of linear and norm_linear share where shapes are of any kind.
#pragma once

#include "lathe/kernels/linear/cuda_sm90.h"

namespace lathe::kernels::linear_any {

using linear_sm90::Call;
using linear_sm90::Layer;

inline constexpr std::string_view kFixedBits = "sums run with ascending k, a thread each";

Support supports(const Layer& layer, const Target& target);
// `call.weight` is row-major, as stored. REQUIRES: a result that is not empty; no norm.
Launch launch(const Call& call);
// What linear/cuda_any.cuh asks for.
std::string prelude(const Layer& layer);

}  // namespace lathe::kernels::linear_any
