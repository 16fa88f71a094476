// SPDX-License-Identifier: Apache-2.0
// lathe compile: one device source to a cubin. `lathe build` runs it side by side with itself;
// nobody else needs it.
#include "lathe/builder/codegen/compile.h"
#include "commands.h"

namespace lathe::app {

namespace {

struct CompileOptions {
  ExistingFile request;
  OutputFile output;
  ExistingFolder cuda_libraries;
  void declare(Flags& flags) {
    flags.positional("REQUEST", request, "JSON of name, source, arch and options");
    flags.value("--output", output, {"FILE", "the cubin to write"});
    flags.value("--cuda-libraries", cuda_libraries,
                {"DIR", "where CUDA's libraries are, before the usual places"});
  }
};

ExitCode compile(const CompileOptions& options) {
  if (options.output.empty()) {
    fail(ErrorCode::kInvalidArgument, "lathe compile: expected --output FILE, got none");
  }
  builder::compile_file(options.request.path, options.output.path,
                        {.directory = options.cuda_libraries.path});
  return ExitCode::kOk;
}

}  // namespace

Command compile_command() {
  return make_command<CompileOptions>({"compile",
                                       "compile one device source (a worker of build)",
                                       {"lathe compile request.json --output kernel.cubin"},
                                       Listing::kHidden},
                                      compile);
}

}  // namespace lathe::app
