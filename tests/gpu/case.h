// SPDX-License-Identifier: Apache-2.0
// A problem of a problem file with its kernel: how it is checked and how it is timed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "device_op.h"
#include "host_values.h"
#include "lathe/kernels/cuda_kernel.h"
#include "problem_file.h"

namespace lathe::gpu_tests {

struct Cost {
  double bytes = 0;  // that must move through memory once
  double flops = 0;
};

class Case {
 public:
  virtual ~Case() = default;
  virtual std::string name() const = 0;
  // The kernel's device source; needs no GPU.
  virtual std::string source() const = 0;
  // Runs on fresh random operands and compares with a float64 reference.
  virtual Comparison check(Gpu& gpu) const = 0;
  virtual DType tolerance_dtype() const = 0;
  virtual Cost cost() const = 0;
  // Median µs of one launch in a chain of dependent ones, operands rotated beyond L2.
  virtual double time_us(Gpu& gpu) const = 0;
};

// One line of a problem file gives a case for each kernel that takes it.
using Cases = std::vector<std::unique_ptr<Case>>;
Cases linear_cases(const ProblemLine& line);  // linear and norm_linear
Cases embedding_cases(const ProblemLine& line);
Cases rms_norm_cases(const ProblemLine& line);
Cases attention_cases(const ProblemLine& line);  // with rope and without
// Every CUDA kernel on the golden problems of its op that it supports (tests/data/ops, results of
// numpy), in each dtype. `folder` holds them.
Cases golden_cases(const std::string& folder);
Cases fill_cases();    // weights into every layout
Cases sample_cases();  // the sampler against runtime's
Cases take_cases();    // a captured step's inputs

struct CaseFolders {
  std::string problems, goldens;
};
// All cases of all problem files; or only those that are to be checked, or timed.
enum class Purpose { kAny, kCheck, kTime };
Cases all_cases(const CaseFolders& folders, Purpose purpose);

// --- shared by the cases ---

// Fills device memory with random 16-bit floats of `dtype` in about ±2^-5, none of them zero.
void fill_random(Gpu& gpu, const cuda::DeviceBuffer& buffer, DType dtype, uint32_t seed);

// Enqueues one launch of a source's kernels.
void enqueue_launch(Gpu& gpu, const std::string& name, const std::string& source,
                    const kernels::Launch& launch);

// A workspace with a canary behind it.
class Workspace {
 public:
  Workspace(Gpu& gpu, size_t bytes);
  void* pointer() const { return buffer_.pointer(); }
  cuda::DevicePointer address() const { return buffer_.address(); }
  void expect_intact(Gpu& gpu) const;  // throws kInternal

 private:
  size_t bytes_;
  cuda::DeviceBuffer buffer_;
};

// Times `launches` calls of `enqueue(i)` in one graph: µs a call.
double time_chain(Gpu& gpu, int launches, const std::function<void(int)>& enqueue);

// Source of the fill and read kernels.
std::string harness_source();

// Reads 1 GiB: bytes a µs. Measured once.
double read_rate(Gpu& gpu);

}  // namespace lathe::gpu_tests
