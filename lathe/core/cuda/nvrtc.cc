// SPDX-License-Identifier: Apache-2.0
#include "lathe/core/cuda/nvrtc.h"

#include <algorithm>

#include "lathe/base/clock.h"
#include "lathe/base/error.h"
#include "lathe/base/log.h"

namespace lathe::cuda {

struct ProgramOpaque;

struct Nvrtc::Functions {
  std::shared_ptr<const Library> library;
  int major = 0;
  int minor = 0;
  int (*version)(int* major, int* minor) = nullptr;
  const char* (*error_text)(int result) = nullptr;
  int (*create)(ProgramOpaque** program, const char* source, const char* name, int num_headers,
                const char* const* headers, const char* const* names) = nullptr;
  int (*destroy)(ProgramOpaque** program) = nullptr;
  int (*compile)(ProgramOpaque* program, int num_options, const char* const* options) = nullptr;
  int (*log_size)(ProgramOpaque* program, size_t* bytes) = nullptr;
  int (*log)(ProgramOpaque* program, char* text) = nullptr;
  int (*cubin_size)(ProgramOpaque* program, size_t* bytes) = nullptr;
  int (*cubin)(ProgramOpaque* program, char* bytes) = nullptr;

  void check(int result, const char* call, std::string_view name) const {
    if (result != 0) {
      fail(ErrorCode::kInternal, call, " of ", name, ": ", error_text(result));
    }
  }
};

namespace {

// One program; destroyed whatever happens.
class Program {
 public:
  using Destroy = int (*)(ProgramOpaque**);
  explicit Program(Destroy destroy) : destroy_(destroy) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (handle != nullptr) destroy_(&handle);
  }
  ProgramOpaque* handle = nullptr;

 private:
  Destroy destroy_;
};

void refuse_slow_code(const CompileRequest& request, const CompileLog& parsed) {
  for (const EntryReport& entry : parsed.entries) {
    if (entry.spill_bytes > 0) {
      fail(ErrorCode::kInternal, "kernel ", request.name, ": ", entry.entry, " spills ",
           entry.spill_bytes, " bytes of registers");
    }
  }
  if (!parsed.performance_warnings.empty()) {
    fail(ErrorCode::kInternal, "kernel ", request.name, ": ", parsed.performance_warnings.front());
  }
}

}  // namespace

std::vector<std::string> compile_options(const CompileRequest& request) {
  std::vector<std::string> options = {cat("--gpu-architecture=", request.arch), "--std=c++20",
                                      "-default-device", "--generate-line-info",
                                      "--ptxas-options=-v"};
  options.insert(options.end(), request.options.begin(), request.options.end());
  return options;
}

Nvrtc Nvrtc::open(const LibrarySearch& search) {
  auto f = std::make_shared<Functions>();
  f->library = Library::open({"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"}, search);
  const Library& library = *f->library;
  library.bind(f->version, "nvrtcVersion");
  library.bind(f->error_text, "nvrtcGetErrorString");
  library.bind(f->create, "nvrtcCreateProgram");
  library.bind(f->destroy, "nvrtcDestroyProgram");
  library.bind(f->compile, "nvrtcCompileProgram");
  library.bind(f->log_size, "nvrtcGetProgramLogSize");
  library.bind(f->log, "nvrtcGetProgramLog");
  library.bind(f->cubin_size, "nvrtcGetCUBINSize");
  library.bind(f->cubin, "nvrtcGetCUBIN");
  f->check(f->version(&f->major, &f->minor), "nvrtcVersion", library.path());
  if (f->major < 12) {
    fail(ErrorCode::kUnavailable, library.path(), " is NVRTC ", f->major, ".", f->minor,
         ", Lathe needs 12.0 or newer");
  }
  log(LogLevel::kInfo, cat("nvrtc path=", library.path(), " version=", f->major, ".", f->minor));
  return Nvrtc(std::move(f));
}

std::string Nvrtc::version() const { return cat(functions_->major, ".", functions_->minor); }
const std::string& Nvrtc::path() const { return functions_->library->path(); }

CompiledKernel Nvrtc::compile(const CompileRequest& request) const {
  const Functions& f = *functions_;
  const Stopwatch watch;
  Program program(f.destroy);
  f.check(f.create(&program.handle, request.source.c_str(), cat(request.name, ".cu").c_str(), 0,
                   nullptr, nullptr),
          "nvrtcCreateProgram", request.name);
  const std::vector<std::string> options = compile_options(request);
  std::vector<const char*> pointers;
  pointers.reserve(options.size());
  for (const std::string& option : options) pointers.push_back(option.c_str());
  const int result = f.compile(program.handle, static_cast<int>(pointers.size()), pointers.data());

  CompiledKernel out;
  size_t size = 0;
  f.check(f.log_size(program.handle, &size), "nvrtcGetProgramLogSize", request.name);
  out.log.resize(size);
  if (size > 0) f.check(f.log(program.handle, out.log.data()), "nvrtcGetProgramLog", request.name);
  while (!out.log.empty() && out.log.back() == '\0') out.log.pop_back();
  if (result != 0) {
    fail(ErrorCode::kInternal, "kernel ", request.name, " for ", request.arch, ": ",
         f.error_text(result), "\n", out.log);
  }
  CompileLog parsed = parse_compile_log(out.log);
  refuse_slow_code(request, parsed);
  f.check(f.cubin_size(program.handle, &size), "nvrtcGetCUBINSize", request.name);
  out.cubin.resize(size);
  f.check(f.cubin(program.handle, reinterpret_cast<char*>(out.cubin.data())), "nvrtcGetCUBIN",
          request.name);
  out.entries = std::move(parsed.entries);
  out.seconds = watch.seconds();
  return out;
}

}  // namespace lathe::cuda
