// SPDX-License-Identifier: Apache-2.0
#include "lathe/exec/plant.h"

#include <algorithm>

#include "lathe/base/error.h"

namespace lathe::exec {

namespace {

Tensor grown_copy(const TensorView& view) {
  Tensor out(view.dtype, {view.shape().begin(), view.shape().end()});
  convert_elements(view.data, view.dtype, out.data(), view.dtype, view.num_elements());
  grow(out.view());
  return out;
}

}  // namespace

bool has_floating(std::span<const TensorView> views) {
  return std::ranges::any_of(views, [](const TensorView& view) { return is_floating(view.dtype); });
}

void grow(const TensorView& view) {
  if (!is_floating(view.dtype)) return;
  for (int64_t i = 0; i < view.num_elements(); ++i) {
    store_element(view.data, view.dtype, i, load_element(view.data, view.dtype, i) * 1.01);
  }
}

Plant planted_in(const engine::Files& files) {
  const auto found = files.find(std::string(kPlantFile));
  return found == files.end() ? Plant{} : Plant{std::string(trim(found->second))};
}

void check_plant(const Plant& plant) {
#ifndef LATHE_PLANTS
  if (!plant.op.empty()) {
    fail(ErrorCode::kUnsupported, "plant ", quote(plant.op),
         ": this build has no plants; configure it with -DLATHE_PLANTS=ON");
  }
#endif
  if (!plant.op.empty() && ops::find_op(plant.op) == nullptr) {
    fail(ErrorCode::kInvalidArgument, "plant: no op is called ", quote(plant.op));
  }
}

void run_planted(const kernels::Kernel& kernel, const kernels::KernelArgs& args) {
  if (has_floating(args.outputs)) {
    kernel.run(args);
    for (const TensorView& view : args.outputs) grow(view);
    return;
  }
  std::vector<Tensor> copies;
  std::vector<TensorView> inputs(args.inputs.begin(), args.inputs.end());
  for (TensorView& view : inputs) {
    if (is_floating(view.dtype)) view = copies.emplace_back(grown_copy(view)).view();
  }
  kernel.run({.op = args.op,
              .inputs = inputs,
              .outputs = args.outputs,
              .workspace = args.workspace,
              .pool = args.pool});
}

}  // namespace lathe::exec
