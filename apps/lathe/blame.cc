// SPDX-License-Identifier: Apache-2.0
#include "blame.h"

#include "lathe/base/file.h"

namespace lathe::app {

std::string flag_of_field(std::string_view field) {
  std::string flag = cat("--", field);
  std::ranges::replace(flag, '_', '-');
  return flag;
}

void check_token_ids(std::string_view flag, std::span<const int32_t> ids, int64_t vocab) {
  for (const int32_t id : ids) {
    if (id >= 0 && id < vocab) continue;
    fail(ErrorCode::kInvalidArgument, flag, ": expected ids from 0 to ", vocab - 1, ", got ", id);
  }
}

Json read_json_file(std::string_view flag, const ExistingFile& path) {
  return blame_flag(flag, [&] { return Json::parse(read_file(path.path), path.string()); });
}

}  // namespace lathe::app
