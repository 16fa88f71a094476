// SPDX-License-Identifier: Apache-2.0
#include "lathe/builder/codegen/code_request.h"

#include "lathe/base/hash.h"

namespace lathe::builder {

std::string code_key_of(const cuda::CompileRequest& request) {
  Hasher hasher;
  hasher.add(request.source);
  for (const std::string& option : cuda::compile_options(request)) hasher.add(option);
  return engine::code_key(request.name, hasher.digest());
}

std::string add_request(CompileRequests& requests, const std::string& name, std::string source,
                        const std::string& arch) {
  cuda::CompileRequest request{
      .name = name, .source = std::move(source), .arch = arch, .options = {}};
  std::string key = code_key_of(request);
  requests.try_emplace(key, std::move(request));
  return key;
}

}  // namespace lathe::builder
