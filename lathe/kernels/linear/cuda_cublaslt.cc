// SPDX-License-Identifier: Apache-2.0
#include "lathe/kernels/linear/cuda_cublaslt.h"

#include <algorithm>
#include <set>
#include <type_traits>

#include "lathe/kernels/linear/records.h"
#include "lathe/ops/step_inputs.h"

namespace lathe::kernels {
namespace linear_cublaslt {
namespace {

constexpr int64_t kPieceTokens = 2048;  // that are finished at once

// As in the device source.
struct UnpackParameters {
  const void* packed;
  void* rows;
};
struct FinishParameters {
  const void* product;
  const void* bias;
  const void* residual;
  void* y;
  int64_t tokens;
};

int64_t aligned(int64_t bytes) {
  return (bytes + kDeviceAlignment - 1) / kDeviceAlignment * kDeviceAlignment;
}

// A layer's sizes, with and without addresses.
struct Sizes {
  const ops::Linear& op;
  int64_t rows, columns;  // of y and x
  DType y;

  int64_t products() const { return op.gated ? 2 * rows : rows; }  // a token
  MmaShape packed() const {
    const Gate gate = op.gated ? Gate::kGated : Gate::kNone;
    return mma_shape(mma_packed_rows(products(), gate), columns);
  }
  int64_t weight_bytes() const { return packed().groups * packed().steps * kMmaChunkBytes; }
  // Whether the library's results are y: it adds nothing of another dtype.
  bool is_direct() const {
    const bool adds_halves = y == DType::kF32 && (op.bias || op.residual);
    return !op.gated && !op.activation && !adds_halves;
  }
  int64_t workspace_bytes() const {
    const int64_t products_bytes = is_direct() ? 0 : bytes_for(y, kPieceTokens * products());
    return aligned(weight_bytes()) + cuda::kMatmulWorkspaceBytes + aligned(products_bytes);
  }
};

Sizes sizes_of(const Call& call) {
  return {call.op, call.y.size(-1), call.x.size(-1), call.y.dtype};
}

template <class T>
T* behind(T* pointer, int64_t elements, DType dtype) {
  if (pointer == nullptr) return nullptr;
  using Byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
  return static_cast<Byte*>(pointer) + bytes_for(dtype, elements);
}

bool counts_tokens(const TensorType& x) {
  std::set<std::string> symbols;
  for (const Dim& dim : x.shape) dim.add_symbols(symbols);
  return symbols.empty() || symbols == std::set<std::string>{std::string(ops::kTokens)};
}

// The workspace: the weight's rows, the library's own, then a piece's products.
cuda::Matmul product_of(const Call& call, std::byte* workspace) {
  const Sizes sizes = sizes_of(call);
  const DType dtype = call.x.dtype;
  const int64_t rows_bytes = aligned(sizes.weight_bytes());
  return {.m = leading_elements(call.x),
          .n = sizes.products(),
          .k = sizes.columns,
          .dtype = dtype,
          .out = call.y.dtype,
          .a = call.x.data,
          .b = workspace,
          .b_stride = sizes.packed().steps * kMmaChunkColumns,
          .d = workspace + rows_bytes + cuda::kMatmulWorkspaceBytes,
          .workspace = workspace + rows_bytes};
}

Launch unpack(const Call& call, std::byte* workspace) {
  const MmaShape packed = sizes_of(call).packed();
  return each_element("unpack_weight", packed.groups * packed.steps * 32,
                      UnpackParameters{call.weight.data, workspace});
}

// The products of tokens [first, first + product.m), then what makes results of them.
void add_piece(const Call& call, const cuda::Matmul& product, int64_t first,
               std::vector<DeviceWork>& out) {
  const Sizes sizes = sizes_of(call);
  out.emplace_back(product);
  out.emplace_back(
      each_element("finish_product", product.m * sizes.rows / 8,
                   FinishParameters{product.d, call.bias,
                                    behind(call.residual, first * sizes.rows, call.x.dtype),
                                    behind(call.y.data, first * sizes.rows, sizes.y), product.m}));
}

}  // namespace

Support supports(const Layer& layer, Gate gate, const Target& target) {
  Support support = linear_sm90::supports(layer, gate, target);
  if (!support.ok) return support;
  const int64_t rows = layer.y.shape.back().value();
  return Requirements()
      .require(rows % 8 == 0, "y has ", rows, " columns, no multiple of 8")
      .require(counts_tokens(layer.operands[0]),
               "x has other rows than a step has tokens: ", layer.operands[0].shape.to_string());
}

int64_t workspace_bytes(const Layer& layer) {
  return Sizes{layer.op, layer.y.shape.back().value(), layer.columns(), layer.y.dtype}
      .workspace_bytes();
}
int64_t workspace_bytes(const Call& call) { return sizes_of(call).workspace_bytes(); }

std::vector<DeviceWork> launches(const Call& call, void* workspace) {
  LATHE_CHECK(call.norm == nullptr, "the library normalises nothing");
  auto* memory = static_cast<std::byte*>(workspace);
  std::vector<DeviceWork> out = {unpack(call, memory)};
  cuda::Matmul product = product_of(call, memory);
  if (sizes_of(call).is_direct()) {
    product.bias = call.bias;
    product.c = call.residual;
    product.d = call.y.data;
    out.emplace_back(product);
    return out;
  }
  const int64_t tokens = product.m;
  for (int64_t first = 0; first < tokens; first += kPieceTokens) {
    product.m = std::min(kPieceTokens, tokens - first);
    product.a = behind(static_cast<const void*>(call.x.data), first * product.k, call.x.dtype);
    add_piece(call, product, first, out);
  }
  return out;
}

}  // namespace linear_cublaslt

namespace {

template <Gate kGate>
Support supports(const Problem& problem, const Target& target) {
  return linear_cublaslt::supports(linear_sm90::layer_of(problem), kGate, target);
}

std::vector<DeviceWork> launches(const CudaArgs& args) {
  if (args.outputs[0].num_elements() == 0) return {};
  return linear_cublaslt::launches(linear_sm90::call_of(args), args.workspace);
}

Dim workspace(const Problem& problem) {
  return linear_cublaslt::workspace_bytes(linear_sm90::layer_of(problem));
}

constexpr CudaKernel kCuda = linear_cublaslt::recipe(launches);

}  // namespace

std::span<const Kernel> cublaslt_linear_kernels() {
  using linear_cublaslt::record;
  static constexpr Kernel kAll[] = {
      record(Gate::kNone, "linear.cuda.cublaslt", {supports<Gate::kNone>, workspace, &kCuda}),
      record(Gate::kGated, "linear.cuda.cublaslt.gated",
             {supports<Gate::kGated>, workspace, &kCuda})};
  return kAll;
}

}  // namespace lathe::kernels
