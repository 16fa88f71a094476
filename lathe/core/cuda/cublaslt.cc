// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/cublaslt.h"

#include <algorithm>
#include <bit>

#include "lathe/base/error.h"
#include "lathe/base/log.h"

namespace lathe::cuda {

namespace {

using namespace cublaslt;  // NOLINT(google-build-using-namespace): its words are this file's

constexpr size_t kOldestVersion = 120000;
constexpr size_t kMostPlans = 1024;  // a step's number of tokens may be any

DataType data_type(DType dtype) {
  switch (dtype) {
    case DType::kBf16:
      return DataType::kBf16;
    case DType::kF16:
      return DataType::kF16;
    case DType::kF32:
      return DataType::kF32;
    default:
      fail(ErrorCode::kInternal, "no product of ", to_string(dtype));
  }
}

// What an address is a multiple of; algorithms ask for 256 at most.
uint32_t alignment_of(const void* pointer) {
  const auto address = reinterpret_cast<uintptr_t>(pointer);
  return uint32_t{1} << std::min(std::countr_zero(address), 8);
}

std::string version_text(size_t version) {
  return cat(version / 10000, ".", version / 100 % 100, ".", version % 100);
}

// While it lives, this thread may do during a capture what is not captured: the library loads its
// code when it is first used.
class RelaxedCapture {
 public:
  explicit RelaxedCapture(const Device& device) : device_(device) { exchange(); }
  RelaxedCapture(const RelaxedCapture&) = delete;
  RelaxedCapture& operator=(const RelaxedCapture&) = delete;
  ~RelaxedCapture() { device_.driver().cuThreadExchangeStreamCaptureMode(&mode_); }

