// SPDX-License-Identifier: Apache-2.0
// CUDA C++ source text to a cubin, with NVRTC opened at run time. Needs no GPU and no headers.
//
//   Nvrtc nvrtc = Nvrtc::open();
//   CompiledKernel k = nvrtc.compile({.name = "rms_norm", .source = text, .arch = "sm_90a"});
//
// Register spills and ptxas' performance warnings about serialised or register-starved matrix
// instructions (C75xx) are errors: a kernel that has them is the wrong kernel. For the build side,
// and for benchmarks' probes: no run of a model compiles. NVRTC serialises compilations inside one
// process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/core/cuda/library.h"

namespace lathe::cuda {

struct CompileRequest {
  std::string name;  // in errors and line information
  std::string source;
  std::string arch = "sm_90a";
  std::vector<std::string> options = {};  // beside the standard ones
  bool operator==(const CompileRequest&) const = default;
  template <class V>
  static void fields(V&& v) {
    v("name", &CompileRequest::name);
    v("source", &CompileRequest::source);
    v("arch", &CompileRequest::arch);
    v("options", &CompileRequest::options);
  }
};

// All that NVRTC is told beside the source, in order.
std::vector<std::string> compile_options(const CompileRequest& request);

// What ptxas says about one entry function.
struct EntryReport {
  std::string entry;
  int registers = 0;
  int64_t spill_bytes = 0;
  int64_t stack_bytes = 0;
  int64_t shared_bytes = 0;
  bool operator==(const EntryReport&) const = default;
};

struct CompiledKernel {
  std::vector<std::byte> cubin;
  std::vector<EntryReport> entries;
  std::string log;
  double seconds = 0;
};

struct CompileLog {
  std::vector<EntryReport> entries;
  std::vector<std::string> performance_warnings;  // lines with a C75xx code
};
// Reads what `--ptxas-options=-v` prints.
CompileLog parse_compile_log(std::string_view log);

class Nvrtc {
 public:
  // Throws kUnavailable where no NVRTC of CUDA 12.0 or newer is found.
  static Nvrtc open(const LibrarySearch& search = {});
  std::string version() const;  // "13.0"
  const std::string& path() const;
  // Throws kInternal with NVRTC's log where the source does not compile, spills or is serialised.
  CompiledKernel compile(const CompileRequest& request) const;

 private:
  struct Functions;
  explicit Nvrtc(std::shared_ptr<const Functions> functions) : functions_(std::move(functions)) {}
  std::shared_ptr<const Functions> functions_;
};

}  // namespace lathe::cuda
