// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/code_request.h"

#include <algorithm>

#include "lathe/base/error.h"
#include "lathe/base/hash.h"
#include "lathe/core/cuda/cubin.h"
#include "lathe/kernels/ptx/device_source.h"

namespace lathe::builder {

namespace {

std::string code_key_of(const cuda::CompileRequest& request) {
  Hasher hasher;
  hasher.add(request.source);
  for (const std::string& option : cuda::compile_options(request)) hasher.add(option);
  return engine::code_key(request.name, hasher.digest());
}

[[noreturn]] void fail_without(const std::string& entry, const cuda::CompileRequest& built_in,
                               const std::filesystem::path& folder) {
  std::string names;
  for (const std::filesystem::path& file : kernels::sources_in(folder, built_in.source)) {
    names += cat(names.empty() ? "" : " or ", file.string());
  }
  fail(ErrorCode::kInvalidArgument, "--kernel-source: kernel ", built_in.name,
       ": expected its entry ", entry, " (extern \"C\" __global__) in ", names, ", got none");
}

// What the built-in code defines and the code in its place does not.
void check_entries(const cuda::CompileRequest& built_in, std::string_view expected,
                   std::string_view cubin, const std::filesystem::path& folder) {
  const std::vector<std::string> found = cuda::cubin_entries(cubin);
  for (const std::string& entry : cuda::cubin_entries(expected)) {
    if (!std::ranges::binary_search(found, entry)) fail_without(entry, built_in, folder);
  }
}

}  // namespace

CodeRequest code_request(const std::string& name, const SourceFunction& source,
                         const kernels::GeneratorOptions& options, const std::string& arch) {
  CodeRequest out{.key = {}, .request = {.name = name, .source = source(options), .arch = arch}};
  out.key = code_key_of(out.request);
  if (options.source_folder.empty()) return out;
  kernels::GeneratorOptions plain = options;
  plain.source_folder.clear();
  std::string built_in = source(plain);
  if (built_in == out.request.source) return out;
  out.built_in = {.name = name, .source = std::move(built_in), .arch = arch};
  return out;
}

void CodeBatch::add(const CodeRequest& code) {
  requests_.try_emplace(code.key, code.request);
  if (code.built_in) built_in_.try_emplace(code.key, *code.built_in);
}

engine::DeviceCode CodeBatch::compile(const CompileOptions& options) const {
  engine::DeviceCode out = compile_all(requests_, options);
  if (built_in_.empty()) return out;
  CompileRequests plain;
  for (const auto& [key, request] : built_in_) plain.emplace(code_key_of(request), request);
  const engine::DeviceCode expected = compile_all(plain, options);
  for (const auto& [key, request] : built_in_) {
    check_entries(request, expected.cubins.at(code_key_of(request)), out.cubins.at(key),
                  options.kernel_source);
  }
  return out;
}

}  // namespace lathe::builder
