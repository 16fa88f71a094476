// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/parameters.h"

#include "lathe/builder/lower/lower.h"
#include "lathe/exec/load_weight.h"

namespace lathe::builder {

graph::ParameterSource parameters_from(exec::RowReader rows) {
  auto pool = std::make_shared<ThreadPool>(1);  // the interpreter's own is busy with its kernels
  return [rows = std::move(rows), pool](graph::Value parameter) {
    const engine::PlanWeight weight = plan_weight(parameter);
    exec::LoadedType type = exec::loaded_type(weight);
    Tensor out(type.dtype, std::move(type.sizes));
    exec::load_weight(weight, rows, *pool, out);
    return out;
  };
}

}  // namespace lathe::builder
