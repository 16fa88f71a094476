// SPDX-License-Identifier: Apache-2.0
// Device code that is asked for, under the keys that plans name it by.
//
//   CodeBatch batch;
//   const CodeRequest code = code_request(name, source, generator_options, "sm_90a");
//   batch.add(code);  …  batch.compile(options).cubins.at(code.key);
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lathe/builder/codegen/compile.h"
#include "lathe/kernels/device_code.h"

namespace lathe::builder {

// A generator's source under options.
using SourceFunction = std::function<std::string(const kernels::GeneratorOptions&)>;

struct CodeRequest {
  std::string key;  // of the name, the source and the compiler's options: equal code, equal keys
  cuda::CompileRequest request;
  // Where sources of a folder stand in place of built-in ones: what would be compiled without them.
  std::optional<cuda::CompileRequest> built_in = {};
};

CodeRequest code_request(const std::string& name, const SourceFunction& source,
                         const kernels::GeneratorOptions& options, const std::string& arch);

class CodeBatch {
 public:
  void add(const CodeRequest& code);  // unless it is among them
  size_t size() const { return requests_.size(); }

  // A cubin for each, as compile_all. Sources of a folder have to define the kernels that the
  // built-in ones define, since these are launched: throws kInvalidArgument naming kernel, entry
  // and file.
  engine::DeviceCode compile(const CompileOptions& options) const;

 private:
  CompileRequests requests_;
  CompileRequests built_in_;  // by the key of what is compiled in its place
};

}  // namespace lathe::builder
