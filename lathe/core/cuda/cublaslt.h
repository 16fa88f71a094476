// SPDX-License-Identifier: Apache-2.0
// Matrix products by cuBLASLt, which is opened when it is first needed and never linked.
//
//   auto library = std::make_shared<const CublasLt>(device, search);
//   MatmulPlans plans(library);
//   plans.enqueue(stream, {.m = tokens, .n = rows, .k = columns, …});
//
// A failed call throws kUnavailable that names the call, the product, the status and the device.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "lathe/core/cuda/cublaslt_api.h"
#include "lathe/core/cuda/matmul.h"
#include "lathe/core/cuda/stream.h"

namespace lathe::cuda {

// The library with a handle for one GPU. Immutable: any thread may use it.
class CublasLt {
 public:
  // Throws kUnavailable: no library (the names and places that were tried), one older than CUDA
  // 12's, or no handle.
  explicit CublasLt(std::shared_ptr<const Device> device, const LibrarySearch& search = {});
  CublasLt(const CublasLt&) = delete;
  CublasLt& operator=(const CublasLt&) = delete;
  ~CublasLt();

  std::string version() const;  // "13.1.0"
  const std::string& path() const { return library_->path(); }
  const Device& device() const { return *device_; }
  const cublaslt::Functions& functions() const { return functions_; }
  cublaslt::HandleOpaque* handle() const { return handle_; }
  // Throws where a call failed. `subject`: the product.
  void check(cublaslt::Status status, const char* call, std::string_view subject = {}) const;

 private:
  std::shared_ptr<const Device> device_;
  std::shared_ptr<const Library> library_;
  cublaslt::Functions functions_;
  cublaslt::HandleOpaque* handle_ = nullptr;
};

// How products of shapes that came before are computed. One thread.
class MatmulPlans {
 public:
  explicit MatmulPlans(std::shared_ptr<const CublasLt> library) : library_(std::move(library)) {}

  // Never waits; captured like a launch. The first product of a shape asks the library which
  // algorithm serves it best, which takes some 10 us of the host's and no device memory.
  void enqueue(const Stream& stream, const Matmul& matmul);
  size_t size() const { return plans_.size(); }

 private:
  template <class T>
  using Owned = std::unique_ptr<T, cublaslt::Status (*)(T*)>;
  // All that an algorithm depends on.
  struct Key {
    int64_t m, n, k, b_stride;
    DType dtype, out;
    bool has_bias, has_c;
    uint32_t a_alignment, b_alignment, c_alignment, d_alignment;
    auto operator<=>(const Key&) const = default;  // NOLINT(modernize-use-nullptr): no zero here
  };
  struct Plan {
    Owned<cublaslt::OperationOpaque> operation;
    Owned<cublaslt::LayoutOpaque> a, b, d;  // c lies as d
    cublaslt::Algorithm algorithm;
  };
  static Key key_of(const Matmul& matmul);
  Plan make_plan(const Matmul& matmul, const Key& key) const;
  Owned<cublaslt::OperationOpaque> make_operation(const Matmul& matmul) const;
  Owned<cublaslt::LayoutOpaque> make_layout(DType dtype, int64_t rows, int64_t columns,
                                            int64_t stride) const;
  Owned<cublaslt::PreferenceOpaque> make_preference(const Key& key) const;
  template <class T>
  void set(cublaslt::OperationOpaque* operation, cublaslt::OperationAttribute attribute,
           const T& value) const;

  std::shared_ptr<const CublasLt> library_;
  std::map<Key, Plan> plans_;
};

// "bf16[2048,4096] x bf16[4096,4096] to bf16", with what is added.
std::string to_text(const Matmul& matmul);

}  // namespace lathe::cuda