 private:
  void exchange() { LATHE_CUDA(device_, cuThreadExchangeStreamCaptureMode(&mode_)); }
  const Device& device_;
  int mode_ = 2;  // CU_STREAM_CAPTURE_MODE_RELAXED, then the thread's own
};

}  // namespace

CublasLt::CublasLt(std::shared_ptr<const Device> device, const LibrarySearch& search)
    : device_(std::move(device)),
      library_(Library::open({"libcublasLt.so.13", "libcublasLt.so.12"}, search)) {
#define LATHE_CUBLASLT_BIND(name, arguments) library_->bind(functions_.name, #name);
  LATHE_CUBLASLT(LATHE_CUBLASLT_BIND)
#undef LATHE_CUBLASLT_BIND
  library_->bind(functions_.version, "cublasLtGetVersion");
  library_->bind(functions_.status_name, "cublasLtGetStatusName");
  if (functions_.version() < kOldestVersion) {
    fail(ErrorCode::kUnavailable, path(), " is cuBLASLt ", version(),
         ", Lathe needs 12.0 or newer");
  }
  device_->make_current();
  check(functions_.cublasLtCreate(&handle_), "cublasLtCreate");
  log(LogLevel::kInfo, cat("cublaslt path=", path(), " version=", version()));
}

// What fails here was told, or is told by the device's next call.
CublasLt::~CublasLt() { functions_.cublasLtDestroy(handle_); }

std::string CublasLt::version() const { return version_text(functions_.version()); }

void CublasLt::check(Status status, const char* call, std::string_view subject) const {
  if (status == 0) return;
  const char* name = functions_.status_name(status);
  fail(ErrorCode::kUnavailable, call, subject.empty() ? "" : " of ", subject,
       " on cuda:", device_->info().index, ": ", name == nullptr ? "unknown status" : name, " (",
       status, ")");
}

std::string to_text(const Matmul& matmul) {
  return cat(to_string(matmul.dtype), "[", matmul.m, ",", matmul.k, "] x ", to_string(matmul.dtype),
             "[", matmul.n, ",", matmul.k, "] to ", to_string(matmul.out),
             matmul.bias != nullptr ? " + bias" : "", matmul.c != nullptr ? " + c" : "");
}

// The library's matrices are column by column, so ours are theirs transposed: it computes
// dᵀ[n, m] = (b's)ᵀ[n, k] · (a's)[k, m].
void MatmulPlans::enqueue(const Stream& stream, const Matmul& matmul) {
  const Device& device = library_->device();
  device.make_current();
  const RelaxedCapture relaxed(device);
  const Key key = key_of(matmul);
  auto found = plans_.find(key);
  if (found == plans_.end()) {
    if (plans_.size() == kMostPlans) plans_.clear();
    found = plans_.emplace(key, make_plan(matmul, key)).first;
  }
  const Plan& plan = found->second;
  if (matmul.bias != nullptr) set(plan.operation.get(), OperationAttribute::kBias, matmul.bias);
  const float alpha = 1, beta = matmul.c == nullptr ? 0 : 1;
  const void* c = matmul.c == nullptr ? matmul.d : matmul.c;
  device.note_launch("cublasLtMatmul");
  library_->check(
      library_->functions().cublasLtMatmul(
          library_->handle(), plan.operation.get(), &alpha, matmul.b, plan.b.get(), matmul.a,
          plan.a.get(), &beta, c, plan.d.get(), matmul.d, plan.d.get(), &plan.algorithm,
          matmul.workspace, static_cast<size_t>(kMatmulWorkspaceBytes), stream.handle()),
      "cublasLtMatmul", to_text(matmul));
}

MatmulPlans::Key MatmulPlans::key_of(const Matmul& matmul) {
  const bool has_c = matmul.c != nullptr;
  return {.m = matmul.m,
          .n = matmul.n,
          .k = matmul.k,
          .b_stride = matmul.b_stride,
          .dtype = matmul.dtype,
          .out = matmul.out,
          .has_bias = matmul.bias != nullptr,
          .has_c = has_c,
          .a_alignment = alignment_of(matmul.a),
          .b_alignment = alignment_of(matmul.b),
          .c_alignment = alignment_of(has_c ? matmul.c : matmul.d),
          .d_alignment = alignment_of(matmul.d)};
}

MatmulPlans::Plan MatmulPlans::make_plan(const Matmul& matmul, const Key& key) const {
  Plan plan{make_operation(matmul),
            make_layout(matmul.dtype, matmul.k, matmul.m, matmul.k),
            make_layout(matmul.dtype, matmul.k, matmul.n, matmul.b_stride),
            make_layout(matmul.out, matmul.n, matmul.m, matmul.n),
            {}};
  const auto preference = make_preference(key);
  HeuristicResult best{};
  int found = 0;
  const std::string subject = to_text(matmul);
  library_->check(library_->functions().cublasLtMatmulAlgoGetHeuristic(
                      library_->handle(), plan.operation.get(), plan.b.get(), plan.a.get(),
                      plan.d.get(), plan.d.get(), preference.get(), 1, &best, &found),
                  "cublasLtMatmulAlgoGetHeuristic", subject);
  if (found == 0) {
    fail(ErrorCode::kUnavailable, "cuBLASLt ", library_->version(), " has no algorithm for ",
         subject);
  }
  library_->check(best.state, "cublasLtMatmulAlgoGetHeuristic", subject);
  plan.algorithm = best.algorithm;
  return plan;
}

template <class T>
void MatmulPlans::set(OperationOpaque* operation, OperationAttribute attribute,
                      const T& value) const {
  library_->check(library_->functions().cublasLtMatmulDescSetAttribute(operation, attribute, &value,
                                                                       sizeof value),
                  "cublasLtMatmulDescSetAttribute");
}

MatmulPlans::Owned<OperationOpaque> MatmulPlans::make_operation(const Matmul& matmul) const {
  const Functions& f = library_->functions();
  OperationOpaque* made = nullptr;
  library_->check(f.cublasLtMatmulDescCreate(&made, Compute::kF32, DataType::kF32),
                  "cublasLtMatmulDescCreate");
  Owned<OperationOpaque> out(made, f.cublasLtMatmulDescDestroy);
  set(made, OperationAttribute::kTransposeA, Transpose::kTransposed);
  if (matmul.bias == nullptr) return out;
  set(made, OperationAttribute::kEpilogue, Epilogue::kBias);
  set(made, OperationAttribute::kBias, matmul.bias);  // its alignment matters
  return out;
}

MatmulPlans::Owned<LayoutOpaque> MatmulPlans::make_layout(DType dtype, int64_t rows,
                                                          int64_t columns, int64_t stride) const {
  const Functions& f = library_->functions();
  LayoutOpaque* made = nullptr;
  library_->check(f.cublasLtMatrixLayoutCreate(&made, data_type(dtype), static_cast<uint64_t>(rows),
                                               static_cast<uint64_t>(columns), stride),
                  "cublasLtMatrixLayoutCreate");
  return {made, f.cublasLtMatrixLayoutDestroy};
}

MatmulPlans::Owned<PreferenceOpaque> MatmulPlans::make_preference(const Key& key) const {
  const Functions& f = library_->functions();
  PreferenceOpaque* made = nullptr;
  library_->check(f.cublasLtMatmulPreferenceCreate(&made), "cublasLtMatmulPreferenceCreate");
  Owned<PreferenceOpaque> out(made, f.cublasLtMatmulPreferenceDestroy);
  const auto prefer = [&](PreferenceAttribute attribute, const auto& value) {
    library_->check(f.cublasLtMatmulPreferenceSetAttribute(made, attribute, &value, sizeof value),
                    "cublasLtMatmulPreferenceSetAttribute");
  };
  prefer(PreferenceAttribute::kWorkspaceBytes, static_cast<uint64_t>(kMatmulWorkspaceBytes));
  prefer(PreferenceAttribute::kReductions, Reduction::kInComputeType);
  prefer(PreferenceAttribute::kAlignmentA, key.b_alignment);
  prefer(PreferenceAttribute::kAlignmentB, key.a_alignment);
  prefer(PreferenceAttribute::kAlignmentC, key.c_alignment);
  prefer(PreferenceAttribute::kAlignmentD, key.d_alignment);
  return out;
}

}  // namespace lathe::cuda
